//! What the audit trail keeps of targets and their maps, as JSON text; never a secret.

use serde_json::json;

use crate::model::{MappingDetails, PasswordChange, TargetDetails};

pub(crate) fn target(details: &TargetDetails) -> String {
    json!({
        "name": details.name,
        "host": details.host,
        "port": details.port,
        "is_enabled": details.is_enabled,
        "encoding": details.encoding.as_str(),
        "waits_for_acknowledgement": details.waits_for_acknowledgement,
        "acknowledgement_timeout_s": details.acknowledgement_timeout_s,
        "resends": details.resends,
        "commands": details.commands,
        "forwards_all_devices": details.forwards_all_devices,
        "passes_commands_down": details.passes_commands_down,
        "allowed_commands": details.allowed_commands,
        "heartbeat_interval_s": details.heartbeat_interval_s,
    })
    .to_string()
}

pub(crate) fn mapping(
    device_id: i64,
    details: Option<&MappingDetails>,
    password: Option<&PasswordChange>,
) -> String {
    let password = match password {
        None | Some(PasswordChange::Keep) => None,
        Some(PasswordChange::Clear) => Some("cleared"),
        Some(PasswordChange::Set(_)) => Some("changed"),
    };
    json!({
        "device_id": device_id,
        "superior_mn": details.and_then(|details| details.superior_mn.as_deref()),
        "is_enabled": details.map(|details| details.is_enabled),
        "password": password,
    })
    .to_string()
}
