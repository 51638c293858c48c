//! Who somebody is, as the provider says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::{SignOnError, SignOnSettings};

/// Longer names are cut: they are only shown.
const LONGEST: usize = 200;

/// Who somebody is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who says so.
    pub issuer: String,
    /// The person there, for ever.
    pub subject: String,
    /// The name for an account.
    pub name: Option<String>,
    /// The person's name as it is shown.
    pub display_name: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
}

impl Identity {
    /// Reads the claims of a token that was verified before.
    pub(crate) fn read(
        token: &str,
        issuer: &str,
        subject: &str,
        settings: &SignOnSettings,
    ) -> Result<Self, SignOnError> {
        let payload = token.split('.').nth(1).unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|error| SignOnError::not_believed(&error))?;
        let claims: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|error| SignOnError::not_believed(&error))?;
        let text = |claim: &str| {
            let text = claims.get(claim)?.as_str()?.trim();
            let text: String = text.chars().take(LONGEST).collect();
            (!text.is_empty()).then_some(text)
        };
        let groups = match claims.get(&settings.groups_claim) {
            Some(Value::Array(groups)) => groups
                .iter()
                .filter_map(|group| group.as_str().map(str::to_owned))
                .collect(),
            Some(Value::String(groups)) => groups
                .split([',', ' '])
                .filter(|group| !group.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: text(&settings.name_claim),
            display_name: text(&settings.display_name_claim),
            groups,
        })
    }
}
