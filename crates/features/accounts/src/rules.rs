//! Decisions about passwords, roles, locks and the life of sessions.

use std::collections::{BTreeMap, BTreeSet};

use access::{Permission, Scope};
use beijing_time::Timestamp;

use crate::model::{AccountDetails, AccountSettings, CustomRole, NewApiToken, Session};
use crate::roles::{alters_evidence, find_shipped_role, only_reads};
use crate::{AccountsError, FieldError};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const SHORTEST_PASSWORD: usize = 10;
/// Longer passwords only cost time to hash.
const LONGEST_PASSWORD: usize = 128;
/// A machine's token lives at most so many days.
const LONGEST_TOKEN_DAYS: i64 = 366;
/// Sessions note their use at most so often.
pub(crate) const SEEN_EVERY_MS: i64 = MINUTE_MS;
/// The one-time link for the first administrator holds for so long.
pub(crate) const INVITATION_MS: i64 = 24 * HOUR_MS;

/// Words that a password may not consist of, with whatever digits and signs around them.
const COMMON: [&str; 14] = [
    "password",
    "passw0rd",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "hengyang",
    "huanbao",
    "huanjing",
    "qingshan",
];

fn wrong(field: &'static str, code: &'static str, reason: impl Into<String>) -> FieldError {
    FieldError {
        field,
        code,
        reason: reason.into(),
    }
}

pub(crate) fn none_of(fields: Vec<FieldError>) -> Result<(), AccountsError> {
    if fields.is_empty() {
        Ok(())
    } else {
        Err(AccountsError::Invalid { fields })
    }
}

/// What is wrong with a new password: at least 10 signs of three of the four kinds (capital
/// letters, small letters, digits, others) or at least 16 of any, not the name, not a common word,
/// not one sign or one run repeated (GB/T 22239-2019, 8.1.4.1 a: 身份鉴别信息应具有复杂度).
pub fn check_password(password: &str, account_name: &str) -> Vec<FieldError> {
    let mut fields = Vec::new();
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        fields.push(wrong(
            "password",
            "too_short",
            format!("a password has at least {SHORTEST_PASSWORD} characters"),
        ));
    }
    if length > LONGEST_PASSWORD {
        fields.push(wrong(
            "password",
            "too_long",
            format!("a password has at most {LONGEST_PASSWORD} characters"),
        ));
        return fields;
    }
    let has = |is_kind: fn(char) -> bool| usize::from(password.chars().any(is_kind));
    let kinds = has(char::is_uppercase)
        + has(char::is_lowercase)
        + has(|letter| letter.is_ascii_digit())
        + has(|letter| {
            !letter.is_uppercase() && !letter.is_lowercase() && !letter.is_ascii_digit()
        });
    if kinds < 3 && length < 16 {
        fields.push(wrong(
            "password",
            "too_simple",
            "use three of: capital letters, small letters, digits, other signs; or at least 16 \
             characters",
        ));
    }
    let lower = password.to_lowercase();
    if account_name.chars().count() >= 3 && lower.contains(account_name) {
        fields.push(wrong(
            "password",
            "contains_name",
            "a password does not contain the name of the account",
        ));
    }
    let letters: String = lower
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    let distinct: BTreeSet<char> = lower.chars().collect();
    if COMMON.contains(&letters.as_str()) || distinct.len() < 5 {
        fields.push(wrong(
            "password",
            "too_common",
            "this password is among the first that are tried",
        ));
    }
    fields
}

/// What is wrong with an account's details, given the custom roles there are.
pub(crate) fn check_details(
    details: &AccountDetails,
    custom: &BTreeMap<String, CustomRole>,
) -> Vec<FieldError> {
    let mut fields = Vec::new();
    if !is_account_name(&details.name) {
        fields.push(wrong(
            "name",
            "malformed",
            "2 to 40 small letters, digits, `.`, `-` or `_`, beginning with a letter",
        ));
    }
    let display = details.display_name.trim();
    if display.is_empty() || display.chars().count() > 60 {
        fields.push(wrong("display_name", "malformed", "1 to 60 characters"));
    }
    fields.extend(check_roles(&details.roles, custom, &details.scope));
    if let Some((issuer, subject)) = &details.external
        && (issuer.is_empty() || subject.is_empty() || issuer.len() > 300 || subject.len() > 300)
    {
        fields.push(wrong(
            "external",
            "malformed",
            "issuer and subject have 1 to 300 bytes",
        ));
    }
    fields
}

fn is_account_name(name: &str) -> bool {
    let is_sign = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
    };
    (2..=40).contains(&name.len())
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(is_sign)
}

