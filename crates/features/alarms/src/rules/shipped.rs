//! The rules an installation starts with, as data of the kind that people make.

use super::RuleDefinition;

/// A rule that is created with the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedRule {
    /// Its stable key.
    pub key: &'static str,
    /// What it says.
    pub definition: RuleDefinition,
}

const SHIPPED: &[(&str, &str)] = &[
    (
        "over-upper-realtime",
        r#"{"name_zh":"实时值超上限","name_en":"Real-time value over its limit","severity":"minor",
        "condition":{"type":"over_upper","kinds":["realtime","minute"],"hysteresis":"0.05"},
        "life":{"delay_count":3,"recover_count":3,"reopen_within_s":1800,"closes_itself":false,
        "steps":[{"after_s":3600,"severity":"major"},{"multiple":"1","severity":"major"},
        {"multiple":"3","severity":"critical"}],"rearm":{"when":"after","seconds":86400}}}"#,
    ),
    (
        "over-upper-hour",
        r#"{"name_zh":"小时值超上限","name_en":"Hourly value over its limit","severity":"major",
        "condition":{"type":"over_upper","kinds":["hour"],"hysteresis":"0"},
        "life":{"reopen_within_s":0,"steps":[{"multiple":"1","severity":"critical"},
        {"after_s":21600,"severity":"critical"}],"rearm":{"when":"after_clear"}}}"#,
    ),
    (
        "over-upper-day",
        r#"{"name_zh":"日均值超上限","name_en":"Daily value over its limit","severity":"major",
        "condition":{"type":"over_upper","kinds":["day"]},
        "life":{"steps":[{"multiple":"1","severity":"critical"}]}}"#,
    ),
    (
        "below-lower",
        r#"{"name_zh":"低于下限","name_en":"Value below its limit","severity":"minor",
        "condition":{"type":"below_lower","kinds":["realtime","minute","hour","day"],
        "hysteresis":"0.01"},
        "life":{"delay_count":3,"delay_s":3600,"recover_count":2,"reopen_within_s":1800,
        "steps":[{"after_s":7200,"severity":"major"}]}}"#,
    ),
    (
        "fault",
        r#"{"name_zh":"设备故障标记","name_en":"Fault flag","severity":"major",
        "condition":{"type":"fault","kinds":["realtime","minute","hour"],"flags":["D","B","T"]},
        "life":{"delay_count":3,"delay_s":600,"recover_count":3,"reopen_within_s":3600,
        "closes_itself":true,"steps":[{"after_s":28800,"severity":"critical"}]}}"#,
    ),
    (
        "maintenance",
        r#"{"name_zh":"维护、校准或停运标记","name_en":"Maintenance, calibration or stop flag",
        "severity":"info",
        "condition":{"type":"maintenance","kinds":["realtime","minute","hour"],
        "flags":["M","C","F","S"]},
        "life":{"delay_count":3,"delay_s":600,"recover_count":3,"closes_itself":true,
        "steps":[{"after_s":86400,"severity":"minor"}]}}"#,
    ),
    (
        "offline",
        r#"{"name_zh":"设备离线","name_en":"Device offline","severity":"minor",
        "condition":{"type":"offline","after_s":900},
        "life":{"recover_count":2,"reopen_within_s":600,"closes_itself":true,
        "steps":[{"after_s":7200,"severity":"major"},{"after_s":86400,"severity":"critical"}]},
        "storm":{"cause":"peer","window_s":600,"least":5}}"#,
    ),
    (
        "missing-realtime",
        r#"{"name_zh":"实时数据缺失","name_en":"Real-time data missing","severity":"minor",
        "condition":{"type":"missing","kind":"realtime","count":20,"grace_s":60},
        "life":{"recover_count":2,"reopen_within_s":1800,"closes_itself":true},
        "storm":{"cause":"region","window_s":600,"least":10}}"#,
    ),
    (
        "missing-hour",
        r#"{"name_zh":"小时数据缺失","name_en":"Hourly data missing","severity":"minor",
        "condition":{"type":"missing","kind":"hour","count":1,"grace_s":1800},
        "life":{"closes_itself":true,"steps":[{"after_s":21600,"severity":"major"}]},
        "storm":{"cause":"region","window_s":3600,"least":10}}"#,
    ),
    (
        "missing-day",
        r#"{"name_zh":"日数据缺失","name_en":"Daily data missing","severity":"minor",
        "condition":{"type":"missing","kind":"day","count":1,"grace_s":21600},
        "life":{"closes_itself":true},
        "storm":{"cause":"region","window_s":3600,"least":10}}"#,
    ),
    (
        "stuck-hour",
        r#"{"name_zh":"小时值恒定不变","name_en":"Hourly value does not move","severity":"minor",
        "condition":{"type":"stuck","kind":"hour","statistic":"avg","count":6,"tolerance":"0",
        "ignores_zero":true,"idle_factors":["a00000","w00000","B01","B02"],
        "except_factors":["a00000","w00000","B01","B02"]},
        "life":{"recover_count":1,"closes_itself":false,
        "steps":[{"after_s":43200,"severity":"major"}]}}"#,
    ),
    (
        "clock-skew",
        r#"{"name_zh":"设备时钟偏差","name_en":"Device clock off","severity":"info",
        "condition":{"type":"clock_skew","more_than_s":300},
        "life":{"delay_count":10,"recover_count":10,"reopen_within_s":3600,"closes_itself":true}}"#,
    ),
    (
        "platform-disk",
        r#"{"name_zh":"磁盘空间不足","name_en":"Disk space low","severity":"major",
        "condition":{"type":"platform","measure":"disk_free_percent","above":null,"below":"10"},
        "life":{"delay_count":3,"recover_count":3,"closes_itself":true,
        "steps":[{"multiple":"0.5","severity":"critical"}]}}"#,
    ),
    (
        "platform-interpretation",
        r#"{"name_zh":"数据解析滞后","name_en":"Interpretation lags","severity":"major",
        "condition":{"type":"platform","measure":"interpretation_lag_s","above":"120","below":null},
        "life":{"delay_count":3,"recover_count":3,"closes_itself":true,
        "steps":[{"after_s":3600,"severity":"critical"}]}}"#,
    ),
    (
        "platform-journal",
        r#"{"name_zh":"数据库拒绝写入，停止应答","name_en":"Journal refuses packets","severity":"critical",
        "condition":{"type":"platform","measure":"journal_refusing_s","above":"5","below":null},
        "life":{"closes_itself":true}}"#,
    ),
    (
        "platform-forwarding",
        r#"{"name_zh":"上级平台转发滞后","name_en":"Forwarding lags","severity":"minor",
        "condition":{"type":"platform","measure":"forwarding_lag_s","above":"600","below":null},
        "life":{"delay_count":3,"recover_count":3,"closes_itself":true,
        "steps":[{"after_s":7200,"severity":"major"}]}}"#,
    ),
    (
        "platform-clock",
        r#"{"name_zh":"平台时钟偏差","name_en":"Platform clock off","severity":"major",
        "condition":{"type":"platform","measure":"clock_offset_s","above":"60","below":"-60"},
        "life":{"delay_count":5,"recover_count":5,"closes_itself":true}}"#,
    ),
    (
        "platform-certificate",
        r#"{"name_zh":"证书即将到期","name_en":"Certificate about to expire","severity":"minor",
        "condition":{"type":"platform","measure":"certificate_days","above":null,"below":"30"},
        "life":{"closes_itself":true,"steps":[{"multiple":"0.75","severity":"major"}]}}"#,
    ),
];

