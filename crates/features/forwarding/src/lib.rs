#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

mod audit_state;
mod error;
mod live;
mod model;
mod passing;
mod plan;
mod queue;
mod relay;
mod rules;
mod service;
mod store;

pub use error::ForwardingError;
pub use live::{ForwardingHandle, LastError, LinkState, TargetReport, TargetTrouble};
pub use model::{
    Delivery, DeviceMapping, Encoding, Failure, FailureFilter, FailureReason, FailureState,
    MappingDetails, NewTarget, PasswordChange, StartAt, Target, TargetDetails, TargetId,
    TargetProgress,
};
pub use passing::{
    PassedCommand, PassingParts, RequestOutcome, Upward, answers_due, list_open_commands,
    load_answers, pass_request, save_answers,
};
pub use plan::{Outgoing, Plan};
pub use queue::{Acknowledgement, Expected, Outcome, Queue, QueueSettings, Verdict};
pub use relay::{
    JournalPiece, find_journal_head, list_enabled_plans, list_queued_failures, mark_gone,
    read_journal, save_outcome,
};
pub use rules::{is_upload, read_acknowledgement};
pub use service::{
    create_target, delete_mapping, list_failures, list_mappings, list_targets, load_target,
    resend_failures, set_mapping, update_target,
};
