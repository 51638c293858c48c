//! What must hold of sites and devices: pure checks that name each wrong field.

use access::{RegionCode, RegionLevel};

use crate::error::{FieldProblem, ProblemKind, SitesError};
use crate::model::{
    DeviceDetails, DevicePassword, FactorDetails, LimitDetails, OrganisationDetails, PointDetails,
    Position, RegionDetails, SecretChange, Secrets, SiteDetails, Validity,
};

const MOST_NAME: usize = 100;
const MOST_TEXT: usize = 300;
const MOST_CHANNELS: usize = 500;

/// An error that lists the problems, if there are any.
pub(crate) fn none_of(problems: Vec<FieldProblem>) -> Result<(), SitesError> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SitesError::Invalid { problems })
    }
}

/// Collects the problems of one thing.
#[derive(Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, field: &str, kind: ProblemKind) {
        self.0.push(FieldProblem::new(field, kind));
    }

    fn check(&mut self, field: &str, kind: Option<ProblemKind>) {
        if let Some(kind) = kind {
            self.add(field, kind);
        }
    }
}

/// A text that may be empty.
fn text(value: &str, most: usize) -> Option<ProblemKind> {
    if value.chars().count() > most {
        Some(ProblemKind::TooLong { most })
    } else if value.chars().any(char::is_control) {
        Some(ProblemKind::ForbiddenCharacters)
    } else {
        None
    }
}

/// A text that must not be empty.
fn name(value: &str) -> Option<ProblemKind> {
    if value.trim().is_empty() {
        Some(ProblemKind::Missing)
    } else {
        text(value, MOST_NAME)
    }
}

/// A code: letters and digits of any script, then also `-_.#/`.
fn code(value: &str) -> Option<ProblemKind> {
    let mut characters = value.chars();
    match characters.next() {
        None => Some(ProblemKind::Missing),
        Some(_) if value.chars().count() > 40 => Some(ProblemKind::TooLong { most: 40 }),
        Some(first)
            if first.is_alphanumeric()
                && characters.all(|c| c.is_alphanumeric() || "-_.#/".contains(c)) =>
        {
            None
        }
        Some(_) => Some(ProblemKind::ForbiddenCharacters),
    }
}

/// A pollutant code of HJ 212: ASCII letters and digits.
fn factor_code(value: &str) -> Option<ProblemKind> {
    if value.is_empty() {
        Some(ProblemKind::Missing)
    } else if value.len() > 20 {
        Some(ProblemKind::TooLong { most: 20 })
    } else if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        None
    } else {
        Some(ProblemKind::ForbiddenCharacters)
    }
}

fn position(problems: &mut Problems, position: Option<Position>) {
    let Some(Position {
        longitude,
        latitude,
    }) = position
    else {
        return;
    };
    if !(-180.0..=180.0).contains(&longitude) {
        problems.add(
            "longitude",
            ProblemKind::OutOfRange {
                range: "-180..=180",
            },
        );
    }
    if !(-90.0..=90.0).contains(&latitude) {
        problems.add("latitude", ProblemKind::OutOfRange { range: "-90..=90" });
    }
}

fn validity(problems: &mut Problems, validity: &Validity) {
    if !validity.is_in_order() {
        problems.add("valid_to", ProblemKind::EndsBeforeItBegins);
    }
}

/// Checks a region.
pub(crate) fn check_region(region: &RegionCode, details: &RegionDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("name_zh", name(&details.name_zh));
    problems.check("name_en", text(&details.name_en, MOST_NAME));
    match &details.parent_code {
        Some(parent) if parent == region || !parent.contains(region) => {
            problems.add("parent_code", ProblemKind::NotWithinParent);
        }
        None if region.level() != RegionLevel::Province => {
            problems.add("parent_code", ProblemKind::Missing);
        }
        Some(_) | None => {}
    }
    position(&mut problems, details.position);
    problems.0
}

/// Checks an organisation.
pub(crate) fn check_organisation(details: &OrganisationDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("code", code(&details.code));
    problems.check("name_zh", name(&details.name_zh));
    problems.check("name_en", text(&details.name_en, MOST_NAME));
    problems.0
}

/// Checks a site.
pub(crate) fn check_site(details: &SiteDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("code", code(&details.code));
    problems.check("name_zh", name(&details.name_zh));
    problems.check("name_en", text(&details.name_en, MOST_NAME));
    problems.check("address", text(&details.address, MOST_TEXT));
    position(&mut problems, details.position);
    problems.0
}

/// Checks a point.
pub(crate) fn check_point(details: &PointDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("code", code(&details.code));
    problems.check("name_zh", name(&details.name_zh));
    problems.check("name_en", text(&details.name_en, MOST_NAME));
    position(&mut problems, details.position);
    let timetable = details.timetable;
    if timetable
        .realtime_interval_s
        .is_some_and(|seconds| !(1..=86_400).contains(&seconds))
    {
        problems.add(
            "realtime_interval_s",
            ProblemKind::OutOfRange { range: "1..=86400" },
        );
    }
    if timetable
        .minute_interval_min
        .is_some_and(|minutes| !(1..=60).contains(&minutes) || 60 % minutes != 0)
    {
        problems.add(
            "minute_interval_min",
            ProblemKind::OutOfRange {
                range: "1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60",
            },
        );
    }
    problems.0
}

