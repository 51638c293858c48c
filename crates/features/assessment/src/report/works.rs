//! The chapter and the appendix on tasks and projects, where the rule counts them.

use report_document::{Align, Block, Cell, Column, Row, Table};

use super::words::{NONE, grade_word, score};
use super::{Chapter, Writer};
use crate::content::{Content, WorkPart};

/// Kinds of work, each with its name and the word that counts it.
const KINDS: [(&str, &str, &str); 2] = [("task", "任务", "项"), ("project", "项目", "个")];

impl Writer<'_> {
    pub(super) fn works(&mut self) {
        let content = self.content;
        if !has_works(content) {
            return;
        }
        self.chapter(Chapter::Works, "任务和项目完成情况");
        for (kind, name, counter) in KINDS {
            let own = of_kind(content, kind);
            if own.is_empty() {
                continue;
            }
            let done = own.iter().filter(|one| one.is_done()).count();
            let untold = own.iter().filter(|one| one.done.is_none()).count();
            let short = own.len() - done - untold;
            let (due, missing) = if kind == "task" {
                ("有期限到期的规划任务", "没有报告")
            } else {
                ("按计划应当完成的项目", "没有建成也没有节点")
            };
            let mut counts = vec![format!("完成{done}{counter}")];
            for (words, count) in [("未完成", short), (missing, untold)] {
                if count > 0 {
                    counts.push(format!("{words}{count}{counter}"));
                }
            }
            let part = content
                .parts
                .iter()
                .find(|part| part.part.starts_with(kind));
            let scored = part.and_then(|part| part.total.score).map_or_else(
                || format!("有数据的不足计分办法规定的比例，{name}部分不给出得分"),
                |score| format!("{name}部分得{score}分"),
            );
            self.paragraph(format!(
                "截至{}年12月31日，{due}{}{counter}，其中{}；{scored}。",
                content.year,
                own.len(),
                counts.join("，"),
            ));
        }
        self.open_works();
    }

    /// What the whole score is made of.
    pub(super) fn part_table(&mut self) {
        let content = self.content;
        if content.parts.is_empty() {
            return;
        }
        let caption = self.table_caption("综合得分的组成");
        let row = |name: &str, weight: String, total| {
            let total: &crate::content::TotalPart = total;
            vec![
                name.into(),
                weight.into(),
                score(total.score).into(),
                format!("{}/{}", total.scored, total.count).into(),
                total.coverage.to_string().into(),
            ]
        };
        let mut rows: Vec<Row> = (content.parts.iter())
            .map(|one| {
                Row::Plain(row(
                    part_word(&one.part),
                    one.weight.to_string(),
                    &one.total,
                ))
            })
            .collect();
        let grade = format!("综合（{}）", grade_word(content, &content.total));
        rows.push(Row::Total(row(&grade, String::new(), &content.total)));
        self.push(Block::Table(Table {
            caption,
            columns: vec![
                Column::new("组成", 6, Align::Left),
                Column::new("权重", 3, Align::Right),
                Column::new("得分", 3, Align::Right),
                Column::new("有数据/全部", 4, Align::Center),
                Column::new("覆盖率（%）", 4, Align::Right),
            ],
            rows,
            note: Some(
                "注：综合得分为有得分的各部分的加权平均；指标按项计数，不分县（市、区）。"
                    .to_owned(),
            ),
            is_small: false,
        }));
    }

    /// What is not done, tasks before projects.
    fn open_works(&mut self) {
        let content = self.content;
        let mut rows = Vec::new();
        for (kind, name, _) in KINDS {
            let open: Vec<&WorkPart> = of_kind(content, kind)
                .into_iter()
                .filter(|one| !one.is_done())
                .collect();
            if !open.is_empty() {
                rows.push(Row::Group(format!("{name}{}", all_made_up(content, kind))));
            }
            rows.extend(open.into_iter().map(|one| {
                Row::Plain(vec![
                    title(content, one).into(),
                    if one.units.is_empty() {
                        NONE.into()
                    } else {
                        one.unit_names().into()
                    },
                    done_words(one).into(),
                    score(one.score).into(),
                ])
            }));
        }
        if rows.is_empty() {
            return;
        }
        let caption = self.table_caption("未完成的任务和项目");
        self.push(Block::Table(Table {
            caption,
            columns: vec![
                Column::new("名称", 20, Align::Left),
                Column::new("牵头单位", 9, Align::Left),
                Column::new("完成情况", 7, Align::Left),
                Column::new("得分", 4, Align::Right),
            ],
            rows,
            note: Some("注：“—”表示规划没有写明牵头单位，或者没有数据、不计分。".to_owned()),
            is_small: true,
        }));
    }

    /// Each task and project with what its score follows from.
    pub(super) fn work_appendix(&mut self) {
        let content = self.content;
        if !has_works(content) {
            return;
        }
        self.next_appendix("任务和项目计分明细");
        self.paragraph(
            "任务的应完成数为到期各期之和，每期为100%；项目的应完成数为全部节点数，已建成的按全部完成计。得分为满分乘以已完成数，除以应完成数。各期报告和各节点日期另见随附的数据表（XLSX）。",
        );
        for (kind, name, _) in KINDS {
            let own = of_kind(content, kind);
            if own.is_empty() {
                continue;
            }
            let caption =
                self.table_caption(&format!("{name}计分明细{}", all_made_up(content, kind)));
            let unit = if kind == "task" { "%" } else { "" };
            let of = |count: u32| -> Cell { format!("{count}{unit}").into() };
            let rows = own.into_iter().map(|one| {
                Row::Plain(vec![
                    title(content, one).into(),
                    of(one.due),
                    one.done.map_or_else(|| NONE.into(), of),
                    score(one.score).into(),
                ])
            });
            let rows = rows.collect();
            self.push(Block::Table(Table {
                caption,
                columns: vec![
                    Column::new(name, 22, Align::Left),
                    Column::new("应完成", 4, Align::Right),
                    Column::new("已完成", 4, Align::Right),
                    Column::new("得分", 4, Align::Right),
                ],
                rows,
                note: None,
                is_small: true,
            }));
        }
    }
}

