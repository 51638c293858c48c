//! Import and export of everything about sites in workbooks (XLSX) and CSV files.

mod layout;
mod tables;

pub use layout::{Column, Sheet};
pub use tables::SheetTables;
