//! The drawings of a report.

use report_document::chart::{
    Area, Bar, Course, CoursePoint, Line, MapDrawing, StateRow, draw_bars, draw_courses, draw_map,
    draw_states,
};
use report_document::{Block, Figure};

use super::Writer;
use super::chapters::shares;
use super::words::{grade_tone, grade_word, score, status_tone, unit_word};
use crate::content::{FigurePart, GroupPart};

/// The most small drawings on one page.
const MOST_COURSES: usize = 12;

impl Writer<'_> {
    pub(super) fn state_figure(&mut self) {
        let of = |force: &str| -> Vec<&FigurePart> {
            (self.content.figures.iter())
                .filter(|one| one.force == force)
                .collect()
        };
        let mut rows = Vec::new();
        for (label, force) in [("约束性指标", "binding"), ("指导性指标", "guiding")] {
            rows.push(StateRow {
                label: label.to_owned(),
                shares: shares(&of(force)),
            });
        }
        for (category, figures) in self.by_category() {
            rows.push(StateRow {
                label: category,
                shares: shares(&figures),
            });
        }
        let svg = draw_states(self.family, &rows);
        let caption = self.figure_caption("指标实施状态");
        self.push(Block::Figure(Figure {
            svg,
            width_percent: 100,
            caption,
            alternative: "各类指标按实施状态的构成，数值见上表".to_owned(),
            note: None,
        }));
    }

    /// Courses of the whole city's indicators that have a value: binding ones first.
    pub(super) fn draw_courses(&self) -> Option<String> {
        let content = self.content;
        let with_values = |force: &'static str| {
            content.figures.iter().filter(move |one| {
                one.force == force
                    && one.region == content.plan.region
                    && one.years.iter().any(|year| year.value.is_some())
            })
        };
        let courses: Vec<Course> = with_values("binding")
            .chain(with_values("guiding"))
            .take(MOST_COURSES)
            .map(|one| {
                let base = CoursePoint {
                    year: content.plan.base_year,
                    value: one.base,
                    expected: one.base,
                };
                let years = one.years.iter().map(|year| CoursePoint {
                    year: year.year,
                    value: year.value,
                    expected: year.expected,
                });
                Course {
                    title: format!("{}（{}）", one.name, unit_word(&one.unit)),
                    tone: status_tone(&one.status),
                    points: core::iter::once(base).chain(years).collect(),
                }
            })
            .collect();
        (!courses.is_empty()).then(|| draw_courses(self.family, &courses, ("实际值", "规划预期")))
    }

    pub(super) fn score_figure(&mut self, groups: &[&GroupPart], title: &str, alternative: &str) {
        let content = self.content;
        let bars: Vec<Bar> = groups
            .iter()
            .map(|group| Bar {
                label: group.name.clone(),
                value: group.total.score,
                text: group.total.score.map_or_else(
                    || "无综合得分".to_owned(),
                    |value| format!("{value}　{}", grade_word(content, &group.total)),
                ),
                tone: grade_tone(content, &group.total),
            })
            .collect();
        let mut marks: Vec<_> = content.rule.grades.iter().map(|grade| grade.from).collect();
        marks.push(content.rule.full_score);
        let svg = draw_bars(self.family, &bars, content.rule.full_score, &marks);
        let caption = self.figure_caption(title);
        self.push(Block::Figure(Figure {
            svg,
            width_percent: 100,
            caption,
            alternative: alternative.to_owned(),
            note: None,
        }));
    }

    pub(super) fn map_figure(&mut self) {
        let content = self.content;
        let areas: Vec<Area> = self
            .outlines
            .iter()
            .filter(|outline| !outline.rings.is_empty())
            .map(|outline| {
                let group = content.counties.iter().find(|one| one.id == outline.code);
                Area {
                    rings: outline.rings.clone(),
                    label_at: outline.label_at,
                    label: outline.name.clone(),
                    text: group.map_or_else(String::new, |one| match one.total.score {
                        Some(value) => score(Some(value)),
                        None => "无数据".to_owned(),
                    }),
                    is_minor: group.is_none(),
                    tone: group.map_or(report_document::Tone::None, |one| {
                        grade_tone(content, &one.total)
                    }),
                }
            })
            .collect();
        if areas.is_empty() {
            return;
        }
        let mut legend: Vec<_> = content
            .rule
            .grades
            .iter()
            .map(|grade| {
                let total = crate::content::TotalPart {
                    grade: Some(grade.id.clone()),
                    ..content.total.clone()
                };
                (grade.name.clone(), grade_tone(content, &total))
            })
            .collect();
        legend.push(("不单独评估或无数据".to_owned(), report_document::Tone::None));
        let drawing = MapDrawing {
            areas,
            lines: self
                .outlines
                .iter()
                .flat_map(|outline| outline.lines.iter().cloned())
                .map(|points| Line { points })
                .collect(),
            legend,
            remark: "示意图，非法定界线".to_owned(),
        };
        let svg = draw_map(self.family, &drawing);
        let caption = self.figure_caption("各县（市、区）评估结果分布");
        self.push(Block::Figure(Figure {
            svg,
            width_percent: 88,
            caption,
            alternative: "按评定等次着色的县（市、区）示意图，数值见上表".to_owned(),
            note: None,
        }));
    }
}
