#![doc = include_str!("../README.md")]

pub mod chart;
mod docx;
mod error;
mod fonts;
mod model;
mod pdf;
mod raster;
mod workbook;

pub use docx::to_docx;
pub use error::DocumentError;
pub use fonts::{Families, Fonts};
pub use model::{Align, Block, Cell, Column, Cover, Figure, Report, Row, Table, Tone};
pub use pdf::to_pdf;
pub use workbook::{Sheet, SheetCell, SheetColumn, Workbook, to_xlsx};
