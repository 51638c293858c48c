//! Who acts, what they may do and where: actor, permission, scope and the audit entry.
