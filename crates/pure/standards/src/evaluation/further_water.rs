//! What a row of surface water says beside its class: the index of the section in the ranking of
//! cities, the trophic level of a lake, the grade of black-odorous water.

use beijing_time::CivilDate;
use exact_decimal::{Decimal, DecimalError, Rounding};

use super::{Field, Fields, Problem};
use crate::water::{
    BlackOdorousGrade, Samples, TrophicSample, WaterBody, WaterItem, WaterRules,
    compute_black_odorous_grade, compute_point_grade, compute_section_index,
    compute_trophic_level_index, explain_black_odorous_grade, explain_section_index,
    explain_trophic_level_index,
};
use crate::{Confidence, Explanation, Parameters, StandardError};

/// Transparency as the trophic index takes it, from centimetres.
pub(super) fn metres_of(centimetres: Decimal) -> Result<Decimal, DecimalError> {
    let places = Rounding::HalfEven { places: 6 };
    let metres = centimetres.multiply_then_divide(Decimal::ONE, Decimal::from(100), places)?;
    Ok(metres.normalized())
}

/// The fields beside the items of GB 3838.
pub(super) fn fields() -> [Field; 4] {
    [
        Field::new(
            "chlorophyll",
            &["叶绿素a", "叶绿素", "chla", "chlorophyll a"],
        ),
        Field::new("transparency", &["透明度", "SD", "secchi depth"]),
        Field::new("orp", &["氧化还原电位", "redox"]),
        Field::new("depth", &["水深", "水深cm"]),
    ]
}

/// Whether a table has any of what lakes and black-odorous water are judged by.
pub(super) fn is_asked(has: impl Fn(&str) -> bool) -> bool {
    ["chlorophyll", "transparency", "orp"].into_iter().any(has)
}

/// The further values of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Further {
    chlorophyll: Option<Decimal>,
    transparency_cm: Option<Decimal>,
    redox: Option<Decimal>,
    depth_cm: Option<Decimal>,
}

/// What was found, in the order of the columns, and how sure the numbers behind it are.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) section_index: Option<String>,
    pub(super) trophic_index: Option<String>,
    pub(super) trophic_level: Option<String>,
    pub(super) black_odorous: Option<String>,
    pub(super) confidence: Option<Confidence>,
    pub(super) explanation: Explanation,
}

/// Centimetres in the unit that a heading names in brackets.
fn unit_of(heading: &str) -> Option<i64> {
    let heading = heading.to_lowercase();
    let unit = heading.split(['(', '（', '[', '/']).nth(1)?;
    match unit.trim_end_matches([')', '）', ']']).trim() {
        "cm" | "厘米" => Some(1),
        "m" | "米" => Some(100),
        _ => None,
    }
}

impl Further {
    /// Chlorophyll a, mg/m³.
    pub(super) fn chlorophyll(&self) -> Option<Decimal> {
        self.chlorophyll
    }

    /// Transparency, cm.
    pub(super) fn transparency_cm(&self) -> Option<Decimal> {
        self.transparency_cm
    }

    /// Reads them; problems are put on the list.
    pub(super) fn read(row: &Fields<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut length = |key: &str| {
            let value = row.concentration(key, problems)?;
            let scaled = unit_of(row.heading(key))
                .and_then(|unit| value.checked_multiply(Decimal::from(unit)).ok());
            if scaled.is_none() {
                problems.push(row.problem(
                    key,
                    "列名须写明单位，如 透明度(cm) 或 透明度(m)",
                    "the heading must name the unit, such as transparency (cm) or (m)",
                ));
            }
            scaled
        };
        let (transparency_cm, depth_cm) = (length("transparency"), length("depth"));
        let chlorophyll = row.concentration("chlorophyll", problems);
        // a redox potential may be below zero
        let redox = row.decimal("orp").unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        Self {
            chlorophyll,
            transparency_cm,
            redox,
            depth_cm,
        }
    }

    /// Judges the row.
    pub(super) fn judge(
        self,
        (parameters, date): (&Parameters, CivilDate),
        rules: &WaterRules,
        body: WaterBody,
        samples: &Samples,
    ) -> Result<Found, StandardError> {
        let mut found = Found::default();
        found.rank(rules, body, samples)?;
        if body == WaterBody::Lake {
            self.judge_lake((parameters, date), samples, &mut found)?;
        } else if self.transparency_cm.is_some() || self.redox.is_some() {
            self.judge_black((parameters, date), samples, &mut found)?;
        }
        Ok(found)
    }

