//! Documents written and read back.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader, Xlsx};
use report_document::chart::{Share, StateRow, draw_states};
use report_document::{
    Align, Block, Column, Cover, Figure, Fonts, Report, Row, Sheet, SheetCell, SheetColumn, Table,
    Tone, Workbook, to_docx, to_pdf, to_xlsx,
};

/// A font with Chinese characters, as Debian's `fonts-noto-cjk` puts it.
const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

fn fonts() -> Fonts {
    let files = if Path::new(FONT).exists() {
        vec![Arc::new(std::fs::read(FONT).unwrap())]
    } else {
        Vec::new()
    };
    Fonts::new(files, &["Noto Sans CJK SC".to_owned()]).unwrap()
}

fn report() -> Report {
    let drawn = draw_states(
        fonts().drawing_family(),
        &[StateRow {
            label: "约束性指标".to_owned(),
            shares: vec![Share {
                label: "达到目标".to_owned(),
                count: 3,
                tone: Tone::Good,
            }],
        }],
    );
    // longer than a page, so that the head has to stand again
    let rows = (0..120)
        .map(|number| Row::Plain(vec![format!("指标{number}").into(), "100".into()]))
        .collect();
    Report {
        cover: Cover {
            title: vec!["评估报告".to_owned()],
            subtitle: "（2020年）".to_owned(),
            organ: "市生态环境局".to_owned(),
            date: "2021年3月1日".to_owned(),
            stamp: Some("含模拟数据".to_owned()),
            foot: None,
        },
        blocks: vec![
            Block::Heading {
                level: 1,
                text: "一、总体情况".to_owned(),
                is_on_new_page: false,
            },
            // words are words: neither markup of Typst nor of XML
            Block::Paragraph("#panic() *x* $y$ <b>&amp;".to_owned()),
            Block::Notice {
                title: "说明".to_owned(),
                lines: vec!["含模拟数据。".to_owned()],
            },
            Block::Table(Table {
                caption: "表1　指标".to_owned(),
                columns: vec![
                    Column::new("名称", 3, Align::Left),
                    Column::new("得分", 1, Align::Right),
                ],
                rows,
                note: None,
                is_small: false,
            }),
            Block::Figure(Figure {
                svg: drawn,
                width_percent: 100,
                caption: "图1　状态".to_owned(),
                alternative: "状态".to_owned(),
                note: None,
            }),
            Block::Paragraph("继续保持。".to_owned()),
            Block::Closing(vec!["市生态环境局".to_owned(), "2021年3月1日".to_owned()]),
        ],
    }
}

#[test]
fn a_report_becomes_a_pdf_of_several_pages_and_the_same_one_each_time() {
    let report = report();
    let pdf = to_pdf(&report, &fonts()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = String::from_utf8_lossy(&pdf).matches("/Type/Page/").count()
        + String::from_utf8_lossy(&pdf)
            .matches("/Type /Page\n")
            .count();
    assert!(pdf.len() > 10_000, "{} bytes, {pages} pages", pdf.len());
    assert_eq!(to_pdf(&report, &fonts()).unwrap(), pdf);
}

#[test]
fn a_docx_has_its_words_as_words_repeats_heads_and_holds_its_drawing() {
    let bytes = to_docx(&report(), &fonts()).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut document = String::new();
    archive
        .by_name("word/document.xml")
        .unwrap()
        .read_to_string(&mut document)
        .unwrap();
    assert!(document.contains("#panic() *x* $y$ &lt;b&gt;&amp;amp;"));
    assert_eq!(document.matches("<w:tblHeader />").count(), 1);
    // no row is torn between two pages
    assert_eq!(document.matches("<w:cantSplit />").count(), 121);
    assert!(document.contains("含模拟数据"));
    // the contents ask for the page of each heading, and each part of the field stands alone
    for part in ["<w:fldChar ", "<w:instrText"] {
        assert!(document.contains(part));
        for (place, _) in document.match_indices(part) {
            assert!(document[..place].ends_with("<w:r><w:rPr />"));
        }
    }
    assert!(document.contains("PAGEREF _Toc00000001 \\h"));
    assert!(document.contains("w:name=\"_Toc00000001\""));
    let tabs: Vec<&str> = document
        .match_indices("w:pos=\"")
        .map(|(place, found)| document[place + found.len()..].split('"').next().unwrap())
        .collect();
    assert!(
        !tabs.is_empty() && tabs.iter().all(|tab| *tab == "8845"),
        "{tabs:?}"
    );
    // the signature never stands alone on a page
    let last = document.find("继续保持。").unwrap();
    let opening = document[..last].rfind("<w:p ").unwrap();
    assert!(document[opening..last].contains("<w:keepNext />"));
    let pictures = archive
        .file_names()
        .filter(|name| {
            name.as_deref()
                .is_ok_and(|name| name.starts_with("word/media/image") || name.contains(".png"))
        })
        .count();
    assert_eq!(pictures, 1);
}

#[test]
fn a_workbook_holds_numbers_with_their_places_and_their_exact_text() {
    let sheet = Sheet {
        name: "得分".to_owned(),
        notes: vec!["说明".to_owned()],
        columns: vec![SheetColumn::new("得分", 9), SheetColumn::new("原文", 9)],
        rows: vec![vec![
            SheetCell::Number("93.50".parse().unwrap()),
            "93.50".into(),
            SheetCell::Empty,
        ]],
    };
    let workbook = Workbook {
        sheets: vec![sheet],
        title: "评估数据".to_owned(),
        created: (2021, 3, 1),
    };
    let bytes = to_xlsx(&workbook).unwrap();
    assert_eq!(to_xlsx(&workbook).unwrap(), bytes);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("得分").unwrap();
    assert_eq!(range.get_value((2, 0)), Some(&Data::Float(93.5)));
    assert_eq!(
        range.get_value((2, 1)),
        Some(&Data::String("93.50".to_owned()))
    );
}
