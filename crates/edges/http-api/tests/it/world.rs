//! Two counties with an enterprise each, and the people who attack one from the other.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use monitoring::{ArrivedPacket, NoSink, PacketOrigin};
use serde_json::{Map, Value, json};

use crate::accounts::{Browser, administrator, person};
use crate::app::TestApp;
use crate::city::{City, MN};

pub(crate) const NEIGHBOUR_MN: &str = "430422SIM00000000000002";
/// What belongs to the first county and must never be seen next door.
pub(crate) const MARKS: [&str; 3] = [MN, "SIM-E01", "模拟企业01"];
/// Paths whose things lie in no county: the whole city's, or one's own.
pub(crate) const OF_NO_COUNTY: [&str; 21] = [
    "/accounts/",
    "/alarm-rules/",
    "/api-tokens/",
    "/commands/",
    "/alarms/",
    "/assessments/",
    "/duty/",
    "/exemptions/",
    "/forwarding-targets/",
    "/gaps/",
    "/quarantine",
    "/retention/",
    "/evaluations/",
    "/plan/",
    "/public/",
    "/roles/",
    "/sessions/",
    "/tasks/",
    "/task-reports/",
    "/task-report-files/",
    "/map/",
];

pub(crate) struct World<'a> {
    pub(crate) home: City,
    pub(crate) abroad: City,
    pub(crate) document: Value,
    /// May everything but manage accounts and read the trail, everywhere.
    pub(crate) keeper: Browser<'a>,
    /// The same in the county next door.
    pub(crate) neighbour: Browser<'a>,
    /// The enterprise next door.
    pub(crate) enterprise: Browser<'a>,
}

