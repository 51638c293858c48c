//! Import and export of everything about sites in workbooks (XLSX) and CSV files.

mod apply;
mod cells;
mod export;
mod guard;
mod layout;
mod named_rows;
mod plan;
mod problem;
mod read;
mod tables;
mod world;
mod write;

pub use apply::{check_import, import_sites};
pub use export::{ExportChoice, export_sites};
pub use layout::{Column, Sheet};
pub use named_rows::{
    NamedRow, NamedRows, TableProblem, read_named_rows, write_named_csv, write_named_workbook,
};
pub use problem::{ImportProblem, ImportReport, MOST_PROBLEMS, SheetCounts};
pub use read::{MOST_FILE_BYTES, SitesFile, TableRow, read_table};
pub use tables::SheetTables;
