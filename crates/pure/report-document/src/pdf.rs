//! A report as PDF, set by Typst: its template is given the report as data, never as markup.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::model::{Align, Block, Cell, Report, Row, Table, Tone};
use crate::{DocumentError, Fonts};

const TEMPLATE: &str = include_str!("template.typ");

/// The report as PDF.
///
/// # Errors
/// [`DocumentError::Typesetting`].
pub fn to_pdf(report: &Report, fonts: &Fonts) -> Result<Vec<u8>, DocumentError> {
    let world = Desk::new(report, fonts)?;
    let refusal = |errors: &[SourceDiagnostic]| DocumentError::Typesetting {
        reason: errors
            .iter()
            .map(|error| error.message.to_string())
            .collect::<Vec<_>>()
            .join("; "),
    };
    let document: PagedDocument = typst::compile(&world)
        .output
        .map_err(|errors| refusal(&errors))?;
    let pdf = typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|errors| refusal(&errors));
    // what was remembered of this report is of no use to the next
    typst::comemo::evict(0);
    pdf
}

/// The files that the template sees, and nothing else: no disk, no network, no clock.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: HashMap<FileId, Bytes>,
}

/// A font file that several documents share.
struct SharedFile(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn file_id(name: &str) -> Result<FileId, DocumentError> {
    let path = VirtualPath::new(name).map_err(|error| DocumentError::Typesetting {
        reason: format!("{name}: {error:?}"),
    })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl Desk {
    fn new(report: &Report, fonts: &Fonts) -> Result<Self, DocumentError> {
        let mut drawings = Vec::new();
        let data = data_of(report, fonts, &mut drawings);
        let mut files = HashMap::new();
        files.insert(
            file_id("report.json")?,
            Bytes::from_string(data.to_string()),
        );
        for (name, svg) in drawings {
            files.insert(file_id(&name)?, Bytes::from_string(svg));
        }
        let fonts: Vec<Font> = fonts
            .files()
            .iter()
            .flat_map(|file| Font::iter(Bytes::new(SharedFile(Arc::clone(file)))))
            .collect();
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::new(file_id("report.typ")?, TEMPLATE.to_owned()),
            files,
        })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            Ok(self.main.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The report as the template reads it; its drawings are put beside it by name.
fn data_of(report: &Report, fonts: &Fonts, drawings: &mut Vec<(String, String)>) -> Value {
    let families = fonts.families();
    let cover = &report.cover;
    let blocks: Vec<Value> = report
        .blocks
        .iter()
        .map(|block| block_data(block, drawings))
        .collect();
    json!({
        "title": cover.title,
        "subtitle": cover.subtitle,
        "organ": cover.organ,
        "date": cover.date,
        "stamp": cover.stamp,
        "number": cover.foot,
        "fonts": {
            "body": families.body,
            "hei": families.hei,
            "kai": families.kai,
            "song": families.song,
            "title": families.title,
        },
        "blocks": blocks,
    })
}

fn block_data(block: &Block, drawings: &mut Vec<(String, String)>) -> Value {
    match block {
        Block::Heading {
            level,
            text,
            is_on_new_page,
        } => json!({
            "kind": "heading", "level": level, "text": text, "new_page": is_on_new_page,
        }),
        Block::Paragraph(text) => json!({ "kind": "paragraph", "text": text }),
        Block::Notice { title, lines } => {
            json!({ "kind": "notice", "title": title, "lines": lines })
        }
        Block::Table(table) => table_data(table),
        Block::Figure(figure) => {
            let name = format!("figure-{}.svg", drawings.len() + 1);
            drawings.push((name.clone(), figure.svg.clone()));
            json!({
                "kind": "figure", "file": name, "width": figure.width_percent,
                "caption": figure.caption, "alt": figure.alternative, "note": figure.note,
            })
        }
        Block::Closing(lines) => json!({ "kind": "closing", "lines": lines }),
    }
}

fn table_data(table: &Table) -> Value {
    let cell = |cell: &Cell| json!({ "text": cell.text, "tone": cell.tone.map(Tone::name) });
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let align = match column.align {
                Align::Left => "left",
                Align::Center => "center",
                Align::Right => "right",
            };
            json!({ "title": column.title, "width": column.width, "align": align })
        })
        .collect();
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| match row {
            Row::Plain(cells) => json!({
                "kind": "plain", "cells": cells.iter().map(cell).collect::<Vec<_>>(),
            }),
            Row::Group(words) => json!({ "kind": "group", "cells": [{ "text": words }] }),
            Row::Total(cells) => json!({
                "kind": "total", "cells": cells.iter().map(cell).collect::<Vec<_>>(),
            }),
        })
        .collect();
    json!({
        "kind": "table", "caption": table.caption, "columns": columns, "rows": rows,
        "note": table.note, "small": table.is_small,
    })
}
