//! What markings look like in JSON.

use beijing_time::Timestamp;
use marking::{Awaiting, Calculation, Marking, MarkingFile, Said};
use serde::Serialize;
use serde_json::Value;
use sites::{DeviceDirectory, PointId};
use standards::emission::MarkingCode;
use utoipa::ToSchema;

use crate::points::factor_names;

/// A code of the marking rule.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent properties of one code"
)]
pub(super) struct MarkingCodeBody {
    code: String,
    name_zh: String,
    name_en: String,
    /// The media it is said of; `any` for every monitor.
    media: Vec<String>,
    /// Whether nothing is due while it is so, once accepted.
    is_not_due: bool,
    /// Whether manual samples are owed while it is so.
    owes_samples: bool,
    /// Whether it is to be shown by a photograph or a document.
    needs_file: bool,
    /// The data flag of HJ 212 that a device would have set.
    flag: Option<String>,
    basis: String,
    is_to_be_verified: bool,
}

impl From<MarkingCode> for MarkingCodeBody {
    fn from(code: MarkingCode) -> Self {
        Self {
            code: code.code,
            name_zh: code.name_zh,
            name_en: code.name_en,
            media: code.media,
            is_not_due: code.is_not_due,
            owes_samples: code.owes_samples,
            needs_file: code.needs_file,
            flag: code.flag,
            basis: code.basis,
            is_to_be_verified: code.confidence.is_to_be_verified(),
        }
    }
}

/// Where something was measured.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarkedPlaceBody {
    point_id: i64,
    point_code: String,
    point_name_zh: String,
    point_name_en: String,
    medium: String,
    site_id: i64,
    site_name_zh: String,
    site_name_en: String,
    region_code: String,
    simulated: bool,
}

impl MarkedPlaceBody {
    pub(super) fn of(point_id: i64, directory: &DeviceDirectory) -> Self {
        let point = directory.point(PointId(point_id));
        let text = |choose: fn(&sites::DirectoryPoint) -> &str| {
            point.map_or_else(String::new, |point| choose(point).to_owned())
        };
        Self {
            point_id,
            point_code: text(|point| &point.details.code),
            point_name_zh: text(|point| &point.details.name_zh),
            point_name_en: text(|point| &point.details.name_en),
            medium: text(|point| point.details.medium.as_str()),
            site_id: point.map_or(0, |point| point.site_id.0),
            site_name_zh: text(|point| &point.site.name_zh),
            site_name_en: text(|point| &point.site.name_en),
            region_code: text(|point| point.site.region_code.as_str()),
            simulated: point.is_some_and(|point| point.is_simulated()),
        }
    }
}

/// Who said something, when and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SaidBody {
    author: String,
    at: String,
    reason: String,
}

impl From<Said> for SaidBody {
    fn from(said: Said) -> Self {
        Self {
            author: said.author,
            at: said.at.to_string(),
            reason: said.reason,
        }
    }
}

/// The last review of a marking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarkingReviewBody {
    /// `accepted`, `rejected`, `invalid`, `replaced`, `amount_replaced` or `restored`.
    decision: String,
    /// What counts instead.
    value: Option<String>,
    #[serde(flatten)]
    said: SaidBody,
}

/// A step of a calculation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CalculationStepBody {
    zh: String,
    en: String,
}

/// How a substitute was computed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CalculationBody {
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    /// `hj75_largest_hours`, `hj356_largest_day`, `manual_samples` or `stated`.
    method: String,
    kind: String,
    from: String,
    to: String,
    /// `replaced`: a concentration; `amount_replaced`: only an amount.
    decision: String,
    /// Null when the method gives none; the last step says why.
    value: Option<String>,
    unit: String,
    basis: String,
    is_to_be_verified: bool,
    steps: Vec<CalculationStepBody>,
}

impl From<Calculation> for CalculationBody {
    fn from(found: Calculation) -> Self {
        let (factor_name_zh, factor_name_en) = factor_names(&found.factor_code);
        Self {
            factor_name_zh,
            factor_name_en,
            factor_code: found.factor_code,
            method: found.method.to_owned(),
            kind: found.kind.as_str().to_owned(),
            from: found.from.to_string(),
            to: found.to.to_string(),
            decision: found.decision.as_str().to_owned(),
            value: found.value.map(|value| value.to_string()),
            unit: found.unit,
            basis: found.basis.to_owned(),
            is_to_be_verified: found.is_to_be_verified,
            steps: found
                .steps
                .into_iter()
                .map(|(zh, en)| CalculationStepBody { zh, en })
                .collect(),
        }
    }
}

