//! A report as DOCX, with the sizes of GB/T 9704-2012 as `template.typ` has them.

mod contents;
mod parts;

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, LineSpacingType, PageMargin, PageNum, PageNumType,
    Paragraph, Pic, Run, RunFonts, SpecialIndentType, Style, StyleType,
};

use crate::model::{Block, Cover, Figure, Report};
use crate::raster::Painter;
use crate::{DocumentError, Fonts};

/// Twentieths of a point in a millimetre, times ten.
const TWIPS_10MM: i32 = 567;
/// Width of the type area, 156 mm, in twentieths of a point.
const AREA: usize = 8845;
/// The same in the unit of pictures (914 400 an inch).
const AREA_EMU: u32 = 5_616_000;
/// 29 points from line to line: 22 lines in 225 mm.
const PITCH: i32 = 580;

/// Faces by the names that an office machine knows them by; what is missing there is substituted.
const FANG: &str = "仿宋";
const HEI: &str = "黑体";
const KAI: &str = "楷体";
const SONG: &str = "宋体";
const TITLE: &str = "方正小标宋简体";

/// The report as DOCX.
///
/// # Errors
/// [`DocumentError::Drawing`], [`DocumentError::Writing`].
pub fn to_docx(report: &Report, fonts: &Fonts) -> Result<Vec<u8>, DocumentError> {
    let painter = Painter::new(fonts);
    let mut docx = cover(styled(Docx::new()), &report.cover);
    docx = contents::add(docx, &report.blocks);
    let mut blocks = report.blocks.iter().peekable();
    let mut headings = 0;
    while let Some(block) = blocks.next() {
        // the signature takes the last paragraph with it, lest a page have it alone
        let keeps_next = matches!(blocks.peek(), Some(Block::Closing(_)));
        headings += usize::from(matches!(block, Block::Heading { .. }));
        docx = add_block(docx, block, (headings, keeps_next), &painter)?;
    }
    pack(docx)
}

fn pack(docx: Docx) -> Result<Vec<u8>, DocumentError> {
    let refusal = |reason: String| DocumentError::Writing {
        kind: "DOCX",
        reason,
    };
    let mut parts = docx.build();
    parts.document = parts::with_repeated_heads(&parts.document)
        .ok_or_else(|| refusal("its main part is not UTF-8".to_owned()))?;
    let mut out = std::io::Cursor::new(Vec::new());
    parts
        .pack(&mut out)
        .map_err(|error| refusal(error.to_string()))?;
    Ok(out.into_inner())
}

fn faces(east_asian: &str) -> RunFonts {
    RunFonts::new()
        .ascii("Times New Roman")
        .hi_ansi("Times New Roman")
        .east_asia(east_asian)
}

fn run(words: &str, face: &str, half_points: usize) -> Run {
    Run::new()
        .add_text(words)
        .fonts(faces(face))
        .size(half_points)
}

fn line(words: &str, face: &str, half_points: usize) -> Paragraph {
    Paragraph::new().add_run(run(words, face, half_points))
}

fn pitch(before: u32, after: u32) -> LineSpacing {
    LineSpacing::new()
        .line_rule(LineSpacingType::Exact)
        .line(PITCH)
        .before(before)
        .after(after)
}

fn loose(before: u32, after: u32) -> LineSpacing {
    LineSpacing::new()
        .line_rule(LineSpacingType::Auto)
        .line(280)
        .before(before)
        .after(after)
}

fn millimetres(length: i32) -> i32 {
    length * TWIPS_10MM / 10
}

fn styled(docx: Docx) -> Docx {
    let heading = |level: usize, face: &str| {
        Style::new(format!("Heading{level}"), StyleType::Paragraph)
            .name(format!("heading {level}"))
            .based_on("Normal")
            .next("Normal")
            .q_format(true)
            .fonts(faces(face))
            .size(32)
            .bold()
            .outline_lvl(level - 1)
            .indent(None, Some(SpecialIndentType::FirstLine(640)), None, None)
            .line_spacing(pitch(if level == 1 { 160 } else { 40 }, 0))
    };
    let entry = |level: usize, face: &str, size: usize, left: i32| {
        Style::new(format!("ToC{level}"), StyleType::Paragraph)
            .name(format!("toc {level}"))
            .based_on("Normal")
            .next("Normal")
            .fonts(faces(face))
            .size(size)
            .indent(Some(left), None, None, None)
            .line_spacing(pitch(0, 0))
    };
    let number = |alignment: AlignmentType| {
        Footer::new().add_paragraph(
            Paragraph::new()
                .align(alignment)
                .indent(Some(280), None, Some(280), None)
                .add_run(run("— ", SONG, 28))
                .add_page_num(PageNum::new())
                .add_run(run(" —", SONG, 28)),
        )
    };
    docx.page_size(11906, 16838)
        .page_margin(
            PageMargin::new()
                .top(millimetres(37))
                .bottom(millimetres(35))
                .left(millimetres(28))
                .right(millimetres(26))
                .header(millimetres(15))
                .footer(millimetres(25)),
        )
        .default_fonts(faces(FANG))
        .default_size(32)
        .page_num_type(PageNumType::new().start(0))
        .title_pg()
        .first_footer(Footer::new())
        .footer(number(AlignmentType::Right))
        .even_footer(number(AlignmentType::Left))
        .add_style(
            Style::new("Normal", StyleType::Paragraph)
                .name("Normal")
                .q_format(true)
                .fonts(faces(FANG))
                .size(32),
        )
        .add_style(heading(1, HEI))
        .add_style(heading(2, KAI))
        .add_style(heading(3, FANG))
        .add_style(heading(4, FANG))
        .add_style(entry(1, HEI, 28, 0))
        .add_style(entry(2, FANG, 26, 560))
}

