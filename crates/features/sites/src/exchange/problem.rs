//! What is wrong with a file, row by row, and what an import did or would do.

use super::Sheet;
use crate::error::{FieldProblem, ProblemKind};

/// The most problems that a report lists; the rest are counted.
pub const MOST_PROBLEMS: usize = 1_000;

/// One cell, heading or row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProblem {
    /// The sheet.
    pub sheet: Sheet,
    /// The row as a person counts; the heading is row 1.
    pub row: u32,
    /// The column's English name, or the heading as it stands when it is no column.
    pub column: String,
    /// What is wrong.
    pub kind: ProblemKind,
}

impl ImportProblem {
    /// The Chinese heading of the column.
    pub fn column_zh(&self) -> &str {
        self.sheet
            .columns()
            .iter()
            .find(|column| column.name == self.column)
            .map_or(self.column.as_str(), |column| column.name_zh)
    }

    /// The whole problem in Chinese: where, what, and what to do.
    pub fn chinese(&self) -> String {
        format!(
            "{} 第 {} 行 {}：{}。{}",
            self.sheet.name_zh(),
            self.row,
            self.column_zh(),
            self.kind.chinese(),
            self.kind.advice_chinese()
        )
    }

    /// The whole problem in English: where, what, and what to do.
    pub fn english(&self) -> String {
        format!(
            "{} row {} {}: {}. {}",
            self.sheet,
            self.row,
            self.column,
            self.kind.english(),
            self.kind.advice_english()
        )
    }
}

/// What an import did to one sheet, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetCounts {
    /// The sheet.
    pub sheet: Sheet,
    /// Rows in the file.
    pub rows: u32,
    /// Things that are new.
    pub created: u32,
    /// Things that change.
    pub updated: u32,
    /// Things that are already as the file says.
    pub unchanged: u32,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Whether the changes were made. Never with a problem.
    pub is_applied: bool,
    /// Each sheet of the file, in order.
    pub sheets: Vec<SheetCounts>,
    /// What is wrong, by sheet and row; at most [`MOST_PROBLEMS`].
    pub problems: Vec<ImportProblem>,
    /// How many problems there are in all.
    pub problem_count: usize,
    /// Sheets and files with names that say nothing to us, left out.
    pub ignored: Vec<String>,
}

impl ImportReport {
    /// How many things an import creates or changes.
    pub fn change_count(&self) -> u64 {
        self.sheets
            .iter()
            .map(|counts| u64::from(counts.created) + u64::from(counts.updated))
            .sum()
    }
}

/// Collects problems while a file is read and planned.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<ImportProblem>,
    count: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, sheet: Sheet, row: u32, column: &str, kind: ProblemKind) {
        self.count += 1;
        if self.list.len() < MOST_PROBLEMS {
            self.list.push(ImportProblem {
                sheet,
                row,
                column: column.to_owned(),
                kind,
            });
        }
    }

    /// Adds the problems of a thing's fields, whose names are the columns'.
    pub(crate) fn add_fields(&mut self, sheet: Sheet, row: u32, fields: Vec<FieldProblem>) {
        for field in fields {
            self.add(sheet, row, &field.field, field.kind);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The problems by sheet and row, and how many there are in all.
    pub(crate) fn into_parts(mut self) -> (Vec<ImportProblem>, usize) {
        self.list
            .sort_by_key(|problem| (problem.sheet, problem.row));
        (self.list, self.count)
    }

    /// Adds those that were found before.
    pub(crate) fn extend_from(&mut self, others: &Self) {
        self.list.extend(others.list.iter().cloned());
        self.list.truncate(MOST_PROBLEMS);
        self.count += others.count;
    }
}

impl ProblemKind {
    /// What to do about it, in English.
    pub fn advice_english(&self) -> &'static str {
        match self {
            Self::Missing | Self::NoBound | Self::HalfAPosition => "Fill it in",
            Self::TooLong { .. } => "Shorten it",
            Self::ForbiddenCharacters => "Remove spaces, control characters and signs",
            Self::OutOfRange { .. } | Self::UnknownWord { .. } => "Use one of the values allowed",
            Self::NotANumber | Self::NotADecimal => "Write a plain number without units",
            Self::NotATime => "Write date and time in Beijing time",
            Self::NotAYesOrNo => "Write yes or no",
            Self::NotARegionCode => "Look the code up on the sheet of regions",
            Self::WrongSettings { .. } => "Correct the settings or leave them empty",
            Self::NotAKey => "Write 32 hexadecimal digits or leave it empty",
            Self::Unknown { .. } => "Add it on its own sheet or correct the code",
            Self::Duplicate { .. } => "Remove one of the two rows",
            Self::Overlap { .. } => "End the earlier one before the later one begins",
            Self::EndsBeforeItBegins => "Correct the times",
            Self::LowerAboveUpper => "Swap or correct the bounds",
            Self::NotWithinParent => "Correct the region above",
            Self::OutsideScope => "Ask a person who manages that region",
            Self::UnknownColumn => "Correct the heading as in the template or remove the column",
            Self::MissingColumn => "Add the column as in the template",
            Self::TooManyDigits => "Format the column as text and type the digits again",
            Self::ErrorCell { .. } => "Correct the formula or write the value",
        }
    }

    /// What to do about it, in Chinese.
    pub fn advice_chinese(&self) -> &'static str {
        match self {
            Self::Missing | Self::NoBound | Self::HalfAPosition => "请填写",
            Self::TooLong { .. } => "请缩短",
            Self::ForbiddenCharacters => "请去掉空格、控制字符和符号",
            Self::OutOfRange { .. } | Self::UnknownWord { .. } => "请改为允许的值",
            Self::NotANumber | Self::NotADecimal => "请只填数字，不带单位",
            Self::NotATime => "请按北京时间填写日期和时间",
            Self::NotAYesOrNo => "请填“是”或“否”",
            Self::NotARegionCode => "请在“行政区划”表中查找代码",
            Self::WrongSettings { .. } => "请更正设置或留空",
            Self::NotAKey => "请填 32 位十六进制数或留空",
            Self::Unknown { .. } => "请先在相应的表中添加，或更正编码",
            Self::Duplicate { .. } => "请删去其中一行",
            Self::Overlap { .. } => "请让前一个在后一个生效前结束",
            Self::EndsBeforeItBegins => "请更正时间",
            Self::LowerAboveUpper => "请更正上下限",
            Self::NotWithinParent => "请更正上级区划",
            Self::OutsideScope => "请联系管辖该区域的人员",
            Self::UnknownColumn => "请按模板更正列名，或删去该列",
            Self::MissingColumn => "请按模板添加该列",
            Self::TooManyDigits => "请将该列设为文本格式后重新填写",
            Self::ErrorCell { .. } => "请更正公式或直接填写数值",
        }
    }
}
