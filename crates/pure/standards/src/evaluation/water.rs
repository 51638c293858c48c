//! Rows of surface water: one section and one sample or period mean.

use std::collections::BTreeMap;

use beijing_time::CivilDate;

use super::further_water::{self, Found, Further};
use super::summary::water::WaterLedger;
use super::{
    Evaluated, Field, Fields, Judge, Options, OutputColumn, Problem, Summary, column, join,
    yes_or_no,
};
use crate::water::{
    Samples, SectionClass, WaterBody, WaterClass, WaterItem, WaterMethod, WaterRules,
    compute_main_pollutants,
};
use crate::{Explanation, Parameters, StandardError};

const COLUMNS: &[OutputColumn] = &[
    column("class", "水质类别", true),
    column("state", "水质状况", true),
    column("deciding_items", "定类项目", true),
    column("main_pollutants", "主要污染指标(超标倍数)", true),
    column("attains_target", "是否达到目标", true),
    column("section_index", "断面水质指数(排名)", false),
    column("trophic_index", "综合营养状态指数", false),
    column("trophic_level", "营养状态", true),
    column("black_odorous", "黑臭级别", true),
];

/// The columns of tables without what lakes and black-odorous water are judged by.
const USUAL_COLUMNS: &[OutputColumn] = COLUMNS.split_at(6).0;

/// The fields of a water table; the first are the measured ones.
pub(super) fn fields(parameters: &Parameters) -> (Vec<Field>, usize) {
    let names = parameters.load_table("surface-water-limits").ok();
    let mut fields: Vec<Field> = WaterItem::ALL
        .iter()
        .map(|item| {
            let mut field = Field::new(item.key(), aliases(*item));
            // the names and codes of the parameter table
            for row in names
                .iter()
                .flat_map(|table| &table.versions)
                .flat_map(|version| &version.rows)
                .filter(|row| row.key == item.key())
            {
                for column in ["name", "code"] {
                    field
                        .aliases
                        .extend(row.find_text(column).map(str::to_owned));
                }
            }
            field
        })
        .collect();
    fields.extend(further_water::fields());
    let measured = fields.len();
    fields.extend([
        Field::new("oxygen_saturation", &["饱和率", "溶解氧饱和率"]),
        Field::new("time", &["时间", "日期", "date", "采样时间", "监测时间"]),
        Field::new("body", &["水体类型", "水体", "water_body"]),
        Field::new("target", &["目标", "水质目标", "目标类别", "target_class"]),
        Field::naming(
            "river",
            &[
                "河流",
                "河流名称",
                "湖库",
                "湖库名称",
                "河湖",
                "lake",
                "reservoir",
            ],
        ),
        Field::naming("basin", &["流域", "流域名称", "水系"]),
        Field::naming("city", &["城市", "城市名称", "市", "所在城市", "地市"]),
        Field::naming("section", &["断面", "断面名称", "点位", "点位名称", "site"]),
        Field::naming("period_name", &["评价时段", "统计时段", "summary_period"]),
    ]);
    (fields, measured)
}

fn aliases(item: WaterItem) -> &'static [&'static str] {
    match item {
        WaterItem::Ph => &["pH"],
        WaterItem::PermanganateIndex => &["CODMn"],
        WaterItem::ChemicalOxygenDemand => &["CODCr", "COD", "化学需氧量"],
        WaterItem::BiochemicalOxygenDemand => &["BOD5", "五日生化需氧量"],
        WaterItem::AmmoniaNitrogen => &["NH3-N", "NH3N"],
        WaterItem::HexavalentChromium => &["Cr6", "六价铬"],
        _ => &[],
    }
}

pub(super) struct WaterJudge<'a> {
    parameters: &'a Parameters,
    method: WaterMethod,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    body: WaterBody,
    rules: BTreeMap<CivilDate, WaterRules>,
    columns: &'static [OutputColumn],
    ledger: Option<WaterLedger<'a>>,
}