/// Checks a factor of a point.
pub(crate) fn check_factor(details: &FactorDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("factor_code", factor_code(&details.factor_code));
    problems.check("unit", text(&details.unit, 20));
    if details.decimals > 12 {
        problems.add("decimals", ProblemKind::OutOfRange { range: "0..=12" });
    }
    problems.0
}

/// Checks a limit by itself.
pub(crate) fn check_limit(details: &LimitDetails) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    problems.check("factor_code", factor_code(&details.factor_code));
    problems.check("basis", text(&details.basis, MOST_TEXT));
    validity(&mut problems, &details.validity);
    for (field, bound) in [("lower", details.lower), ("upper", details.upper)] {
        if bound.is_some_and(|bound| i64::try_from(bound.mantissa_and_scale().0).is_err()) {
            problems.add(
                field,
                ProblemKind::OutOfRange {
                    range: "at most 18 digits",
                },
            );
        }
    }
    match (details.lower, details.upper) {
        (None, None) => problems.add("upper", ProblemKind::NoBound),
        (Some(lower), Some(upper)) if lower > upper => {
            problems.add("lower", ProblemKind::LowerAboveUpper);
        }
        _ => {}
    }
    problems.0
}

/// Whether two limits contradict each other: the same value of the same record is held to both
/// at the same time, and both come from the same place. Limits of different origin stand beside
/// each other.
pub(crate) fn limits_contradict(one: &LimitDetails, other: &LimitDetails) -> bool {
    one.factor_code == other.factor_code
        && one.kind == other.kind
        && one.statistic == other.statistic
        && one.origin == other.origin
        && one.validity.overlaps(&other.validity)
}

/// Checks that a limit contradicts none of the point's others.
pub(crate) fn check_limit_among<'a>(
    details: &LimitDetails,
    mut others: impl Iterator<Item = &'a LimitDetails>,
) -> Vec<FieldProblem> {
    others
        .find(|other| limits_contradict(details, other))
        .map(|other| {
            let other = format!(
                "{} {} {} {}",
                other.factor_code, other.kind, other.statistic, other.validity.from
            );
            FieldProblem::new("valid_from", ProblemKind::Overlap { other })
        })
        .into_iter()
        .collect()
}

/// Checks a device and its channels.
pub(crate) fn check_device(details: &DeviceDetails, secrets: &Secrets) -> Vec<FieldProblem> {
    let mut problems = Problems::default();
    let mn = details.mn.as_str();
    if mn.is_empty() {
        problems.add("mn", ProblemKind::Missing);
    } else if mn.len() > 40 {
        problems.add("mn", ProblemKind::TooLong { most: 40 });
    } else if !is_field_value(mn) {
        problems.add("mn", ProblemKind::ForbiddenCharacters);
    }
    problems.check("name", text(&details.name, MOST_NAME));
    let system_type = details.system_type.as_bytes();
    if system_type.len() != 2 || !system_type.iter().all(u8::is_ascii_digit) {
        problems.add(
            "system_type",
            ProblemKind::OutOfRange {
                range: "two digits (ST)",
            },
        );
    }
    if let Err(error) = details.quirks.check() {
        problems.add(
            "quirks",
            ProblemKind::WrongSettings {
                reason: error.reason,
            },
        );
    }
    validity(&mut problems, &details.validity);
    if let SecretChange::Set(password) = &secrets.password {
        problems.check("password", check_password(password));
    }
    check_channels(&mut problems, details);
    problems.0
}

fn check_channels(problems: &mut Problems, details: &DeviceDetails) {
    if details.channels.len() > MOST_CHANNELS {
        problems.add(
            "channels",
            ProblemKind::OutOfRange {
                range: "at most 500 channels",
            },
        );
        return;
    }
    for (index, channel) in details.channels.iter().enumerate() {
        let field = format!("channels/{index}");
        if !channel.validity.is_in_order() {
            problems.add(
                &format!("{field}/valid_to"),
                ProblemKind::EndsBeforeItBegins,
            );
        }
        if let Some(factor) = &channel.factor_code {
            problems.check(&format!("{field}/factor_code"), factor_code(factor));
        }
        let clash = details.channels.iter().take(index).position(|other| {
            other.factor_code == channel.factor_code && other.validity.overlaps(&channel.validity)
        });
        if let Some(other) = clash {
            problems.add(
                &format!("{field}/factor_code"),
                ProblemKind::Overlap {
                    other: format!("channels/{other}"),
                },
            );
        }
    }
}

fn check_password(password: &DevicePassword) -> Option<ProblemKind> {
    let text = password.reveal();
    if text.is_empty() {
        Some(ProblemKind::Missing)
    } else if text.len() > 20 {
        Some(ProblemKind::TooLong { most: 20 })
    } else if is_field_value(text) {
        None
    } else {
        Some(ProblemKind::ForbiddenCharacters)
    }
}

