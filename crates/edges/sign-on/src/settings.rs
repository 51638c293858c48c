//! What an operator sets.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The bureau's own sign-on by `OpenID` Connect. Accounts of this server stay usable beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignOnSettings {
    /// Whether people sign in there. Needs `http.public_url`: register
    /// `<public_url>/api/v1/session/sign-on/callback` as redirection at the provider.
    pub enabled: bool,
    /// The issuer's URL, as its discovery document says it.
    pub issuer: String,
    /// What this server is called there.
    pub client_id: String,
    /// File with the client's secret, readable by the server's user alone.
    pub client_secret_file: PathBuf,
    /// PEM file of the authority that signed the provider's certificate; empty for those that the
    /// system trusts.
    pub authority_file: PathBuf,
    /// Scopes asked for besides `openid`, separated by spaces.
    pub scopes: String,
    /// The claim with the name that a new account gets.
    pub name_claim: String,
    /// The claim with a person's name as it is shown.
    pub display_name_claim: String,
    /// The claim that lists a person's groups; empty when roles are given here.
    pub groups_claim: String,
    /// Which group has which role, such as `eco-duty=duty_officer, eco-lead=leader`. Where this is set
    /// the roles of those who sign in there follow their groups at each sign-in, and without any such
    /// group nobody gets in.
    pub roles_of_groups: String,
    /// Whether somebody who comes for the first time gets an account; otherwise an administrator links
    /// one first.
    pub creates_accounts: bool,
    /// Roles of new accounts, separated by commas, where they do not follow from groups.
    pub new_account_roles: String,
    /// Region of new accounts (GB/T 2260 code), with all below it; empty for everywhere.
    pub new_account_region: String,
    /// Whether signing out here signs out there as well.
    pub signs_out_there: bool,
}

impl Default for SignOnSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            issuer: String::new(),
            client_id: String::new(),
            client_secret_file: PathBuf::new(),
            authority_file: PathBuf::new(),
            scopes: "profile".to_owned(),
            name_claim: "preferred_username".to_owned(),
            display_name_claim: "name".to_owned(),
            groups_claim: String::new(),
            roles_of_groups: String::new(),
            creates_accounts: false,
            new_account_roles: String::new(),
            new_account_region: String::new(),
            signs_out_there: false,
        }
    }
}