pub(crate) async fn send(app: &TestApp, city: City, mn: &str, count: u64) {
    let segment = format!(
        "QN=20180504130001000;ST=31;CN=2061;PW=123456;MN={mn};Flag=5;CP=&&DataTime=\
         20180504120000;a21026-Min=1.0,a21026-Avg=99.0,a21026-Max=99.0,a21026-Flag=N&&"
    );
    let packet = ArrivedPacket {
        bytes: hj212::encode_frame(segment.as_bytes()),
        received_at: app.state.now(),
        device_id: city.device_id.0,
        origin: PacketOrigin::Live,
        peer: "10.0.0.1:7000".into(),
        tag: 0,
        sink: Arc::new(NoSink),
    };
    app.state.journal.put(packet).await.unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while app.state.interpreter.figures().packets < count {
        assert!(std::time::Instant::now() < deadline, "not interpreted");
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn world(app: &TestApp) -> World<'_> {
    let home = app.create_city().await;
    let abroad = app.create_neighbour(NEIGHBOUR_MN).await;
    send(app, home, MN, 1).await;
    let import = crate::imports::import_hour(app, home).await;
    assert_eq!(import, 1, "the number that the attacks ask for");
    crate::verdicts::follow(app).await;
    let admin = administrator(app).await;
    let (_status, body) = admin.get("/api/v1/roles").await;
    let permissions: Vec<_> = body["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| !["accounts.manage", "audit.read"].contains(&one.as_str().unwrap()))
        .collect();
    let role = json!({
        "title_zh": "全部", "title_en": "All", "permissions": permissions, "revision": 0,
    });
    let (status, body) = admin
        .call(Method::PUT, "/api/v1/roles/all_at_once", Some(role))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    crate::marking::mark_by_operator(app, home).await;
    crate::projects::enter_by_operator(app, home).await;
    let county = json!({ "kind": "region", "region_code": "430422" });
    let own = json!({ "kind": "sites", "site_ids": [abroad.site_id.0] });
    let everywhere = json!({ "kind": "everything" });
    World {
        home,
        abroad,
        document: serde_json::from_str(&http_api::openapi()).unwrap(),
        keeper: person(&admin, "keeper", "all_at_once", everywhere).await,
        neighbour: person(&admin, "neighbour", "all_at_once", county).await,
        enterprise: person(&admin, "enterprise", "enterprise_user", own).await,
    }
}

impl World<'_> {
    /// Method and path of every operation.
    pub(crate) fn operations(&self) -> Vec<(Method, String, &Value)> {
        let mut all = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if let Ok(method) = method.to_uppercase().parse::<Method>() {
                    all.push((method, path.clone(), operation));
                }
            }
        }
        all
    }

    /// A path with the number of the first county's own thing in it; none for what lies nowhere.
    pub(crate) async fn aim(&self, path: &str) -> Option<String> {
        if OF_NO_COUNTY
            .iter()
            .any(|part| path.starts_with(&format!("/api/v1{part}")))
        {
            return None;
        }
        let first = async |path: String, list: &str, field: &str| {
            let (_status, body) = self.keeper.get(&path).await;
            let value = &body[list][0][field];
            assert!(!value.is_null(), "{path}: {body}");
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let point = self.home.point_id;
        let number = match path.split('/').nth(3).unwrap() {
            "sites" => self.home.site_id.to_string(),
            "points" => point.to_string(),
            "devices" => self.home.device_id.to_string(),
            "regions" => "430421".to_owned(),
            "packets" => first("/api/v1/packets".to_owned(), "packets", "id").await,
            "factors" => first(format!("/api/v1/points/{point}/factors"), "factors", "id").await,
            "limits" => first(format!("/api/v1/points/{point}/limits"), "limits", "id").await,
            "markings" => first("/api/v1/markings".to_owned(), "markings", "id").await,
            "marking-files" => {
                let marking = first("/api/v1/markings".to_owned(), "markings", "id").await;
                let path = format!("/api/v1/markings/{marking}/files");
                first(path, "marking_files", "id").await
            }
            "manual-samples" => {
                first("/api/v1/manual-samples".to_owned(), "manual_samples", "id").await
            }
            "projects" => first("/api/v1/projects".to_owned(), "projects", "id").await,
            "organisations" => {
                first("/api/v1/organisations".to_owned(), "organisations", "id").await
            }
            other => panic!("{other}: say here whose things these are"),
        };
        let start = path.find('{').unwrap();
        let end = path.find('}').unwrap();
        Some(format!("{}{number}{}", &path[..start], &path[end + 1..]))
    }

    /// What is kept at a path, cut down to what its change takes.
    pub(crate) async fn body_of(&self, aimed: &str, operation: &Value) -> Value {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let part = aimed.split('/').nth(3).unwrap();
        let point = self.home.point_id;
        let kept = match part {
            "points" if aimed.ends_with("/verdict-setting") => {
                self.keeper.get(aimed).await.1["verdict_setting"].clone()
            }
            "points" => {
                let path = format!("/api/v1/points/{point}/settings");
                self.keeper.get(&path).await.1["point"].clone()
            }
            "factors" | "limits" => {
                let path = format!("/api/v1/points/{point}/{part}");
                self.keeper.get(&path).await.1[part][0].clone()
            }
            _ => {
                // the parts of a project are read with it
                let whole = aimed
                    .trim_end_matches("/milestones")
                    .trim_end_matches("/funds");
                let (_status, body) = self.keeper.get(whole).await;
                let (_envelope, kept) = body.as_object().unwrap().iter().next().unwrap();
                kept.clone()
            }
        };
        self.cut(&kept, schema)
    }

    /// A value without the fields that a schema of the document does not know.
    fn cut(&self, value: &Value, schema: &Value) -> Value {
        let schema = match schema["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => schema,
        };
        match value {
            Value::Object(fields) if schema["properties"].is_object() => {
                let mut kept = Map::new();
                for (field, value) in fields {
                    if let Some(schema) = schema["properties"].get(field) {
                        kept.insert(field.clone(), self.cut(value, schema));
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => {
                let cut = items.iter().map(|item| self.cut(item, &schema["items"]));
                Value::Array(cut.collect())
            }
            other => other.clone(),
        }
    }
}
