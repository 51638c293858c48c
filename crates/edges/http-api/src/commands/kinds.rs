//! What can be ordered of devices, with the parameters of each.

use access::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_command_kinds))
}

/// A command that can be ordered.
#[derive(Debug, Serialize, ToSchema)]
struct KindBody {
    /// Its name.
    command: &'static str,
    /// The command code CN.
    cn: &'static str,
    /// `ask`, `set`, `history`, `act`, `secret`.
    group: &'static str,
    parameters: Vec<ParameterBody>,
    /// Whether it takes a secret: a password of 6 or a key of 16 letters and digits.
    takes_secret: bool,
    /// The editions that have it.
    editions: Vec<&'static str>,
}

/// A parameter of a command.
#[derive(Debug, Serialize, ToSchema)]
struct ParameterBody {
    name: &'static str,
    /// `integer`, `text`, `time`, `factor`, `choice`.
    kind: &'static str,
    is_required: bool,
    /// For integers.
    least: Option<u32>,
    /// For integers.
    most: Option<u32>,
    /// For choices.
    choices: &'static [&'static str],
}

#[derive(Debug, Serialize, ToSchema)]
struct KindsBody {
    command_kinds: Vec<KindBody>,
}

const ALL: &[&str] = &["2005", "2017", "2025"];
const SINCE_2017: &[&str] = &["2017", "2025"];
const IN_2017: &[&str] = &["2017"];
const IN_2025: &[&str] = &["2025"];
const HISTORIES: &[&str] = &[
    "realtime",
    "minute",
    "hour",
    "day",
    "running_time",
    "alarm_record",
    "standard_check",
];

fn parameter(name: &'static str, kind: &'static str, is_required: bool) -> ParameterBody {
    ParameterBody {
        name,
        kind,
        is_required,
        least: None,
        most: None,
        choices: &[],
    }
}

fn integer(name: &'static str, least: u32, most: u32) -> ParameterBody {
    ParameterBody {
        least: Some(least),
        most: Some(most),
        ..parameter(name, "integer", true)
    }
}

fn choice(
    name: &'static str,
    choices: &'static [&'static str],
    is_required: bool,
) -> ParameterBody {
    ParameterBody {
        choices,
        ..parameter(name, "choice", is_required)
    }
}

