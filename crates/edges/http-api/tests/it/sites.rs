//! The register over HTTP.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::city::MN;

async fn send(app: &TestApp, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

pub(crate) async fn get(app: &TestApp, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = app.get(&format!("/api/v1{path}")).await;
    (status, body)
}

pub(crate) async fn upload(
    app: &TestApp,
    method: Method,
    path: &str,
    bytes: Vec<u8>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .body(Body::from(bytes))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

/// The body of a change of what was loaded: all of it but what cannot be changed.
#[expect(clippy::needless_pass_by_value, reason = "callers make it in place")]
fn change_of(loaded: &Value, fixed: &[&str], changes: Value) -> Value {
    let mut body = loaded.as_object().unwrap().clone();
    for field in fixed {
        assert!(body.remove(*field).is_some(), "{field}");
    }
    for (field, value) in changes.as_object().unwrap() {
        body.insert(field.clone(), value.clone());
    }
    Value::Object(body)
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn regions_are_created_changed_and_deleted() {
    let (app, _city) = TestApp::with_city().await;
    let (status, body) = get(&app, "/regions").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["regions"].as_array().unwrap().len(), 3);
    let county = json!({ "code": "430422", "parent_code": "430400", "name_zh": "衡南县" });
    let (status, body) = send(&app, Method::POST, "/regions", county.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["region"]["level"], "county");
    let (status, _) = send(&app, Method::POST, "/regions", county).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let change = change_of(&body["region"], &["level"], json!({ "name_en": "Hengnan" }));
    let (status, body) = send(&app, Method::PUT, "/regions/430422", change.clone()).await;
    assert_eq!(
        (status, &body["region"]["revision"]),
        (StatusCode::OK, &json!(2))
    );
    let (status, _) = send(&app, Method::PUT, "/regions/430422", change).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = send(
        &app,
        Method::DELETE,
        "/regions/430422?revision=2",
        json!({}),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = get(&app, "/regions/430422").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let wrong = json!({ "code": "43", "parent_code": "x", "name_zh": "" });
    let (status, body) = send(&app, Method::POST, "/regions", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&body), ["/code", "/parent_code"]);
}

#[tokio::test]
async fn organisations_and_sites_are_created_changed_and_deleted() {
    let (app, _city) = TestApp::with_city().await;
    let input = json!({
        "code": "ORG-1", "name_zh": "模拟公司", "kind": "enterprise", "region_code": "430421",
    });
    let (status, body) = send(&app, Method::POST, "/organisations", input).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let organisation = body["organisation"].clone();
    let path = format!("/organisations/{}", organisation["id"]);
    let change = change_of(&organisation, &["id"], json!({ "name_en": "Company" }));
    let (status, body) = send(&app, Method::PUT, &path, change).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["organisation"]["name_en"], "Company");
    assert_eq!(get(&app, &path).await.1, body);
    let (_, list) = get(&app, "/organisations?q=company&kind=enterprise").await;
    assert_eq!(list["organisations"][0], body["organisation"]);

    let input = json!({
        "code": "SIM-E02", "organisation_id": organisation["id"], "region_code": "430421",
        "kind": "sewage_plant", "name_zh": "模拟污水处理厂", "longitude": 112.4, "latitude": 26.9,
    });
    let (status, body) = send(&app, Method::POST, "/sites", input.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let site = body["site"].clone();
    let (status, body) = send(&app, Method::POST, "/sites", input).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("duplicate"))
    );
    assert_eq!(body["errors"][0]["pointer"], "/code");
    let (_, list) = get(&app, "/sites?kind=sewage_plant").await;
    let listed = &list["sites"][0];
    let known = site.as_object().unwrap();
    assert!(known.iter().all(|(field, value)| listed[field] == *value));
    assert_eq!(
        (&listed["state"], &listed["point_count"]),
        (&Value::Null, &json!(0))
    );
    let change = change_of(&site, &["id"], json!({ "is_key": true }));
    let path_of_site = format!("/sites/{}", site["id"]);
    let (status, body) = send(&app, Method::PUT, &path_of_site, change).await;
    assert_eq!(
        (status, &body["site"]["is_key"]),
        (StatusCode::OK, &json!(true))
    );
    // an organisation with sites stays
    let (status, body) = send(
        &app,
        Method::DELETE,
        &format!("{path}?revision=2"),
        json!({}),
    )
    .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("in_use"))
    );
    let stale = format!("{path_of_site}?revision=1");
    let (status, body) = send(&app, Method::DELETE, &stale, json!({})).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("stale"))
    );
    // who changed it, and what, newest first
    let (_, trail) = get(&app, &format!("/audit?subject=site:{}", site["id"])).await;
    let actions: Vec<_> = trail["audit_entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["sites.update_site", "sites.create_site"]);
    let present = format!("{path_of_site}?revision=2");
    let (status, _) = send(&app, Method::DELETE, &present, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = get(&app, &path_of_site).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let wrong = json!({
        "code": "=1+1", "region_code": "430421", "kind": "factory", "name_zh": "x",
        "longitude": 112.0,
    });
    let (status, body) = send(&app, Method::POST, "/sites", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&body), ["/kind", "/latitude"]);
    let (status, _) = get(&app, "/sites?region=nowhere").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn points_their_factors_and_limits_are_edited() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/sites/{}/points", city.site_id);
    let (_, body) = get(&app, &path).await;
    let point = body["points"][0].clone();
    assert_eq!(point["code"], "DA001");
    let input = change_of(
        &point,
        &["id", "site_id", "revision"],
        json!({ "code": "DA002" }),
    );
    let (status, body) = send(&app, Method::POST, &path, input.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let new = format!("/points/{}", body["point"]["id"]);
    let (status, _) = send(&app, Method::POST, &path, input).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(get(&app, &format!("{new}/settings")).await.1, body);
    let change = change_of(
        &body["point"],
        &["id", "site_id"],
        json!({ "is_enabled": false, "minute_interval_min": 7 }),
    );
    let (status, body) = send(&app, Method::PUT, &new, change).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&body), ["/minute_interval_min"]);

    let factor =
        json!({ "factor_code": "a21003", "unit": "mg/m3", "decimals": 1, "is_expected": true });
    let (status, body) = send(&app, Method::POST, &format!("{new}/factors"), factor).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let path = format!("/factors/{}", body["factor"]["id"]);
    let change = change_of(
        &body["factor"],
        &["id", "point_id"],
        json!({ "decimals": 2 }),
    );
    let (status, body) = send(&app, Method::PUT, &path, change).await;
    assert_eq!(
        (status, &body["factor"]["decimals"]),
        (StatusCode::OK, &json!(2))
    );
    let (_, list) = get(&app, &format!("{new}/factors")).await;
    assert_eq!(list["factors"], json!([body["factor"]]));

    let limit = json!({
        "factor_code": "a21003", "kind": "hour", "statistic": "avg", "upper": "50.0",
        "valid_to": "2026-07-01", "origin": "standard", "basis": "GB 13223",
    });
    let (status, body) = send(&app, Method::POST, &format!("{new}/limits"), limit.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["limit"]["upper"], "50.0");
    assert_eq!(body["limit"]["valid_from"], Value::Null);
    let (status, problem) = send(&app, Method::POST, &format!("{new}/limits"), limit).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "overlap");
    let path_of_limit = format!("/limits/{}", body["limit"]["id"]);
    let change = change_of(
        &body["limit"],
        &["id", "point_id"],
        json!({ "upper": "much" }),
    );
    let (status, problem) = send(&app, Method::PUT, &path_of_limit, change).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "not_a_decimal");
    assert_eq!(
        problem["errors"][0]["detail_zh"],
        "不是十进制数，例如 0.035"
    );
    let change = change_of(
        &body["limit"],
        &["id", "point_id"],
        json!({ "upper": "35" }),
    );
    let (status, _) = send(&app, Method::PUT, &path_of_limit, change).await;
    assert_eq!(status, StatusCode::OK);
    let (_, list) = get(&app, &format!("{new}/limits")).await;
    assert_eq!(list["limits"][0]["upper"], "35");

    for path in [
        format!("{path_of_limit}?revision=2"),
        format!("{path}?revision=2"),
    ] {
        let (status, _) = send(&app, Method::DELETE, &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let (status, _) = send(&app, Method::DELETE, &path, json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _) = send(
        &app,
        Method::DELETE,
        &format!("{new}?revision=1"),
        json!({}),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    // a point that a device serves stays
    let served = format!("/points/{}?revision=1", city.point_id);
    let (status, _) = send(&app, Method::DELETE, &served, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_devices_secrets_go_in_and_never_out() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/devices/{}", city.device_id);
    let (status, body) = get(&app, &path).await;
    assert_eq!(status, StatusCode::OK);
    let device = body["device"].clone();
    assert_eq!(
        (&device["mn"], &device["has_password"]),
        (&json!(MN), &json!(true))
    );
    assert_eq!(device["presence"]["is_online"], false);
    let served = &device["channels"][0]["point"];
    assert_eq!(
        (&served["code"], &served["site_id"]),
        (&json!("DA001"), &json!(city.site_id.0))
    );
    let shown = ["id", "has_password", "has_key", "presence"];
    let change_of = |device: &Value, fixed: &[&str], changes: Value| {
        let mut body = change_of(device, fixed, changes);
        for channel in body["channels"].as_array_mut().unwrap() {
            channel.as_object_mut().unwrap().remove("point");
        }
        body
    };
    let change = change_of(
        &device,
        &shown,
        json!({ "password": "654321", "quirks": { "checksum": "modbus" } }),
    );
    let (status, body) = send(&app, Method::PUT, &path, change).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(!body.to_string().contains("654321"), "{body}");
    assert_eq!(body["device"]["quirks"]["checksum"], "modbus");
    // the gateway knows it at once
    let directory = app.state.directory.current();
    let known = directory.find_device(MN, app.state.now()).unwrap();
    assert!(known.password.as_ref().unwrap().matches(b"654321"));
    let wrong = change_of(
        &body["device"],
        &shown,
        json!({ "edition": "2010", "key": "x", "quirks": { "checksum": "crc32" } }),
    );
    let (status, problem) = send(&app, Method::PUT, &path, wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&problem), ["/edition", "/quirks", "/key"]);
    let replacement = change_of(
        &body["device"],
        &shown,
        json!({ "name": "新", "password": "111111", "valid_from": "2018-05-01" }),
    );
    let (status, new) = send(
        &app,
        Method::POST,
        &format!("{path}/replacement"),
        replacement,
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{new}");
    let (_, list) = get(&app, &format!("/devices?point={}", city.point_id)).await;
    let names: Vec<_> = list["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| {
            (
                device["name"].as_str().unwrap(),
                device["valid_to"].is_null(),
            )
        })
        .collect();
    assert_eq!(names, [("模拟数采仪", false), ("新", true)]);
    let new = format!("/devices/{}?revision=1", new["device"]["id"]);
    let (status, _) = send(&app, Method::DELETE, &new, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = get(&app, "/devices/999").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_are_tried_then_imported_and_come_back() {
    let (app, _city) = TestApp::with_city().await;
    let csv = "code,name_zh,kind,region_code\nSIM-E09,模拟站,air_station,430421\n";
    let path = "/site-files/import?name=sites.csv";
    let tried = format!("{path}&dry_run=true");
    let (status, body) = upload(&app, Method::POST, &tried, csv.into()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["import"]["is_applied"], false);
    assert_eq!(body["import"]["sheets"][0]["created"], 1);
    let (_, list) = get(&app, "/sites?q=SIM-E09").await;
    assert_eq!(list["sites"], json!([]));
    let (_, body) = upload(&app, Method::POST, path, csv.into()).await;
    assert_eq!(body["import"]["is_applied"], true);
    let (_, list) = get(&app, "/sites?q=SIM-E09").await;
    assert_eq!(list["sites"][0]["kind"], "air_station");
    let wrong = "code,name_zh,kind,region_code\nSIM-E10,x,y,1\n";
    let (_, body) = upload(&app, Method::POST, path, wrong.into()).await;
    assert_eq!(body["import"]["is_applied"], false);
    assert_eq!(body["import"]["problems"][0]["row"], 2);
    assert_eq!(body["import"]["problems"][0]["column_zh"], "行政区划代码");
    let unreadable = "/site-files/import?name=a.xlsx";
    let (status, _) = upload(&app, Method::POST, unreadable, b"PK\x03\x04".to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for (path, media) in [
        ("/site-files/export", "spreadsheetml"),
        ("/site-files/export?format=csv", "application/zip"),
        ("/site-files/template", "spreadsheetml"),
    ] {
        let (status, content_type, _) = app.get(&format!("/api/v1{path}")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(content_type.contains(media), "{content_type}");
    }
    let (status, _) = get(&app, "/site-files/export?format=pdf").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_layer_of_the_map_is_put_and_listed() {
    let app = TestApp::new().await;
    assert_eq!(get(&app, "/map/layers").await.1, json!({ "layers": [] }));
    let rivers = include_bytes!("../../../../../cities/hengyang/map/rivers.geojson");
    let path = "/map/layers/rivers?source=Natural%20Earth&is_schematic=true";
    let (status, body) = upload(&app, Method::PUT, path, rivers.to_vec()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["layer"]["feature_count"], 5);
    let (_, body) = get(&app, "/map/layers").await;
    let layer = &body["layers"][0];
    assert_eq!(
        (&layer["name"], &layer["is_schematic"]),
        (&json!("rivers"), &json!(true))
    );
    assert_eq!(layer["geojson"]["features"].as_array().unwrap().len(), 5);
    let (status, _) = upload(&app, Method::PUT, path, b"{}".to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_official_map_is_previewed_put_and_removed_again() {
    let (app, _city) = TestApp::with_city().await;
    let path = "/map/layers/official_counties";
    let area = |name: &str, corner: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature",
            "properties":{{"XZQMC":"{name}","XZQDM":"430421"}},
            "geometry":{{"type":"Polygon","coordinates":[[{corner},[112.5,26],[112.5,26.5],{corner}]]}}}}]}}"#
        )
        .into_bytes()
    };
    let preview = format!("{path}/preview");
    let file = area("衡阳县", "[112.0,26.0]");
    let (status, body) = upload(&app, Method::POST, &preview, file.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let shown = &body["preview"];
    assert_eq!(shown["name_field"], "XZQMC");
    assert_eq!(shown["names"], json!(["衡阳县"]));
    assert_eq!(shown["unknown_names"], json!([]));
    assert_eq!(shown["bounds"], json!([112.0, 26.0, 112.5, 26.5]));
    assert_eq!(
        (&shown["areas"], &shown["warnings"]),
        (&json!(1), &json!([]))
    );
    // a preview keeps nothing
    assert_eq!(get(&app, "/map/layers").await.1, json!({ "layers": [] }));

    let wrong = area("衡阳县", "[38461234.5,2981234.5]");
    for method_and_path in [(Method::POST, &*preview), (Method::PUT, path)] {
        let (method, path) = method_and_path;
        let (status, body) = upload(&app, method, path, wrong.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(body["errors"][0]["code"], "not_degrees");
    }
    let (status, body) = upload(&app, Method::PUT, path, vec![b' '; 21 << 20]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{body}");

    let (status, _) = upload(&app, Method::PUT, &format!("{path}?source=x"), file).await;
    assert_eq!(status, StatusCode::OK);
    let (_, body) = get(&app, "/map/layers").await;
    assert_eq!(body["layers"][0]["is_schematic"], false);
    assert_eq!(
        body["layers"][0]["geojson"]["features"][0]["properties"]["name_zh"],
        "衡阳县"
    );
    let (status, _) = upload(&app, Method::DELETE, path, Vec::new()).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = upload(&app, Method::DELETE, path, Vec::new()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(get(&app, "/map/layers").await.1, json!({ "layers": [] }));
}