/// All shipped rules.
///
/// # Panics
/// Never: a test reads every shipped rule.
pub fn shipped_rules() -> Vec<ShippedRule> {
    SHIPPED
        .iter()
        .map(|(key, json)| ShippedRule {
            key,
            definition: RuleDefinition::parse_json(json).expect("a test reads every shipped rule"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_rule_is_sound_and_survives_its_own_json() {
        let rules = shipped_rules();
        assert_eq!(rules.len(), SHIPPED.len());
        for rule in rules {
            let again = RuleDefinition::parse_json(&rule.definition.encode_json()).unwrap();
            assert_eq!(again, rule.definition, "{}", rule.key);
        }
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused_with_every_reason() {
        let json = r#"{"name_zh":"","name_en":"x","severity":"minor",
            "condition":{"type":"over_upper","kinds":[],"hysteresis":"1.5"},
            "life":{"delay_count":0,"steps":[{"severity":"major"}]}}"#;
        let problems = RuleDefinition::parse_json(json).unwrap_err();
        let pointers: Vec<_> = problems.iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/name_zh",
                "/life/delay_count",
                "/life/steps",
                "/condition/kinds",
                "/condition/hysteresis"
            ]
        );
        assert!(RuleDefinition::parse_json("{\"surprise\":1}").is_err());
    }
}
