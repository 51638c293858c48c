//! The bureau's own sign-on: whom it names, and what follows from it here.

use std::collections::{BTreeMap, BTreeSet};

use access::Scope;

use crate::token::digest_of_text;

/// Who somebody is, as the bureau's own sign-on says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Who says so.
    pub issuer: String,
    /// The person there, for ever.
    pub subject: String,
    /// The name that an account would have.
    pub name: Option<String>,
    /// The person's name as it is shown.
    pub display_name: Option<String>,
    /// Groups there.
    pub groups: Vec<String>,
}

/// What a first sign-in makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewcomerRules {
    /// Roles, where they do not follow from groups.
    pub roles: BTreeSet<String>,
    /// Where.
    pub scope: Scope,
}

/// What follows from an identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalRules {
    /// Accounts for those who come for the first time; without it an administrator links one.
    pub newcomers: Option<NewcomerRules>,
    /// The role of each group; when there are any, roles follow the groups at each sign-in.
    pub roles_of_groups: BTreeMap<String, String>,
}

impl ExternalRules {
    /// The roles that follow from groups; `None` when they are given here.
    pub(crate) fn roles_from(&self, groups: &[String]) -> Option<BTreeSet<String>> {
        if self.roles_of_groups.is_empty() {
            return None;
        }
        let roles = groups
            .iter()
            .filter_map(|group| self.roles_of_groups.get(group));
        Some(roles.cloned().collect())
    }
}

impl ExternalIdentity {
    /// A name that an account may have: what of the name there is allowed here, or letters of the
    /// subject.
    pub(crate) fn account_name(&self) -> String {
        let lower = self.name.as_deref().unwrap_or_default().to_lowercase();
        // what stands before @ of an address
        let local = lower.split('@').next().unwrap_or_default();
        let allowed: String = local
            .chars()
            .filter(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_'))
            .skip_while(|sign| !sign.is_ascii_lowercase())
            .take(40)
            .collect();
        if allowed.len() >= 2 {
            return allowed;
        }
        let digest = digest_of_text(&self.subject);
        let short: String = digest.chars().take(10).collect();
        format!("u-{short}")
    }

    /// What the account is called where nothing else is said.
    pub(crate) fn shown_name(&self) -> String {
        let said = self.display_name.as_deref().or(self.name.as_deref());
        let shown: String = said.unwrap_or_default().trim().chars().take(60).collect();
        if shown.is_empty() {
            self.account_name()
        } else {
            shown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_elsewhere_become_names_that_are_allowed_here() {
        let identity = |name: Option<&str>| ExternalIdentity {
            issuer: "https://sso.example".to_owned(),
            subject: "7f1c".to_owned(),
            name: name.map(str::to_owned),
            display_name: None,
            groups: Vec::new(),
        };
        let name = |name| identity(name).account_name();
        assert_eq!(name(Some("Li.Hua@bureau.example")), "li.hua");
        assert_eq!(name(Some("0731-wang")), "wang");
        for unfit in [None, Some("李华"), Some("x"), Some("123")] {
            let made = name(unfit);
            assert!(made.starts_with("u-") && made.len() == 12, "{made}");
        }
        assert_eq!(identity(Some("李华")).shown_name(), "李华");
        assert!(identity(None).shown_name().starts_with("u-"));
    }
}
