//! The workbook behind a report: figures, scores, lineage and the rule, each on a sheet.

mod works;

use exact_decimal::Decimal;
use report_document::{Sheet, SheetCell, SheetColumn, Workbook};

use crate::content::{Content, FigurePart, GroupPart};
use crate::report::{accounted_evidence, part_word, status_word};

/// Number and exact text beside each other.
fn both(value: Option<Decimal>) -> [SheetCell; 2] {
    let text = value.map_or(SheetCell::Empty, |value| value.to_string().into());
    [value.into(), text]
}

fn optional(text: Option<&str>) -> SheetCell {
    text.map_or(SheetCell::Empty, SheetCell::from)
}

fn yes(is_so: bool) -> SheetCell {
    if is_so { "是".into() } else { "否".into() }
}

/// The workbook of a content.
pub fn compose_workbook(content: &Content, digest: &str) -> Workbook {
    let number = |range: core::ops::Range<usize>| {
        content
            .taken_at
            .get(range)
            .and_then(|digits| digits.parse::<u16>().ok())
            .unwrap_or(1)
    };
    let small = |range| u8::try_from(number(range)).unwrap_or(1);
    let mut notes = vec![
        format!("{}　{}年", content.plan.title, content.year),
        format!("数据提取时间 {}；内容摘要（SM3）{digest}", content.taken_at),
        "数值列为电子表格的浮点数，“原文”列为准确的十进制数；两者不一致时以原文为准。".to_owned(),
    ];
    if content.is_simulated() {
        notes.push("含模拟数据，不反映真实情况。".to_owned());
    }
    let mut sheets = vec![figures(content, notes), scores(content)];
    if !content.works.is_empty() {
        sheets.push(works::works(content));
        sheets.push(works::steps(content));
    }
    sheets.extend([lineage(content), years(content), rule(content)]);
    Workbook {
        title: format!("{}评估数据", content.plan.title),
        created: (number(0..4), small(5..7), small(8..10)),
        sheets,
    }
}

fn columns(titles: &[(&str, u16)]) -> Vec<SheetColumn> {
    titles
        .iter()
        .map(|(title, width)| SheetColumn::new(title, *width))
        .collect()
}

fn figures(content: &Content, notes: Vec<String>) -> Sheet {
    let row = |one: &FigurePart| {
        let mut row: Vec<SheetCell> = vec![
            one.indicator.as_str().into(),
            one.name.as_str().into(),
            one.category.as_str().into(),
            if one.force == "binding" {
                "约束性"
            } else {
                "指导性"
            }
            .into(),
            one.region.as_str().into(),
            one.region_name.as_str().into(),
            one.unit.as_str().into(),
            one.written.as_str().into(),
        ];
        for value in [one.base, one.target, one.expected, one.value] {
            row.extend(both(value));
        }
        row.push(status_word(&one.status).into());
        row.extend(both(Some(one.weight)));
        row.extend(both(one.score));
        row.extend(both(one.degree_percent));
        row.push(
            match one.grounds.as_str() {
                "full" => "满分",
                "degree" => "按完成程度",
                "cut" => "按完成程度，限高",
                _ => "无数据，不计分",
            }
            .into(),
        );
        row.push(yes(one.simulated));
        row.push(optional(one.formula.as_deref()));
        row.push(optional(one.failure.as_deref()));
        row
    };
    Sheet {
        name: "指标".to_owned(),
        notes,
        columns: columns(&[
            ("指标编号", 22),
            ("指标", 34),
            ("类别", 18),
            ("属性", 9),
            ("区划代码", 10),
            ("地区", 12),
            ("单位", 9),
            ("规划目标（原文）", 22),
            ("基准值", 11),
            ("基准值原文", 11),
            ("目标水平", 11),
            ("目标水平原文", 12),
            ("当年预期", 11),
            ("当年预期原文", 12),
            ("实际值", 11),
            ("实际值原文", 11),
            ("状态", 10),
            ("权重", 7),
            ("权重原文", 9),
            ("得分", 9),
            ("得分原文", 9),
            ("完成程度（%）", 12),
            ("完成程度原文", 12),
            ("计分依据", 16),
            ("含模拟数据", 11),
            ("公式", 44),
            ("不能计算的原因", 24),
        ]),
        rows: content.figures.iter().map(row).collect(),
    }
}

