//! The report: a text in official Chinese, put together from the content alone.

mod appendix;
mod chapters;
mod drawings;
mod groups;
mod outlines;
mod words;
mod works;

use report_document::{Block, Cover, Report};

use crate::content::Content;
use crate::model::{AssessmentState, Desk};

pub(crate) use appendix::accounted_evidence;
pub use outlines::{CountyOutline, read_outlines};
pub(crate) use words::{chinese_date, status_word};
pub(crate) use works::part_word;

/// What the chapters are written with.
pub(crate) struct Writer<'a> {
    pub(crate) content: &'a Content,
    pub(crate) digest: &'a str,
    pub(crate) state: AssessmentState,
    pub(crate) outlines: &'a [CountyOutline],
    pub(crate) family: &'a str,
    pub(crate) organ: &'a str,
    blocks: Vec<Block>,
    tables: u32,
    figures: u32,
    appendices: u32,
}

/// The chapters that one of the others may come before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chapter {
    /// Tasks and projects, where the rule counts them.
    Works,
    /// Counties and units.
    Groups,
    /// What falls short, and what is to be done.
    Problems,
}

/// The report of a content. It says the state of the assessment: one that is not published is
/// marked so on its cover.
pub fn compose_report(
    content: &Content,
    state: AssessmentState,
    digest: &str,
    desk: &Desk,
    family: &str,
) -> Report {
    let mut writer = Writer {
        content,
        digest,
        state,
        outlines: &desk.outlines,
        family,
        organ: &desk.organ,
        blocks: Vec::new(),
        tables: 0,
        figures: 0,
        appendices: 0,
    };
    writer.overview();
    writer.conclusion();
    writer.binding();
    writer.guiding();
    writer.works();
    writer.counties();
    writer.units();
    writer.problems();
    writer.closing();
    writer.rule();
    writer.lineage();
    writer.work_appendix();
    writer.verification();
    Report {
        cover: writer.cover(),
        blocks: writer.blocks,
    }
}

impl Writer<'_> {
    fn cover(&self) -> Cover {
        let content = self.content;
        let mut stamps = Vec::new();
        if self.state != AssessmentState::Published {
            stamps.push("未发布稿");
        }
        if content.is_simulated() {
            stamps.push("含模拟数据");
        }
        let kind = match content.kind.as_str() {
            "mid_term" => "实施情况中期评估报告".to_owned(),
            "final" => "实施情况终期考核报告".to_owned(),
            _ => format!("{}年度实施情况评估报告", content.year),
        };
        Cover {
            title: vec![content.plan.title.clone(), kind],
            subtitle: format!(
                "（规划期{}—{}年，评估年度{}年）",
                content.plan.first_year, content.plan.last_year, content.year
            ),
            organ: self.organ.to_owned(),
            date: chinese_date(&content.taken_at),
            stamp: (!stamps.is_empty()).then(|| stamps.join("　")),
            foot: Some(format!("内容摘要（SM3）：{}", self.digest)),
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        self.blocks.push(Block::Heading {
            level,
            text: text.to_owned(),
            is_on_new_page: false,
        });
    }

    /// The numeral of a chapter: one later where there is one on tasks and projects.
    fn numeral(&self, chapter: Chapter) -> &'static str {
        match (chapter, works::has_works(self.content)) {
            (Chapter::Works, _) | (Chapter::Groups, false) => "五",
            (Chapter::Groups, true) | (Chapter::Problems, false) => "六",
            (Chapter::Problems, true) => "七",
        }
    }

    fn chapter(&mut self, chapter: Chapter, text: &str) {
        let numeral = self.numeral(chapter);
        self.heading(1, &format!("{numeral}、{text}"));
    }

    fn next_appendix(&mut self, text: &str) {
        self.appendices += 1;
        self.blocks.push(Block::Heading {
            level: 1,
            text: format!("附件{}　{text}", self.appendices),
            is_on_new_page: true,
        });
    }

    fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    fn table_caption(&mut self, title: &str) -> String {
        self.tables += 1;
        format!("表{}　{title}", self.tables)
    }

    fn figure_caption(&mut self, title: &str) -> String {
        self.figures += 1;
        format!("图{}　{title}", self.figures)
    }

    fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }
}
