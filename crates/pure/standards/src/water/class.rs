//! The class of a section: the worst of its items (GB 3838-2002, 5.1, 单因子评价).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use super::{Samples, WaterBody, WaterItem, WaterMethod};
use crate::{Basis, Confidence, Explanation, Input, Parameters, StandardError};

/// A class of surface water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaterClass {
    /// Ⅰ.
    One,
    /// Ⅱ.
    Two,
    /// Ⅲ.
    Three,
    /// Ⅳ.
    Four,
    /// Ⅴ.
    Five,
    /// 劣Ⅴ.
    WorseThanFive,
}

impl WaterClass {
    /// All, from the best.
    pub const ALL: [Self; 6] = [
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::Five,
        Self::WorseThanFive,
    ];

    /// As published: Ⅰ to Ⅴ, 劣Ⅴ.
    pub fn published_name(self) -> &'static str {
        match self {
            Self::One => "Ⅰ",
            Self::Two => "Ⅱ",
            Self::Three => "Ⅲ",
            Self::Four => "Ⅳ",
            Self::Five => "Ⅴ",
            Self::WorseThanFive => "劣Ⅴ",
        }
    }

    /// The class of a published name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.published_name() == name)
    }

    /// 优 to 重度污染 (环办〔2011〕22号).
    pub fn state(self) -> super::WaterState {
        match self {
            Self::One | Self::Two => super::WaterState::Excellent,
            Self::Three => super::WaterState::Good,
            Self::Four => super::WaterState::LightlyPolluted,
            Self::Five => super::WaterState::ModeratelyPolluted,
            Self::WorseThanFive => super::WaterState::HeavilyPolluted,
        }
    }
}

/// The class of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemClass {
    /// The item.
    pub item: WaterItem,
    /// The value that was judged.
    pub value: Decimal,
    /// Its class.
    pub class: WaterClass,
    /// 超标倍数 over class III, exact to two decimals; none within class III, and none for pH and
    /// dissolved oxygen.
    pub exceedance_multiple: Option<Decimal>,
    /// Whether it enters the section's class.
    pub is_evaluated: bool,
}

/// The class of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionClass {
    /// The class; none when no evaluated item is there.
    pub class: Option<WaterClass>,
    /// Class by item, evaluated or not.
    pub items: Vec<ItemClass>,
    /// The items that set the class, when it is not the first.
    pub deciding: Vec<WaterItem>,
    /// River or lake.
    pub body: WaterBody,
    /// How values were treated.
    pub method: WaterMethod,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Limits {
    AtMost([Decimal; 5]),
    AtLeast([Decimal; 5]),
    Between([(Decimal, Decimal); 5]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    item: WaterItem,
    body: Option<WaterBody>,
    limits: Limits,
    is_evaluated: bool,
    decimals: Option<u32>,
    name: String,
}

/// The limits of GB 3838 made ready for judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaterRules {
    edition: String,
    pub(crate) citation: String,
    pub(crate) confidence: Confidence,
    rules: Vec<Rule>,
}

impl WaterRules {
    /// The limits in force on the day of sampling.
    ///
    /// # Errors
    /// When no edition was in force or the table is damaged.
    pub fn on(parameters: &Parameters, date: CivilDate) -> Result<Self, StandardError> {
        let version = parameters.load_version("surface-water-limits", date)?;
        let mut rules = Vec::new();
        let mut confidence = version.confidence;
        for row in &version.rows {
            let (key, body) = match row.key.strip_suffix(".lake") {
                Some(key) => (key, Some(WaterBody::Lake)),
                None => (row.key.as_str(), None),
            };
            let Some(item) = WaterItem::find(key) else {
                continue;
            };
            confidence = confidence.max(row.confidence);
            let bad = |detail: &str| StandardError::BadCell {
                table: version.table.clone(),
                key: row.key.clone(),
                column: "limits".to_owned(),
                detail: detail.to_owned(),
            };
            let five = |list: Vec<Decimal>| {
                <[Decimal; 5]>::try_from(list).map_err(|_count| bad("is not five limits"))
            };
            let limits = match row.load_text("direction")? {
                "le" => Limits::AtMost(five(row.load_decimals("limits")?)?),
                "ge" => Limits::AtLeast(five(row.load_decimals("limits")?)?),
                "range" => {
                    let ends = row
                        .load_texts("limits")?
                        .iter()
                        .map(|text| {
                            let (low, high) =
                                text.split_once('-').ok_or_else(|| bad("is not a range"))?;
                            Ok((low.parse()?, high.parse()?))
                        })
                        .collect::<Result<Vec<(Decimal, Decimal)>, StandardError>>()?;
                    Limits::Between(
                        <[_; 5]>::try_from(ends).map_err(|_count| bad("is not five ranges"))?,
                    )
                }
                _ => return Err(bad("has no known direction")),
            };
            rules.push(Rule {
                item,
                body,
                limits,
                is_evaluated: row.find_text("is_evaluated") == Some("yes"),
                decimals: row
                    .find_text("assessment_decimals")
                    .and_then(|text| text.parse().ok()),
                name: row.load_text("name")?.to_owned(),
            });
        }
        Ok(Self {
            edition: version.edition.clone(),
            citation: version.citation(),
            confidence,
            rules,
        })
    }

