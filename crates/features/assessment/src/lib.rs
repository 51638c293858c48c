#![doc = include_str!("../README.md")]

mod canonical;
mod content;
mod difference;
mod error;
mod figures;
mod files;
mod fonts;
mod model;
mod report;
mod service;
mod signature;
mod store;
mod workbook;
mod works;

pub use canonical::canonical_json;
pub use content::*;
pub use difference::{Change, Difference, WorkChange, compare};
pub use error::AssessmentError;
pub use figures::{rule_part, take_content};
pub use files::{FileKind, ReportFile, load_file, make_file};
pub use fonts::find_fonts;
pub use model::{Assessment, AssessmentState, AssessmentSummary, Desk, NewAssessment, Step};
pub use report::{CountyOutline, compose_report, read_outlines};
pub use service::{
    create_assessment, list_assessments, list_published, load_assessment, load_difference,
    load_public_key, load_published, load_signed_file, publish_assessment, return_assessment,
    review_assessment, take_figures,
};
pub use signature::{SignedFile, Verification, VerificationError, verify_signed_file};
pub use workbook::compose_workbook;
