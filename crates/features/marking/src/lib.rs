#![doc = include_str!("../README.md")]

mod error;
mod model;
mod rules;
mod service;
mod store;

pub use attachment::MOST_FILE_BYTES;
pub use error::MarkingError;
pub use model::{
    Calculation, Marking, MarkingFile, MarkingFilter, MarkingOrder, MarkingState, NewMarking,
    NewReviewOfMarking, NewSample, Owed, Review, Said, Sample, SampleFilter, SampleImport,
    SampleOrigin, SampleProblem, Substitute, SubstituteMethod, Verdict,
};
pub use service::awaiting::{
    Awaiting, AwaitingFilter, AwaitingPage, AwaitingReason, list_awaiting,
};
pub use service::files::{attach_file, list_files, load_file};
pub use service::layer_table::{LayerRow, LayerTable, load_layer_table};
pub use service::make::{list_codes, submit_marking, withdraw_marking};
pub use service::review::review_marking;
pub use service::sample_file::{SAMPLE_COLUMNS, check_samples, import_samples};
pub use service::samples::{
    check_may_enter, create_sample, list_owed, list_samples, load_sample, withdraw_sample,
};
pub use service::substitute::compute_substitute;
pub use service::{list_markings, load_marking};