fn cover(mut docx: Docx, cover: &Cover) -> Docx {
    if let Some(stamp) = &cover.stamp {
        let stamp = run(&format!("【{stamp}】"), HEI, 24).color("c04f3c");
        let stamp = Paragraph::new().add_run(stamp).align(AlignmentType::Right);
        docx = docx.add_paragraph(stamp);
    }
    for (index, words) in cover.title.iter().enumerate() {
        docx = docx.add_paragraph(
            line(words, TITLE, 52)
                .align(AlignmentType::Center)
                .line_spacing(loose(if index == 0 { 3400 } else { 0 }, 120)),
        );
    }
    let centred = |words: &str, face: &str, size: usize, before: u32| {
        line(words, face, size)
            .align(AlignmentType::Center)
            .line_spacing(loose(before, 120))
    };
    docx = docx
        .add_paragraph(centred(&cover.subtitle, KAI, 32, 400))
        .add_paragraph(centred(&cover.organ, FANG, 32, 3200))
        .add_paragraph(centred(&cover.date, FANG, 32, 0));
    if let Some(foot) = &cover.foot {
        docx = docx.add_paragraph(centred(foot, SONG, 18, 900));
    }
    docx
}

fn body(words: &str) -> Paragraph {
    line(words, FANG, 32)
        .align(AlignmentType::Both)
        .indent(None, Some(SpecialIndentType::FirstLine(640)), None, None)
        .line_spacing(pitch(0, 0))
}

fn caption(words: &str) -> Paragraph {
    line(words, HEI, 24)
        .align(AlignmentType::Center)
        .line_spacing(loose(120, 80))
}

fn remark(words: &str) -> Paragraph {
    line(words, SONG, 18).line_spacing(loose(60, 200))
}

/// A heading, with the mark by which the contents find its page.
fn heading((level, text): (u8, &str), is_on_new_page: bool, number: usize) -> Paragraph {
    Paragraph::new()
        .style(&format!("Heading{}", level.clamp(1, 4)))
        .keep_next(true)
        .page_break_before(is_on_new_page)
        .add_bookmark_start(number, contents::mark(number))
        .add_run(Run::new().add_text(text))
        .add_bookmark_end(number)
}

fn add_block(
    docx: Docx,
    block: &Block,
    (headings, keeps_next): (usize, bool),
    painter: &Painter<'_>,
) -> Result<Docx, DocumentError> {
    Ok(match block {
        Block::Heading {
            level,
            text,
            is_on_new_page,
        } => docx.add_paragraph(heading((*level, text), *is_on_new_page, headings)),
        Block::Paragraph(words) => docx.add_paragraph(body(words).keep_next(keeps_next)),
        Block::Notice { title, lines } => docx
            .add_table(parts::notice(title, lines))
            .add_paragraph(remark("")),
        Block::Table(table) => {
            let docx = docx
                .add_paragraph(caption(&table.caption).keep_next(true))
                .add_table(parts::table(table));
            docx.add_paragraph(remark(table.note.as_deref().unwrap_or_default()))
        }
        Block::Figure(figure) => add_figure(docx, figure, painter)?,
        Block::Closing(lines) => lines.iter().enumerate().fold(docx, |docx, (index, words)| {
            let before = if index == 0 { 800 } else { 0 };
            docx.add_paragraph(
                line(words, FANG, 32)
                    .keep_next(index + 1 < lines.len())
                    .align(AlignmentType::Right)
                    .indent(None, None, Some(640), None)
                    .line_spacing(pitch(before, 0)),
            )
        }),
    })
}

fn add_figure(docx: Docx, figure: &Figure, painter: &Painter<'_>) -> Result<Docx, DocumentError> {
    let picture = painter.paint(&figure.svg)?;
    let width = AREA_EMU / 100 * figure.width_percent.min(100);
    let height = width / 1000 * picture.height_permille;
    let picture = Pic::new_with_dimensions(picture.png, 1, 1).size(width, height);
    let docx = docx
        .add_paragraph(
            Paragraph::new()
                .align(AlignmentType::Center)
                .keep_next(true)
                .line_spacing(loose(160, 40))
                .add_run(Run::new().add_image(picture)),
        )
        .add_paragraph(caption(&figure.caption));
    Ok(match &figure.note {
        Some(note) => docx.add_paragraph(remark(note).align(AlignmentType::Center)),
        None => docx,
    })
}