impl CalculationBody {
    /// The calculation as it was kept with the review.
    fn kept(text: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| kept.get(name)?.as_str().map(str::to_owned);
        let factor_code = text("factor_code")?;
        let (factor_name_zh, factor_name_en) = factor_names(&factor_code);
        let steps = kept.get("steps")?.as_array()?.iter().filter_map(|step| {
            Some(CalculationStepBody {
                zh: step.get("zh")?.as_str()?.to_owned(),
                en: step.get("en")?.as_str()?.to_owned(),
            })
        });
        Some(Self {
            factor_code,
            factor_name_zh,
            factor_name_en,
            method: text("method")?,
            kind: text("kind")?,
            from: text("from")?,
            to: text("to")?,
            decision: text("decision")?,
            value: text("value"),
            unit: text("unit")?,
            basis: text("basis")?,
            is_to_be_verified: kept.get("is_to_be_verified")?.as_bool()?,
            steps: steps.collect(),
        })
    }
}

/// A marking with its course.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarkingBody {
    id: String,
    place: MarkedPlaceBody,
    /// A code of the rule.
    code: String,
    /// One factor; null for all.
    factor_code: Option<String>,
    factor_name_zh: Option<String>,
    factor_name_en: Option<String>,
    /// Records of one kind; null for all.
    kind: Option<String>,
    from: String,
    to: String,
    reason: String,
    author: String,
    at: String,
    /// `submitted`, `withdrawn`, `accepted`, `rejected`, `invalid`, `replaced` or `restored`.
    state: String,
    /// Until when it had to be made; null where no calendar tells.
    mark_due: Option<String>,
    /// Until when it is to be reviewed.
    review_due: Option<String>,
    /// Whether it was made after its deadline.
    is_late: bool,
    withdrawal: Option<SaidBody>,
    review: Option<MarkingReviewBody>,
    calculation: Option<CalculationBody>,
    /// How many files it has.
    files: i64,
    /// To be given with whatever changes it.
    revision: i64,
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl MarkingBody {
    pub(super) fn of(marking: Marking, directory: &DeviceDirectory) -> Self {
        let subject = marking.subject;
        let names = subject.factor_code.as_deref().map(factor_names);
        let (factor_name_zh, factor_name_en) = names.unzip();
        Self {
            id: marking.id.to_string(),
            place: MarkedPlaceBody::of(subject.point_id, directory),
            code: marking.mark.as_str().to_owned(),
            factor_code: subject.factor_code,
            factor_name_zh,
            factor_name_en,
            kind: subject.kind.map(|kind| kind.as_str().to_owned()),
            from: subject.from.to_string(),
            to: subject.to.to_string(),
            reason: marking.reason,
            author: marking.author,
            at: marking.at.to_string(),
            state: marking.state.as_str().to_owned(),
            mark_due: time(marking.mark_due),
            review_due: time(marking.review_due),
            is_late: marking.is_late,
            withdrawal: marking.withdrawal.map(SaidBody::from),
            review: marking.review.map(|review| MarkingReviewBody {
                decision: review.decision.as_str().to_owned(),
                value: review.value,
                said: review.said.into(),
            }),
            calculation: marking
                .calculation
                .as_deref()
                .and_then(CalculationBody::kept),
            files: marking.files,
            revision: marking.revision,
        }
    }
}

/// A factor with its names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarkedFactorBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
}

/// A time that awaits marking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AwaitingBody {
    place: MarkedPlaceBody,
    /// `gap`, `flag` or `exceedance`.
    reason: String,
    /// The data flag, if that is why.
    flag: Option<String>,
    /// Empty when all are missing.
    factors: Vec<MarkedFactorBody>,
    from: String,
    to: String,
    hours: i64,
    /// Until when it is to be marked; null where no calendar tells.
    due: Option<String>,
    /// Until when it can be marked at all.
    close: Option<String>,
}

impl AwaitingBody {
    pub(super) fn of(one: Awaiting, directory: &DeviceDirectory) -> Self {
        let factors = one.factor_codes.into_iter().map(|factor_code| {
            let (name_zh, name_en) = factor_names(&factor_code);
            MarkedFactorBody {
                factor_code,
                name_zh,
                name_en,
            }
        });
        Self {
            place: MarkedPlaceBody::of(one.point_id, directory),
            reason: one.reason.as_str().to_owned(),
            flag: one.flag,
            factors: factors.collect(),
            from: one.from.to_string(),
            to: one.to.to_string(),
            hours: one.hours,
            due: time(one.due),
            close: time(one.close),
        }
    }
}

/// A file of a marking, without its content.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MarkingFileBody {
    id: String,
    marking_id: String,
    name: String,
    /// `image/jpeg`, `image/png` or `application/pdf`, by its content.
    media_type: String,
    size_bytes: i64,
    /// SM3 of the content, hexadecimal.
    sm3: String,
    author: String,
    at: String,
}

impl From<MarkingFile> for MarkingFileBody {
    fn from(file: MarkingFile) -> Self {
        Self {
            id: file.id.to_string(),
            marking_id: file.marking_id.to_string(),
            name: file.name,
            media_type: file.media_type,
            size_bytes: file.size_bytes,
            sm3: file.digest,
            author: file.author,
            at: file.at.to_string(),
        }
    }
}
