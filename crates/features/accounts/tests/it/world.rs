//! An installation with its first administrator.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Scope;
use accounts::{
    AccessChanges, Account, AccountDetails, AccountSettings, AccountsContext, AccountsError,
    NewSession, Origin, PasswordCost, PasswordHashing, Presence, SignInRequest, SignedIn,
    authenticate_session, change_password, create_account, create_first_administrator,
    invite_first_administrator, sign_in,
};
use beijing_time::FixedClock;
use database::{Database, audit, on_transaction};
use sites::SealingKey;

pub(crate) const PASSWORD: &str = "Green-Hills-2016";

pub(crate) struct World {
    pub(crate) context: AccountsContext,
    pub(crate) clock: FixedClock,
    pub(crate) administrator: SignedIn,
}

pub(crate) fn origin() -> Origin {
    Origin {
        address: Some("10.0.0.7".to_owned()),
        user_agent: "test".to_owned(),
    }
}

pub(crate) fn context(database: Database, clock: &FixedClock) -> AccountsContext {
    let cost = PasswordCost {
        memory_kib: 64,
        passes: 1,
    };
    AccountsContext {
        database,
        clock: Arc::new(clock.clone()),
        hashing: PasswordHashing::new(cost, 2).unwrap(),
        settings: Arc::new(AccountSettings::default()),
        sealing_key: SealingKey::from_bytes([7; 32]),
        is_demo: false,
        changes: AccessChanges::default(),
    }
}

pub(crate) fn details(name: &str, roles: &[&str]) -> AccountDetails {
    AccountDetails {
        name: name.to_owned(),
        display_name: format!("{name} display"),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        scope: Scope::Everything,
        is_enabled: true,
        external: None,
    }
}

impl World {
    pub(crate) async fn new(database: Database) -> Self {
        const SITE: [&str; 2] = [
            "INSERT INTO region (code, name_zh, name_en, is_simulated, revision) VALUES \
             ('430421', '甲县', 'County A', TRUE, 1)",
            "INSERT INTO site (id, code, region_code, kind, name_zh, name_en, address, is_key, \
             is_simulated, revision) VALUES (1, 'S1', '430421', 'enterprise', '模拟企业一', \
             'Simulated 1', '', TRUE, TRUE, 1)",
        ];
        let mut transaction = database.begin().await.unwrap();
        for statement in SITE {
            on_transaction!(&mut transaction, |connection| {
                sqlx::query(statement).execute(connection).await.unwrap();
            });
        }
        transaction.commit().await.unwrap();
        let clock = FixedClock::new("2026-03-01T08:00:00+08:00".parse().unwrap());
        let context = context(database, &clock);
        let token = invite_first_administrator(&context).await.unwrap().unwrap();
        create_first_administrator(&context, &token, "admin", "系统管理员", PASSWORD)
            .await
            .unwrap();
        let session = try_sign_in(&context, "admin", PASSWORD, None)
            .await
            .unwrap();
        Self {
            administrator: session.signed_in,
            context,
            clock,
        }
    }

    /// An account with [`PASSWORD`], which it has changed already.
    pub(crate) async fn account(&self, details: AccountDetails) -> Account {
        let name = details.name.clone();
        let (account, first) = create_account(&self.context, &self.administrator.actor, details)
            .await
            .unwrap();
        let first = first.unwrap();
        let session = try_sign_in(&self.context, &name, &first, None)
            .await
            .unwrap();
        change_password(&self.context, &session.signed_in, &first, PASSWORD)
            .await
            .unwrap();
        account
    }

    pub(crate) async fn sign_in(&self, name: &str) -> NewSession {
        try_sign_in(&self.context, name, PASSWORD, None)
            .await
            .unwrap()
    }

    pub(crate) async fn who(&self, session: &NewSession) -> Result<SignedIn, AccountsError> {
        authenticate_session(&self.context, &session.token, None, Presence::Attended).await
    }

    /// Actions of the audit trail, and that no secret stands in it.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let entries = audit::list(&self.context.database, 0, 1000).await.unwrap();
        for entry in &entries {
            let text = format!("{:?} {:?}", entry.before_json, entry.after_json);
            assert!(
                !text.contains(PASSWORD) && !text.contains("argon2"),
                "{text}"
            );
        }
        assert_eq!(
            audit::find_break(&self.context.database).await.unwrap(),
            None
        );
        entries.into_iter().map(|entry| entry.action).collect()
    }
}

pub(crate) async fn try_sign_in(
    context: &AccountsContext,
    name: &str,
    password: &str,
    code: Option<&str>,
) -> Result<NewSession, AccountsError> {
    let request = SignInRequest {
        name: name.to_owned(),
        password: password.to_owned(),
        code: code.map(str::to_owned),
    };
    sign_in(context, &origin(), request).await
}

pub(crate) fn codes_of(error: &AccountsError) -> BTreeSet<&'static str> {
    match error {
        AccountsError::Invalid { fields } => fields.iter().map(|field| field.code).collect(),
        other => panic!("{other}"),
    }
}
