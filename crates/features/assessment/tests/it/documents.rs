//! The documents of the final assessment, read back.

use std::io::{Cursor, Read};

use assessment::{AssessmentError, AssessmentState, FileKind, load_file, make_file};
use calamine::{Data, Reader, Xlsx};
use city_plan::AssessmentKind;
use test_support::TestDatabase;

use crate::world::{accepted, clock, desk, fill, hengyang, person, published, taken};

/// Where the files are put for those who want to look at them.
const FOLDER: &str = "ASSESSMENT_REPORT_FOLDER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_final_report_of_hengyang_is_read_back_from_its_files() {
    let test = TestDatabase::sqlite().await;
    let database = test.handle();
    let desk = desk(hengyang());
    fill(&database, &desk.book).await;
    for year in 2016..=2020 {
        let increment = ("cod_increment", "430400", year, "100.5");
        accepted(&database, &desk.book, increment).await;
    }
    let found = published(&database, &desk, AssessmentKind::Final, 2020).await;
    let content = found.content.unwrap();
    let cod = (content.figures.iter()).find(|one| one.indicator == "cod_reduction");
    let input = &cod.unwrap().inputs[0];
    // the account comes before the reported emission, which is kept beside it
    let account = input.taken_accounted().unwrap();
    assert_eq!(account.closing, "146181.5");
    assert!(account.is_simulated && input.report.is_some());
    let digest = found.summary.digest.unwrap();
    let mut files = Vec::new();
    for kind in FileKind::ALL {
        let id = found.summary.new.id;
        let file = load_file(&database, &clock(), &desk, &person("读者"), (id, kind))
            .await
            .unwrap();
        if let Some(folder) = std::env::var_os(FOLDER) {
            std::fs::write(std::path::Path::new(&folder).join(&file.name), &file.bytes).unwrap();
        }
        // made once: the second time the same bytes come from the store
        let again = load_file(&database, &clock(), &desk, &person("读者"), (id, kind))
            .await
            .unwrap();
        assert_eq!(again, file);
        files.push(file);
    }
    let [pdf, docx, xlsx] = files.try_into().unwrap();
    let total = content.total.score.unwrap().to_string();
    let pages = pdf_pages(&pdf.bytes);
    let all = pages.concat();
    assert!(pages.len() > 8, "{} pages", pages.len());
    for words in [
        "终期考核报告",
        "目录",
        "含模拟数据",
        "综合得分",
        &total,
        "表1",
        "市区PM2.5年均浓度",
        "附件2",
        "减排核算",
        digest.as_str(),
    ] {
        assert!(
            all.contains(words),
            "{words} is not in the PDF: {}",
            head(&all)
        );
    }
    // the head of a long table stands again on the next page
    let heads = pages.iter().filter(|page| page.contains("填报和确认"));
    assert!(heads.count() > 2);
    assert!(!all.contains("未发布稿"));
    check_docx(
        &docx.bytes,
        &[&total, "终期考核报告", "市区PM2.5年均浓度", &digest],
    );
    check_xlsx(&xlsx.bytes, &total);
}

fn head(text: &str) -> String {
    text.chars().take(600).collect()
}

/// The words of each page, without blanks.
fn pdf_pages(bytes: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    document
        .get_pages()
        .keys()
        .map(|page| {
            let text = document.extract_text(&[*page]).unwrap();
            text.chars().filter(|one| !one.is_whitespace()).collect()
        })
        .collect()
}

fn check_docx(bytes: &[u8], words: &[&str]) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut document = String::new();
    archive
        .by_name("word/document.xml")
        .unwrap()
        .read_to_string(&mut document)
        .unwrap();
    for one in words {
        assert!(document.contains(one), "{one} is not in the DOCX");
    }
    assert!(document.contains("<w:tblHeader />"), "no repeated heads");
    // each heading of the first two levels has its line with its page in the contents
    let count = |part: &str| document.matches(part).count();
    let headings = count(r#"w:val="Heading1""#) + count(r#"w:val="Heading2""#);
    assert!(headings > 10, "{headings} headings");
    assert_eq!(count("PAGEREF _Toc"), headings);
    let pictures = archive
        .file_names()
        .filter(|name| name.as_deref().is_ok_and(|name| name.contains(".png")))
        .count();
    assert_eq!(pictures, 4);
}

fn check_xlsx(bytes: &[u8], total: &str) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert_eq!(
        book.sheet_names(),
        [
            "指标",
            "得分",
            "任务和项目",
            "任务各期和项目节点",
            "数据来源",
            "历年",
            "计分办法"
        ]
    );
    let scores = book.worksheet_range("得分").unwrap();
    // figures are numbers, their exact text stands beside
    assert_eq!(
        scores.get((1, 3)),
        Some(&Data::Float(total.parse::<f64>().unwrap()))
    );
    assert_eq!(scores.get((1, 4)), Some(&Data::String(total.to_owned())));
    let lineage = book.worksheet_range("数据来源").unwrap();
    let days = lineage
        .rows()
        .find(|row| row[3] == Data::String("city_good_air_days".to_owned()));
    let days = days.unwrap();
    assert_eq!(days[6], Data::Float(317.0));
    assert_eq!(days[10], Data::String("是".to_owned()));
    assert_eq!(days[11], Data::String("user:填报员".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_not_published_says_so_and_is_not_kept() {
    let test = TestDatabase::sqlite().await;
    let database = test.handle();
    let desk = desk(hengyang());
    let found = taken(&database, &desk, AssessmentKind::MidTerm, 2018).await;
    let (content, digest) = (found.content.unwrap(), found.summary.digest.unwrap());
    // without any data there is no total and no drawing of courses, and still a report
    assert_eq!(content.total.score, None);
    let pdf = make_file(
        &desk,
        &content,
        AssessmentState::Taken,
        &digest,
        FileKind::Pdf,
    )
    .unwrap();
    let all = pdf_pages(&pdf.bytes).concat();
    assert!(all.contains("未发布稿"), "{}", head(&all));
    assert!(all.contains("不给出综合得分"), "{}", head(&all));
    assert!(!all.contains("含模拟数据"));
    assert!(all.contains("中期评估报告"));
}

#[tokio::test]
async fn without_a_font_for_chinese_the_report_is_refused() {
    let fonts = report_document::Fonts::new(Vec::new(), &["DejaVu Sans".to_owned()]);
    let error = AssessmentError::from(fonts.unwrap_err());
    assert_eq!(
        error.to_string(),
        "no font with Chinese characters was found"
    );
}