fn find_body(text: &str) -> Option<WaterBody> {
    match text.to_lowercase().as_str() {
        "river" | "河流" | "河" => Some(WaterBody::River),
        "lake" | "reservoir" | "湖库" | "湖、库" | "湖泊" | "水库" | "湖" | "库" => {
            Some(WaterBody::Lake)
        }
        _ => None,
    }
}

fn find_class(text: &str) -> Option<WaterClass> {
    let text = text.trim().trim_end_matches('类');
    let name = match text.to_uppercase().as_str() {
        "I" | "1" | "Ⅰ" => "Ⅰ",
        "II" | "2" | "Ⅱ" => "Ⅱ",
        "III" | "3" | "Ⅲ" => "Ⅲ",
        "IV" | "4" | "Ⅳ" => "Ⅳ",
        "V" | "5" | "Ⅴ" => "Ⅴ",
        _ => return None,
    };
    WaterClass::find(name)
}

impl<'a> WaterJudge<'a> {
    pub(super) fn new(
        parameters: &'a Parameters,
        options: &Options,
        has: impl Fn(&str) -> bool + Copy,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let method = options
            .method
            .as_deref()
            .map_or_else(|| Some(WaterMethod::default()), WaterMethod::find);
        if method.is_none() {
            problems.push(Problem::new(
                "",
                options.method.as_deref().unwrap_or_default(),
                "没有这种方法；有：automatic-unrounded、manual-rounded",
                "no such method; there are automatic-unrounded, manual-rounded",
            ));
        }
        let body = options
            .kind
            .as_deref()
            .map_or(Some(WaterBody::River), find_body);
        if body.is_none() {
            problems.push(Problem::new(
                "",
                options.kind.as_deref().unwrap_or_default(),
                "水体类型应为 river（河流）或 lake（湖库）",
                "the water body is river or lake",
            ));
        }
        match (method, body) {
            (Some(method), Some(body)) => Ok(Self {
                parameters,
                method,
                date: options.date,
                rules_of: options.rules_of,
                body,
                rules: BTreeMap::new(),
                columns: if further_water::is_asked(has) {
                    COLUMNS
                } else {
                    USUAL_COLUMNS
                },
                ledger: options
                    .is_summarized
                    .then(|| WaterLedger::open(parameters, method, options, has))
                    .flatten(),
            }),
            _ => Err(problems),
        }
    }

    fn rules(&mut self, date: CivilDate) -> Result<&WaterRules, StandardError> {
        let first = self
            .parameters
            .load_version("surface-water-limits", date)?
            .in_force_from;
        match self.rules.entry(first) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                Ok(entry.insert(WaterRules::on(self.parameters, date)?))
            }
        }
    }
}

