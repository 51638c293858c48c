//! Markings by HTTP through both roles: handed in with a photograph, reviewed, told apart.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::{Browser, administrator, person};
use crate::app::TestApp;
use crate::city::City;

const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\n a photograph";

struct World<'a> {
    app: &'a TestApp,
    city: City,
    enterprise: Browser<'a>,
    rival: Browser<'a>,
    bureau: Browser<'a>,
    second: Browser<'a>,
    /// Of the third party that runs the monitors of the enterprise.
    operator: Browser<'a>,
}

async fn world(app: &TestApp) -> World<'_> {
    let city = app.create_city().await;
    let neighbour = app.create_neighbour("430422SIM00000000000002").await;
    let admin = administrator(app).await;
    let sites = |id: i64| json!({ "kind": "sites", "site_ids": [id] });
    let county = || json!({ "kind": "region", "region_code": "430421" });
    World {
        app,
        city,
        enterprise: person(&admin, "own", "enterprise_user", sites(city.site_id.0)).await,
        rival: person(
            &admin,
            "rival",
            "enterprise_user",
            sites(neighbour.site_id.0),
        )
        .await,
        bureau: person(&admin, "bureau", "county_officer", county()).await,
        second: person(&admin, "second", "county_officer", county()).await,
        operator: person(
            &admin,
            "runner",
            "third_party_operator",
            sites(city.site_id.0),
        )
        .await,
    }
}

impl World<'_> {
    fn fault(&self) -> Value {
        json!({
            "id": Uuid::now_v7(), "point_id": self.city.point_id.0, "code": "monitor_fault",
            "factor_code": null, "kind": null, "from": "2018-05-04T03:00:00+08:00",
            "to": "2018-05-04T09:00:00+08:00", "reason": "采样泵故障",
        })
    }

    async fn submit(&self) -> Value {
        let body = Some(self.fault());
        let (status, body) = self
            .enterprise
            .call(Method::POST, "/api/v1/markings", body)
            .await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body["marking"].clone()
    }

    async fn send_file(
        &self,
        browser: &Browser<'_>,
        path: &str,
        bytes: &[u8],
    ) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header("content-type", "application/octet-stream")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &browser.cookie)
            .body(Body::from(bytes.to_vec()))
            .unwrap();
        let (status, _kind, body) = self.app.call(request).await;
        (status, body)
    }

    async fn download(&self, browser: &Browser<'_>, id: &str) -> (StatusCode, String, Vec<u8>) {
        let request = Request::get(format!("/api/v1/marking-files/{id}"))
            .header("cookie", &browser.cookie)
            .body(Body::empty())
            .unwrap();
        self.app.call_bytes(request).await
    }
}

fn review(marking: &Value, decision: &str) -> Value {
    json!({
        "revision": marking["revision"], "decision": decision, "reason": "已核查现场照片",
    })
}

