//! Rows of soil: one sample of agricultural or construction land.

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::{Evaluated, Field, Fields, Judge, Options, OutputColumn, Problem, column, join};
use crate::soil::{
    ConstructionLand, FarmlandClass, LandUse, SoilElement, SoilRisk, check_agricultural,
    check_construction, compute_farmland_class, find_ph_column,
};
use crate::{Basis, Explanation, Parameters, StandardError};

const COLUMNS: &[OutputColumn] = &[
    column("risk", "风险", true),
    column("farmland_class", "农用地类别(仅按土壤)", true),
    column("above_screening", "高于筛选值", true),
    column("above_intervention", "高于管制值", true),
];

/// The fields of a soil table; the first are the measured ones.
pub(super) fn fields(parameters: &Parameters) -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = SoilElement::ALL
        .into_iter()
        .map(|element| Field::new(element.key(), &[element.chinese_name()]))
        .collect();
    // what only construction land knows
    for row in parameters
        .load_table("soil-construction")
        .iter()
        .flat_map(|table| &table.versions)
        .flat_map(|version| &version.rows)
    {
        let key = row
            .key
            .rsplit_once('.')
            .map_or(row.key.as_str(), |(key, _)| key);
        if !fields.iter().any(|field| field.key == key) {
            fields.push(Field::new(key, &[]));
        }
    }
    let measured = fields.len();
    fields.extend([
        Field::new("ph", &["pH值", "土壤pH"]),
        Field::new("land", &["土地利用", "用地类型", "利用方式", "land_use"]),
        Field::new("time", &["时间", "日期", "date", "采样时间", "采样日期"]),
    ]);
    (fields, measured)
}

#[derive(Clone, Copy)]
enum Land {
    Agricultural(LandUse),
    Construction(ConstructionLand),
}

fn find_land(text: &str) -> Option<Land> {
    LandUse::find(text)
        .map(Land::Agricultural)
        .or_else(|| ConstructionLand::find(text).map(Land::Construction))
}

pub(super) struct SoilJudge<'a> {
    parameters: &'a Parameters,
    land: Option<Land>,
    keys: Vec<String>,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
}

const LANDS: (&str, &str) = (
    "应为水田、果园、其他、第一类用地或第二类用地",
    "is none of paddy, orchard, other, first, second",
);

impl<'a> SoilJudge<'a> {
    pub(super) fn new(parameters: &'a Parameters, options: &Options) -> Result<Self, Vec<Problem>> {
        let land = match options.kind.as_deref() {
            None => None,
            Some(text) => Some(
                find_land(text).ok_or_else(|| vec![Problem::new("", text, LANDS.0, LANDS.1)])?,
            ),
        };
        let (fields, measured) = fields(parameters);
        Ok(Self {
            parameters,
            land,
            keys: fields
                .into_iter()
                .take(measured)
                .map(|field| field.key)
                .collect(),
            date: options.date,
            rules_of: options.rules_of,
        })
    }
}

/// One judged substance.
struct Judged {
    name: String,
    value: Decimal,
    screening: Decimal,
    intervention: Option<Decimal>,
    risk: SoilRisk,
    basis: Basis,
}

impl Judge for SoilJudge<'_> {
    fn output_columns(&self) -> &'static [OutputColumn] {
        COLUMNS
    }

    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let day = row.required_day(self.date, &mut problems);
        let land = match row.text("land") {
            Some(text) => find_land(text),
            None => self.land,
        };
        if land.is_none() {
            problems.push(row.problem("land", LANDS.0, LANDS.1));
        }
        let mut values = Vec::new();
        for key in &self.keys {
            if row.has(key)
                && let Some(value) = row.concentration(key, &mut problems)
            {
                values.push((key.as_str(), value));
            }
        }
        let ph = row.concentration("ph", &mut problems);
        if ph.is_none() && matches!(land, Some(Land::Agricultural(_))) {
            problems.push(row.problem(
                "ph",
                "农用地按 pH 分档，缺 pH",
                "agricultural land is judged by its pH, which is missing",
            ));
        }
        if values.is_empty() && problems.is_empty() {
            problems.push(Problem::new("", "", "没有测定值", "no concentration"));
        }
        let (Some((day, _)), Some(land), true) = (day, land, problems.is_empty()) else {
            return Err(problems);
        };
        let of = self.rules_of.unwrap_or(day);
        let judged = match land {
            Land::Agricultural(land) => {
                agricultural(self.parameters, of, (land, ph.unwrap_or_default()), &values)
            }
            Land::Construction(land) => construction(self.parameters, of, land, &values),
        };
        judged.map_err(|error| vec![Problem::of_error("", "", &error)])
    }
}