/// Whether there is anything to tell of tasks and projects.
pub(super) fn has_works(content: &Content) -> bool {
    !content.works.is_empty()
}

/// How many tasks and projects are not done or not told of.
pub(super) fn open_counts(content: &Content) -> String {
    let counts = KINDS.iter().filter_map(|(kind, name, counter)| {
        let own = of_kind(content, kind);
        let open = own.iter().filter(|one| !one.is_done()).count();
        (open > 0).then(|| format!("{name}{open}{counter}"))
    });
    counts.collect::<Vec<_>>().join("、")
}

/// A part of the whole score in words.
pub(crate) fn part_word(part: &str) -> &'static str {
    match part {
        "tasks" => "任务",
        "projects" => "项目",
        _ => "指标",
    }
}

fn of_kind<'a>(content: &'a Content, kind: &str) -> Vec<&'a WorkPart> {
    let works = content.works.iter();
    works.filter(|one| one.kind == kind).collect()
}

/// What is said once where it holds for all of a kind.
fn all_made_up(content: &Content, kind: &str) -> &'static str {
    if of_kind(content, kind).iter().all(|one| one.simulated) {
        "〔均为模拟〕"
    } else {
        ""
    }
}

fn title(content: &Content, work: &WorkPart) -> String {
    let number = if work.kind == "project" {
        format!("{}　", work.id)
    } else {
        String::new()
    };
    let is_said = !all_made_up(content, &work.kind).is_empty();
    let simulated = if work.simulated && !is_said {
        "〔模拟〕"
    } else {
        ""
    };
    format!("{number}{}{simulated}", work.name)
}

/// How far it has come, so that its score can be computed again.
fn done_words(work: &WorkPart) -> String {
    match (work.kind.as_str(), work.done) {
        ("task", None) => "没有报告".to_owned(),
        ("task", Some(done)) if work.steps.len() == 1 => format!("完成{done}%"),
        ("task", Some(done)) => format!("{}期合计{done}%", work.steps.len()),
        (_, None) => "没有节点".to_owned(),
        (_, Some(done)) => format!("{done}/{}个节点", work.due),
    }
}
