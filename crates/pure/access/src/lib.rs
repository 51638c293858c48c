//! Who acts, what they may do and where.
//!
//! Every use case of every feature takes an [`Actor`], asks it for a [`Permission`] and narrows
//! what it reads or changes to the actor's [`Scope`]. A change is written to the audit trail as an
//! [`AuditEntry`] in the same transaction.

mod actor;
mod audit;
mod permission;
mod region;

pub use actor::{Actor, Refusal, Scope, ScopeFilter};
pub use audit::AuditEntry;
pub use permission::Permission;
pub use region::{RegionCode, RegionCodeError, RegionLevel};
