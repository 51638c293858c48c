//! Sites and devices by what is asked for: lists, and files of what was chosen.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::sites::{get, upload};

#[tokio::test]
async fn what_is_chosen_is_listed_and_exported_and_nothing_else() {
    let (app, city) = TestApp::with_city().await;
    let csv = "code,name_zh,kind,region_code\nSIM-E09,模拟站,air_station,430421\n";
    let path = "/site-files/import?name=sites.csv";
    upload(&app, Method::POST, path, csv.into()).await;
    let codes = async |query: &str| {
        let (status, list) = get(&app, &format!("/sites?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        list["sites"]
            .as_array()
            .unwrap()
            .iter()
            .map(|site| site["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = codes("").await;
    assert_eq!(all.len(), 2);
    // its device is not connected and sends nothing
    assert_eq!(codes("state=offline").await, ["SIM-E01"]);
    assert!(codes("state=alarm").await.is_empty());
    let (status, _) = get(&app, "/sites?state=asleep").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // a page that is full of what was asked for names the next one
    let (_, first) = get(&app, "/sites?limit=1").await;
    let next = first["meta"]["next"].as_str().unwrap();
    let (_, second) = get(&app, &format!("/sites?limit=1&after={next}")).await;
    assert_eq!(second["sites"].as_array().unwrap().len(), 1);
    assert_ne!(first["sites"][0]["id"], second["sites"][0]["id"]);

    let sheets_of = async |query: &str| {
        let request = Request::builder()
            .uri(format!("/api/v1/site-files/export?format=csv{query}"))
            .body(Body::empty())
            .unwrap();
        let (status, _, bytes) = app.call_bytes(request).await;
        assert_eq!(status, StatusCode::OK);
        let report = app
            .call(
                Request::builder()
                    .method(Method::POST)
                    .uri("/api/v1/site-files/import?name=a.zip&dry_run=true")
                    .body(Body::from(bytes))
                    .unwrap(),
            )
            .await
            .2;
        assert_eq!(report["import"]["problem_count"], 0, "{report}");
        report["import"]["sheets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sheet| {
                assert_eq!(sheet["unchanged"], sheet["rows"], "{sheet}");
                let rows = sheet["rows"].as_u64().unwrap();
                (sheet["sheet"].as_str().unwrap().to_owned(), rows)
            })
            .filter(|(_, rows)| *rows > 0)
            .collect::<Vec<_>>()
    };
    let named = |rows: &[(&str, u64)]| -> Vec<(String, u64)> {
        rows.iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    };
    assert_eq!(
        sheets_of("&kind=air_station").await,
        named(&[("regions", 3), ("sites", 1)])
    );
    let with_device = sheets_of("&state=offline").await;
    assert!(
        with_device.contains(&("devices".to_owned(), 1)),
        "{with_device:?}"
    );
    assert!(
        with_device.contains(&("sites".to_owned(), 1)),
        "{with_device:?}"
    );
    assert!(sheets_of("").await.contains(&("sites".to_owned(), 2)));

    let (_, list) = get(&app, "/devices?region=430421&online=false").await;
    assert_eq!(list["devices"][0]["id"], city.device_id.0);
    let (_, list) = get(&app, "/devices?online=true").await;
    assert_eq!(list["devices"], json!([]));
    let (_, list) = get(&app, "/devices?region=430482").await;
    assert_eq!(list["devices"], json!([]));
    let (status, body) = get(&app, "/protocol-codes").await;
    assert_eq!(status, StatusCode::OK);
    let codes = body["protocol_codes"].as_array().unwrap();
    let dioxide = codes.iter().find(|code| code["code"] == "a21026").unwrap();
    assert_eq!(dioxide["name_zh"], "二氧化硫");
}
