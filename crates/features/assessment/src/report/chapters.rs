//! The chapters of a report: what was assessed, how it stands, what is to be done.

use std::fmt::Write;

use report_document::{Align, Block, Cell, Column, Figure, Row, Table, Tone};

use super::words::{
    NONE, STATES, chinese_date, expected_word, figure, figure_in_words, full_name, grade_word,
    listed, score, status_cell, status_tone, status_word, unit_word,
};
use super::works::{has_works, open_counts};
use super::{Chapter, Writer};
use crate::content::{FigurePart, GroupPart};

/// Indicators of a force, each with its figures.
pub(super) type Grouped<'a> = Vec<(&'a GroupPart, Vec<&'a FigurePart>)>;

impl Writer<'_> {
    /// The indicators, each with its figures, in the order of the plan.
    pub(super) fn grouped(&self, force: Option<&str>) -> Grouped<'_> {
        self.content
            .indicators
            .iter()
            .map(|group| {
                let figures: Vec<&FigurePart> = (self.content.figures.iter())
                    .filter(|one| one.indicator == group.id)
                    .collect();
                (group, figures)
            })
            .filter(|(_, figures)| {
                figures
                    .first()
                    .is_some_and(|one| force.is_none_or(|force| one.force == force))
            })
            .collect()
    }

    /// How many figures of a group of indicators are in each state.
    fn counted(&self, force: Option<&str>, status: &str) -> usize {
        self.content
            .figures
            .iter()
            .filter(|one| force.is_none_or(|force| one.force == force) && one.status == status)
            .count()
    }

    pub(super) fn overview(&mut self) {
        let content = self.content;
        let plan = &content.plan;
        let kind = match content.kind.as_str() {
            "mid_term" => "中期评估",
            "final" => "终期考核",
            _ => "年度评估",
        };
        self.heading(1, "一、评估概况");
        self.heading(2, "（一）评估依据");
        self.paragraph(format!(
            "根据《{}》关于开展评估考核的要求，按照《{}》（以下简称计分办法，见附件1），对{}年规划实施情况开展{kind}。",
            plan.title, content.rule.title, content.year
        ));
        self.heading(2, "（二）评估范围和方法");
        let binding = self.grouped(Some("binding")).len();
        let guiding = self.grouped(Some("guiding")).len();
        self.paragraph(format!(
            "评估范围为规划确定的{}项指标，其中约束性指标{binding}项、指导性指标{guiding}项；分县（市、区）判定的指标逐一评估，共{}个评估对象。各项指标以{}年为基准年，由经填报、核实、确认的数据按规划公式计算，数据提取时间为{}。数据来源和计算过程见附件2。",
            binding + guiding,
            content.figures.len(),
            plan.base_year,
            chinese_date(&content.taken_at),
        ));
        if has_works(content) {
            self.paragraph(format!(
                "计分办法同时计入任务和项目：截至{}年12月31日有期限到期的规划任务，以及完成年份不晚于{}年的项目，均以当日情况为准，计分明细见附件3。",
                content.year, content.year
            ));
        }
        let lines = self.data_notes();
        self.push(Block::Notice {
            title: "数据说明".to_owned(),
            lines,
        });
    }

    fn data_notes(&self) -> Vec<String> {
        let content = self.content;
        let mut lines = Vec::new();
        let mut made_up = Vec::new();
        let figures = content.figures.iter().filter(|one| one.simulated).count();
        if figures > 0 {
            made_up.push(format!("{figures}个评估对象的数值由演示用的模拟数据计算"));
        }
        let works = content.works.iter().filter(|one| one.simulated).count();
        if works > 0 {
            made_up.push(format!("{works}项任务和项目的进展为模拟"));
        }
        if !made_up.is_empty() {
            lines.push(format!(
                "本报告含模拟数据：{}，不反映{}的真实情况，不得作为考核依据。",
                made_up.join("，"),
                content.plan.region_name
            ));
        }
        let missing = self.counted(None, "no_data");
        if missing > 0 {
            lines.push(format!(
                "{missing}个评估对象没有数据。没有数据不计零分，不参与平均，名单见第{}部分；综合得分的数据覆盖率为{}%。",
                self.numeral(Chapter::Problems),
                content.total.coverage
            ));
        }
        lines.push(format!(
            "计分办法说明：{}。",
            content.rule.issued_by.trim_end_matches('。')
        ));
        lines
    }

    pub(super) fn conclusion(&mut self) {
        let content = self.content;
        self.heading(1, "二、总体结论");
        let total = &content.total;
        let verdict = match total.score {
            Some(score) => {
                let mut text = format!(
                    "{}年，规划实施情况综合得分{score}分（满分{}分），评定等次为“{}”。",
                    content.year,
                    content.rule.full_score,
                    grade_word(content, total)
                );
                if total.lowered {
                    text.push_str("按得分应评定更高等次，因有约束性指标滞后或者没有数据，按计分办法降低等次。");
                }
                text
            }
            None => format!(
                "{}年，数据覆盖率为{}%，低于计分办法规定的下限，不给出综合得分，不评定等次。",
                content.year, total.coverage
            ),
        };
        self.paragraph(verdict);
        let counts: Vec<String> = STATES
            .iter()
            .map(|status| (status, self.counted(None, status)))
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{}{count}个", status_word(status)))
            .collect();
        let behind = self.counted(Some("binding"), "behind");
        self.paragraph(format!(
            "{}个评估对象中，{}。其中约束性指标的评估对象{}。",
            content.figures.len(),
            counts.join("，"),
            if behind == 0 {
                "没有滞后的".to_owned()
            } else {
                format!("有{behind}个滞后")
            }
        ));
        self.part_table();
        self.state_table();
        self.state_figure();
    }

    fn state_table(&mut self) {
        let caption = self.table_caption("各类指标实施状态");
        let mut columns = vec![Column::new("类别", 5, Align::Left)];
        columns.extend(STATES.map(|status| Column::new(status_word(status), 3, Align::Right)));
        columns.push(Column::new("合计", 2, Align::Right));
        let mut rows = Vec::new();
        for (category, figures) in self.by_category() {
            rows.push(Row::Plain(counts_row(&category, &figures)));
        }
        let all: Vec<&FigurePart> = self.content.figures.iter().collect();
        rows.push(Row::Total(counts_row("合计", &all)));
        self.push(Block::Table(Table {
            caption,
            columns,
            rows,
            note: Some(
                "注：按评估对象计数；分县（市、区）判定的指标，每个县（市、区）为一个评估对象。"
                    .to_owned(),
            ),
            is_small: false,
        }));
    }

    /// Figures by the groups of the plan's table, in its order.
    pub(super) fn by_category(&self) -> Vec<(String, Vec<&FigurePart>)> {
        let mut groups: Vec<(String, Vec<&FigurePart>)> = Vec::new();
        for one in &self.content.figures {
            match groups.iter_mut().find(|(name, _)| *name == one.category) {
                Some((_, figures)) => figures.push(one),
                None => groups.push((one.category.clone(), vec![one])),
            }
        }
        groups
    }

    pub(super) fn binding(&mut self) {
        self.heading(1, "三、约束性指标实施情况");
        self.indicators_of("binding", "约束性指标实施情况");
        let svg = self.draw_courses();
        if let Some(svg) = svg {
            let caption = self.figure_caption("主要指标历年数值与规划预期");
            self.push(Block::Figure(Figure {
                svg,
                width_percent: 100,
                caption,
                alternative: "各项全市指标历年实际值与规划预期路径的折线图，数值见附件2和数据表"
                    .to_owned(),
                note: Some("实线为实际值，虚线为规划预期；线的颜色表示评估年度的状态。".to_owned()),
            }));
        }
    }

    pub(super) fn guiding(&mut self) {
        self.heading(1, "四、指导性指标实施情况");
        self.indicators_of("guiding", "指导性指标实施情况");
    }

    fn indicators_of(&mut self, force: &str, title: &str) {
        let content = self.content;
        let met: Vec<String> = self.names_of(force, &["met", "on_track"]);
        let short: Vec<String> = self.names_of(force, &["at_risk", "behind"]);
        let sum = met.len() + short.len();
        if sum == 0 {
            self.paragraph("本类指标均没有数据。");
        } else if short.is_empty() {
            self.paragraph(format!(
                "有数据的{sum}个评估对象均达到目标或者当年预期水平，实施情况见下表。"
            ));
        } else {
            self.paragraph(format!(
                "有数据的{sum}个评估对象中，{}个达到目标或者当年预期水平；未达到的{}个，为{}。",
                met.len(),
                short.len(),
                listed(&short)
            ));
        }
        let caption = self.table_caption(title);
        let columns = vec![
            Column::new("指标", 17, Align::Left),
            Column::new("单位", 7, Align::Center),
            Column::new(
                &format!("{}年基准", content.plan.base_year),
                8,
                Align::Right,
            ),
            Column::new(expected_word(content), 11, Align::Right),
            Column::new(&format!("{}年实际", content.year), 8, Align::Right),
            Column::new("状态", 10, Align::Left),
            Column::new("得分", 7, Align::Right),
        ];
        let mut rows = Vec::new();
        let mut category = String::new();
        for (group, figures) in self.grouped(Some(force)) {
            let Some(first) = figures.first() else {
                continue;
            };
            if first.category != category {
                category.clone_from(&first.category);
                rows.push(Row::Group(category.clone()));
            }
            rows.push(Row::Plain(indicator_row(self, group, &figures)));
        }
        self.push(Block::Table(Table {
            caption,
            columns,
            rows,
            note: Some(format!(
                "注：分县（市、区）判定的指标，得分为各县（市、区）得分的算术平均，明细见第{}部分；“—”表示规划未给出或者没有数据。",
                self.numeral(Chapter::Groups)
            )),
            is_small: false,
        }));
    }

    fn names_of(&self, force: &str, states: &[&str]) -> Vec<String> {
        self.content
            .figures
            .iter()
            .filter(|one| one.force == force && states.contains(&one.status.as_str()))
            .map(|one| full_name(self.content, one))
            .collect()
    }

    pub(super) fn problems(&mut self) {
        let content = self.content;
        self.chapter(Chapter::Problems, "存在的主要问题和下一步工作要求");
        self.heading(2, "（一）未达到要求的指标");
        let short: Vec<&FigurePart> = (content.figures.iter())
            .filter(|one| matches!(one.status.as_str(), "at_risk" | "behind"))
            .collect();
        if short.is_empty() {
            self.paragraph("有数据的指标均达到目标或者当年预期水平。");
        }
        for (number, one) in (1..).zip(&short) {
            let text = shortfall(self, one);
            self.paragraph(format!("{number}.{text}"));
        }
        self.heading(2, "（二）没有数据的指标");
        let missing: Vec<String> = (content.figures.iter())
            .filter(|one| one.status == "no_data")
            .map(|one| full_name(content, one))
            .collect();
        if missing.is_empty() {
            self.paragraph("全部评估对象均有数据。");
        } else {
            self.paragraph(format!(
                "以下{}个评估对象没有数据：{}。",
                missing.len(),
                listed(&missing)
            ));
        }
        let open = open_counts(content);
        if has_works(content) {
            self.heading(2, "（三）未完成的任务和项目");
            self.paragraph(if open.is_empty() {
                "到期的任务和按计划应当完成的项目均已完成。".to_owned()
            } else {
                format!(
                    "到期未完成或者没有数据的有{open}，名单见第{}部分。",
                    self.numeral(Chapter::Works)
                )
            });
            self.heading(2, "（四）下一步工作要求");
        } else {
            self.heading(2, "（三）下一步工作要求");
        }
        let mut demands = Vec::new();
        if !short.is_empty() {
            demands.push(
                "对滞后和存在风险的指标，由责任单位分析原因，制定改善措施方案和完成时限，按规划要求报上一级人民政府备案。",
            );
        }
        if !missing.is_empty() {
            demands.push(
                "对没有数据的指标，由责任单位补充填报并附依据，经核实、确认后纳入下一次评估。",
            );
        }
        if !open.is_empty() {
            demands.push(
                "对到期未完成的任务和项目，由牵头单位、建设单位说明原因，明确完成时限并按期报告进展。",
            );
        }
        demands.push("对已达到目标的指标，继续保持，防止反弹。");
        for (number, words) in (1..).zip(demands) {
            self.paragraph(format!("{number}.{words}"));
        }
    }

    pub(super) fn closing(&mut self) {
        let lines = vec![self.organ.to_owned(), chinese_date(&self.content.taken_at)];
        self.push(Block::Closing(lines));
    }
}