    fn judge_lake(
        self,
        (parameters, date): (&Parameters, CivilDate),
        samples: &Samples,
        found: &mut Found,
    ) -> Result<(), StandardError> {
        let above_zero = |value: Option<Decimal>| value.filter(|value| *value > 0);
        let given = [
            self.chlorophyll,
            samples.get(WaterItem::TotalPhosphorus),
            samples.get(WaterItem::TotalNitrogen),
            self.transparency_cm,
            samples.get(WaterItem::PermanganateIndex),
        ]
        .map(above_zero);
        let is_in_force = parameters.load_version("trophic-state", date).is_ok();
        let (
            true,
            [
                Some(chlorophyll),
                Some(phosphorus),
                Some(nitrogen),
                Some(depth),
                Some(index),
            ],
        ) = (is_in_force, given)
        else {
            if self.chlorophyll.is_some() {
                found.explanation.push(
                    "综合营养状态指数自 2011 年起施行，须叶绿素 a、总磷、总氮、透明度和高锰酸盐指数\
                     五项齐全且大于零：未计算。"
                        .to_owned(),
                    "No trophic level index: it is of 2011 and needs chlorophyll a, total \
                     phosphorus, total nitrogen, transparency and the permanganate index, each \
                     above zero."
                        .to_owned(),
                );
            }
            return Ok(());
        };
        let sample = TrophicSample {
            chlorophyll,
            total_phosphorus: phosphorus,
            total_nitrogen: nitrogen,
            transparency: metres_of(depth)?,
            permanganate_index: index,
        };
        let lake = compute_trophic_level_index(parameters, date, &sample)?;
        found.trust(lake.basis.confidence);
        found.trophic_index = Some(lake.index.to_string());
        found.trophic_level = Some(lake.level.chinese_name().to_owned());
        let told = explain_trophic_level_index(parameters, date, &sample)?;
        found.tell(
            "综合营养状态指数",
            "Trophic level index",
            &lake.basis.edition,
            told,
        );
        Ok(())
    }

    fn judge_black(
        self,
        (parameters, date): (&Parameters, CivilDate),
        samples: &Samples,
        found: &mut Found,
    ) -> Result<(), StandardError> {
        // before the guide there was no grade
        let Ok(version) = parameters.load_version("black-odorous", date) else {
            return Ok(());
        };
        let mut grades = Vec::new();
        let mut told = Explanation::default();
        for (key, value) in [
            ("transparency", self.transparency_cm),
            ("do", samples.get(WaterItem::DissolvedOxygen)),
            ("orp", self.redox),
            ("nh3n", samples.get(WaterItem::AmmoniaNitrogen)),
        ] {
            let Some(value) = value else { continue };
            let depth = self.depth_cm;
            let grade = compute_black_odorous_grade(parameters, date, key, value, depth)?;
            found.trust(grade.basis.confidence);
            grades.push(vec![grade.value]);
            told.steps
                .extend(explain_black_odorous_grade(parameters, date, key, value, depth)?.steps);
        }
        let grade = compute_point_grade(&grades).value;
        let (zh, en) = match grade {
            BlackOdorousGrade::Heavy => ("有指标达到重度", "an indicator is heavy"),
            BlackOdorousGrade::Light => ("有指标达到轻度", "an indicator is light"),
            BlackOdorousGrade::None => ("各项指标均未达到", "no indicator is"),
        };
        told.push(
            format!("{zh}：该点{}。", grade.chinese_name()),
            format!("At this point {en}: {}.", grade.english_name()),
        );
        found.black_odorous = Some(grade.chinese_name().to_owned());
        found.tell(
            "黑臭水体级别",
            "Grade of black-odorous water",
            &version.edition,
            told,
        );
        Ok(())
    }
}

impl Found {
    fn trust(&mut self, confidence: Confidence) {
        self.confidence = self.confidence.max(Some(confidence));
    }

    fn tell(&mut self, zh: &str, en: &str, edition: &str, told: Explanation) {
        self.explanation.push(
            format!("{zh}，依据 {edition}。"),
            format!("{en}, by {edition}."),
        );
        self.explanation.steps.extend(told.steps);
    }

    /// The index of the ranking; none for water without any oxygen, or without an item of it.
    fn rank(
        &mut self,
        rules: &WaterRules,
        body: WaterBody,
        samples: &Samples,
    ) -> Result<(), StandardError> {
        let oxygen = samples.get(WaterItem::DissolvedOxygen);
        let told = match oxygen {
            Some(oxygen) if oxygen.is_zero() => Explanation::default(),
            _ => explain_section_index(rules, body, samples)?,
        };
        // the last step is the sum
        if told.steps.len() < 2 {
            return Ok(());
        }
        let index = compute_section_index(rules, body, samples)?
            .rounded(Rounding::HalfEven { places: 4 })?;
        self.section_index = Some(index.to_string());
        self.explanation.push(
            "断面水质指数（城市地表水环境质量排名）：各项浓度与 Ⅲ 类限值之比的和。".to_owned(),
            "Index of the section (ranking of cities): the sum of concentration over the limit of class Ⅲ."
                .to_owned(),
        );
        self.explanation.steps.extend(told.steps);
        Ok(())
    }
}
