//! Rows of noise: one point with its levels of day and night, or one level with its period.

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::summary::noise::NoiseLedger;
use super::{
    Evaluated, Field, Fields, Judge, Options, OutputColumn, Problem, Summary, column, join,
    yes_or_no,
};
use crate::noise::{
    NightPeak, NoiseCheck, NoiseStandard, Period, check_night_peak, check_noise_limit,
    compute_day_night_level, explain_day_night_level,
};
use crate::{Explanation, Parameters, StandardError};

const COLUMNS: &[OutputColumn] = &[
    column("attains", "是否达标", true),
    column("day_limit", "昼间限值", false),
    column("day_excess", "昼间超标", true),
    column("night_limit", "夜间限值", false),
    column("night_excess", "夜间超标", true),
    column("peak_limit", "夜间最大声级限值", false),
    column("peak_excess", "夜间最大声级超标", true),
    column("over", "超标项", true),
    column("day_night_level", "昼夜等效声级", false),
];

/// The fields of a noise table; the first are the measured ones.
pub(super) fn fields() -> (Vec<Field>, usize) {
    (
        vec![
            Field::new("day", &["昼间", "昼间等效声级", "Ld", "leq_day"]),
            Field::new("night", &["夜间", "夜间等效声级", "Ln", "leq_night"]),
            Field::new("level", &["等效声级", "leq", "LAeq", "声级"]),
            Field::new("night_peak", &["夜间最大声级", "Lmax", "lmax_night"]),
            Field::new("period", &["时段", "昼夜"]),
            Field::new("peak", &["夜间噪声类型", "peak_kind"]),
            Field::new(
                "class",
                &["功能区", "功能区类别", "声环境功能区", "类别", "zone"],
            ),
            Field::new("standard", &["标准", "执行标准"]),
            Field::new("time", &["时间", "日期", "date", "监测时间", "监测日期"]),
            Field::naming("object", &["监测对象", "监测类型", "点位类型"]),
            Field::new("length", &["路段长度", "道路长度", "长度", "road_length"]),
            Field::naming("grid", &["网格", "网格编号", "网格代码", "grid_id"]),
            Field::naming(
                "area",
                &[
                    "区域",
                    "区域名称",
                    "行政区",
                    "所在区域",
                    "region",
                    "area_name",
                ],
            ),
            Field::naming("city", &["城市", "城市名称"]),
            Field::naming("period_name", &["评价时段", "统计时段", "summary_period"]),
        ],
        4,
    )
}

pub(super) struct NoiseJudge<'a> {
    parameters: &'a Parameters,
    standard: NoiseStandard,
    class: Option<String>,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    ledger: Option<NoiseLedger<'a>>,
}

fn unknown_standard(name: &str) -> Problem {
    Problem::new(
        "",
        name,
        "没有这种标准；有：gb3096、gb12348、gb22337、gb12523",
        "no such standard; there are gb3096, gb12348, gb22337, gb12523",
    )
}

impl<'a> NoiseJudge<'a> {
    pub(super) fn new(parameters: &'a Parameters, options: &Options) -> Result<Self, Vec<Problem>> {
        let standard = match options.standard.as_deref() {
            None => NoiseStandard::Quality,
            Some(name) => NoiseStandard::find(name).ok_or_else(|| vec![unknown_standard(name)])?,
        };
        Ok(Self {
            parameters,
            standard,
            class: options.kind.clone(),
            date: options.date,
            rules_of: options.rules_of,
            ledger: options
                .is_summarized
                .then(|| NoiseLedger::open(parameters, options)),
        })
    }
}

/// `2类`, `2 类区` and `2` alike.
fn plain_class(text: &str) -> String {
    text.trim()
        .trim_end_matches("区")
        .trim_end_matches("类")
        .trim()
        .to_lowercase()
}

