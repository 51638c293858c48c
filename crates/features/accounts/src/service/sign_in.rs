//! Signing in.

use access::{Actor, AuditEntry, Scope};
use beijing_time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{AccountsContext, actor_name, actor_of, record};
use crate::model::{NewSession, Origin, Session, SignInRequest, SignedIn};
use crate::store::account::Kept;
use crate::store::session::SIGN_ON;
use crate::token::digest_of_code;
use crate::{AccountsError, Token, rules, second_factor, store};

/// Longer names and passwords are nobody's.
const LONGEST_NAME: usize = 64;
const LONGEST_PASSWORD_BYTES: usize = 1024;

/// What a second factor's secret is sealed for.
pub(super) fn factor_subject(name: &str) -> String {
    format!("second factor of account {name}")
}

/// Opens a session with a name, a password and, where the account has a second factor, its code.
///
/// # Errors
/// [`AccountsError::WrongCredentials`], not told which; [`AccountsError::SecondFactorNeeded`] when
/// only the code is missing; [`AccountsError::Locked`] after too many failures.
pub async fn sign_in(
    context: &AccountsContext,
    origin: &Origin,
    request: SignInRequest,
) -> Result<NewSession, AccountsError> {
    let name: String = request
        .name
        .trim()
        .to_lowercase()
        .chars()
        .take(LONGEST_NAME)
        .collect();
    let now = context.now();
    check_guard(context, &name, now).await?;
    let kept = store::account::find_by_name(&context.database, &name).await?;
    let hash = kept.as_ref().and_then(|kept| kept.password_hash.as_deref());
    let is_right = request.password.len() <= LONGEST_PASSWORD_BYTES
        && context.hashing.verify(&request.password, hash).await?;
    let Some(kept) = kept.filter(|kept| is_right && context.admits(&kept.account)) else {
        return fail(context, origin, &name, now).await;
    };
    if kept.second_factor_sealed.is_some() {
        let Some(code) = request.code.filter(|code| !code.trim().is_empty()) else {
            return Err(AccountsError::SecondFactorNeeded);
        };
        if !use_code(context, &kept, &code, now).await? {
            return fail(context, origin, &name, now).await;
        }
    }
    open_session(context, origin, &kept, By::Password, now).await
}

pub(super) async fn check_guard(
    context: &AccountsContext,
    name: &str,
    now: Timestamp,
) -> Result<(), AccountsError> {
    let guard = store::sign_in::find_guard(&context.database, name).await?;
    if guard.locked_until > now {
        return Err(AccountsError::Locked {
            until: guard.locked_until,
        });
    }
    Ok(())
}

/// Counts a failure; the lock that it may bring is in the audit trail.
pub(super) async fn fail<T>(
    context: &AccountsContext,
    origin: &Origin,
    name: &str,
    now: Timestamp,
) -> Result<T, AccountsError> {
    let mut transaction = context.database.begin().await?;
    let failures = store::sign_in::add_failure(&mut transaction, name, now).await?;
    let lock_ms = rules::lock_ms(
        u32::try_from(failures).unwrap_or(u32::MAX),
        &context.settings,
    );
    if lock_ms > 0 {
        let until = now.plus_ms(lock_ms);
        store::sign_in::lock(&mut transaction, name, until).await?;
        let nobody = Actor {
            name: "nobody".to_owned(),
            permissions: std::collections::BTreeSet::new(),
            scope: Scope::Sites(std::collections::BTreeSet::new()),
            address: origin.address.clone(),
        };
        let entry = AuditEntry::new(
            &nobody,
            "accounts.lock_name",
            format!("account_name:{name}"),
        )
        .after(json!({ "failures": failures, "until": until.to_string() }).to_string());
        record(&mut transaction, now, entry).await?;
    }
    transaction.commit().await?;
    Err(AccountsError::WrongCredentials)
}

/// Uses a code of the second factor, or a recovery code, up.
pub(super) async fn use_code(
    context: &AccountsContext,
    kept: &Kept,
    typed: &str,
    now: Timestamp,
) -> Result<bool, AccountsError> {
    let Some(sealed) = &kept.second_factor_sealed else {
        return Ok(false);
    };
    let account = &kept.account;
    let subject = factor_subject(&account.details.name);
    let secret = context.sealing_key.open(&subject, sealed)?;
    let step = second_factor::find_step(&secret, typed, kept.second_factor_step, now)?;
    let mut transaction = context.database.begin().await?;
    let is_used = if let Some(step) = step {
        store::account::use_step(&mut transaction, account.id, step).await?
    } else {
        let digest = digest_of_code(typed);
        let is_used =
            store::account::use_recovery_code(&mut transaction, account.id, &digest, now).await?;
        if is_used {
            let actor = Actor {
                name: actor_name(&account.details.name),
                ..Actor::system("sign_in")
            };
            let subject = format!("account:{}", account.id);
            let entry = AuditEntry::new(&actor, "accounts.use_recovery_code", subject);
            record(&mut transaction, now, entry).await?;
        }
        is_used
    };
    transaction.commit().await?;
    Ok(is_used)
}

/// By what somebody has shown who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A password of this server, with its second factor where there is one.
    Password,
    /// The bureau's own sign-on.
    SignOn,
}

impl By {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SignOn => SIGN_ON,
        }
    }
}

/// Opens a session for an account whose owner has shown who they are.
pub(super) async fn open_session(
    context: &AccountsContext,
    origin: &Origin,
    kept: &Kept,
    by: By,
    now: Timestamp,
) -> Result<NewSession, AccountsError> {
    let mut account = kept.account.clone();
    // a first password that waits to be changed was not what this session began with
    account.must_change_password &= by == By::Password;
    let account = &account;
    let actor = actor_of(&context.database, account, origin.address.clone()).await?;
    let token = Token::generate()?;
    let id = Uuid::now_v7();
    let mut transaction = context.database.begin().await?;
    store::sign_in::forget_failures(&mut transaction, &account.details.name).await?;
    let digest = token.digest();
    let new = store::session::NewRow {
        id,
        account_id: account.id,
        token_digest: &digest,
        signed_in_by: by.as_str(),
    };
    store::session::insert(&mut transaction, &new, origin, now).await?;
    let subject = format!("account:{}", account.id);
    record(
        &mut transaction,
        now,
        AuditEntry::new(&actor, "accounts.sign_in", subject)
            .after(json!({ "by": by.as_str() }).to_string()),
    )
    .await?;
    transaction.commit().await?;
    let session = Session {
        created_at: now,
        last_seen_at: now,
    };
    Ok(NewSession {
        token,
        signed_in: SignedIn {
            account_id: account.id,
            session_id: Some(id),
            display_name: account.details.display_name.clone(),
            roles: account.details.roles.clone(),
            actor,
            must_change_password: account.must_change_password,
            has_second_factor: account.has_second_factor,
            is_by_sign_on: by == By::SignOn,
            expires_at: rules::session_end(&session, &context.settings),
        },
    })
}