/// What is wrong with holding these roles together in this scope.
///
/// Separation of duties: who manages accounts alters no evidence; who reads the audit trail only
/// reads (GB/T 22239-2019, 8.1.5: 系统管理、审计管理、安全管理 apart).
pub fn check_roles(
    roles: &BTreeSet<String>,
    custom: &BTreeMap<String, CustomRole>,
    scope: &Scope,
) -> Vec<FieldError> {
    let mut fields = Vec::new();
    for role in roles {
        if find_shipped_role(role).is_none() && !custom.contains_key(role) {
            fields.push(wrong(
                "roles",
                "unknown_role",
                format!("there is no role {role}"),
            ));
        }
    }
    fields.extend(check_duties("roles", &permissions_of(roles, custom)));
    let is_for_sites = roles
        .iter()
        .filter_map(|role| find_shipped_role(role))
        .any(|role| role.is_for_sites);
    match scope {
        Scope::Sites(sites) if sites.is_empty() => {
            fields.push(wrong("scope", "no_sites", "name at least one site"));
        }
        Scope::Everything | Scope::Region(_) if is_for_sites => fields.push(wrong(
            "scope",
            "sites_needed",
            "accounts of enterprises and operators are held to named sites",
        )),
        _ => {}
    }
    fields
}

pub(crate) fn check_duties(
    field: &'static str,
    permissions: &BTreeSet<Permission>,
) -> Vec<FieldError> {
    let mut fields = Vec::new();
    if permissions.contains(&Permission::ManageAccounts)
        && let Some(other) = permissions.iter().find(|one| alters_evidence(**one))
    {
        fields.push(wrong(
            field,
            "duties_not_separate",
            format!("who manages accounts may not {other}"),
        ));
    }
    if permissions.contains(&Permission::ReadAudit)
        && let Some(other) = permissions.iter().find(|one| !only_reads(**one))
    {
        fields.push(wrong(
            field,
            "duties_not_separate",
            format!("who reads the audit trail only reads and may not {other}"),
        ));
    }
    fields
}

/// The union of the roles' permissions; roles that are not there any more add nothing.
pub(crate) fn permissions_of(
    roles: &BTreeSet<String>,
    custom: &BTreeMap<String, CustomRole>,
) -> BTreeSet<Permission> {
    let mut permissions = BTreeSet::new();
    for role in roles {
        if let Some(shipped) = find_shipped_role(role) {
            permissions.extend(shipped.permissions.iter().copied());
        } else if let Some(custom) = custom.get(role) {
            permissions.extend(custom.permissions.iter().copied());
        }
    }
    permissions
}

/// What is wrong with a role of the bureau's own.
pub(crate) fn check_custom_role(role: &CustomRole) -> Vec<FieldError> {
    let mut fields = Vec::new();
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !(2..=40).contains(&role.name.len()) || !role.name.bytes().all(is_sign) {
        fields.push(wrong(
            "name",
            "malformed",
            "2 to 40 small letters, digits or `_`",
        ));
    } else if find_shipped_role(&role.name).is_some() {
        fields.push(wrong("name", "shipped", "a shipped role has this name"));
    }
    for (field, title) in [("title_zh", &role.title_zh), ("title_en", &role.title_en)] {
        if title.trim().is_empty() || title.chars().count() > 40 {
            fields.push(wrong(field, "malformed", "1 to 40 characters"));
        }
    }
    fields.extend(check_duties("permissions", &role.permissions));
    fields
}

/// What is wrong with a token for a machine.
pub(crate) fn check_token(
    new: &NewApiToken,
    own: &BTreeSet<Permission>,
    now: Timestamp,
) -> Vec<FieldError> {
    let mut fields = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        fields.push(wrong("name", "malformed", "1 to 60 characters"));
    }
    if new.permissions.is_empty() {
        fields.push(wrong(
            "permissions",
            "empty",
            "name at least one permission",
        ));
    }
    if let Some(more) = new.permissions.iter().find(|one| !own.contains(one)) {
        fields.push(wrong(
            "permissions",
            "more_than_own",
            format!("you may not {more}, so your token may not either"),
        ));
    }
    let life_ms = new.expires_at.ms_since(now);
    if !(1..=LONGEST_TOKEN_DAYS * 24 * HOUR_MS).contains(&life_ms) {
        fields.push(wrong(
            "expires_at",
            "out_of_range",
            format!("within {LONGEST_TOKEN_DAYS} days from now"),
        ));
    }
    fields
}

/// When a session ends at the latest.
pub(crate) fn session_end(session: &Session, settings: &AccountSettings) -> Timestamp {
    session
        .created_at
        .plus_ms(i64::from(settings.longest_h) * HOUR_MS)
}

/// Why a session has ended by itself, if it has.
pub(crate) fn session_ended(
    session: &Session,
    settings: &AccountSettings,
    now: Timestamp,
) -> Option<&'static str> {
    if now >= session_end(session, settings) {
        Some("age")
    } else if now.ms_since(session.last_seen_at) >= i64::from(settings.idle_min) * MINUTE_MS {
        Some("idle")
    } else {
        None
    }
}

