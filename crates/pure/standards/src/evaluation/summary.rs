//! What many rows come to together: rivers, lakes and cities, regions and roads, outlets and
//! taxpayers, years of stations. What a summary needs of a row is kept, not the row; there is a
//! bound for each medium, and rows beyond it are named as left out.

pub(super) mod air;
pub(super) mod emission;
pub(super) mod noise;
pub(super) mod water;

use std::collections::BTreeMap;

use beijing_time::CivilDate;

use super::OutputColumn;
use super::fields::Fields;
use crate::{Basis, Explanation, Language, StandardError, Step};

/// Rows left out that are named; all of them are counted.
const NAMED_LEFT_OUT: usize = 200;
/// Groups whose left-out rows are counted one by one.
const COUNTED_GROUPS: usize = 20_000;

/// The time that rows are put together by, where the standard leaves it open and the rows do not
/// name it themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SummaryPeriod {
    /// 月.
    #[default]
    Month,
    /// 季度.
    Quarter,
    /// 年.
    Year,
}

impl SummaryPeriod {
    /// The period of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "month" => Some(Self::Month),
            "quarter" => Some(Self::Quarter),
            "year" => Some(Self::Year),
            _ => None,
        }
    }

    /// The period of a day: `2026-03`, `2026-Q1`, `2026`.
    fn label(self, day: CivilDate) -> String {
        let (year, month) = (day.year(), day.month());
        match self {
            Self::Month => format!("{year}-{month:02}"),
            Self::Quarter => format!("{year}-Q{}", (month - 1) / 3 + 1),
            Self::Year => year.to_string(),
        }
    }
}

/// What is judged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// 河流、流域.
    River,
    /// 湖库.
    Lake,
    /// 城市水质指数.
    CityWater,
    /// 区域声环境.
    NoiseRegion,
    /// 道路交通噪声.
    NoiseRoad,
    /// 功能区声环境.
    NoiseZone,
    /// 排放口应税当量.
    Outlet,
    /// 纳税人合计.
    Taxpayer,
    /// 优良天数.
    GoodDays,
    /// 单项年评价.
    AirItem,
    /// 综合指数.
    Composite,
}

impl GroupKind {
    /// Key, as in CSV and JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::River => "river",
            Self::Lake => "lake",
            Self::CityWater => "city_water",
            Self::NoiseRegion => "noise_region",
            Self::NoiseRoad => "noise_road",
            Self::NoiseZone => "noise_zone",
            Self::Outlet => "outlet_tax",
            Self::Taxpayer => "taxpayer_tax",
            Self::GoodDays => "good_days",
            Self::AirItem => "air_item",
            Self::Composite => "composite_index",
        }
    }

    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::River => "河流、流域水质",
            Self::Lake => "湖库水质",
            Self::CityWater => "城市水质指数",
            Self::NoiseRegion => "区域声环境",
            Self::NoiseRoad => "道路交通噪声",
            Self::NoiseZone => "功能区声环境",
            Self::Outlet => "排放口应税污染物",
            Self::Taxpayer => "纳税人合计",
            Self::GoodDays => "优良天数",
            Self::AirItem => "污染物年评价",
            Self::Composite => "环境空气质量综合指数",
        }
    }

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::River => "River or basin",
            Self::Lake => "Lake or reservoir",
            Self::CityWater => "City water index",
            Self::NoiseRegion => "Noise of the region",
            Self::NoiseRoad => "Noise of roads",
            Self::NoiseZone => "Noise of zones",
            Self::Outlet => "Taxed pollutants of an outlet",
            Self::Taxpayer => "Sum of a taxpayer",
            Self::GoodDays => "Good days",
            Self::AirItem => "Year of a pollutant",
            Self::Composite => "Composite index of the air",
        }
    }
}

/// What a group of rows comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What is judged.
    pub kind: GroupKind,
    /// Name as the rows give it; empty for the whole table.
    pub name: String,
    /// The period.
    pub period: String,
    /// One text a column of [`Summary::columns`]; none where there is nothing to say.
    pub values: Vec<Option<String>>,
    /// Rows it rests on.
    pub rows: u64,
    /// Rows of the group that were left out.
    pub left_out: u64,
    /// What it rests on.
    pub basis: Basis,
    /// The calculation step by step.
    pub explanation: Explanation,
}

/// A row that no group rests on, or a group that could not be judged (row 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Number of the row as the caller counts; 0 for a whole group.
    pub row: u64,
    /// The group it belongs to, as far as it says so.
    pub group: String,
    reason: Step,
}