fn agricultural(
    parameters: &Parameters,
    date: CivilDate,
    (land, ph): (LandUse, Decimal),
    values: &[(&str, Decimal)],
) -> Result<Evaluated, StandardError> {
    let mut checks = Vec::new();
    for (key, value) in values {
        // a column that only construction land knows is not judged here
        if let Some(element) = SoilElement::find(key) {
            checks.push(check_agricultural(
                parameters,
                date,
                (land, ph),
                element,
                *value,
            )?);
        }
    }
    let class = compute_farmland_class(&checks);
    let column = find_ph_column(ph)?;
    let mut told = Explanation::default();
    told.push(
        format!(
            "{}，pH {ph}：取 {column} 一栏的筛选值与管制值。",
            land.chinese_name()
        ),
        format!(
            "{}, pH {ph}: the values of the column {column}.",
            land.english_name()
        ),
    );
    let judged = checks
        .into_iter()
        .map(|check| Judged {
            name: check.element.chinese_name().to_owned(),
            value: check.value,
            screening: check.screening,
            intervention: check.intervention,
            risk: check.risk,
            basis: check.basis,
        })
        .collect();
    combine(judged, class, told)
}

fn construction(
    parameters: &Parameters,
    date: CivilDate,
    land: ConstructionLand,
    values: &[(&str, Decimal)],
) -> Result<Evaluated, StandardError> {
    let version = parameters.load_version("soil-construction", date)?;
    let mut judged = Vec::new();
    for (key, value) in values {
        // zinc and the like have no value for construction land
        if version
            .find_row(&format!("{key}.{}", land.name()))
            .is_none()
        {
            continue;
        }
        let check = check_construction(parameters, date, land, key, *value)?;
        judged.push(Judged {
            name: SoilElement::find(key).map_or_else(
                || (*key).to_owned(),
                |element| element.chinese_name().to_owned(),
            ),
            value: check.value,
            screening: check.screening,
            intervention: Some(check.intervention),
            risk: check.risk,
            basis: check.basis,
        });
    }
    let mut told = Explanation::default();
    told.push(
        format!("建设用地，{}。", land.chinese_name()),
        format!("Construction land, {} class.", land.name()),
    );
    combine(judged, None, told)
}

/// A value between its bounds, such as `0.4 < 0.5 ≤ 2.0`.
fn comparison(value: Decimal, screening: Decimal, intervention: Option<Decimal>) -> String {
    match intervention {
        _ if value <= screening => format!("{value} ≤ {screening}"),
        Some(bound) if value > bound => format!("{value} > {bound}"),
        Some(bound) => format!("{screening} < {value} ≤ {bound}"),
        None => format!("{value} > {screening}"),
    }
}

fn combine(
    judged: Vec<Judged>,
    class: Option<FarmlandClass>,
    head: Explanation,
) -> Result<Evaluated, StandardError> {
    let worst = judged.iter().map(|item| item.risk).max();
    let named = |least: SoilRisk| {
        let names: Vec<_> = judged
            .iter()
            .filter(|item| item.risk >= least)
            .map(|item| item.name.as_str())
            .collect();
        join(&names)
    };
    let values = vec![
        worst.map(|risk| risk.chinese_name().to_owned()),
        class.map(|class| class.chinese_name().to_owned()),
        named(SoilRisk::Possible),
        named(SoilRisk::High),
    ];
    let mut explanation = Explanation::default();
    if let Some(first) = judged.first() {
        let Basis {
            edition, clause, ..
        } = &first.basis;
        explanation.push(
            format!("依据 {edition}（{clause}），逐项与筛选值、管制值比较。"),
            format!(
                "By {edition} ({clause}), each item against its screening and intervention value."
            ),
        );
    }
    explanation.steps.extend(head.steps);
    let mut basis: Option<Basis> = None;
    for item in judged {
        let Judged {
            name,
            value,
            screening,
            ..
        } = &item;
        let (bound_zh, bound_en) = item.intervention.map_or_else(
            || ("无".to_owned(), "none".to_owned()),
            |bound| (bound.to_string(), bound.to_string()),
        );
        let compared = comparison(*value, *screening, item.intervention);
        explanation.push(
            format!(
                "{name} {value} mg/kg：筛选值 {screening}，管制值 {bound_zh}；{compared}，{}。",
                item.risk.chinese_name()
            ),
            format!(
                "{name} {value} mg/kg: screening value {screening}, intervention value {bound_en}; \
                 {compared}: {}.",
                item.risk.english_name()
            ),
        );
        let entry = basis.get_or_insert_with(|| {
            let mut first = item.basis.clone();
            first.inputs.clear();
            first
        });
        entry.confidence = entry.confidence.max(item.basis.confidence);
        for input in item.basis.inputs {
            if !entry.inputs.contains(&input) {
                entry.inputs.push(input);
            }
        }
    }
    if let Some(worst) = worst {
        explanation.push(
            format!("各项中最差：{}。", worst.chinese_name()),
            format!("The worst of the items: {}.", worst.english_name()),
        );
    }
    if let Some(class) = class {
        explanation.push(
            format!("仅按土壤划分，农用地为{}。", class.chinese_name()),
            format!(
                "By soil alone the farmland is of the class {}.",
                class.english_name()
            ),
        );
    }
    let basis = basis.ok_or(StandardError::BadInput {
        name: "row",
        value: String::new(),
        detail: "none of its items has a value for this land",
    })?;
    Ok(Evaluated {
        values,
        basis,
        explanation,
    })
}