impl Judge for WaterJudge<'_> {
    fn output_columns(&self) -> &'static [OutputColumn] {
        self.columns
    }

    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut samples = Samples::default();
        for item in WaterItem::ALL {
            if let Some(value) = row.concentration(item.key(), &mut problems) {
                if *item == WaterItem::Ph && value > 14 {
                    problems.push(row.problem("ph", "pH 不大于 14", "pH is at most 14"));
                }
                samples.set(*item, value);
            }
        }
        samples.oxygen_saturation = row.concentration("oxygen_saturation", &mut problems);
        let further = Further::read(row, &mut problems);
        let day = row.required_day(self.date, &mut problems);
        let body = match row.text("body") {
            None => Some(self.body),
            Some(text) => find_body(text),
        };
        if body.is_none() {
            problems.push(row.problem("body", "应为河流或湖库", "is neither river nor lake"));
        }
        let target = row.text("target").map(find_class);
        if target == Some(None) {
            problems.push(row.problem("target", "应为 Ⅰ 至 Ⅴ 类", "is no class I to V"));
        }
        let (Some((day, _)), Some(body), true) = (day, body, problems.is_empty()) else {
            return Err(problems);
        };
        let of = self.rules_of.unwrap_or(day);
        let method = self.method;
        let (parameters, count) = (self.parameters, self.columns.len());
        let judged = (|| {
            let rules = self.rules(of)?;
            let section = rules.classify_section(body, method, &samples)?;
            let found = further.judge((parameters, of), rules, body, &samples)?;
            let mut basis = rules.basis(&section);
            basis.confidence = basis
                .confidence
                .max(found.confidence.unwrap_or(basis.confidence));
            let mut explanation = explain(rules, &section, target.flatten());
            let mut values = output(rules, &section, target.flatten());
            explanation
                .steps
                .extend(found.explanation.steps.iter().cloned());
            values.extend(further_output(found));
            values.truncate(count);
            Ok(Evaluated {
                values,
                basis,
                explanation,
            })
        })();
        if let (Ok(_), Some(ledger)) = (&judged, &mut self.ledger) {
            ledger.take(row, (day, body), &samples, &further);
        }
        judged.map_err(|error: StandardError| vec![Problem::of_error("", "", &error)])
    }

    fn refuse(&mut self, row: &Fields<'_>) {
        if let Some(ledger) = &mut self.ledger {
            ledger.refuse(row);
        }
    }

    fn summarize(&mut self) -> Option<Summary> {
        self.ledger.take().map(WaterLedger::close)
    }
}

/// The classes item by item, then the exceedance multiples and the target.
fn explain(rules: &WaterRules, section: &SectionClass, target: Option<WaterClass>) -> Explanation {
    let mut told = rules.explain(section);
    for main in compute_main_pollutants(section) {
        let limit = rules.find_class_three_limit(main.item, section.body);
        let judged = section.items.iter().find(|judged| judged.item == main.item);
        if let (Some(multiple), Some(limit), Some(judged)) =
            (main.exceedance_multiple, limit, judged)
        {
            let value = judged.value;
            told.push(
                format!(
                    "{}超标倍数（对照 Ⅲ 类限值）：({value} - {limit}) / {limit} = {multiple}。",
                    rules.name(main.item)
                ),
                format!(
                    "{}, multiple over class Ⅲ: ({value} - {limit}) / {limit} = {multiple}.",
                    main.item.english_name()
                ),
            );
        }
    }
    if let Some((class, target)) = section.class.zip(target) {
        let (class, target, is_kept) = (
            class.published_name(),
            target.published_name(),
            class <= target,
        );
        let (zh, en) = if is_kept {
            ("达到目标", "kept")
        } else {
            ("未达到目标", "not kept")
        };
        told.push(
            format!("目标 {target} 类，实为 {class} 类：{zh}。"),
            format!("The target is class {target}, it is class {class}: {en}."),
        );
    }
    told
}

fn output(
    rules: &WaterRules,
    section: &SectionClass,
    target: Option<WaterClass>,
) -> Vec<Option<String>> {
    let deciding: Vec<_> = section
        .deciding
        .iter()
        .map(|item| rules.name(*item).to_owned())
        .collect();
    let main: Vec<_> = compute_main_pollutants(section)
        .into_iter()
        .map(|main| match main.exceedance_multiple {
            Some(multiple) => format!("{}({multiple})", rules.name(main.item)),
            None => rules.name(main.item).to_owned(),
        })
        .collect();
    let attains = section
        .class
        .zip(target)
        .map(|(class, target)| yes_or_no(class <= target));
    vec![
        section.class.map(|class| class.published_name().to_owned()),
        section
            .class
            .map(|class| class.state().chinese_name().to_owned()),
        join(&deciding),
        join(&main),
        attains,
    ]
}

fn further_output(found: Found) -> [Option<String>; 4] {
    [
        found.section_index,
        found.trophic_index,
        found.trophic_level,
        found.black_odorous,
    ]
}
