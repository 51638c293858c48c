//! Accounts, sessions and tokens as plain data.

use core::fmt;
use core::num::NonZeroU32;
use std::collections::BTreeSet;

use access::{Actor, Permission, Scope};
use beijing_time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Token;

/// The number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What an administrator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDetails {
    /// What is typed at sign-in: 2 to 40 lower-case letters, digits, `.`, `-`, `_`.
    pub name: String,
    /// The person's name or what the machine is.
    pub display_name: String,
    /// Names of shipped or custom roles.
    pub roles: BTreeSet<String>,
    /// Where.
    pub scope: Scope,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// Issuer and subject of the bureau's own sign-on.
    pub external: Option<(String, String)>,
}

/// An account as kept; without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of an account, not the states of a machine"
)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// For optimistic locking.
    pub revision: i64,
    /// What was set.
    pub details: AccountDetails,
    /// Whether it has a password here.
    pub has_password: bool,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Whether a second factor is in force.
    pub has_second_factor: bool,
    /// Whether it belongs to the demonstration: its password is known to everybody, so that it
    /// signs in nowhere else.
    pub is_simulated: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_sign_in_at: Option<Timestamp>,
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only after this one.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: u32,
    /// Part of a name.
    pub search: Option<String>,
    /// With this role.
    pub role: Option<String>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address.
    pub address: Option<String>,
    /// What the browser says it is; kept for the list of sessions, at most 200 characters.
    pub user_agent: String,
}

/// What a person types to sign in. Never shown by `Debug`.
#[derive(Clone)]
pub struct SignInRequest {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The code of the second factor, or a recovery code.
    pub code: Option<String>,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SignInRequest(…)")
    }
}

/// A new session: the token goes to the browser and is kept nowhere.
#[derive(Debug)]
pub struct NewSession {
    /// For the cookie.
    pub token: Token,
    /// Who.
    pub signed_in: SignedIn,
}

/// Whether a person is at the browser that asks, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Somebody is, or nothing is known: the request keeps the session from being idle.
    Attended,
    /// Nobody has touched it for a while: pages that refresh themselves keep no session alive.
    Unattended,
}

/// Who is behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account_id: AccountId,
    /// The session; none for a machine's token.
    pub session_id: Option<Uuid>,
    /// For people.
    pub display_name: String,
    /// Names of its roles.
    pub roles: BTreeSet<String>,
    /// For the use cases. Without any permission while a first password must be changed.
    pub actor: Actor,
    /// Whether nothing is allowed until the password was changed.
    pub must_change_password: bool,
    /// Whether a second factor is in force.
    pub has_second_factor: bool,
    /// Whether it began at the bureau's own sign-on.
    pub is_by_sign_on: bool,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its identifier.
    pub id: Uuid,
    /// Whose.
    pub account_id: AccountId,
    /// Whose, in words.
    pub account_name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// From where.
    pub address: Option<String>,
    /// With what.
    pub user_agent: String,
}

/// The inside of a session row, to be judged by the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
}

/// A machine's token as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub id: Uuid,
    /// Whose.
    pub account_id: AccountId,
    /// What it is for.
    pub name: String,
    /// What it may, at most what its account may.
    pub permissions: BTreeSet<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiToken {
    /// What it is for.
    pub name: String,
    /// What it may.
    pub permissions: BTreeSet<Permission>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A role that the bureau made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Stable name: lower-case letters, digits and `_`.
    pub name: String,
    /// In Chinese.
    pub title_zh: String,
    /// In English.
    pub title_en: String,
    /// What it may.
    pub permissions: BTreeSet<Permission>,
    /// For optimistic locking; 0 for a new one.
    pub revision: i64,
}

/// Accounts: who may sign in, how long sessions live and when names are locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSettings {
    /// Whether people sign in. Without accounts everybody who reaches the server is its operator,
    /// so that it then listens on loopback only: for development and measurements.
    pub enabled: bool,
    /// A session ends when it was not used for so long, minutes.
    pub idle_min: u32,
    /// A session ends at this age, hours.
    pub longest_h: u32,
    /// So many failures in a row lock a name.
    pub failures_before_lock: u32,
    /// How long the first lock holds, seconds; doubled by every further failure.
    pub first_lock_s: u32,
    /// How long a lock holds at the most, seconds.
    pub longest_lock_s: u32,
    /// So many attempts to sign in are taken from one address at once and then a minute.
    pub attempts_a_minute: NonZeroU32,
    /// So many requests without a session are taken from one address at once and then a minute.
    pub strangers_a_minute: NonZeroU32,
    /// What an app for second factors shows beside the name of the account.
    pub issuer_name: String,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            idle_min: 30,
            longest_h: 12,
            failures_before_lock: 5,
            first_lock_s: 60,
            longest_lock_s: 900,
            attempts_a_minute: const { NonZeroU32::new(30).expect("30 is not 0") },
            strangers_a_minute: const { NonZeroU32::new(600).expect("600 is not 0") },
            issuer_name: "Qingshan".to_owned(),
        }
    }
}
