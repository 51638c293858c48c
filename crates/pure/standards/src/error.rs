//! What can go wrong when a value is judged.

use exact_decimal::DecimalError;

/// Why a judgement could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StandardError {
    /// A parameter file cannot be read.
    #[error("parameter file `{file}`: {detail}")]
    BadParameterFile {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        detail: String,
    },
    /// No such parameter table.
    #[error("no parameter table `{table}`")]
    NoTable {
        /// The table.
        table: String,
    },
    /// No edition was in force on that day.
    #[error("no edition of `{table}` was in force on {date}")]
    NotInForce {
        /// The table.
        table: String,
        /// The day.
        date: String,
    },
    /// No such edition.
    #[error("`{table}` has no edition `{edition}`")]
    NoEdition {
        /// The table.
        table: String,
        /// The edition asked for.
        edition: String,
    },
    /// No such row.
    #[error("`{table}` ({edition}) has no row `{key}`")]
    NoRow {
        /// The table.
        table: String,
        /// The edition.
        edition: String,
        /// The row's key.
        key: String,
    },
    /// The row ships disabled because its number could not be confirmed.
    #[error(
        "row `{key}` of `{table}` is disabled: it could not be confirmed; enable it with an override"
    )]
    Disabled {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
    },
    /// A cell is absent or not what the formula needs.
    #[error("row `{key}` of `{table}`: column `{column}` {detail}")]
    BadCell {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// The column.
        column: String,
        /// What is wrong.
        detail: String,
    },
    /// An input is outside what the standard knows.
    #[error("{name} {value}: {detail}")]
    BadInput {
        /// The input's name.
        name: &'static str,
        /// Its value as given.
        value: String,
        /// What is wrong.
        detail: &'static str,
    },
    /// The exact arithmetic left its range.
    #[error(transparent)]
    Arithmetic(#[from] DecimalError),
}

impl StandardError {
    /// The error in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::BadParameterFile { file, detail } => format!("参数文件 `{file}`：{detail}"),
            Self::NoTable { table } => format!("没有参数表 `{table}`"),
            Self::NotInForce { table, date } => {
                format!("{date} 没有生效的 `{table}` 版本")
            }
            Self::NoEdition { table, edition } => format!("`{table}` 没有版本 `{edition}`"),
            Self::NoRow {
                table,
                edition,
                key,
            } => format!("`{table}`（{edition}）没有 `{key}` 一行"),
            Self::Disabled { table, key } => {
                format!("`{table}` 的 `{key}` 未经核实，默认停用；可由本市参数启用")
            }
            Self::BadCell {
                table,
                key,
                column,
                detail,
            } => format!("`{table}` 的 `{key}`，`{column}` 列：{detail}"),
            Self::BadInput {
                name,
                value,
                detail,
            } => format!("{name} {value}：{detail}"),
            Self::Arithmetic(error) => match error {
                DecimalError::DivisionByZero => "除数为零".to_owned(),
                _ => "数值超出精确运算的范围".to_owned(),
            },
        }
    }
}
