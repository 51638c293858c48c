//! Rows of emissions: one concentration of one outlet against the limit of its standard.

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use super::summary::emission::{EmissionLedger, Judged};
use super::{
    Evaluated, Field, Fields, Judge, Options, OutputColumn, Problem, Summary, column, yes_or_no,
};
use crate::emission::{
    Conversion, EmissionLimit, EmissionQuery, LimitColumn, LimitForm, OxygenRule, check_emission,
    choose_binding_limit, convert_to_oxygen, find_emission_limits,
};
use crate::{Input, Parameters, StandardError};

const COLUMNS: &[OutputColumn] = &[
    column("attains", "是否达标", true),
    column("exceedance_multiple", "超标倍数", true),
    column("judged_value", "判定浓度", false),
    column("limit", "限值", true),
    column("unit", "单位", false),
    column("averaging", "判定时间", false),
    column("oxygen_baseline", "基准氧含量", false),
];

/// The fields of an emission table; the first are the measured ones.
pub(super) fn fields() -> (Vec<Field>, usize) {
    (
        vec![
            Field::new("value", &["浓度", "实测浓度", "concentration"]),
            Field::new("converted", &["折算浓度"]),
            Field::new("pollutant", &["污染物", "项目"]),
            Field::new("facility", &["设施", "行业或设施", "industry_or_facility"]),
            Field::new("tier", &["级别", "档次"]),
            Field::new("averaging", &["判定时间", "取值时间"]),
            Field::new("oxygen", &["氧含量", "O2", "实测氧含量"]),
            Field::new("oxygen_baseline", &["基准氧", "基准氧含量"]),
            Field::new("permit", &["许可浓度", "许可排放浓度限值"]),
            Field::new("column", &["排放去向", "限值列"]),
            Field::new("standard", &["标准", "执行标准"]),
            Field::new("time", &["时间", "日期", "date", "监测时间"]),
            Field::naming(
                "outlet",
                &[
                    "排口",
                    "排放口",
                    "排口名称",
                    "排放口名称",
                    "排口编号",
                    "排放口编号",
                ],
            ),
            Field::naming(
                "taxpayer",
                &[
                    "纳税人",
                    "纳税人名称",
                    "企业",
                    "企业名称",
                    "单位名称",
                    "enterprise",
                ],
            ),
            Field::new("mass", &["排放量"]),
            Field::new("tax_rate", &["适用税额", "单位税额"]),
            Field::naming("taxed_as", &["应税污染物"]),
            Field::naming("period_name", &["评价时段", "统计时段", "summary_period"]),
        ],
        2,
    )
}

pub(super) struct EmissionJudge<'a> {
    parameters: &'a Parameters,
    standard: Option<String>,
    facility: Option<String>,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    ledger: Option<EmissionLedger<'a>>,
}

impl<'a> EmissionJudge<'a> {
    pub(super) fn new(
        parameters: &'a Parameters,
        options: &Options,
        has: impl Fn(&str) -> bool,
    ) -> Result<Self, Vec<Problem>> {
        if let Some(name) = options.standard.as_deref()
            && let Err(error) = parameters
                .load_table("emission-limits")
                .and_then(|table| table.load_edition(name))
        {
            return Err(vec![Problem::of_error("", name, &error)]);
        }
        Ok(Self {
            parameters,
            standard: options.standard.clone(),
            facility: options.kind.clone(),
            date: options.date,
            rules_of: options.rules_of,
            ledger: options
                .is_summarized
                .then(|| EmissionLedger::open(parameters, options, has))
                .flatten(),
        })
    }

    /// The one limit of a row.
    fn find_limit(
        &self,
        row: &Fields<'_>,
        day: CivilDate,
        query: &EmissionQuery<'_>,
    ) -> Result<EmissionLimit, Problem> {
        let mut limits = find_emission_limits(self.parameters, day, query)
            .map_err(|error| Problem::of_error("", "", &error))?;
        if limits.len() > 1 {
            let averagings: Vec<_> = limits
                .iter()
                .map(|limit| limit.averaging.as_str())
                .collect();
            let told = averagings.join("、");
            return Err(row.problem(
                "averaging",
                &format!("有多个限值，请给出判定时间或级别：{told}"),
                &format!("several limits fit: give averaging or tier ({told})"),
            ));
        }
        limits
            .pop()
            .ok_or_else(|| Problem::new("", "", "没有限值", "no limit"))
    }
}

fn find_column(text: &str) -> Option<LimitColumn> {
    match text.to_lowercase().as_str() {
        "first" | "direct" | "直接排放" | "直接" => Some(LimitColumn::First),
        "second" | "indirect" | "间接排放" | "间接" => Some(LimitColumn::Second),
        _ => None,
    }
}

