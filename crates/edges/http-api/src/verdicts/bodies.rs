//! Verdicts as JSON: every word with its name in both languages.

use ::verdicts::{
    LeftOut, Outcome, Rulebook, Verdict, VerdictBasis, VerdictChange, VerdictExplanation,
    VerdictInput, VerdictKind,
};
use monitoring::PacketId;
use serde::Serialize;
use sites::{DeviceDirectory, DirectoryPoint, Medium, PointId};
use standards::air::Item;
use standards::water::WaterItem;
use utoipa::ToSchema;

use crate::ApiState;
use crate::points::factor_names;

/// An item with its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ItemName {
    /// `pm2_5_24h`, `nh3n`, `a21026`…
    key: String,
    name_zh: String,
    name_en: String,
}

/// What a verdict says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OutcomeBody {
    /// `given`, `insufficient` (too few valid data) or `withheld` (NA, HJ 633-2026, 5.3.1).
    state: &'static str,
    /// The index, for air.
    figure: Option<i64>,
    /// Level of the index or class of the water, 1 the best to 6.
    grade: Option<i64>,
    /// The level or class in words; empty without one.
    grade_zh: String,
    grade_en: String,
    /// Whether what is demanded is kept: an index of at most 100, the target class, the limits.
    is_attained: Option<bool>,
    /// Primary pollutants, or what is worse than the target or over its limit, the worst first.
    deciding: Vec<ItemName>,
}

/// What a verdict says of one item.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictItemBody {
    #[serde(flatten)]
    name: ItemName,
    value: String,
    /// The sub-index; the class and, behind `*`, the multiple over the target; `within` or `over`.
    mark: String,
}

/// A verdict as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictBody {
    point_id: i64,
    kind: &'static str,
    /// The start of the period.
    time: String,
    #[serde(flatten)]
    outcome: OutcomeBody,
    items: Vec<VerdictItemBody>,
    computed_at: String,
}

/// What a verdict rests on.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictBasisBody {
    edition: String,
    clause: String,
    method: String,
    parameters: String,
    confidence: String,
    /// Whether numbers are from memory (待核实).
    is_to_be_verified: bool,
    rounding: String,
    /// The set of parameters that was in use.
    set: String,
}

/// A step of the calculation.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictStepBody {
    text_zh: String,
    text_en: String,
}

/// A value that was looked at.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictInputBody {
    /// The hour, day or month it is of.
    time: String,
    #[serde(flatten)]
    name: ItemName,
    value: String,
    flag: Option<String>,
    /// The packet of an hour's value.
    packet_id: Option<String>,
    /// The import that it came with, if it came in no packet.
    import_id: Option<i64>,
    /// Why it takes no part: `flagged`, `reviewed`, `not_a_number`, `out_of_range`,
    /// `unknown_unit`, `no_flow`, `too_few_minutes`.
    left_out: Option<&'static str>,
}

/// A verdict with its calculation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictExplanationBody {
    verdict: VerdictBody,
    basis: VerdictBasisBody,
    steps: Vec<VerdictStepBody>,
    inputs: Vec<VerdictInputBody>,
    /// Whether the inputs are verdicts of shorter periods: `day` or `month`.
    made_of: Option<&'static str>,
    /// Whether judging again comes to the verdict that stands.
    agrees: bool,
    /// Whether the inputs were removed by retention: nothing can be judged again.
    are_inputs_removed: bool,
}

/// A verdict that had been given and is not the same any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictChangeBody {
    id: i64,
    point_id: i64,
    /// Site and point in both languages.
    point_zh: String,
    point_en: String,
    kind: &'static str,
    time: String,
    old: OutcomeBody,
    new: OutcomeBody,
    /// `packet`, `import`, `review`, `setting` or `recompute`.
    cause: &'static str,
    /// The packet, where it was one.
    packet_id: Option<String>,
    /// The review, where it was one.
    review_id: Option<i64>,
    at: String,
}

/// Names of what verdicts speak of.
pub(crate) struct Names<'a> {
    rulebook: &'a Rulebook,
    directory: &'a DeviceDirectory,
}

impl<'a> Names<'a> {
    pub(crate) fn new(state: &'a ApiState, directory: &'a DeviceDirectory) -> Self {
        Self {
            rulebook: &state.rulebook,
            directory,
        }
    }

    fn point(&self, point_id: i64) -> Option<&DirectoryPoint> {
        self.directory.point(PointId(point_id)).map(AsRef::as_ref)
    }

    fn item(&self, key: &str) -> ItemName {
        let air = Item::ALL.into_iter().find(|item| item.key() == key);
        let (name_zh, name_en) = if let Some(item) = air {
            let period = match item {
                Item::So2Day | Item::No2Day | Item::CoDay | Item::Pm10Day | Item::Pm25Day => {
                    "24小时平均"
                }
                Item::O3Hour | Item::O3EightHours => "",
                _ => "1小时平均",
            };
            (
                format!("{}{period}", item.published_name()),
                item.english_name().to_owned(),
            )
        } else if let Some(item) = WaterItem::find(key) {
            (
                self.rulebook.water_name(item).to_owned(),
                item.english_name().to_owned(),
            )
        } else {
            // a factor's code, with the statistic behind a dot
            factor_names(key.split('.').next().unwrap_or(key))
        };
        ItemName {
            key: key.to_owned(),
            name_zh,
            name_en,
        }
    }

