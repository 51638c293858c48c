//! The sheets of tasks and projects: what each has reached, and the periods and milestones behind it.

use exact_decimal::Decimal;
use report_document::{Sheet, SheetCell};

use super::{both, columns, optional, yes};
use crate::content::{Content, WorkPart, WorkStep};

fn kind(work: &WorkPart) -> SheetCell {
    if work.kind == "task" {
        "任务"
    } else {
        "项目"
    }
    .into()
}

fn number(value: Option<u32>) -> SheetCell {
    value.map_or(SheetCell::Empty, |value| {
        SheetCell::Number(Decimal::from(value))
    })
}

pub(super) fn works(content: &Content) -> Sheet {
    let row = |one: &WorkPart| {
        let mut row: Vec<SheetCell> = vec![
            kind(one),
            one.id.as_str().into(),
            one.name.as_str().into(),
            one.unit_names().as_str().into(),
            number(Some(one.due)),
            number(one.done),
        ];
        row.extend(both(one.score));
        row.push(optional(one.built_on.as_deref()));
        row.push(yes(one.simulated));
        row
    };
    Sheet {
        name: "任务和项目".to_owned(),
        notes: vec![
            "任务的应完成和已完成为到期各期的百分数之和，项目为节点数；已建成的项目按全部完成计。已完成空白的没有数据，不计分。".to_owned(),
        ],
        columns: columns(&[
            ("类别", 8),
            ("编号", 26),
            ("名称", 44),
            ("牵头单位", 26),
            ("应完成", 8),
            ("已完成", 8),
            ("得分", 9),
            ("得分原文", 9),
            ("建成日期", 12),
            ("模拟数据", 10),
        ]),
        rows: content.works.iter().map(row).collect(),
    }
}

pub(super) fn steps(content: &Content) -> Sheet {
    let row = |work: &WorkPart, step: &WorkStep| {
        vec![
            kind(work),
            work.id.as_str().into(),
            work.name.as_str().into(),
            step.name.as_deref().unwrap_or("到期").into(),
            step.due_on.as_str().into(),
            number(step.percent),
            optional(step.as_of.as_deref()),
            optional(step.report.as_deref()),
        ]
    };
    let rows =
        (content.works.iter()).flat_map(|work| work.steps.iter().map(move |step| row(work, step)));
    Sheet {
        name: "任务各期和项目节点".to_owned(),
        notes: Vec::new(),
        columns: columns(&[
            ("类别", 8),
            ("编号", 26),
            ("名称", 44),
            ("节点", 22),
            ("期限", 12),
            ("完成（%）", 10),
            ("截至或达到日期", 16),
            ("报告记录", 38),
        ]),
        rows: rows.collect(),
    }
}