/// A marking with a photograph, and a sample, of a point.
pub(crate) async fn mark_by_operator(app: &TestApp, city: City) {
    let (state, id) = (&app.state, uuid::Uuid::now_v7());
    let (actor, directory) = (
        access::Actor::built_in_operator(),
        state.directory.current(),
    );
    let (database, clock) = (&state.database, &*state.clock);
    let time = |text: &str| text.parse::<beijing_time::Timestamp>().unwrap();
    let new = marking::NewMarking {
        id,
        subject: monitoring::layers::Subject {
            point_id: city.point_id.0,
            kind: None,
            factor_code: None,
            from: time("2018-05-04T03:00:00+08:00"),
            to: time("2018-05-04T09:00:00+08:00"),
        },
        mark: monitoring::layers::Mark::MonitorFault,
        reason: "模拟企业01 采样泵故障".to_owned(),
    };
    let parameters = standards::Parameters::shipped().unwrap();
    marking::submit_marking(database, &directory, clock, &parameters, &actor, new)
        .await
        .unwrap();
    let photograph = ("pump.jpg", b"\xff\xd8\xff a pump".as_slice());
    marking::attach_file(database, clock, &actor, id, photograph)
        .await
        .unwrap();
    let sample = marking::NewSample {
        id,
        point_id: city.point_id.0,
        factor_code: "a21026".to_owned(),
        sampled_at: time("2018-05-04T04:00:00+08:00"),
        value: "5".to_owned(),
        method: String::new(),
        laboratory: "模拟企业01".to_owned(),
        note: String::new(),
    };
    marking::create_sample(database, &directory, clock, &actor, sample)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_enterprise_marks_with_a_photograph_and_the_bureau_decides() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let marking = world.submit().await;
    let id = marking["id"].as_str().unwrap();
    assert_eq!(marking["state"], "submitted");
    assert_eq!(marking["place"]["site_name_zh"], "模拟企业01");
    assert!(marking["mark_due"].is_null(), "2018 has no calendar");
    let files = format!("/api/v1/markings/{id}/files");
    let path = format!("{files}?name=%E6%B3%B5.png");
    let (status, body) = world.send_file(&world.enterprise, &path, PHOTO).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let file = body["marking_file"]["id"].as_str().unwrap().to_owned();
    assert_eq!(body["marking_file"]["media_type"], "image/png");
    let (status, body) = world
        .send_file(&world.enterprise, &path, b"<script>x</script>")
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let large = [PHOTO, &vec![0; 8 << 20]].concat();
    let (status, body) = world.send_file(&world.enterprise, &path, &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{body}");
    for browser in [&world.enterprise, &world.bureau] {
        let (status, kind, bytes) = world.download(browser, &file).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/png"));
        assert_eq!(bytes, PHOTO);
    }
    for path in [format!("/api/v1/markings/{id}"), files.clone()] {
        let (status, body) = world.rival.get(&path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path} {body}");
    }
    let (status, _kind, _bytes) = world.download(&world.rival, &file).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_status, body) = world.rival.get("/api/v1/markings").await;
    assert_eq!(body["markings"], json!([]));

    let path = format!("/api/v1/markings/{id}/review");
    let own = world
        .enterprise
        .call(Method::POST, &path, Some(review(&marking, "accepted")))
        .await;
    assert_eq!(own.0, StatusCode::FORBIDDEN, "{}", own.1);
    let (status, body) = world
        .bureau
        .call(Method::POST, &path, Some(review(&marking, "rejected")))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["marking"]["review"]["author"], "user:bureau");
    let (status, body) = world
        .second
        .call(Method::POST, &path, Some(review(&marking, "accepted")))
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("stale"))
    );
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains("user:bureau"), "{detail}");

    let again = world.submit().await;
    let path = format!("/api/v1/markings/{}/review", again["id"].as_str().unwrap());
    let (status, body) = world
        .second
        .call(Method::POST, &path, Some(review(&again, "accepted")))
        .await;
    assert_eq!(
        (status, &body["marking"]["state"]),
        (StatusCode::OK, &json!("accepted"))
    );
    let changes = format!("/api/v1/changes?subject=marking:{id}");
    let (status, body) = world.bureau.get(&changes).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let actions: Vec<_> = body["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["marking.review", "marking.attach", "marking.submit"]
    );
    assert_eq!(world.rival.get(&changes).await.0, StatusCode::NOT_FOUND);
    let layers = format!(
        "/api/v1/points/{}/layers?kind=hour&from=2018-05-04T00:00&to=2018-05-05T00:00",
        world.city.point_id
    );
    let (status, body) = world.bureau.get(&layers).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["marks"].as_array().unwrap().len(), 2);
    assert_eq!(body["reviews"][1]["decision"], "accepted");
}

