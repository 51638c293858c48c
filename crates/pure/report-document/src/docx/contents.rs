//! The contents of a DOCX: each line asks for the page of its heading by a field of its own, which
//! office programs compute when they open the file. A field over the whole contents would make some
//! of them show its instruction, or the same page at each line, until somebody updates it.

use docx_rs::{
    AlignmentType, BreakType, Docx, FieldCharType, InstrPAGEREF, InstrText, Paragraph, Run, Tab,
    TabLeaderType, TabValueType,
};

use super::{AREA, HEI, line};
use crate::model::Block;

/// Headings down to this level stand in the contents.
const DEEPEST: u8 = 2;

/// The mark of the heading with a number in the order of the report, from 1.
pub(super) fn mark(number: usize) -> String {
    format!("_Toc{number:08}")
}

/// Adds the contents on a page of their own.
pub(super) fn add(docx: Docx, blocks: &[Block]) -> Docx {
    let title = line("目　　录", HEI, 36)
        .align(AlignmentType::Center)
        .page_break_before(true);
    let headings = blocks.iter().filter_map(|block| match block {
        Block::Heading { level, text, .. } => Some((*level, text.as_str())),
        _ => None,
    });
    let docx = (1..)
        .zip(headings)
        .filter(|(_, (level, _))| *level <= DEEPEST)
        .fold(docx.add_paragraph(title), |docx, (number, heading)| {
            docx.add_paragraph(entry(heading, number))
        });
    docx.add_paragraph(Paragraph::new().add_run(Run::new().add_break(BreakType::Page)))
}

fn entry((level, text): (u8, &str), number: usize) -> Paragraph {
    let edge = Tab::new()
        .val(TabValueType::Right)
        .leader(TabLeaderType::Dot)
        .pos(AREA);
    let page = InstrText::PAGEREF(InstrPAGEREF::new(mark(number)).hyperlink());
    // each part of a field has a run of its own (ECMA-376, part 1, 17.16.18)
    Paragraph::new()
        .style(&format!("ToC{level}"))
        .add_tab(edge)
        .add_run(Run::new().add_text(text))
        .add_run(Run::new().add_tab())
        .add_run(Run::new().add_field_char(FieldCharType::Begin, true))
        .add_run(Run::new().add_instr_text(page))
        .add_run(Run::new().add_field_char(FieldCharType::Separate, false))
        .add_run(Run::new().add_text("1"))
        .add_run(Run::new().add_field_char(FieldCharType::End, false))
}
