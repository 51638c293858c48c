//! What the audit trail keeps of a change.

use crate::Actor;

/// One change or one export of restricted data: who, from where, what, before and after. The time
/// and the chain hash are added when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The actor's name.
    pub actor: String,
    /// The network address, if any.
    pub address: Option<String>,
    /// The use case, such as `sites.update_device`.
    pub action: &'static str,
    /// What it was done to, such as `device:12`.
    pub subject: String,
    /// The state before, as JSON text; never a secret.
    pub before: Option<String>,
    /// The state after, as JSON text; never a secret.
    pub after: Option<String>,
}

impl AuditEntry {
    /// An entry without states.
    pub fn new(actor: &Actor, action: &'static str, subject: impl Into<String>) -> Self {
        Self {
            actor: actor.name.clone(),
            address: actor.address.clone(),
            action,
            subject: subject.into(),
            before: None,
            after: None,
        }
    }

    /// Adds the state before, as JSON text.
    #[must_use]
    pub fn before(mut self, json: impl Into<String>) -> Self {
        self.before = Some(json.into());
        self
    }

    /// Adds the state after, as JSON text.
    #[must_use]
    pub fn after(mut self, json: impl Into<String>) -> Self {
        self.after = Some(json.into());
        self
    }
}