#[tokio::test]
async fn many_are_reviewed_at_once_and_each_tells_its_own() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let (one, two) = (world.submit().await, world.submit().await);
    let path = format!("/api/v1/markings/{}/withdraw", two["id"].as_str().unwrap());
    let taken = json!({ "revision": 1, "reason": "标错了" });
    let (status, body) = world
        .enterprise
        .call(Method::POST, &path, Some(taken))
        .await;
    assert_eq!(
        (status, &body["marking"]["state"]),
        (StatusCode::OK, &json!("withdrawn"))
    );
    let missing = Uuid::now_v7().to_string();
    let body = json!({ "decision": "accepted", "reason": "批量认可", "markings": [
        { "id": one["id"], "revision": 1 }, { "id": two["id"], "revision": 1 },
        { "id": missing, "revision": 1 },
    ]});
    let path = "/api/v1/marking-reviews";
    let (status, body) = world.bureau.call(Method::POST, path, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let told: Vec<_> = body["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| (&outcome["marking"]["state"], &outcome["code"]))
        .collect();
    let expected = [
        (&json!("accepted"), &Value::Null),
        (&Value::Null, &json!("stale")),
        (&Value::Null, &json!("not_found")),
    ];
    assert_eq!(told, expected);
    for wrong in [
        json!({ "decision": "accepted", "reason": "x", "markings": [] }),
        json!({ "decision": "replaced", "reason": "x", "markings": [{ "id": one["id"], "revision": 2 }] }),
        json!({ "decision": "maybe", "reason": "x", "markings": [{ "id": one["id"], "revision": 2 }] }),
    ] {
        let (status, body) = world.bureau.call(Method::POST, path, Some(wrong)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let (_status, body) = world.bureau.get("/api/v1/markings?state=accepted").await;
    assert_eq!(body["markings"].as_array().unwrap().len(), 1);
    for wrong in ["state=x", "code=x", "order=x", "region=x", "from=x"] {
        let path = format!("/api/v1/markings?{wrong}");
        let (status, body) = world.bureau.get(&path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}");
    }
}

#[tokio::test]
async fn samples_come_from_a_form_and_from_a_file() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    world.submit().await;
    let owed = "/api/v1/manual-samples/owed";
    let (status, body) = world.enterprise.get(owed).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        body["owed"][0]["days"][0]["owed"], 1,
        "six hours of a fault"
    );
    assert_eq!(body["owed"][0]["days"][0]["is_met"], false);
    let sample = json!({
        "id": Uuid::now_v7(), "point_id": world.city.point_id.0, "factor_code": "a21026",
        "sampled_at": "2018-05-04T04:00:00+08:00", "value": "0.10", "method": "HJ 57-2017",
    });
    let path = "/api/v1/manual-samples";
    let (status, body) = world
        .enterprise
        .call(Method::POST, path, Some(sample.clone()))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["manual_sample"]["value"], "0.10");
    let (status, body) = world.rival.call(Method::POST, path, Some(sample)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let (_status, body) = world.enterprise.get(owed).await;
    assert_eq!(body["owed"][0]["days"][0]["is_met"], true);
    let text =
        "站点编码,点位编码,因子编码,采样时间,监测值\nSIM-E01,DA001,a21026,2018-05-04 08:00,7\n";
    let import = format!("{path}/import");
    let dry = format!("{import}?dry_run=true");
    let (status, body) = world
        .send_file(&world.enterprise, &dry, text.as_bytes())
        .await;
    assert_eq!(
        (status, &body["import"]["created"]),
        (StatusCode::OK, &json!(1))
    );
    let (_status, body) = world.send_file(&world.rival, &dry, text.as_bytes()).await;
    assert_eq!(body["import"]["problems"][0]["code"], "no_such_point");
    let (_status, body) = world
        .send_file(&world.enterprise, &import, text.as_bytes())
        .await;
    assert_eq!(body["import"]["is_applied"], true);
    let (_status, body) = world.bureau.get(path).await;
    assert_eq!(body["manual_samples"].as_array().unwrap().len(), 2);
    let id = body["manual_samples"][0]["id"].as_str().unwrap();
    let withdraw = format!("{path}/{id}/withdraw");
    let reason = json!({ "reason": "录入错误" });
    let (status, body) = world
        .rival
        .call(Method::POST, &withdraw, Some(reason.clone()))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let (status, body) = world
        .enterprise
        .call(Method::POST, &withdraw, Some(reason))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["manual_sample"]["withdrawal"]["reason"], "录入错误");
}

#[tokio::test]
async fn a_third_party_operator_marks_the_sites_it_runs_and_reviews_none() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let path = "/api/v1/markings";
    let (status, body) = world
        .operator
        .call(Method::POST, path, Some(world.fault()))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let id = body["marking"]["id"].as_str().unwrap().to_owned();
    let (_status, shown) = world.enterprise.get(&format!("{path}/{id}")).await;
    assert_eq!(shown["marking"]["author"], "user:runner");
    let review = review(&body["marking"], "accepted");
    let (status, body) = world
        .operator
        .call(Method::POST, &format!("{path}/{id}/review"), Some(review))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    // a site that somebody else runs is as if there were none
    let mut abroad = world.fault();
    abroad["point_id"] = json!(world.city.point_id.0 + 1);
    let (status, body) = world.operator.call(Method::POST, path, Some(abroad)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}