fn counts_row(name: &str, figures: &[&FigurePart]) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![name.into()];
    for status in STATES {
        let count = figures.iter().filter(|one| one.status == status).count();
        row.push(if count == 0 {
            NONE.into()
        } else {
            count.to_string().into()
        });
    }
    row.push(figures.len().to_string().into());
    row
}

fn indicator_row(writer: &Writer<'_>, group: &GroupPart, figures: &[&FigurePart]) -> Vec<Cell> {
    let content = writer.content;
    let unit = figures.first().map_or("", |one| one.unit.as_str());
    let name: Cell = group.name.as_str().into();
    let unit_cell: Cell = unit_word(unit).into();
    match figures {
        [one] if one.region == content.plan.region => vec![
            name,
            unit_cell,
            figure(one.base, unit).into(),
            figure(one.expected, unit).into(),
            figure(one.value, unit).into(),
            status_cell(&one.status),
            score(one.score).into(),
        ],
        many => {
            let good = many
                .iter()
                .filter(|one| matches!(one.status.as_str(), "met" | "on_track"))
                .count();
            let scored = many.iter().filter(|one| one.score.is_some()).count();
            let expected = many.first().and_then(|one| one.expected);
            let tone = match (good, scored) {
                (_, 0) => Tone::None,
                (good, scored) if good == scored => Tone::Good,
                (0, _) => Tone::Bad,
                _ => Tone::Warn,
            };
            vec![
                name,
                unit_cell,
                NONE.into(),
                figure(expected, unit).into(),
                format!("分{}地", many.len()).into(),
                Cell {
                    text: if scored == 0 {
                        status_word("no_data").to_owned()
                    } else {
                        format!("{good}/{scored}达到")
                    },
                    tone: Some(tone),
                },
                score(group.total.score).into(),
            ]
        }
    }
}

/// One sentence on an indicator that falls short.
fn shortfall(writer: &Writer<'_>, one: &FigurePart) -> String {
    let content = writer.content;
    let mut text = format!(
        "{}：{}年为{}，{}为{}，{}",
        full_name(content, one),
        content.year,
        figure_in_words(one.value, &one.unit),
        expected_word(content),
        figure_in_words(one.expected, &one.unit),
        status_word(&one.status),
    );
    if let Some(degree) = one.degree_percent {
        let _ = write!(text, "，完成程度{degree}%");
    }
    let _ = write!(text, "，得{}分", score(one.score));
    if one.grounds == "cut" {
        text.push_str("（约束性指标滞后，按计分办法限高）");
    }
    text.push('。');
    text
}

/// States of a group of figures for a drawing.
pub(super) fn shares(figures: &[&FigurePart]) -> Vec<report_document::chart::Share> {
    STATES
        .iter()
        .map(|status| report_document::chart::Share {
            label: status_word(status).to_owned(),
            count: u32::try_from(figures.iter().filter(|one| one.status == *status).count())
                .unwrap_or(u32::MAX),
            tone: status_tone(status),
        })
        .collect()
}