/// What a row says beside its limit.
struct Given {
    value: Option<Decimal>,
    converted: Option<Decimal>,
    oxygen: Option<Decimal>,
    baseline: Option<Decimal>,
    permit: Option<Decimal>,
    column: LimitColumn,
}

fn given(row: &Fields<'_>, problems: &mut Vec<Problem>) -> Given {
    let column = row
        .text("column")
        .map_or(Some(LimitColumn::First), find_column);
    if column.is_none() {
        problems.push(row.problem(
            "column",
            "应为直接排放或间接排放",
            "is neither direct nor indirect",
        ));
    }
    Given {
        value: row.concentration("value", problems),
        converted: row.concentration("converted", problems),
        oxygen: row.concentration("oxygen", problems),
        baseline: row.concentration("oxygen_baseline", problems),
        permit: row.concentration("permit", problems),
        column: column.unwrap_or_default(),
    }
}

impl Judge for EmissionJudge<'_> {
    fn output_columns(&self) -> &'static [OutputColumn] {
        COLUMNS
    }

    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let day = row.required_day(self.date, &mut problems);
        let given = given(row, &mut problems);
        let standard = row.text("standard").or(self.standard.as_deref());
        let facility = row.text("facility").or(self.facility.as_deref());
        let pollutant = row.text("pollutant");
        for (key, value, chinese, english) in [
            ("standard", standard, "没有执行标准", "no standard"),
            ("facility", facility, "没有设施", "no facility"),
            ("pollutant", pollutant, "没有污染物", "no pollutant"),
        ] {
            if value.is_none() {
                problems.push(row.problem(key, chinese, english));
            }
        }
        if given.value.is_none() && given.converted.is_none() && problems.is_empty() {
            problems.push(row.problem("value", "没有浓度", "no concentration"));
        }
        let (Some((day, _)), Some(standard), Some(facility), Some(pollutant), true) =
            (day, standard, facility, pollutant, problems.is_empty())
        else {
            return Err(problems);
        };
        let query = EmissionQuery {
            standard,
            facility,
            tier: row.text("tier"),
            pollutant,
            averaging: row.text("averaging"),
        };
        let of = self.rules_of.unwrap_or(day);
        let limit = self
            .find_limit(row, of, &query)
            .map_err(|problem| vec![problem])?;
        let (unit, column) = (limit.unit.clone(), given.column);
        let judged = evaluate(row, limit, &given).map_err(|problem| vec![problem])?;
        if let Some(ledger) = &mut self.ledger {
            let is_single = |limit: &EmissionLimit| match (&limit.form, column) {
                (LimitForm::AtMost(upper), _)
                | (LimitForm::TwoColumns(upper, _), LimitColumn::First)
                | (LimitForm::TwoColumns(_, upper), LimitColumn::Second) => Some(*upper),
                _ => None,
            };
            ledger.take(
                row,
                &Judged {
                    day,
                    pollutant,
                    unit: &unit,
                    value: judged.value,
                    limit: is_single(&judged.limit),
                    attains: judged.attains,
                },
            );
        }
        Ok(judged.evaluated)
    }

    fn refuse(&mut self, row: &Fields<'_>) {
        if let Some(ledger) = &mut self.ledger {
            ledger.refuse(row);
        }
    }

    fn summarize(&mut self) -> Option<Summary> {
        self.ledger.take().map(EmissionLedger::close)
    }
}

/// A judged row with what a summary needs of it.
struct JudgedRow {
    evaluated: Evaluated,
    value: Decimal,
    limit: EmissionLimit,
    attains: bool,
}