fn scores(content: &Content) -> Sheet {
    let row = |kind: &str, id: &str, name: &str, total: &crate::content::TotalPart| {
        let mut row: Vec<SheetCell> = vec![kind.into(), id.into(), name.into()];
        row.extend(both(total.score));
        row.push(optional(
            content
                .grade(total.grade.as_deref())
                .map(|grade| grade.name.as_str()),
        ));
        row.push(yes(total.lowered));
        row.extend(both(Some(total.coverage)));
        row.push(SheetCell::Number(Decimal::from(total.count)));
        row.push(SheetCell::Number(Decimal::from(total.scored)));
        row
    };
    let mut rows = vec![row(
        "全市",
        &content.plan.region,
        &content.plan.region_name,
        &content.total,
    )];
    let lists: [(&str, &[GroupPart]); 3] = [
        ("指标", &content.indicators),
        ("县（市、区）", &content.counties),
        ("责任单位", &content.units),
    ];
    for (kind, groups) in lists {
        rows.extend(
            groups
                .iter()
                .map(|one| row(kind, &one.id, &one.name, &one.total)),
        );
    }
    rows.extend((content.parts.iter()).map(|one| {
        let name = format!("{}（权重{}）", part_word(&one.part), one.weight);
        row("组成部分", &one.part, &name, &one.total)
    }));
    Sheet {
        name: "得分".to_owned(),
        notes: Vec::new(),
        columns: columns(&[
            ("对象", 14),
            ("编号", 22),
            ("名称", 34),
            ("得分", 9),
            ("得分原文", 9),
            ("等次", 9),
            ("因约束性指标降等", 16),
            ("数据覆盖率（%）", 14),
            ("覆盖率原文", 11),
            ("评估对象数", 11),
            ("有数据", 8),
        ]),
        rows,
    }
}

fn lineage(content: &Content) -> Sheet {
    let mut rows = Vec::new();
    for one in &content.figures {
        for input in &one.inputs {
            let accounted = input.taken_accounted();
            let report = input.report.as_ref().filter(|_| accounted.is_none());
            let evidence = accounted.map(accounted_evidence);
            let evidence = evidence.or(report.map(|report| report.evidence.clone()));
            let is_simulated = accounted
                .map(|accounted| accounted.is_simulated)
                .or(report.map(|report| report.simulated));
            let mut row: Vec<SheetCell> = vec![
                one.indicator.as_str().into(),
                one.name.as_str().into(),
                one.region_name.as_str().into(),
                input.measure.as_str().into(),
                input.name.as_str().into(),
                input.unit.as_str().into(),
            ];
            row.extend(both(input.value));
            row.push(input.from.as_str().into());
            row.push(optional(evidence.as_deref()));
            row.push(is_simulated.map_or(SheetCell::Empty, yes));
            row.push(optional(report.map(|report| report.reported_by.as_str())));
            row.push(optional(report.map(|report| report.reported_at.as_str())));
            row.push(optional(
                report.and_then(|report| report.checked_by.as_deref()),
            ));
            row.push(optional(
                report.and_then(|report| report.accepted_by.as_deref()),
            ));
            row.push(optional(
                report.and_then(|report| report.accepted_at.as_deref()),
            ));
            row.push(optional(report.map(|report| report.id.as_str())));
            rows.push(row);
        }
    }
    Sheet {
        name: "数据来源".to_owned(),
        notes: Vec::new(),
        columns: columns(&[
            ("指标编号", 22),
            ("指标", 34),
            ("地区", 12),
            ("数据编号", 26),
            ("数据", 30),
            ("单位", 9),
            ("数值", 12),
            ("数值原文", 12),
            ("应来自", 36),
            ("依据", 36),
            ("模拟", 7),
            ("填报人", 16),
            ("填报时间", 26),
            ("核实人", 16),
            ("确认人", 16),
            ("确认时间", 26),
            ("填报记录", 38),
        ]),
        rows,
    }
}

fn years(content: &Content) -> Sheet {
    let mut rows = Vec::new();
    for one in &content.figures {
        for year in &one.years {
            let mut row: Vec<SheetCell> = vec![
                one.indicator.as_str().into(),
                one.name.as_str().into(),
                one.region_name.as_str().into(),
                SheetCell::Number(Decimal::from(year.year)),
            ];
            row.extend(both(year.expected));
            row.extend(both(year.value));
            rows.push(row);
        }
    }
    Sheet {
        name: "历年".to_owned(),
        notes: Vec::new(),
        columns: columns(&[
            ("指标编号", 22),
            ("指标", 34),
            ("地区", 12),
            ("年份", 7),
            ("预期", 12),
            ("预期原文", 12),
            ("实际", 12),
            ("实际原文", 12),
        ]),
        rows,
    }
}

fn rule(content: &Content) -> Sheet {
    let clauses = (1_i32..).zip(&content.rule.clauses);
    Sheet {
        name: "计分办法".to_owned(),
        notes: vec![content.rule.title.clone(), content.rule.issued_by.clone()],
        columns: columns(&[("条", 6), ("内容", 120)]),
        rows: clauses
            .map(|(number, clause)| {
                vec![
                    SheetCell::Number(Decimal::from(number)),
                    clause.zh.as_str().into(),
                ]
            })
            .collect(),
    }
}
