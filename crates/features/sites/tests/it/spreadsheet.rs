//! What cells of a spreadsheet mean.

use sites::SitesFile;

#[test]
fn numbers_and_dates_of_a_spreadsheet_are_read_as_a_person_means_them() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name("devices").unwrap();
    for (index, name) in
        (0_u16..).zip(["mn", "password", "system_type", "valid_from", "is_enabled"])
    {
        page.write_string(0, index, name).unwrap();
    }
    page.write_number(1, 0, 88_888_880_000_001.0).unwrap();
    page.write_number(1, 1, 123_456.0).unwrap();
    page.write_number(1, 2, 31.0).unwrap();
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    page.write_datetime_with_format(1, 3, &date, &format)
        .unwrap();
    page.write_boolean(1, 4, false).unwrap();
    page.write_number(2, 0, 1e17).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let text = format!("{:?}", SitesFile::read("a.xlsx", &bytes).unwrap());
    for wanted in [
        "\"88888880000001\"",
        "\"123456\"",
        "\"31\"",
        "\"2026-01-31T00:00:00\"",
        "\"否\"",
        "TooManyDigits",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}