fn evaluate(
    row: &Fields<'_>,
    mut limit: EmissionLimit,
    given: &Given,
) -> Result<JudgedRow, Problem> {
    let wrap = |error: StandardError| Problem::of_error("", "", &error);
    let baseline = given.baseline.or(limit.oxygen_baseline);
    let mut steps = crate::Explanation::default();
    tell_limit(&mut steps, &limit, given.column);
    let value = judged_value(row, given, baseline, &mut steps)?;
    if let (LimitForm::AtMost(upper), Some(_)) = (&limit.form, given.permit)
        && let Some(binding) = choose_binding_limit(Some(*upper), given.permit)
    {
        steps.push(
            format!("标准限值 {upper} 与许可浓度取严：{binding}。"),
            format!("The stricter of the standard's {upper} and the permit's: {binding}."),
        );
        limit.form = LimitForm::AtMost(binding);
    }
    let check = check_emission(&limit, given.column, value).map_err(wrap)?;
    let mut basis = limit.basis.clone();
    for (name, input) in [
        ("measured", given.value),
        ("oxygen", given.oxygen),
        ("reference oxygen", baseline),
        ("permit", given.permit),
    ] {
        if let Some(input) = input {
            basis.inputs.push(Input {
                name: name.to_owned(),
                value: input.to_string(),
            });
        }
    }
    steps.steps.extend(check.explanation.steps);
    let shown = show_limit(&limit, given.column);
    let evaluated = Evaluated {
        values: vec![
            Some(yes_or_no(check.attains)),
            check.exceedance_multiple.map(|times| times.to_string()),
            Some(
                value
                    .rounded(Rounding::HalfEven { places: 6 })
                    .normalized()
                    .to_string(),
            ),
            Some(shown),
            Some(limit.unit.clone()),
            Some(limit.averaging.clone()),
            baseline.map(|baseline| baseline.to_string()),
        ],
        basis,
        explanation: steps,
    };
    Ok(JudgedRow {
        evaluated,
        value,
        limit,
        attains: check.attains,
    })
}

/// The limit as a table shows it.
fn show_limit(limit: &EmissionLimit, column: LimitColumn) -> String {
    match (&limit.form, column) {
        (LimitForm::AtMost(upper), _)
        | (LimitForm::TwoColumns(upper, _), LimitColumn::First)
        | (LimitForm::TwoColumns(_, upper), LimitColumn::Second) => upper.to_string(),
        (LimitForm::Between(low, high), _) => format!("{low}~{high}"),
        (LimitForm::NotDetected, _) => "不得检出".to_owned(),
        (LimitForm::Other(text), _) => text.clone(),
    }
}

fn tell_limit(steps: &mut crate::Explanation, limit: &EmissionLimit, column: LimitColumn) {
    let (edition, clause) = (&limit.basis.edition, limit.basis.clause);
    let (shown, unit, averaging) = (show_limit(limit, column), &limit.unit, &limit.averaging);
    let (column_zh, column_en) = match (&limit.form, column) {
        (LimitForm::TwoColumns(..), LimitColumn::First) => ("直接排放一栏，", "direct discharge, "),
        (LimitForm::TwoColumns(..), LimitColumn::Second) => {
            ("间接排放一栏，", "indirect discharge, ")
        }
        _ => ("", ""),
    };
    let (oxygen_zh, oxygen_en) = limit
        .oxygen_baseline
        .map_or_else(Default::default, |baseline| {
            (
                format!("，基准氧含量 {baseline}%"),
                format!(", reference oxygen {baseline} %"),
            )
        });
    steps.push(
        format!(
            "依据 {edition}（{clause}），{column_zh}限值 {shown} {unit}（{averaging}）{oxygen_zh}。"
        ),
        format!(
            "By {edition} ({clause}), {column_en}limit {shown} {unit} ({averaging}){oxygen_en}."
        ),
    );
}

/// The value that is judged: as converted already, converted here, or as measured.
fn judged_value(
    row: &Fields<'_>,
    given: &Given,
    baseline: Option<Decimal>,
    steps: &mut crate::Explanation,
) -> Result<Decimal, Problem> {
    if let Some(converted) = given.converted {
        return Ok(converted);
    }
    let measured = given
        .value
        .ok_or_else(|| row.problem("value", "没有浓度", "no concentration"))?;
    let Some(baseline) = baseline else {
        return Ok(measured);
    };
    let oxygen = given.oxygen.ok_or_else(|| {
        row.problem(
            "oxygen",
            "限值按基准氧含量，缺实测氧含量（或给出折算浓度）",
            "the limit has a reference oxygen content: the measured oxygen is missing",
        )
    })?;
    let conversion = convert_to_oxygen(&OxygenRule::with_air(baseline), measured, oxygen)
        .map_err(|error| Problem::of_error(row.heading("oxygen"), &oxygen.to_string(), &error))?;
    let Conversion::Converted(exact) = conversion.value else {
        return Err(row.problem(
            "oxygen",
            "接近空气的氧含量，无法折算",
            "is about that of the air: nothing can be converted",
        ));
    };
    // judged at 12 decimals: equal values stay equal
    let value = exact
        .rounded(Rounding::HalfEven { places: 12 })
        .map_err(|error| Problem::of_error("", "", &StandardError::from(error)))?
        .normalized();
    let shown = value.rounded(Rounding::HalfEven { places: 4 }).normalized();
    steps.push(
        format!("折算：{measured} × (21 - {baseline}) / (21 - {oxygen}) = {shown}。"),
        format!("Converted: {measured} × (21 - {baseline}) / (21 - {oxygen}) = {shown}."),
    );
    Ok(value)
}