impl Judge for NoiseJudge<'_> {
    fn output_columns(&self) -> &'static [OutputColumn] {
        COLUMNS
    }

    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let day = row.required_day(self.date, &mut problems);
        let mut levels = Vec::new();
        for (key, period) in [("day", Period::Day), ("night", Period::Night)] {
            if let Some(level) = row.concentration(key, &mut problems) {
                levels.push((period, level));
            }
        }
        if let Some(level) = row.concentration("level", &mut problems) {
            match row.text("period").map(Period::find) {
                Some(Some(period)) if !levels.iter().any(|(present, _)| *present == period) => {
                    levels.push((period, level));
                }
                Some(Some(_)) => problems.push(row.problem(
                    "level",
                    "与昼间或夜间一列重复",
                    "repeats the column of its period",
                )),
                _ => problems.push(row.problem(
                    "period",
                    "应为昼间或夜间",
                    "is neither day nor night",
                )),
            }
        }
        let peak = row.concentration("night_peak", &mut problems);
        let kind = match row.text("peak") {
            None => Some(NightPeak::Occasional),
            Some(text) => NightPeak::find(text),
        };
        if kind.is_none() {
            problems.push(row.problem(
                "peak",
                "应为频发或偶发",
                "is neither frequent nor occasional",
            ));
        }
        let standard = match row.text("standard") {
            None => Some(self.standard),
            Some(name) => NoiseStandard::find(name),
        };
        if standard.is_none() {
            problems.push(row.problem("standard", "没有这种标准", "is no known standard"));
        }
        let class = row
            .text("class")
            .map(plain_class)
            .or_else(|| self.class.as_deref().map(plain_class))
            .or_else(|| (standard == Some(NoiseStandard::Construction)).then(|| "site".to_owned()));
        if class.is_none() {
            problems.push(row.problem(
                "class",
                "没有功能区类别（或用 --kind 指定）",
                "no class of zone (or give --kind)",
            ));
        }
        if levels.is_empty() && peak.is_none() && problems.is_empty() {
            problems.push(Problem::new("", "", "没有声级", "no level"));
        }
        let (Some((day, _)), Some(standard), Some(class), Some(kind), true) =
            (day, standard, class, kind, problems.is_empty())
        else {
            return Err(problems);
        };
        let of = self.rules_of.unwrap_or(day);
        // of the sound environment, not of what a boundary lets through
        let both = find_both(&levels).filter(|_levels| standard == NoiseStandard::Quality);
        let mut levels_judged = Vec::new();
        let judged = (|| {
            let mut checks = Vec::new();
            for level in levels {
                let check = check_noise_limit(self.parameters, of, standard, &class, level)?;
                levels_judged.push((level.0, level.1, check.attains));
                checks.push((level.0.english_name(), check));
            }
            if let Some(peak) = peak {
                let check = check_night_peak(self.parameters, of, standard, &class, (kind, peak))?;
                checks.push(("peak", check));
            }
            let Some(mut evaluated) = combine(checks) else {
                return Ok(None);
            };
            add_day_night_level(&mut evaluated, both)?;
            Ok(Some(evaluated))
        })();
        match judged {
            Ok(Some(evaluated)) => {
                // what boundaries let through is not the sound environment
                let is_quality = standard == NoiseStandard::Quality;
                if let Some(ledger) = self.ledger.as_mut().filter(|_ledger| is_quality) {
                    ledger.take(row, (day, &class), &levels_judged);
                }
                Ok(evaluated)
            }
            Ok(None) => Err(vec![Problem::new("", "", "没有声级", "no level")]),
            Err(error) => {
                let error: StandardError = error;
                Err(vec![Problem::of_error("", "", &error)])
            }
        }
    }

    fn refuse(&mut self, row: &Fields<'_>) {
        if let Some(ledger) = &mut self.ledger {
            ledger.refuse(row);
        }
    }

    fn summarize(&mut self) -> Option<Summary> {
        self.ledger.take().map(NoiseLedger::close)
    }
}

/// The levels of day and night, where both are there.
fn find_both(levels: &[(Period, Decimal)]) -> Option<(Decimal, Decimal)> {
    let of_period = |wanted: Period| {
        levels
            .iter()
            .find(|(period, _)| *period == wanted)
            .map(|(_, level)| *level)
    };
    of_period(Period::Day).zip(of_period(Period::Night))
}

fn add_day_night_level(
    evaluated: &mut Evaluated,
    both: Option<(Decimal, Decimal)>,
) -> Result<(), StandardError> {
    let Some((day, night)) = both else {
        evaluated.values.push(None);
        return Ok(());
    };
    let told = explain_day_night_level(day, night)?;
    evaluated.explanation.steps.extend(told.steps);
    let level = compute_day_night_level(day, night)?;
    evaluated.values.push(Some(level.to_string()));
    Ok(())
}

fn combine(checks: Vec<(&'static str, NoiseCheck)>) -> Option<Evaluated> {
    let find = |name: &str| {
        checks
            .iter()
            .find(|(present, _)| *present == name)
            .map(|(_, check)| check)
    };
    let limit = |name| find(name).map(|check| check.limit.to_string());
    let excess = |name| {
        find(name)
            .and_then(|check| check.excess)
            .map(|db| db.to_string())
    };
    let over: Vec<_> = checks
        .iter()
        .filter(|(_, check)| !check.attains)
        .map(|(name, _)| match *name {
            "day" => "昼间",
            "night" => "夜间",
            _ => "夜间最大声级",
        })
        .collect();
    let values = vec![
        Some(yes_or_no(over.is_empty())),
        limit("day"),
        excess("day"),
        limit("night"),
        excess("night"),
        limit("peak"),
        excess("peak"),
        join(&over),
    ];
    let mut explanation = Explanation::default();
    let mut basis = None;
    for (_, check) in checks {
        explanation.steps.extend(check.explanation.steps);
        let entry = basis.get_or_insert_with(|| {
            let mut first = check.basis.clone();
            first.inputs.clear();
            first
        });
        entry.confidence = entry.confidence.max(check.basis.confidence);
        for input in check.basis.inputs {
            if !entry.inputs.contains(&input) {
                entry.inputs.push(input);
            }
        }
    }
    Some(Evaluated {
        values,
        basis: basis?,
        explanation,
    })
}
