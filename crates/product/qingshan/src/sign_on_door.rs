//! The bureau's own sign-on, as the settings say.

use std::collections::{BTreeMap, BTreeSet};

use access::Scope;
use accounts::{ExternalRules, NewcomerRules, find_shipped_role};
use anyhow::Context;
use http_api::SignOnDoor;
use sign_on::{SignOn, SignOnSettings};

use crate::config::Configuration;

/// The sign-on, where it is switched on.
///
/// # Errors
/// Names the setting that is no good.
pub(crate) fn open(configuration: &Configuration) -> anyhow::Result<Option<SignOnDoor>> {
    let settings = &configuration.sign_on;
    if !settings.enabled {
        return Ok(None);
    }
    anyhow::ensure!(
        configuration.accounts.enabled,
        "sign_on.enabled is on, but accounts.enabled is off: nobody signs in there"
    );
    let public_url = configuration
        .http
        .public_url()
        .context("sign_on.enabled needs http.public_url: the provider sends browsers back to it")?;
    let rules = read_rules(settings)?;
    Ok(Some(SignOnDoor {
        client: SignOn::new(settings.clone(), public_url)?,
        issuer: settings.issuer.clone(),
        rules,
    }))
}

/// Who gets an account and with which roles.
fn read_rules(settings: &SignOnSettings) -> anyhow::Result<ExternalRules> {
    let mut roles_of_groups = BTreeMap::new();
    for pair in list(&settings.roles_of_groups) {
        let (group, role) = pair.rsplit_once('=').with_context(|| {
            format!("sign_on.roles_of_groups: `{pair}` is not of the form group=role")
        })?;
        roles_of_groups.insert(group.trim().to_owned(), role.trim().to_owned());
    }
    anyhow::ensure!(
        roles_of_groups.is_empty() || !settings.groups_claim.is_empty(),
        "sign_on.roles_of_groups needs sign_on.groups_claim: the claim that lists the groups"
    );
    let roles: BTreeSet<String> = list(&settings.new_account_roles)
        .map(str::to_owned)
        .collect();
    for role in roles.iter().chain(roles_of_groups.values()) {
        if find_shipped_role(role).is_none() {
            // roles of the bureau's own are in the database, which is not open yet
            tracing::info!("sign_on: `{role}` is taken for a role of the bureau's own");
        }
    }
    if !settings.creates_accounts {
        return Ok(ExternalRules {
            newcomers: None,
            roles_of_groups,
        });
    }
    anyhow::ensure!(
        !roles.is_empty() || !roles_of_groups.is_empty(),
        "sign_on.creates_accounts needs sign_on.new_account_roles or sign_on.roles_of_groups: an \
         account without a role may do nothing"
    );
    let region = settings.new_account_region.as_str();
    let scope = if region.is_empty() {
        Scope::Everything
    } else {
        let region = region.parse().with_context(|| {
            format!("sign_on.new_account_region `{region}` is no code of GB/T 2260")
        })?;
        Scope::Region(region)
    };
    Ok(ExternalRules {
        newcomers: Some(NewcomerRules { roles, scope }),
        roles_of_groups,
    })
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// Checks what can be checked without the provider and without files.
///
/// # Errors
/// Names the setting that is no good.
pub(crate) fn check(configuration: &Configuration) -> anyhow::Result<()> {
    if configuration.sign_on.enabled {
        open(configuration)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SignOnSettings {
        SignOnSettings {
            enabled: true,
            groups_claim: "groups".to_owned(),
            roles_of_groups: "eco-duty=duty_officer, a=b=leader".to_owned(),
            creates_accounts: true,
            new_account_region: "430400".to_owned(),
            ..SignOnSettings::default()
        }
    }

    #[test]
    fn the_rules_are_read_and_what_is_missing_is_named() {
        let good = settings();
        let rules = read_rules(&good).expect("good rules");
        assert_eq!(rules.roles_of_groups["eco-duty"], "duty_officer");
        assert_eq!(rules.roles_of_groups["a=b"], "leader");
        assert!(matches!(
            rules.newcomers.expect("newcomers").scope,
            Scope::Region(_)
        ));
        let refusal = |settings: SignOnSettings| {
            let refused = read_rules(&settings).expect_err("refused");
            format!("{refused:#}")
        };
        let no_role = SignOnSettings {
            roles_of_groups: "eco-duty=duty_officer, leaders".to_owned(),
            ..good.clone()
        };
        assert!(refusal(no_role).contains("`leaders` is not of the form group=role"));
        let no_claim = SignOnSettings {
            groups_claim: String::new(),
            ..good.clone()
        };
        assert!(refusal(no_claim).contains("groups_claim"));
        let no_roles = SignOnSettings {
            roles_of_groups: String::new(),
            groups_claim: String::new(),
            ..good.clone()
        };
        assert!(refusal(no_roles).contains("new_account_roles"));
        let no_region = SignOnSettings {
            new_account_region: "衡阳".to_owned(),
            ..good
        };
        assert!(refusal(no_region).contains("new_account_region"));
    }

    #[test]
    fn it_needs_a_public_url_and_accounts() {
        let mut configuration = Configuration::default();
        assert!(check(&configuration).is_ok());
        configuration.sign_on.enabled = true;
        let said = check(&configuration).expect_err("refused").to_string();
        assert!(said.contains("http.public_url"), "{said}");
        configuration.http.public_url = "https://q.example".to_owned();
        let said = check(&configuration).expect_err("refused").to_string();
        assert!(said.contains("sign_on.issuer"), "{said}");
        configuration.sign_on.issuer = "http://sso.example".to_owned();
        let said = check(&configuration).expect_err("refused").to_string();
        assert!(said.contains("https://"), "{said}");
        configuration.accounts.enabled = false;
        let said = check(&configuration).expect_err("refused").to_string();
        assert!(said.contains("accounts.enabled"), "{said}");
    }
}
