//! Tables of a DOCX, and what its library cannot say by itself.

use docx_rs::{
    AlignmentType, BorderType, Paragraph, Run, Shading, Table, TableBorder, TableBorderPosition,
    TableBorders, TableCell, TableCellBorder, TableCellBorderPosition, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::{AREA, FANG, HEI, SONG, loose, run};
use crate::model::{self, Align, Cell, Row};

/// What a row has that must stand whole, as all rows under a head; the first of a table is its head.
const WHOLE: &str = "<w:cantSplit /></w:trPr>";
const HEAD: &str = "<w:cantSplit /><w:tblHeader /></w:trPr>";

/// Lets heads of tables stand again on each page, which the library has no word for.
pub(super) fn with_repeated_heads(document: &[u8]) -> Option<Vec<u8>> {
    const TABLE: &str = "<w:tbl>";
    let text = core::str::from_utf8(document).ok()?;
    let tables = text.split(TABLE).map(|part| part.replacen(WHOLE, HEAD, 1));
    Some(tables.collect::<Vec<_>>().join(TABLE).into_bytes())
}

fn borders() -> TableBorders {
    let line = |position| {
        TableBorder::new(position)
            .border_type(BorderType::Single)
            .size(4)
            .color("464646")
    };
    TableBorders::with_empty()
        .set(line(TableBorderPosition::Top))
        .set(line(TableBorderPosition::Bottom))
        .set(line(TableBorderPosition::Left))
        .set(line(TableBorderPosition::Right))
        .set(line(TableBorderPosition::InsideH))
        .set(line(TableBorderPosition::InsideV))
}

const fn alignment(align: Align) -> AlignmentType {
    match align {
        Align::Left => AlignmentType::Left,
        Align::Center => AlignmentType::Center,
        Align::Right => AlignmentType::Right,
    }
}

struct Look {
    size: usize,
    widths: Vec<usize>,
}

impl Look {
    fn cell(&self, column: usize, paragraph: Paragraph, fill: Option<&str>) -> TableCell {
        let width = self.widths.get(column).copied().unwrap_or_default();
        let cell = TableCell::new()
            .width(width, WidthType::Dxa)
            .vertical_align(VAlignType::Center)
            .add_paragraph(paragraph.line_spacing(loose(20, 20)));
        match fill {
            Some(fill) => cell.shading(Shading::new().fill(fill)),
            None => cell,
        }
    }

    fn words(&self, cell: &Cell, face: &str, is_bold: bool) -> Paragraph {
        let mut paragraph = Paragraph::new();
        if let Some(tone) = cell.tone {
            paragraph = paragraph.add_run(run("■ ", SONG, self.size).color(tone.colour()));
        }
        let words = run(&cell.text, face, self.size);
        paragraph.add_run(if is_bold { words.bold() } else { words })
    }
}

/// A table with a head, whole width.
pub(super) fn table(table: &model::Table) -> Table {
    let shares: u32 = table.columns.iter().map(|column| column.width).sum();
    let area = u32::try_from(AREA).unwrap_or(u32::MAX);
    let widths: Vec<usize> = table
        .columns
        .iter()
        .map(|column| usize::try_from(area * column.width / shares.max(1)).unwrap_or_default())
        .collect();
    let look = Look {
        size: if table.is_small { 18 } else { 21 },
        widths: widths.clone(),
    };
    let head: Vec<TableCell> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let words = look.words(&column.title.as_str().into(), HEI, true);
            look.cell(index, words.align(AlignmentType::Center), Some("ececec"))
        })
        .collect();
    let mut rows = vec![TableRow::new(head).cant_split()];
    for row in &table.rows {
        rows.push(match row {
            Row::Plain(cells) => plain(table, &look, cells, (SONG, false), None),
            Row::Total(cells) => plain(table, &look, cells, (HEI, true), Some("f7f7f7")),
            Row::Group(words) => {
                let words = look.words(&words.as_str().into(), HEI, true);
                let cell = TableCell::new()
                    .grid_span(table.columns.len())
                    .width(AREA, WidthType::Dxa)
                    .shading(Shading::new().fill("f7f7f7"))
                    .add_paragraph(words.line_spacing(loose(20, 20)).keep_next(true));
                TableRow::new(vec![cell]).cant_split()
            }
        });
    }
    Table::new(rows)
        .set_grid(widths)
        .layout(TableLayoutType::Fixed)
        .width(AREA, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(40, 80, 40, 80))
        .set_borders(borders())
}

fn plain(
    table: &model::Table,
    look: &Look,
    cells: &[Cell],
    (face, is_bold): (&str, bool),
    fill: Option<&str>,
) -> TableRow {
    let cells = table.columns.iter().zip(cells).enumerate();
    TableRow::new(
        cells
            .map(|(index, (column, cell))| {
                let words = look.words(cell, face, is_bold);
                look.cell(index, words.align(alignment(column.align)), fill)
            })
            .collect(),
    )
    .cant_split()
}

/// A framed notice: one cell with a coloured edge.
pub(super) fn notice(title: &str, lines: &[String]) -> Table {
    let edge = TableCellBorder::new(TableCellBorderPosition::Left)
        .border_type(BorderType::Single)
        .size(24)
        .color("d9962b");
    let mut cell = TableCell::new()
        .width(AREA, WidthType::Dxa)
        .shading(Shading::new().fill("faf6ec"))
        .clear_all_border()
        .set_border(edge)
        .add_paragraph(
            Paragraph::new()
                .add_run(run(title, HEI, 24).bold())
                .line_spacing(loose(80, 60)),
        );
    for words in lines {
        cell = cell.add_paragraph(
            Paragraph::new()
                .add_run(
                    Run::new()
                        .add_text(words)
                        .fonts(super::faces(FANG))
                        .size(24),
                )
                .line_spacing(loose(0, 60)),
        );
    }
    Table::new(vec![TableRow::new(vec![cell])])
        .set_grid(vec![AREA])
        .layout(TableLayoutType::Fixed)
        .width(AREA, WidthType::Dxa)
        .margins(TableCellMargins::new().margin(80, 160, 80, 200))
        .clear_all_border()
}