fn kind(
    (command, cn): (&'static str, &'static str),
    group: &'static str,
    editions: &[&'static str],
    parameters: Vec<ParameterBody>,
) -> KindBody {
    KindBody {
        command,
        cn,
        group,
        parameters,
        takes_secret: group == "secret",
        editions: editions.to_vec(),
    }
}

fn kinds() -> Vec<KindBody> {
    let factor = || vec![parameter("factor", "factor", true)];
    let optional_factor = || parameter("factor", "factor", false);
    vec![
        kind(("get_clock", "1011"), "ask", ALL, vec![optional_factor()]),
        kind(
            ("set_clock", "1012"),
            "set",
            ALL,
            vec![optional_factor(), parameter("time", "time", false)],
        ),
        kind(("get_realtime_interval", "1061"), "ask", ALL, vec![]),
        kind(
            ("set_realtime_interval", "1062"),
            "set",
            ALL,
            vec![integer("interval_s", 30, 3600)],
        ),
        kind(("get_minute_interval", "1063"), "ask", SINCE_2017, vec![]),
        kind(
            ("set_minute_interval", "1064"),
            "set",
            SINCE_2017,
            vec![integer("interval_min", 1, 30)],
        ),
        kind(
            ("set_timeouts", "1000"),
            "set",
            ALL,
            vec![
                integer("over_time_s", 1, 99),
                integer("resend_count", 0, 99),
            ],
        ),
        kind(("start_realtime", "2011"), "act", ALL, vec![]),
        kind(("stop_realtime", "2012"), "act", ALL, vec![]),
        kind(("start_device_state", "2021"), "act", ALL, vec![]),
        kind(("stop_device_state", "2022"), "act", ALL, vec![]),
        kind(
            ("get_history", "2011/2031/2041/2051/2061/2062/2071"),
            "history",
            ALL,
            vec![
                choice("kind", HISTORIES, true),
                parameter("from", "time", true),
                parameter("to", "time", true),
            ],
        ),
        kind(
            ("calibrate", "3011"),
            "act",
            ALL,
            vec![
                parameter("factor", "factor", true),
                choice("calibration", &["zero", "span"], false),
            ],
        ),
        kind(("sample_now", "3012"), "act", ALL, factor()),
        kind(("clean", "3013"), "act", ALL, factor()),
        kind(("compare_sample", "3014"), "act", IN_2017, factor()),
        kind(("keep_sample", "3015"), "act", SINCE_2017, vec![]),
        kind(
            ("set_sample_period", "3016"),
            "set",
            IN_2017,
            vec![
                parameter("factor", "factor", true),
                parameter("start", "text", true),
                integer("hours", 1, 24),
            ],
        ),
        kind(("get_sample_period", "3017"), "ask", IN_2017, factor()),
        kind(("get_result_delay", "3018"), "ask", SINCE_2017, factor()),
        kind(("get_serial_number", "3019"), "ask", SINCE_2017, factor()),
        kind(
            ("get_information", "3020"),
            "ask",
            SINCE_2017,
            vec![
                parameter("factor", "factor", true),
                parameter("information", "text", true),
                parameter("from", "time", false),
                parameter("to", "time", false),
            ],
        ),
        kind(
            ("set_information", "3021"),
            "set",
            SINCE_2017,
            vec![
                parameter("factor", "factor", true),
                parameter("information", "text", true),
                parameter("value", "text", true),
            ],
        ),
        kind(("keep_sample_now", "3022"), "act", IN_2025, factor()),
        kind(("start_standard_check", "3024"), "act", IN_2025, factor()),
        kind(("set_password", "1072"), "secret", ALL, vec![]),
        kind(("renew_key", "1014"), "secret", IN_2025, vec![]),
    ]
}

/// Lists what can be ordered of devices.
///
/// *Permissions*: `commands.read`.
#[utoipa::path(
    get,
    path = "/command-kinds",
    tag = "commands",
    responses(
        (status = 200, body = KindsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_command_kinds(actor: CurrentActor) -> Result<Json<KindsBody>, ApiProblem> {
    actor.check(Permission::ReadCommands)?;
    Ok(Json(KindsBody {
        command_kinds: kinds(),
    }))
}

#[cfg(test)]
mod tests {
    use commands::{Order, Secret};
    use hj212::Edition;
    use serde_json::{Map, Value, json};

    use super::*;

    fn example(parameter: &ParameterBody) -> Value {
        match (parameter.name, parameter.kind) {
            (_, "integer") => json!(parameter.least),
            (_, "time") => json!("2026-03-01T08:00:00+08:00"),
            (_, "choice") => json!(parameter.choices.first()),
            ("start", _) => json!("080000"),
            ("information", _) => json!("i11001"),
            _ => json!("w01018"),
        }
    }

    /// The table says what [`Order`] takes: each kind can be ordered in each edition it names, and
    /// in no other.
    #[test]
    fn the_table_agrees_with_what_can_be_ordered() {
        for kind in kinds() {
            let parameters: Map<String, Value> = kind
                .parameters
                .iter()
                .filter(|parameter| parameter.is_required)
                .map(|parameter| (parameter.name.to_owned(), example(parameter)))
                .collect();
            let order = Order::parse(kind.command, Value::Object(parameters)).unwrap();
            if !kind.cn.contains('/') {
                assert_eq!(order.cn(), kind.cn, "{}", kind.command);
            }
            assert_eq!(order.needs_secret(), kind.takes_secret, "{}", kind.command);
            let secret = kind.takes_secret.then(|| {
                Secret::new(if kind.cn == "1072" {
                    "abc123"
                } else {
                    "a7Kp2Xq9Lm4Zt6Rw"
                })
            });
            for edition in Edition::ALL {
                let can = order.check(edition, secret.as_ref());
                let is_named = kind.editions.contains(&edition.year());
                assert_eq!(can.is_ok(), is_named, "{} {can:?}", kind.command);
            }
        }
    }
}