    /// The edition.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    fn find_rule(&self, item: WaterItem, body: WaterBody) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| rule.item == item && rule.body == Some(body))
            .or_else(|| {
                self.rules
                    .iter()
                    .find(|rule| rule.item == item && rule.body.is_none())
            })
    }

    /// The Chinese name of an item.
    pub fn name(&self, item: WaterItem) -> &str {
        self.find_rule(item, WaterBody::River)
            .map_or(item.key(), |rule| {
                rule.name.split('(').next().unwrap_or(&rule.name)
            })
    }

    /// The class III limit of an item that has one upper limit.
    pub fn find_class_three_limit(&self, item: WaterItem, body: WaterBody) -> Option<Decimal> {
        self.find_class_limit((item, body), WaterClass::Three)
    }

    /// The limit of a class for an item that has one upper limit.
    pub fn find_class_limit(
        &self,
        (item, body): (WaterItem, WaterBody),
        class: WaterClass,
    ) -> Option<Decimal> {
        match &self.find_rule(item, body)?.limits {
            Limits::AtMost(limits) => limits.get(class as usize).copied(),
            Limits::AtLeast(_) | Limits::Between(_) => None,
        }
    }

    /// The value as it is judged: with [`WaterMethod::ManualRounded`] half to even to the item's
    /// assessment decimals; a value that would become 0 keeps one significant digit.
    pub fn judged_value(
        &self,
        item: WaterItem,
        body: WaterBody,
        method: WaterMethod,
        value: Decimal,
    ) -> Decimal {
        let decimals = self.find_rule(item, body).and_then(|rule| rule.decimals);
        match (method, decimals) {
            (WaterMethod::ManualRounded, Some(places)) if value.scale() > places => {
                let mut kept = places;
                loop {
                    let rounded = value.rounded(Rounding::HalfEven { places: kept });
                    if !rounded.is_zero() || value.is_zero() || kept >= value.scale() {
                        return rounded;
                    }
                    kept += 1;
                }
            }
            _ => value,
        }
    }

    /// The class of one value.
    ///
    /// # Errors
    /// For a value below zero, or an item without limits.
    pub fn classify_item(
        &self,
        item: WaterItem,
        body: WaterBody,
        method: WaterMethod,
        value: Decimal,
        oxygen_saturation: Option<Decimal>,
    ) -> Result<ItemClass, StandardError> {
        if value.is_negative() {
            return Err(StandardError::BadInput {
                name: item.key(),
                value: value.to_string(),
                detail: "a concentration is not below zero",
            });
        }
        if item == WaterItem::Ph && value > 14 {
            return Err(StandardError::BadInput {
                name: item.key(),
                value: value.to_string(),
                detail: "pH is at most 14",
            });
        }
        let rule = self
            .find_rule(item, body)
            .ok_or_else(|| StandardError::NoRow {
                table: "surface-water-limits".to_owned(),
                edition: self.edition.clone(),
                key: item.key().to_owned(),
            })?;
        let value = self.judged_value(item, body, method, value);
        let position = match &rule.limits {
            Limits::AtMost(limits) => limits.iter().position(|limit| value <= *limit),
            Limits::AtLeast(limits) => {
                let saturated = item == WaterItem::DissolvedOxygen
                    && oxygen_saturation.is_some_and(|percent| percent >= 90);
                if saturated {
                    Some(0)
                } else {
                    limits.iter().position(|limit| value >= *limit)
                }
            }
            Limits::Between(ranges) => ranges
                .iter()
                .position(|(low, high)| value >= *low && value <= *high),
        };
        let class = position
            .and_then(|position| WaterClass::ALL.get(position).copied())
            .unwrap_or(WaterClass::WorseThanFive);
        let exceedance_multiple = match self.find_class_three_limit(item, body) {
            Some(limit) if class > WaterClass::Three => {
                Some(crate::air::compute_exceedance_multiple(
                    value,
                    limit,
                    Rounding::HalfEven { places: 2 },
                )?)
            }
            _ => None,
        };
        Ok(ItemClass {
            item,
            value,
            class,
            exceedance_multiple,
            is_evaluated: rule.is_evaluated,
        })
    }

    /// The class of a section: the worst of the evaluated items (21 items; water temperature,
    /// total nitrogen and fecal coliform are judged but do not enter).
    ///
    /// # Errors
    /// For a value below zero.
    pub fn classify_section(
        &self,
        body: WaterBody,
        method: WaterMethod,
        samples: &Samples,
    ) -> Result<SectionClass, StandardError> {
        let items = samples
            .iter()
            .map(|(item, value)| {
                self.classify_item(item, body, method, value, samples.oxygen_saturation)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let class = items
            .iter()
            .filter(|item| item.is_evaluated)
            .map(|item| item.class)
            .max();
        let deciding = match class {
            Some(worst) if worst > WaterClass::One => items
                .iter()
                .filter(|item| item.is_evaluated && item.class == worst)
                .map(|item| item.item)
                .collect(),
            _ => Vec::new(),
        };
        Ok(SectionClass {
            class,
            items,
            deciding,
            body,
            method,
        })
    }

    /// What a section's class rests on.
    pub fn basis(&self, section: &SectionClass) -> Basis {
        Basis {
            edition: self.edition.clone(),
            clause: "5.1, table 1",
            method: section.method.name(),
            parameters: format!(
                "{}; total phosphorus by the {} column",
                self.citation,
                section.body.name()
            ),
            confidence: self.confidence,
            rounding: match section.method {
                WaterMethod::AutomaticUnrounded => "none",
                WaterMethod::ManualRounded => "half to even to the assessment decimals, once",
            },
            inputs: section
                .items
                .iter()
                .map(|item| Input {
                    name: item.item.key().to_owned(),
                    value: item.value.to_string(),
                })
                .collect(),
        }
    }

    /// The judgement of a section step by step.
    pub fn explain(&self, section: &SectionClass) -> Explanation {
        let mut told = Explanation::default();
        let (title_zh, title_en) = section.method.title();
        told.push(
            format!("依据 {}，单因子评价（{title_zh}）。", self.edition),
            format!("By {}, the worst single item ({title_en}).", self.edition),
        );
        for item in &section.items {
            let Some(rule) = self.find_rule(item.item, section.body) else {
                continue;
            };
            let (sign, limits) = match &rule.limits {
                Limits::AtMost(limits) => ("≤", join(limits)),
                Limits::AtLeast(limits) => ("≥", join(limits)),
                Limits::Between(ranges) => (
                    "",
                    ranges
                        .first()
                        .map(|(low, high)| format!("{low}~{high}"))
                        .unwrap_or_default(),
                ),
            };
            let (part_zh, part_en) = if item.is_evaluated {
                ("", "")
            } else {
                (
                    "（不参与断面评价）",
                    " (does not enter the section's class)",
                )
            };
            let class = item.class.published_name();
            told.push(
                format!(
                    "{} {}：限值 {sign} {limits}，{class} 类{part_zh}。",
                    rule.name, item.value
                ),
                format!(
                    "{} {}: limits {sign} {limits}, class {class}{part_en}.",
                    item.item.english_name(),
                    item.value
                ),
            );
        }
        match section.class {
            Some(class) => told.push(
                format!(
                    "断面取最差项目：{} 类，{}。",
                    class.published_name(),
                    class.state().chinese_name()
                ),
                format!(
                    "The section takes the worst item: class {}, {}.",
                    class.published_name(),
                    class.state().english_name()
                ),
            ),
            None => told.push(
                "没有参与评价的项目，不评价。".to_owned(),
                "No item to evaluate: no class.".to_owned(),
            ),
        }
        told
    }
}

fn join(limits: &[Decimal]) -> String {
    limits
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" / ")
}
