//! What can be wrong with a row of records, in words.

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProblem {
    /// The row as a person counts; the heading is row 1.
    pub row: u64,
    /// The column's English name; empty for the whole row.
    pub column: &'static str,
    /// What is wrong.
    pub kind: ImportProblemKind,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportProblemKind {
    /// Nothing stands there.
    Missing,
    /// No such point, or one that is not the actor's.
    UnknownPoint {
        /// Site and point as they stand there.
        name: String,
    },
    /// None of the kinds that can be imported.
    UnknownKind {
        /// What stands there.
        text: String,
    },
    /// No time.
    NotATime {
        /// What stands there.
        text: String,
    },
    /// An hour that begins at half past, a day that begins at noon.
    NotAPeriod,
    /// Later than now.
    InTheFuture,
    /// Retention has removed records of that time.
    BeyondRetention,
    /// The point does not measure it.
    UnknownFactor {
        /// What stands there.
        code: String,
    },
    /// No exact decimal number.
    NotADecimal {
        /// What stands there.
        text: String,
    },
    /// None of the values is there.
    NoValue,
    /// No flag of a value.
    NotAFlag {
        /// What stands there.
        text: String,
    },
    /// The file's form is broken there.
    Unreadable {
        /// How, in Chinese.
        chinese: String,
        /// How, in English.
        english: String,
    },
    /// The same point, kind, time and factor stood in an earlier row.
    Twice,
    /// More rows than one file may have.
    TooManyRows {
        /// The most.
        most: u64,
    },
}

impl ImportProblem {
    /// The problem in Chinese.
    pub fn chinese(&self) -> String {
        let what = match &self.kind {
            ImportProblemKind::Missing => "不能为空".to_owned(),
            ImportProblemKind::UnknownPoint { name } => format!("没有点位“{name}”"),
            ImportProblemKind::UnknownKind { text } => {
                format!("“{text}”不是数据类型，应为实时、分钟、小时或日")
            }
            ImportProblemKind::NotATime { text } => {
                format!("“{text}”不是时间，应如 2024-05-01 08:00:00（北京时间）")
            }
            ImportProblemKind::NotAPeriod => "不是整点或零点，无法作为该时段的时间".to_owned(),
            ImportProblemKind::InTheFuture => "晚于当前时间".to_owned(),
            ImportProblemKind::BeyondRetention => {
                "该时段的数据已按保存期限清除，不能导入".to_owned()
            }
            ImportProblemKind::UnknownFactor { code } => format!("该点位不监测因子“{code}”"),
            ImportProblemKind::NotADecimal { text } => format!("“{text}”不是十进制数"),
            ImportProblemKind::NoValue => "没有任何数值".to_owned(),
            ImportProblemKind::NotAFlag { text } => format!("“{text}”不是数据标记"),
            ImportProblemKind::Unreadable { chinese, .. } => chinese.clone(),
            ImportProblemKind::Twice => "同一点位、类型、时间和因子在前面已出现".to_owned(),
            ImportProblemKind::TooManyRows { most } => {
                format!("一个文件最多 {most} 行，请分开导入")
            }
        };
        let column = super::IMPORT_COLUMNS
            .iter()
            .find(|column| column.name == self.column)
            .map_or("", |column| column.name_zh);
        format!("第 {} 行 {column}：{what}", self.row)
    }

    /// The problem in English.
    pub fn english(&self) -> String {
        let what = match &self.kind {
            ImportProblemKind::Missing => "must not be empty".to_owned(),
            ImportProblemKind::UnknownPoint { name } => format!("there is no point `{name}`"),
            ImportProblemKind::UnknownKind { text } => {
                format!("`{text}` is none of: realtime, minute, hour, day")
            }
            ImportProblemKind::NotATime { text } => {
                format!("`{text}` is no time such as 2024-05-01 08:00:00 (Beijing time)")
            }
            ImportProblemKind::NotAPeriod => {
                "no period of that kind begins or ends then".to_owned()
            }
            ImportProblemKind::InTheFuture => "is later than now".to_owned(),
            ImportProblemKind::BeyondRetention => {
                "records of that time were removed by retention".to_owned()
            }
            ImportProblemKind::UnknownFactor { code } => {
                format!("the point does not measure `{code}`")
            }
            ImportProblemKind::NotADecimal { text } => format!("`{text}` is no decimal number"),
            ImportProblemKind::NoValue => "there is no value".to_owned(),
            ImportProblemKind::NotAFlag { text } => format!("`{text}` is no flag"),
            ImportProblemKind::Unreadable { english, .. } => english.clone(),
            ImportProblemKind::Twice => {
                "point, kind, time and factor stood in an earlier row".to_owned()
            }
            ImportProblemKind::TooManyRows { most } => {
                format!("a file has at most {most} rows: split it")
            }
        };
        format!("row {} {}: {what}", self.row, self.column)
    }
}
