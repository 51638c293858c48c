//! Where an imported record comes from, by HTTP.

use access::Actor;
use axum::http::StatusCode;
use monitoring::import::{ImportFile, ImportOrigin, ImportRow, import_records};
use sites::PeriodLabel;
use tokio::sync::mpsc;

use crate::app::TestApp;
use crate::city::City;

/// Imports an hour of a factor that the device does not send.
pub(crate) async fn import_hour(app: &TestApp, city: City) -> i64 {
    let directory = app.state.directory.current();
    let point = directory.point(city.point_id).unwrap();
    let cells = [
        point.site.code.as_str(),
        "DA001",
        "hour",
        "2018-05-04 12:00",
        "a21002",
        "7.5",
    ];
    let row = ImportRow {
        number: 2,
        cells: cells.map(str::to_owned).to_vec(),
        defect: None,
    };
    let (sender, receiver) = mpsc::channel(1);
    sender.try_send(row).unwrap();
    drop(sender);
    let file = ImportFile {
        name: "公开数据.csv".to_owned(),
        sm3: "ab".to_owned(),
        label: PeriodLabel::Start,
        origin: ImportOrigin::Official,
        source: "公开发布，不完整".to_owned(),
    };
    let heading = ["site", "point", "kind", "time", "factor", "avg"].map(str::to_owned);
    let (database, clock) = (&app.state.database, &*app.state.clock);
    let actor = Actor::built_in_operator();
    let about = (&file, &heading[..]);
    let summary = import_records(database, &directory, clock, &actor, about, receiver)
        .await
        .unwrap();
    assert_eq!(summary.problems, []);
    summary.import_id.unwrap()
}

#[tokio::test]
async fn an_imported_record_shows_its_file_row_and_origin() {
    let (app, city) = TestApp::with_city().await;
    let id = import_hour(&app, city).await;
    let path = |import: i64, hour: &str| {
        format!(
            "/api/v1/points/{}/import-source?import_id={import}&kind=hour&time=2018-05-04T{hour}:00:00%2B08:00",
            city.point_id
        )
    };
    let (status, _, body) = app.get(&path(id, "12")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let source = &body["import_source"];
    assert_eq!(source["row"], 2);
    assert_eq!(source["origin"], "official");
    assert_eq!(source["is_partial"], true);
    assert_eq!(source["file_name"], "公开数据.csv");
    assert_eq!(source["values"][0]["value"], "7.5");
    assert_eq!(source["values"][0]["unit"], "mg/m³");
    let (status, _, _) = app.get(&path(id, "11")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = app.get(&path(id + 1, "12")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
