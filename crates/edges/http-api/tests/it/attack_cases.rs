//! The table of attacks with right bodies: every operation that takes a body or lies outside the
//! counties has a rule here.

use axum::http::Method;
use monitoring::QuarantineReason;
use monitoring::gaps::{Extent, GapSettings, scan_gaps};
use serde_json::{Value, json};

use crate::alarms::exceed;
use crate::app::TestApp;
use crate::world::World;

pub(crate) const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";
const STRANGER: &str = "430421SIM00000000000077";

/// How an operation is attacked.
pub(crate) enum Attack {
    /// A thing of the first county: its number in the path, and one that nothing has.
    Thing(String, &'static str),
    /// A path that the attacker may ask for, with a body that refers to what they may not.
    Reference(String),
    /// What is the whole city's.
    CityWide(String),
}

use Attack::{CityWide, Reference, Thing};

/// One attack: the operation as the document has it, how, with which body, and whether its owner's
/// success with the same is asked for afterwards.
pub(crate) struct Case {
    pub(crate) operation: &'static str,
    pub(crate) attack: Attack,
    pub(crate) body: Value,
    pub(crate) is_right: bool,
}

fn case(operation: &'static str, attack: Attack, body: Value) -> Case {
    Case {
        operation,
        attack,
        body,
        is_right: true,
    }
}

/// The same where the owner themselves may not or cannot do it.
fn refused(operation: &'static str, attack: Attack, body: Value) -> Case {
    Case {
        is_right: false,
        ..case(operation, attack, body)
    }
}

/// Something that the keeper makes, by its number.
pub(crate) async fn make(world: &World<'_>, path: &str, body: Value, envelope: &str) -> String {
    let (status, answer) = world.keeper.call(Method::POST, path, Some(body)).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    number(&answer[envelope]["id"])
}

fn number(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

async fn first(world: &World<'_>, path: &str, list: &str) -> String {
    let (_status, body) = world.keeper.get(path).await;
    let id = &body[list][0]["id"];
    assert!(!id.is_null(), "{path}: {body}");
    number(id)
}

fn stop(site: i64, point: i64) -> Value {
    json!({
        "id": uuid(), "site_id": site, "point_id": point, "reason": "停产检修",
        "from": "2018-05-04T14:00:00+08:00", "to": "2018-05-04T18:00:00+08:00",
    })
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("018f0000-0000-7000-8000-1{count:011}")
}

fn device(mn: &str, point: i64) -> Value {
    json!({
        "mn": mn, "edition": "2017", "system_type": "31", "is_enabled": true,
        "is_simulated": true, "password": "123456", "channels": [{ "point_id": point }],
    })
}

pub(crate) fn superior(name: &str) -> Value {
    json!({
        "name": name, "host": "10.0.0.1", "port": 9001, "is_enabled": false,
        "encoding": "original", "waits_for_acknowledgement": true,
        "acknowledgement_timeout_s": 10, "resends": 3, "forwards_all_devices": false,
        "passes_commands_down": false, "revision": null,
    })
}

/// Things of the first county that only come about by what happens.
pub(crate) async fn let_things_happen(app: &TestApp, world: &World<'_>) {
    exceed(app, world.home, &["70.0"]).await;
    let state = &app.state;
    let directory = state.directory.current();
    let settings = GapSettings::default();
    let extent = (Extent::Whole, state.now());
    scan_gaps(&state.database, &directory, &[], &settings, extent)
        .await
        .unwrap();
    let segment = format!(
        "QN=20180504130000000;ST=31;CN=2011;PW=123456;MN={STRANGER};Flag=5;\
         CP=&&DataTime=20180504130000;a21026-Rtd=12.50,a21026-Flag=N&&"
    );
    let packet = hj212::encode_frame(segment.as_bytes());
    let reason = QuarantineReason::UnknownDevice;
    let peer = "10.0.0.9".into();
    (state.quarantine).put_packet(STRANGER, &peer, reason, state.now(), &packet);
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    loop {
        let (_status, body) = world.keeper.get("/api/v1/quarantine").await;
        if body["senders"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
        {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::task::yield_now().await;
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) async fn cases(world: &World<'_>) -> Vec<Case> {
    let (home, abroad) = (world.home, world.abroad);
    let (site, point, logger) = (home.site_id.0, home.point_id.0, home.device_id.0);
    let own_site = abroad.site_id.0;
    let alarm = first(world, "/api/v1/alarms?kind=over_upper", "alarms").await;
    let gap = first(world, &format!("/api/v1/gaps?point_id={point}"), "gaps").await;
    let ordered = format!("/api/v1/devices/{logger}/commands");
    let command = make(
        world,
        &ordered,
        json!({ "command": "get_clock" }),
        "command",
    )
    .await;
    let exemption = make(world, "/api/v1/exemptions", stop(site, point), "exemption").await;
    let shift = json!({ "officer": "张明" });
    let shift = make(world, "/api/v1/duty/shifts", shift, "shift").await;
    let value = json!({
        "id": uuid(), "measure": "good_days", "region": "990100", "year": 2026,
        "value": "322", "evidence": "年报", "simulated": true,
    });
    let reported = make(world, "/api/v1/plan/values", value.clone(), "plan_value").await;
    let assessed = || json!({ "id": uuid(), "kind": "yearly", "year": 2026 });
    let assessment = make(world, "/api/v1/assessments", assessed(), "assessment").await;
    let target = make(
        world,
        "/api/v1/forwarding-targets",
        superior("省级"),
        "target",
    )
    .await;
    let (_status, rules) = world.keeper.get("/api/v1/alarm-rules").await;
    let rule = &rules["alarm_rules"][0];
    let change = |version: Value| {
        json!({
            "definition": rule["definition"], "is_enabled": true, "reason": "试",
            "version": version,
        })
    };
    let mut new_rule = change(json!(null));
    new_rule.as_object_mut().unwrap().remove("version");
    let (_status, sessions) = world.keeper.get("/api/v1/sessions").await;
    let session = number(&sessions["sessions"][0]["id"]);
    let token = json!({
        "name": "看板", "permissions": ["data.read"], "expires_at": "2018-06-01T00:00:00+08:00",
    });
    let token = make(world, "/api/v1/api-tokens", token, "api_token").await;
    let outlet = json!({
        "code": "DA777", "name_zh": "2号排口", "medium": "waste_gas", "period_label": "start",
        "is_hour_expected": true, "is_day_expected": true, "is_enabled": true,
    });
    let plant = json!({
        "code": "SIM-X", "name_zh": "模拟新厂", "kind": "enterprise", "region_code": "430421",
        "is_simulated": true,
    });
    let town = json!({
        "code": "430421100", "name_zh": "模拟镇", "parent_code": "430421", "is_simulated": true,
    });
    let at = |path: String| format!("/api/v1{path}");
    let city = |path: &str| CityWide(format!("/api/v1{path}"));
    let thing = |id: &str| Thing(id.to_owned(), NOBODY);
    let numbered = |id: i64| Thing(id.to_string(), "999999");
    let none = || json!({});
    let mut moved = world
        .body_of(
            &at(format!("/sites/{own_site}")),
            &schema(world, "/sites/{id}"),
        )
        .await;
    moved["region_code"] = json!("430421");
    let own_logger = at(format!("/devices/{}", abroad.device_id));
    let mut reaching = world
        .body_of(&own_logger, &schema(world, "/devices/{id}"))
        .await;
    reaching["channels"] = json!([{ "point_id": point }]);
    let mut successor = device("430421SIM00000000000029", point);
    successor["revision"] = json!(1);
    successor["valid_from"] = json!("2018-05-04T13:00:00+08:00");
    let marking = first(world, "/api/v1/markings", "markings").await;
    let sample = first(world, "/api/v1/manual-samples", "manual_samples").await;
    let marked = json!({
        "id": uuid(), "point_id": point, "code": "monitor_fault", "reason": "采样泵故障",
        "from": "2018-05-04T01:00:00+08:00", "to": "2018-05-04T02:00:00+08:00",
    });
    let sampled = json!({
        "id": uuid(), "point_id": point, "factor_code": "a21026", "value": "5",
        "sampled_at": "2018-05-04T05:00:00+08:00",
    });
    let project = first(world, "/api/v1/projects", "projects").await;
    let entered = json!({
        "id": uuid(), "code": "W-77", "name": "模拟管网", "kind": "water_projects",
        "region_code": "430421", "owner": "模拟单位", "is_simulated": true,
    });
    let taken_out = json!({
        "revision": 1, "to": "removed", "on": "2018-05-01", "note": "无法实施",
    });
    let progress = || {
        json!({
            "id": uuid(), "region_code": "430421", "due_on": "2027-12-31", "as_of": "2018-05-01",
            "percent": 10, "text": "已完成排查", "is_simulated": true,
        })
    };
    let told = make(
        world,
        "/api/v1/tasks/boilers_out/reports",
        progress(),
        "task_report",
    )
    .await;
    let registration = json!({ "edition": "2017", "system_type": "31", "point_id": point });
    let factor = json!({ "factor_code": "a34013", "decimals": 1, "is_expected": false });
    let limit = json!({
        "factor_code": "a21026", "kind": "day", "statistic": "avg", "origin": "manual",
        "upper": "30", "basis": "试",
    });
    let simulated = json!({
        "medium": "waste_gas", "from": "2018-05-04", "to": "2018-05-04", "point_id": point,
        "with_limits": "[[limit]]\nfactor = \"a21026\"\nupper = \"1\"\n",
    });
    vec![
        case("GET /alarms/{id}", thing(&alarm), none()),
        case(
            "POST /alarms/{id}/acknowledge",
            thing(&alarm),
            json!({ "note": "试" }),
        ),
        case(
            "POST /alarms/{id}/close",
            thing(&alarm),
            json!({ "reason": "试" }),
        ),
        case("GET /commands/{id}", thing(&command), none()),
        case("POST /commands/{id}/cancel", thing(&command), none()),
        case(
            "POST /devices/{id}/commands",
            numbered(logger),
            json!({ "command": "get_clock" }),
        ),
        case("GET /devices/{id}/commands", numbered(logger), none()),
        case("POST /gaps/{id}/request", thing(&gap), none()),
        case("POST /exemptions/{id}/revoke", thing(&exemption), none()),
        case(
            "POST /exemptions",
            Reference(at("/exemptions".into())),
            stop(site, point),
        ),
        refused(
            "POST /exemptions",
            Reference(at("/exemptions".into())),
            stop(own_site, point),
        ),
        case("POST /sites/{id}/points", numbered(site), outlet),
        case("POST /points/{id}/factors", numbered(point), factor),
        case("POST /points/{id}/limits", numbered(point), limit),
        case("POST /sites", Reference(at("/sites".into())), plant.clone()),
        case(
            "POST /organisations",
            Reference(at("/organisations".into())),
            plant,
        ),
        case("POST /regions", Reference(at("/regions".into())), town),
        case(
            "POST /devices",
            Reference(at("/devices".into())),
            device("430421SIM00000000000019", point),
        ),
        case("PUT /devices/{id}", Reference(own_logger), reaching),
        case(
            "PUT /sites/{id}",
            Reference(at(format!("/sites/{own_site}"))),
            moved,
        ),
        case(
            "POST /devices/{id}/replacement",
            numbered(logger),
            successor,
        ),
        case(
            "POST /duty/entries",
            city("/duty/entries"),
            json!({ "text": "已致电", "alarm_id": alarm }),
        ),
        case(
            "GET /duty/shifts/{id}/entries",
            Thing(shift, NOBODY),
            none(),
        ),
        refused(
            "POST /duty/shifts",
            city("/duty/shifts"),
            json!({ "officer": "李红" }),
        ),
        case(
            "POST /duty/hand-over",
            city("/duty/hand-over"),
            json!({ "to_officer": "李红" }),
        ),
        refused(
            "POST /plan/values",
            Reference(at("/plan/values".into())),
            value,
        ),
        refused("POST /plan/values/{id}/check", thing(&reported), none()),
        refused("POST /plan/values/{id}/accept", thing(&reported), none()),
        case(
            "POST /plan/values/{id}/return",
            thing(&reported),
            json!({ "note": "试" }),
        ),
        case("POST /projects", Reference(at("/projects".into())), entered),
        case("POST /projects/{id}/steps", thing(&project), taken_out),
        case(
            "POST /tasks/{id}/reports",
            Reference(at("/tasks/boilers_out/reports".into())),
            progress(),
        ),
        refused("POST /task-reports/{id}/check", thing(&told), none()),
        refused(
            "POST /task-reports/{id}/return",
            thing(&told),
            json!({ "note": "缺佐证" }),
        ),
        case(
            "PUT /tasks/{id}/goals",
            city("/tasks/boilers_out/goals"),
            json!({ "goals": [{ "year": 2026, "percent": 50, "goal": "过半" }] }),
        ),
        case(
            "PUT /tasks/{id}/assignment",
            city("/tasks/boilers_out/assignment"),
            json!({ "revision": 0, "unit": "模拟单位", "officer": "张明" }),
        ),
        case(
            "POST /tasks/{id}/hand-overs",
            city("/tasks/boilers_out/hand-overs"),
            json!({ "revision": 1, "to": "bureau", "recipient": "李局长", "reason": "逾期" }),
        ),
        refused(
            "POST /task-reminders/seen",
            city("/task-reminders/seen"),
            json!({ "task": "boilers_out", "due_on": "2027-12-31", "stage": "before_60" }),
        ),
        case("POST /assessments", city("/assessments"), assessed()),
        case(
            "POST /assessments/{id}/figures",
            city(&format!("/assessments/{assessment}/figures")),
            none(),
        ),
        case("POST /alarm-rules", city("/alarm-rules"), new_rule),
        refused(
            "PUT /alarm-rules/{id}",
            city(&format!("/alarm-rules/{}", rule["id"])),
            change(rule["version"].clone()),
        ),
        case(
            "POST /forwarding-targets",
            city("/forwarding-targets"),
            superior("市级"),
        ),
        refused(
            "PUT /forwarding-targets/{id}",
            city(&format!("/forwarding-targets/{target}")),
            superior("省级"),
        ),
        case(
            "PUT /retention/{kind}",
            city("/retention/minute"),
            json!({ "keep_days": 3653, "revision": 0 }),
        ),
        refused(
            "DELETE /map/layers/{name}",
            city("/map/layers/official_counties"),
            none(),
        ),
        case(
            "GET /quarantine/{mn}/packets",
            city(&format!("/quarantine/{STRANGER}/packets")),
            none(),
        ),
        case(
            "GET /quarantine/{mn}/proposal",
            city(&format!("/quarantine/{STRANGER}/proposal")),
            none(),
        ),
        refused(
            "GET /quarantine-packets/{id}",
            city("/quarantine-packets/1"),
            none(),
        ),
        case(
            "POST /quarantine/{mn}/ignore",
            city(&format!("/quarantine/{STRANGER}/ignore")),
            json!({ "note": "试" }),
        ),
        case(
            "POST /quarantine/{mn}/heed",
            city(&format!("/quarantine/{STRANGER}/heed")),
            none(),
        ),
        refused(
            "POST /quarantine/{mn}/replay",
            city(&format!("/quarantine/{STRANGER}/replay")),
            none(),
        ),
        refused(
            "POST /quarantine/{mn}/registration",
            city(&format!("/quarantine/{STRANGER}/registration")),
            registration,
        ),
        case(
            "POST /quarantine/{mn}/discard",
            city(&format!("/quarantine/{STRANGER}/discard")),
            none(),
        ),
        case(
            "POST /bad-frames/discard",
            city("/bad-frames/discard"),
            json!({ "peer": "10.0.0.9", "defect": "checksum" }),
        ),
        case("POST /markings", Reference(at("/markings".into())), marked),
        case(
            "POST /markings/{id}/review",
            thing(&marking),
            json!({ "revision": 1, "decision": "accepted", "reason": "属实" }),
        ),
        refused(
            "POST /markings/{id}/withdraw",
            thing(&marking),
            json!({ "revision": 1, "reason": "误填" }),
        ),
        case(
            "POST /manual-samples",
            Reference(at("/manual-samples".into())),
            sampled,
        ),
        case(
            "POST /manual-samples/{id}/withdraw",
            thing(&sample),
            json!({ "reason": "误填" }),
        ),
        case("DELETE /api-tokens/{id}", thing(&token), none()),
        case(
            "POST /verdict-simulations",
            Reference(at("/verdict-simulations".into())),
            simulated,
        ),
        // the last: with it the keeper is signed out
        case("DELETE /sessions/{id}", thing(&session), none()),
    ]
}

fn schema(world: &World<'_>, path: &str) -> Value {
    world.document["paths"][format!("/api/v1{path}")]["put"].clone()
}