/// How long a name is locked after so many failures in a row, milliseconds; 0 for not at all.
pub(crate) fn lock_ms(failures: u32, settings: &AccountSettings) -> i64 {
    let Some(beyond) = failures.checked_sub(settings.failures_before_lock) else {
        return 0;
    };
    let longest = i64::from(settings.longest_lock_s);
    let doubled = i64::from(settings.first_lock_s).saturating_mul(1 << beyond.min(20));
    doubled.min(longest) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(fields: &[FieldError]) -> Vec<&'static str> {
        fields.iter().map(|field| field.code).collect()
    }

    #[test]
    fn passwords_are_judged() {
        for (password, expected) in [
            ("Green-Hills-2016", vec![]),
            ("correct horse battery staple", vec![]),
            ("绿水青山就是金山银山绿水青山就是金山", vec![]),
            ("Ab1!", vec!["too_short", "too_common"]),
            ("abcdefghij", vec!["too_simple"]),
            ("Zhang.Wei2016", vec!["contains_name"]),
            ("Password2026!", vec!["too_common"]),
            ("aaaaaaaaaaaaaaaaaaaa", vec!["too_common"]),
        ] {
            assert_eq!(
                codes(&check_password(password, "zhang.wei")),
                expected,
                "{password}"
            );
        }
        assert_eq!(
            codes(&check_password(&"x1!A".repeat(40), "li")),
            ["too_long"]
        );
    }

    #[test]
    fn roles_that_exclude_each_other_are_refused() {
        let check = |roles: &[&str], scope: Scope| {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            codes(&check_roles(&roles, &BTreeMap::new(), &scope))
        };
        let city = || Scope::Everything;
        assert_eq!(check(&["duty_officer", "inspector"], city()), [""; 0]);
        assert_eq!(
            check(&["administrator", "duty_officer"], city()),
            ["duties_not_separate"]
        );
        assert_eq!(
            check(&["auditor", "leader"], city()),
            ["duties_not_separate"]
        );
        assert_eq!(check(&["auditor"], city()), [""; 0]);
        assert_eq!(check(&["sorcerer"], city()), ["unknown_role"]);
        assert_eq!(check(&["enterprise_user"], city()), ["sites_needed"]);
        assert_eq!(
            check(&["enterprise_user"], Scope::Sites([7].into())),
            [""; 0]
        );
        assert_eq!(
            check(&["enterprise_user"], Scope::Sites([].into())),
            ["no_sites"]
        );
    }

    #[test]
    fn a_role_of_the_bureau_keeps_duties_apart_too() {
        let mut role = CustomRole {
            name: "data_reviewer".to_owned(),
            title_zh: "数据审核员".to_owned(),
            title_en: "Data reviewer".to_owned(),
            permissions: [Permission::ReadData, Permission::ReviewData].into(),
            revision: 0,
        };
        assert_eq!(codes(&check_custom_role(&role)), [""; 0]);
        role.permissions.insert(Permission::ManageAccounts);
        assert_eq!(codes(&check_custom_role(&role)), ["duties_not_separate"]);
        role.name = "leader".to_owned();
        assert_eq!(
            codes(&check_custom_role(&role)),
            ["shipped", "duties_not_separate"]
        );
    }

    #[test]
    fn sessions_end_by_idleness_and_age() {
        let settings = AccountSettings::default();
        let start: Timestamp = "2026-03-01T08:00:00+08:00".parse().unwrap();
        let at = |minutes: i64| start.plus_ms(minutes * MINUTE_MS);
        let session = |last: i64| Session {
            created_at: start,
            last_seen_at: at(last),
        };
        assert_eq!(session_ended(&session(0), &settings, at(29)), None);
        assert_eq!(session_ended(&session(0), &settings, at(30)), Some("idle"));
        assert_eq!(session_ended(&session(700), &settings, at(719)), None);
        assert_eq!(
            session_ended(&session(719), &settings, at(720)),
            Some("age")
        );
    }

    #[test]
    fn locks_grow_and_stay_bounded() {
        let settings = AccountSettings::default();
        let seconds: Vec<_> = [0, 4, 5, 6, 7, 8, 9, 10, 4_000_000]
            .iter()
            .map(|failures| lock_ms(*failures, &settings) / 1000)
            .collect();
        assert_eq!(seconds, [0, 0, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn a_token_holds_no_more_than_its_owner() {
        let now: Timestamp = "2026-03-01T08:00:00+08:00".parse().unwrap();
        let own = [Permission::ReadData].into();
        let new = |permissions: &[Permission], days: i64| NewApiToken {
            name: "export".to_owned(),
            permissions: permissions.iter().copied().collect(),
            expires_at: now.plus_ms(days * 24 * HOUR_MS),
        };
        assert_eq!(
            codes(&check_token(&new(&[Permission::ReadData], 30), &own, now)),
            [""; 0]
        );
        assert_eq!(
            codes(&check_token(
                &new(&[Permission::SendCommands], 400),
                &own,
                now
            )),
            ["more_than_own", "out_of_range"]
        );
        assert_eq!(
            codes(&check_token(&new(&[], 0), &own, now)),
            ["empty", "out_of_range"]
        );
    }
}
