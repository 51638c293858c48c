//! What can go wrong with sites and devices, and what can be wrong with a field.

use core::fmt;

use access::Refusal;
use database::DatabaseError;

use crate::{MapFileProblem, SealingError};

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SitesError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// There is no such thing, or it lies outside the actor's region.
    #[error("there is no {what} {key}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// It was changed since the caller read it.
    #[error("{what} {key} was changed in the meantime: revision {found}, not {expected}")]
    Stale {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
        /// The revision the caller named.
        expected: i64,
        /// The revision it has.
        found: i64,
    },
    /// Something else has this key already.
    #[error("there is a {what} {key} already")]
    Duplicate {
        /// The kind of thing.
        what: &'static str,
        /// The key.
        key: String,
    },
    /// It cannot be deleted while others need it.
    #[error("{what} {key} is still needed: {needed_by}")]
    InUse {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
        /// What needs it.
        needed_by: String,
    },
    /// Fields are wrong.
    #[error("{} field(s) are wrong: {}", problems.len(), list(problems))]
    Invalid {
        /// Each wrong field.
        problems: Vec<FieldProblem>,
    },
    /// The database holds what this program does not know.
    #[error("the database holds `{value}` in {column}, which this program does not know")]
    Unreadable {
        /// Table and column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// The file cannot be read at all.
    #[error("the file cannot be read: {reason}")]
    UnreadableFile {
        /// Why.
        reason: String,
    },
    /// A map file cannot become a layer.
    #[error("the map cannot be taken: {0}")]
    BadMapFile(#[from] MapFileProblem),
    /// The file is larger than allowed.
    #[error("the file is larger than allowed: {what} above {most}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most that is allowed.
        most: u64,
    },
    /// A file could not be written.
    #[error("the file cannot be written: {reason}")]
    NotWritten {
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for SitesError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name in the API; columns of files have the same names.
    pub field: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is empty and must not be.
    Missing,
    /// It is too long.
    TooLong {
        /// The most characters.
        most: usize,
    },
    /// It holds control characters or others that are not allowed here.
    ForbiddenCharacters,
    /// It is outside its range.
    OutOfRange {
        /// The range, as text.
        range: &'static str,
    },
    /// It is none of the words allowed.
    UnknownWord {
        /// The words allowed.
        allowed: String,
    },
    /// It is not a number.
    NotANumber,
    /// It is not an exact decimal number.
    NotADecimal,
    /// It is not a time.
    NotATime,
    /// It is neither yes nor no.
    NotAYesOrNo,
    /// It is not a region code.
    NotARegionCode,
    /// The settings of a device are wrong.
    WrongSettings {
        /// What is wrong with them.
        reason: String,
    },
    /// It is not an SM4 key of 32 hexadecimal digits.
    NotAKey,
    /// There is no such thing as it names.
    Unknown {
        /// What there is not.
        key: String,
    },
    /// It occurs twice.
    Duplicate {
        /// Where it occurs first.
        first: String,
    },
    /// Another holds at the same time.
    Overlap {
        /// The other.
        other: String,
    },
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// The lower bound is above the upper bound.
    LowerAboveUpper,
    /// Neither a lower nor an upper bound is given.
    NoBound,
    /// A coordinate is given without the other.
    HalfAPosition,
    /// The region above does not contain it.
    NotWithinParent,
    /// It lies outside the actor's region.
    OutsideScope,
    /// A heading names no column of the sheet, or one that is there twice.
    UnknownColumn,
    /// The sheet lacks a column.
    MissingColumn,
    /// A spreadsheet keeps it as a number of more digits than it can hold exactly.
    TooManyDigits,
    /// A formula failed.
    ErrorCell {
        /// What the spreadsheet shows, such as `#N/A`.
        shown: String,
    },
}

impl FieldProblem {
    /// A problem of a field.
    pub fn new(field: impl Into<String>, kind: ProblemKind) -> Self {
        Self {
            field: field.into(),
            kind,
        }
    }
}

impl ProblemKind {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong { .. } => "too_long",
            Self::ForbiddenCharacters => "forbidden_characters",
            Self::OutOfRange { .. } => "out_of_range",
            Self::UnknownWord { .. } => "unknown_word",
            Self::NotANumber => "not_a_number",
            Self::NotADecimal => "not_a_decimal",
            Self::NotATime => "not_a_time",
            Self::NotAYesOrNo => "not_yes_or_no",
            Self::NotARegionCode => "not_a_region_code",
            Self::WrongSettings { .. } => "wrong_settings",
            Self::NotAKey => "not_a_key",
            Self::Unknown { .. } => "unknown",
            Self::Duplicate { .. } => "duplicate",
            Self::Overlap { .. } => "overlap",
            Self::EndsBeforeItBegins => "ends_before_it_begins",
            Self::LowerAboveUpper => "lower_above_upper",
            Self::NoBound => "no_bound",
            Self::HalfAPosition => "half_a_position",
            Self::NotWithinParent => "not_within_parent",
            Self::OutsideScope => "outside_scope",
            Self::UnknownColumn => "unknown_column",
            Self::MissingColumn => "missing_column",
            Self::TooManyDigits => "too_many_digits",
            Self::ErrorCell { .. } => "error_cell",
        }
    }

    /// What is wrong, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Missing => "must not be empty".to_owned(),
            Self::TooLong { most } => format!("has more than {most} characters"),
            Self::ForbiddenCharacters => "holds characters that are not allowed".to_owned(),
            Self::OutOfRange { range } => format!("must be {range}"),
            Self::UnknownWord { allowed } => format!("must be one of: {allowed}"),
            Self::NotANumber => "is not a number".to_owned(),
            Self::NotADecimal => "is not a decimal number such as 0.035".to_owned(),
            Self::NotATime => "is not a time such as 2026-01-31 or 2026-01-31T08:00:00".to_owned(),
            Self::NotAYesOrNo => "must be yes or no".to_owned(),
            Self::NotARegionCode => {
                "is not a region code of 6, 9 or 12 digits (GB/T 2260)".to_owned()
            }
            Self::WrongSettings { reason } => format!("holds wrong settings: {reason}"),
            Self::NotAKey => "is not a key of 32 hexadecimal digits".to_owned(),
            Self::Unknown { key } => format!("names {key}, which does not exist"),
            Self::Duplicate { first } => format!("occurs already: {first}"),
            Self::Overlap { other } => format!("holds at the same time as {other}"),
            Self::EndsBeforeItBegins => "ends before it begins".to_owned(),
            Self::LowerAboveUpper => "is a lower bound above the upper bound".to_owned(),
            Self::NoBound => "needs a lower or an upper bound".to_owned(),
            Self::HalfAPosition => "needs both longitude and latitude".to_owned(),
            Self::NotWithinParent => "does not lie within the region above it".to_owned(),
            Self::OutsideScope => "lies outside your region".to_owned(),
            Self::UnknownColumn => "is no column of this sheet, or is there twice".to_owned(),
            Self::MissingColumn => "is missing from the headings".to_owned(),
            Self::TooManyDigits => "is a number of more than 15 digits".to_owned(),
            Self::ErrorCell { shown } => format!("holds a formula that failed: {shown}"),
        }
    }

    /// What is wrong, in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Missing => "不能为空".to_owned(),
            Self::TooLong { most } => format!("超过 {most} 个字符"),
            Self::ForbiddenCharacters => "含有不允许的字符".to_owned(),
            Self::OutOfRange { range } => format!("超出范围，应为 {range}"),
            Self::UnknownWord { allowed } => format!("应为以下之一：{allowed}"),
            Self::NotANumber => "不是数字".to_owned(),
            Self::NotADecimal => "不是十进制数，例如 0.035".to_owned(),
            Self::NotATime => "不是时间，例如 2026-01-31 或 2026-01-31T08:00:00".to_owned(),
            Self::NotAYesOrNo => "应为“是”或“否”".to_owned(),
            Self::NotARegionCode => "不是 6、9 或 12 位的行政区划代码".to_owned(),
            Self::WrongSettings { reason } => format!("设备参数有误：{reason}"),
            Self::NotAKey => "不是 32 位十六进制密钥".to_owned(),
            Self::Unknown { key } => format!("{key} 不存在"),
            Self::Duplicate { first } => format!("重复，已见于 {first}"),
            Self::Overlap { other } => format!("有效期与 {other} 重叠"),
            Self::EndsBeforeItBegins => "结束早于开始".to_owned(),
            Self::LowerAboveUpper => "下限高于上限".to_owned(),
            Self::NoBound => "上限、下限至少填一个".to_owned(),
            Self::HalfAPosition => "经度和纬度须同时填写".to_owned(),
            Self::NotWithinParent => "不在上级区划之内".to_owned(),
            Self::OutsideScope => "不在您的管辖区域内".to_owned(),
            Self::UnknownColumn => "不是本表的列，或重复出现".to_owned(),
            Self::MissingColumn => "表头缺少该列".to_owned(),
            Self::TooManyDigits => "是超过 15 位的数字，表格无法准确保存".to_owned(),
            Self::ErrorCell { shown } => format!("公式出错：{shown}"),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.kind.english())
    }
}

fn list(problems: &[FieldProblem]) -> String {
    problems
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
