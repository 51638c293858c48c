//! The chapter on counties and units.

use std::fmt::Write;

use report_document::{Align, Block, Cell, Column, Row, Table};

use super::words::{expected_word, figure, grade_cell, grade_word, listed, score, status_cell};
use super::{Chapter, Writer};
use crate::content::{FigurePart, GroupPart};

impl Writer<'_> {
    /// Groups by score, the best first; those without one last, equal ones by name.
    fn ranked(groups: &[GroupPart]) -> Vec<&GroupPart> {
        let mut ranked: Vec<&GroupPart> = groups.iter().collect();
        ranked.sort_by(|a, b| {
            (b.total.score)
                .cmp(&a.total.score)
                .then_with(|| a.id.cmp(&b.id))
        });
        ranked
    }

    pub(super) fn counties(&mut self) {
        let content = self.content;
        self.chapter(Chapter::Groups, "县（市、区）和责任单位评估结果");
        self.heading(2, "（一）县（市、区）");
        if content.counties.is_empty() {
            self.paragraph("规划没有分县（市、区）判定的指标。");
            return;
        }
        let ranked = Self::ranked(&content.counties);
        let best: Vec<String> = ranked
            .iter()
            .filter(|one| {
                one.total.score.is_some()
                    && Some(one.total.score) == ranked.first().map(|first| first.total.score)
            })
            .map(|one| one.name.clone())
            .collect();
        let mut text = format!(
            "规划中分县（市、区）判定的指标涉及{}个县（市、区）。",
            ranked.len()
        );
        if let (Some(first), false) = (ranked.first(), best.is_empty()) {
            let _ = write!(
                text,
                "得分最高的是{}（{}分，{}）。",
                listed(&best),
                score(first.total.score),
                grade_word(content, &first.total)
            );
        }
        let without: Vec<String> = ranked
            .iter()
            .filter(|one| one.total.score.is_none())
            .map(|one| one.name.clone())
            .collect();
        if !without.is_empty() {
            let _ = write!(text, "{}因数据不足不给出综合得分。", listed(&without));
        }
        text.push_str("市辖城区的指标以全市数值评估，不单独排名。");
        self.paragraph(text);
        self.group_table("县（市、区）得分和等次", "县（市、区）", &ranked);
        self.score_figure(
            &ranked,
            "县（市、区）得分",
            "各县（市、区）得分的条形图，数值见上表",
        );
        self.map_figure();
        self.county_details();
    }

    fn group_table(&mut self, title: &str, head: &str, groups: &[&GroupPart]) {
        let content = self.content;
        let caption = self.table_caption(title);
        let mut rows = Vec::new();
        let mut rank = 0;
        let mut before = None;
        for (place, group) in (1..).zip(groups) {
            if before != Some(group.total.score) {
                rank = place;
            }
            before = Some(group.total.score);
            let shown = if group.total.score.is_some() {
                rank.to_string()
            } else {
                "—".to_owned()
            };
            rows.push(Row::Plain(vec![
                shown.into(),
                group.name.as_str().into(),
                score(group.total.score).into(),
                grade_cell(content, &group.total),
                format!("{}/{}", group.total.scored, group.total.count).into(),
                group.total.coverage.to_string().into(),
            ]));
        }
        self.push(Block::Table(Table {
            caption,
            columns: vec![
                Column::new("位次", 2, Align::Center),
                Column::new(head, 6, Align::Left),
                Column::new("得分", 3, Align::Right),
                Column::new("等次", 4, Align::Left),
                Column::new("有数据/全部", 4, Align::Center),
                Column::new("覆盖率（%）", 4, Align::Right),
            ],
            rows,
            note: Some("注：得分相同的位次相同；覆盖率低于计分办法下限的不给出得分。".to_owned()),
            is_small: false,
        }));
    }

    fn county_details(&mut self) {
        let content = self.content;
        let caption = self.table_caption("县（市、区）指标明细");
        let mut rows = Vec::new();
        for county in &content.counties {
            rows.push(Row::Group(county.name.clone()));
            let own: Vec<&FigurePart> = (content.figures.iter())
                .filter(|one| one.region == county.id)
                .collect();
            for one in own {
                rows.push(Row::Plain(detail_row(one)));
            }
        }
        self.push(Block::Table(Table {
            caption,
            columns: vec![
                Column::new("指标", 9, Align::Left),
                Column::new(expected_word(content), 3, Align::Right),
                Column::new(&format!("{}年实际", content.year), 4, Align::Right),
                Column::new("状态", 4, Align::Left),
                Column::new("得分", 3, Align::Right),
            ],
            rows,
            note: None,
            is_small: true,
        }));
    }

    pub(super) fn units(&mut self) {
        let content = self.content;
        self.heading(2, "（二）责任单位");
        if content.units.is_empty() {
            self.paragraph("计分办法没有指定责任单位。");
            return;
        }
        self.paragraph(if content.parts.is_empty() {
            "责任单位的得分为其负责指标得分的加权平均。计分办法没有指定责任单位的指标，不计入本表。"
        } else {
            "责任单位的得分为其负责的指标和牵头的任务两部分得分的加权平均。没有责任单位的指标和没有牵头单位的任务，不计入本表。"
        });
        let ranked = Self::ranked(&content.units);
        self.group_table("责任单位得分和等次", "责任单位", &ranked);
    }
}

fn detail_row(one: &FigurePart) -> Vec<Cell> {
    vec![
        format!("{}（{}）", one.name, super::words::unit_word(&one.unit)).into(),
        figure(one.expected, &one.unit).into(),
        figure(one.value, &one.unit).into(),
        status_cell(&one.status),
        score(one.score).into(),
    ]
}