impl LeftOut {
    /// Why, in a language.
    pub fn reason(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.reason.chinese,
            Language::English => &self.reason.english,
        }
    }
}

/// What the rows of a table come to together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The columns of the values.
    pub columns: &'static [OutputColumn],
    /// The groups.
    pub groups: Vec<Group>,
    /// Rows left out, the first of them.
    pub left_out: Vec<LeftOut>,
    /// How many rows were left out in all.
    pub left_out_count: u64,
}

/// Rows that are left out.
#[derive(Debug, Default)]
pub(super) struct Book {
    left_out: Vec<LeftOut>,
    count: u64,
    by_group: BTreeMap<(Option<GroupKind>, String, String), u64>,
}

impl Book {
    /// Leaves a row out of its group, of whatever kind.
    fn leave(&mut self, row: u64, group: (&str, &str), chinese: &str, english: &str) {
        self.leave_of(None, row, group, (chinese, english));
    }

    /// Leaves a row out of a group of a kind.
    fn leave_of(
        &mut self,
        kind: Option<GroupKind>,
        row: u64,
        (name, period): (&str, &str),
        (chinese, english): (&str, &str),
    ) {
        self.count += u64::from(row > 0);
        let key = (kind, name.to_owned(), period.to_owned());
        if row > 0 && (self.by_group.contains_key(&key) || self.by_group.len() < COUNTED_GROUPS) {
            *self.by_group.entry(key).or_default() += 1;
        }
        if self.left_out.len() < NAMED_LEFT_OUT {
            let group = [name, period].map(str::trim).join(" ").trim().to_owned();
            self.left_out.push(LeftOut {
                row,
                group,
                reason: Step {
                    chinese: chinese.to_owned(),
                    english: english.to_owned(),
                },
            });
        }
    }

    /// Leaves a row out that could not be judged.
    fn refuse(&mut self, row: u64, group: (&str, &str)) {
        self.refuse_of(None, row, group);
    }

    /// Leaves a row out that could not be judged, of a kind.
    fn refuse_of(&mut self, kind: Option<GroupKind>, row: u64, group: (&str, &str)) {
        let reason = (
            "该行未能评价，见问题",
            "the row could not be judged: see its problem",
        );
        self.leave_of(kind, row, group, reason);
    }

    /// Says that a group could not be judged.
    fn fail(&mut self, group: (&str, &str), error: &StandardError) {
        self.leave(0, group, &error.chinese(), &error.to_string());
    }

    fn count_of(&self, group: &Group) -> u64 {
        [None, Some(group.kind)]
            .into_iter()
            .filter_map(|kind| {
                let key = (kind, group.name.clone(), group.period.clone());
                self.by_group.get(&key)
            })
            .sum()
    }

    /// The summary of these groups and what was left out.
    fn close(self, columns: &'static [OutputColumn], mut groups: Vec<Group>) -> Summary {
        for group in &mut groups {
            group.left_out = self.count_of(group);
        }
        Summary {
            columns,
            groups,
            left_out: self.left_out,
            left_out_count: self.count,
        }
    }
}

/// The period of a row: its own text, else that of its day.
fn period_of(row: &Fields<'_>, by: SummaryPeriod, day: Option<CivilDate>) -> String {
    row.text("period_name").map_or_else(
        || day.map_or_else(String::new, |day| by.label(day)),
        str::to_owned,
    )
}

/// Names of what a row belongs to, the wider first, as one.
fn name_of(row: &Fields<'_>, keys: [&str; 2]) -> String {
    let names: Vec<&str> = keys.iter().filter_map(|key| row.text(key)).collect();
    names.join(" ")
}

/// The day of a row that may not have been judged.
fn day_of(row: &Fields<'_>, default: Option<CivilDate>) -> Option<CivilDate> {
    row.day("time")
        .ok()
        .flatten()
        .map(|(day, _)| day)
        .or(default)
}

/// Names as one list, the first of them when there are many.
fn name_some(names: &[String]) -> (String, String) {
    const TOLD: usize = 30;
    let told = names
        .iter()
        .take(TOLD)
        .map(String::as_str)
        .collect::<Vec<_>>();
    if names.len() <= TOLD {
        return (told.join("、"), told.join(", "));
    }
    let rest = names.len() - TOLD;
    (
        format!("{}，另 {rest} 个", told.join("、")),
        format!("{} and {rest} more", told.join(", ")),
    )
}