    pub(crate) fn outcome(&self, medium: Option<Medium>, outcome: &Outcome) -> OutcomeBody {
        let grade = outcome.grade;
        let (grade_zh, grade_en) = match (medium, grade) {
            (Some(Medium::SurfaceWater), Some(grade)) => ::verdicts::class_of_number(grade)
                .map(|class| {
                    let name = class.published_name();
                    (format!("{name}类"), format!("class {name}"))
                })
                .unwrap_or_default(),
            (_, Some(grade)) => self.rulebook.level_names(grade).unwrap_or_default(),
            (_, None) => Default::default(),
        };
        OutcomeBody {
            state: outcome.state.as_str(),
            figure: outcome.figure,
            grade,
            grade_zh,
            grade_en,
            is_attained: outcome.is_attained,
            deciding: outcome.deciding.iter().map(|key| self.item(key)).collect(),
        }
    }

    pub(crate) fn verdict(&self, verdict: &Verdict) -> VerdictBody {
        let medium = self
            .point(verdict.point_id)
            .map(|point| point.details.medium);
        let items = verdict.outcome.items.iter().map(|item| VerdictItemBody {
            name: self.item(&item.key),
            value: item.value.clone(),
            mark: item.mark.clone(),
        });
        VerdictBody {
            point_id: verdict.point_id,
            kind: verdict.kind.as_str(),
            time: verdict.time.to_string(),
            outcome: self.outcome(medium, &verdict.outcome),
            items: items.collect(),
            computed_at: verdict.computed_at.to_string(),
        }
    }

    fn input(&self, input: VerdictInput) -> VerdictInputBody {
        VerdictInputBody {
            time: input.time.to_string(),
            name: self.item(&input.key),
            value: input.value,
            flag: input.flag,
            // what was imported came in no packet
            packet_id: input
                .packet_id
                .filter(|id| PacketId(*id).import_id().is_none())
                .map(|id| id.to_string()),
            import_id: input.packet_id.and_then(|id| PacketId(id).import_id()),
            left_out: input.left_out.map(LeftOut::as_str),
        }
    }

    pub(crate) fn explanation(&self, opened: VerdictExplanation) -> VerdictExplanationBody {
        let steps = opened.told.steps.into_iter().map(|step| VerdictStepBody {
            text_zh: step.chinese,
            text_en: step.english,
        });
        VerdictExplanationBody {
            verdict: self.verdict(&opened.verdict),
            basis: basis(&opened.verdict.basis),
            steps: steps.collect(),
            inputs: opened
                .inputs
                .into_iter()
                .map(|input| self.input(input))
                .collect(),
            made_of: opened.made_of.map(VerdictKind::as_str),
            agrees: opened.agrees,
            are_inputs_removed: opened.are_inputs_removed,
        }
    }

    pub(crate) fn change(&self, change: &VerdictChange) -> VerdictChangeBody {
        let point = self.point(change.point_id);
        let medium = point.map(|point| point.details.medium);
        let (packet_id, review_id) = match change.cause {
            ::verdicts::Cause::Packet(id) if PacketId(id).import_id().is_none() => {
                (Some(id.to_string()), None)
            }
            ::verdicts::Cause::Review(id) => (None, Some(id)),
            _ => (None, None),
        };
        let (point_zh, point_en) = point.map(point_names).unwrap_or_default();
        VerdictChangeBody {
            id: change.id,
            point_id: change.point_id,
            point_zh,
            point_en,
            kind: change.kind.as_str(),
            time: change.time.to_string(),
            old: self.outcome(medium, &change.old),
            new: self.outcome(medium, &change.new),
            cause: match change.cause {
                ::verdicts::Cause::Packet(id) if PacketId(id).import_id().is_some() => "import",
                other => other.as_str(),
            },
            packet_id,
            review_id,
            at: change.at.to_string(),
        }
    }
}

/// Site and point in Chinese and English.
pub(crate) fn point_names(point: &DirectoryPoint) -> (String, String) {
    let (site, own) = (&point.site, &point.details);
    let english = |zh: &str, en: &str| if en.is_empty() { zh } else { en }.to_owned();
    (
        format!("{} {}", site.name_zh, own.name_zh),
        format!(
            "{} {}",
            english(&site.name_zh, &site.name_en),
            english(&own.name_zh, &own.name_en)
        ),
    )
}

fn basis(basis: &VerdictBasis) -> VerdictBasisBody {
    VerdictBasisBody {
        edition: basis.edition.clone(),
        clause: basis.clause.clone(),
        method: basis.method.clone(),
        parameters: basis.parameters.clone(),
        confidence: basis.confidence.clone(),
        is_to_be_verified: basis.confidence.starts_with("memory") || basis.confidence == "low",
        rounding: basis.rounding.clone(),
        set: basis.set.clone(),
    }
}