/// Whether a text can stand as a field of a data segment.
fn is_field_value(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_graphic() && !b";,=&#".contains(&byte))
}

#[cfg(test)]
mod tests {
    use beijing_time::Timestamp;

    use super::*;
    use crate::model::{Channel, DeviceQuirks, LimitOrigin, LimitStatistic, PointId, RecordKind};

    fn fields(problems: &[FieldProblem]) -> Vec<(&str, &str)> {
        problems
            .iter()
            .map(|problem| (problem.field.as_str(), problem.kind.code()))
            .collect()
    }

    fn limit() -> LimitDetails {
        LimitDetails {
            factor_code: "a21026".to_owned(),
            kind: RecordKind::Hour,
            statistic: LimitStatistic::ZsAvg,
            lower: None,
            upper: Some("35".parse().unwrap()),
            validity: Validity::ALWAYS,
            origin: LimitOrigin::Standard,
            basis: "GB 13223-2011, table 1".to_owned(),
        }
    }

    fn device() -> DeviceDetails {
        DeviceDetails {
            mn: "010000A8900016F000169DC0".to_owned(),
            name: String::new(),
            edition: hj212::Edition::Hj2017,
            system_type: "31".to_owned(),
            quirks: DeviceQuirks::default(),
            validity: Validity::ALWAYS,
            is_enabled: true,
            is_simulated: true,
            channels: Vec::new(),
        }
    }

    #[test]
    fn a_code_cannot_be_a_formula() {
        for wrong in ["=1+1", "-1", "+A", "@x", "a b", "", "a\tb"] {
            assert!(code(wrong).is_some(), "{wrong}");
        }
        for right in ["DA001", "SIM-E001", "91430400MA0000000X", "衡A-1", "1#"] {
            assert_eq!(code(right), None, "{right}");
        }
    }

    #[test]
    fn limits_of_one_origin_do_not_overlap() {
        let one = limit();
        let mut other = limit();
        assert!(limits_contradict(&one, &other));
        other.origin = LimitOrigin::Permit;
        assert!(!limits_contradict(&one, &other));
        other = limit();
        other.kind = RecordKind::Day;
        assert!(!limits_contradict(&one, &other));
        let turn = Timestamp::from_epoch_ms(1000);
        let mut before = limit();
        before.validity.to = Some(turn);
        let mut after = limit();
        after.validity.from = turn;
        assert!(!limits_contradict(&before, &after));
    }

    #[test]
    fn a_limit_needs_a_bound_that_makes_sense() {
        let mut details = limit();
        details.upper = None;
        assert_eq!(fields(&check_limit(&details)), [("upper", "no_bound")]);
        details.lower = Some("9".parse().unwrap());
        details.upper = Some("6".parse().unwrap());
        details.validity.to = Some(Timestamp::from_epoch_ms(0));
        assert_eq!(
            fields(&check_limit(&details)),
            [
                ("valid_to", "ends_before_it_begins"),
                ("lower", "lower_above_upper")
            ]
        );
        details = limit();
        details.upper = Some("12345678901234567890".parse().unwrap());
        assert_eq!(fields(&check_limit(&details)), [("upper", "out_of_range")]);
    }

    #[test]
    fn two_channels_of_one_factor_do_not_hold_at_once() {
        let channel = |point: i64, factor: Option<&str>| Channel {
            point_id: PointId(point),
            factor_code: factor.map(ToOwned::to_owned),
            validity: Validity::ALWAYS,
        };
        let mut details = device();
        details.channels = vec![
            channel(1, None),
            channel(2, Some("a21026")),
            channel(3, None),
        ];
        assert_eq!(
            fields(&check_device(&details, &Secrets::default())),
            [("channels/2/factor_code", "overlap")]
        );
        details.channels.pop();
        assert!(check_device(&details, &Secrets::default()).is_empty());
    }

    #[test]
    fn an_mn_or_password_that_would_break_a_packet_is_refused() {
        let mut details = device();
        details.mn = "A;B=1".to_owned();
        details.system_type = "3x".to_owned();
        assert_eq!(
            fields(&check_device(&details, &Secrets::with_password("12&&34"))),
            [
                ("mn", "forbidden_characters"),
                ("system_type", "out_of_range"),
                ("password", "forbidden_characters")
            ]
        );
    }

    #[test]
    fn a_region_lies_within_the_one_above() {
        let details = |parent: Option<&str>| RegionDetails {
            parent_code: parent.map(|parent| parent.parse().unwrap()),
            name_zh: "蒸湘区".to_owned(),
            name_en: "Zhengxiang".to_owned(),
            position: None,
            is_simulated: false,
        };
        let code: RegionCode = "430408".parse().unwrap();
        assert!(check_region(&code, &details(Some("430400"))).is_empty());
        for (parent, problem) in [
            (Some("430421"), "not_within_parent"),
            (Some("430408"), "not_within_parent"),
            (None, "missing"),
        ] {
            assert_eq!(
                fields(&check_region(&code, &details(parent))),
                [("parent_code", problem)]
            );
        }
    }
}
