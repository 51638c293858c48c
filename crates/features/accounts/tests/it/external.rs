//! The bureau's own sign-on: links, newcomers, roles from groups.

use std::collections::{BTreeMap, BTreeSet};

use access::{Permission, Scope};
use accounts::{
    Account, AccountDetails, AccountsError, ExternalIdentity, ExternalRules, NewSession,
    NewcomerRules, create_account, load_account, sign_in_external, update_account,
};
use test_support::test_on_both_databases;

use crate::world::{World, details, origin};

const ISSUER: &str = "https://sso.example";

fn identity(subject: &str, groups: &[&str]) -> ExternalIdentity {
    ExternalIdentity {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        name: Some(format!("{subject}@bureau.example")),
        display_name: Some("李华".to_owned()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn creating() -> ExternalRules {
    ExternalRules {
        newcomers: Some(NewcomerRules {
            roles: BTreeSet::from(["county_officer".to_owned()]),
            scope: Scope::Region("430421".parse().unwrap()),
        }),
        roles_of_groups: BTreeMap::new(),
    }
}

fn by_groups() -> ExternalRules {
    let pairs = [("eco-duty", "duty_officer"), ("eco-lead", "leader")];
    let pairs = pairs.map(|(group, role)| (group.to_owned(), role.to_owned()));
    ExternalRules {
        roles_of_groups: BTreeMap::from(pairs),
        ..creating()
    }
}

impl World {
    async fn sign_on(
        &self,
        identity: &ExternalIdentity,
        rules: &ExternalRules,
    ) -> Result<NewSession, AccountsError> {
        sign_in_external(&self.context, &origin(), identity, rules).await
    }

    async fn link(
        &self,
        account: &Account,
        subject: Option<&str>,
    ) -> Result<Account, AccountsError> {
        let actor = &self.administrator.actor;
        let account = load_account(&self.context.database, actor, account.id).await?;
        let details = AccountDetails {
            external: subject.map(|subject| (ISSUER.to_owned(), subject.to_owned())),
            ..account.details
        };
        update_account(&self.context, actor, account.id, account.revision, details).await
    }
}

test_on_both_databases!(
    who_is_not_linked_is_refused_until_an_administrator_links,
    |db| async {
        let world = World::new(db.handle()).await;
        let rules = ExternalRules::default();
        let li = identity("li", &[]);
        let refused = world.sign_on(&li, &rules).await.expect_err("not linked");
        assert!(matches!(&refused, AccountsError::NotLinked { subject } if subject == "li"));
        let account = world.account(details("li.hua", &["leader"])).await;
        world.link(&account, Some("li")).await.unwrap();
        let session = world.sign_on(&li, &rules).await.unwrap();
        assert!(session.signed_in.is_by_sign_on);
        assert_eq!(session.signed_in.actor.name, "user:li.hua");
        assert!(world.who(&session).await.unwrap().is_by_sign_on);
        // the same person elsewhere, and somebody else here, are others
        let elsewhere = ExternalIdentity {
            issuer: "https://other.example".to_owned(),
            ..li.clone()
        };
        assert!(world.sign_on(&elsewhere, &rules).await.is_err());
        assert!(world.sign_on(&identity("wang", &[]), &rules).await.is_err());
        // the password goes on beside it
        assert!(!world.sign_in("li.hua").await.signed_in.is_by_sign_on);

        world.link(&account, None).await.unwrap();
        assert!(
            matches!(world.who(&session).await, Err(AccountsError::NotSignedIn)),
            "ended"
        );
        assert!(world.sign_on(&li, &rules).await.is_err(), "unlinked");
        let audited = world.audited().await;
        let count = |action: &str| audited.iter().filter(|one| *one == action).count();
        assert_eq!(count("accounts.refuse_sign_on"), 4, "{audited:?}");
    }
);

test_on_both_databases!(an_identity_is_linked_to_one_account_only, |db| async {
    let world = World::new(db.handle()).await;
    let (one, other) = (
        world.account(details("one", &["leader"])).await,
        world.account(details("other", &["leader"])).await,
    );
    world.link(&one, Some("li")).await.unwrap();
    let error = world.link(&other, Some("li")).await.expect_err("taken");
    assert_eq!(crate::world::codes_of(&error), BTreeSet::from(["taken"]));
});

test_on_both_databases!(
    a_newcomer_gets_an_account_where_that_is_wanted,
    |db| async {
        let world = World::new(db.handle()).await;
        let session = world
            .sign_on(&identity("li", &[]), &creating())
            .await
            .unwrap();
        let who = &session.signed_in;
        assert_eq!(
            (who.actor.name.as_str(), who.display_name.as_str()),
            ("user:li", "李华")
        );
        assert_eq!(who.actor.scope, Scope::Region("430421".parse().unwrap()));
        assert!(!who.must_change_password && who.actor.permissions.contains(&Permission::ReadData));
        let actor = &world.administrator.actor;
        let account = load_account(&world.context.database, actor, who.account_id)
            .await
            .unwrap();
        assert!(!account.has_password);
        let again = world
            .sign_on(&identity("li", &[]), &creating())
            .await
            .unwrap();
        assert_eq!(
            again.signed_in.account_id, who.account_id,
            "the same account"
        );
        assert!(
            world
                .audited()
                .await
                .contains(&"accounts.create_account".to_owned())
        );
    }
);

test_on_both_databases!(
    an_account_that_is_there_is_not_taken_over_by_its_name,
    |db| async {
        let world = World::new(db.handle()).await;
        let refused = world.sign_on(&identity("admin", &[]), &creating()).await;
        assert!(
            matches!(refused, Err(AccountsError::NotLinked { .. })),
            "{refused:?}"
        );
    }
);

test_on_both_databases!(roles_follow_the_groups_at_each_sign_in, |db| async {
    let world = World::new(db.handle()).await;
    let rules = by_groups();
    let first = world
        .sign_on(&identity("li", &["eco-duty", "x"]), &rules)
        .await
        .unwrap();
    assert_eq!(
        first.signed_in.roles,
        BTreeSet::from(["duty_officer".to_owned()])
    );
    let next = world
        .sign_on(&identity("li", &["eco-lead"]), &rules)
        .await
        .unwrap();
    assert_eq!(next.signed_in.roles, BTreeSet::from(["leader".to_owned()]));
    assert!(
        world.who(&first).await.is_err(),
        "a session with the former roles has ended"
    );
    for groups in [&[][..], &["x"]] {
        let refused = world.sign_on(&identity("li", groups), &rules).await;
        assert!(
            matches!(
                refused,
                Err(AccountsError::NotAdmitted { reason: "no_role" })
            ),
            "{refused:?}"
        );
    }
    let stranger = world.sign_on(&identity("wang", &["x"]), &rules).await;
    assert!(
        matches!(stranger, Err(AccountsError::NotAdmitted { .. })),
        "{stranger:?}"
    );
    assert!(
        world
            .audited()
            .await
            .contains(&"accounts.update_account".to_owned())
    );
});

test_on_both_databases!(
    the_last_administrator_stays_one_whatever_a_group_says,
    |db| async {
        let world = World::new(db.handle()).await;
        let actor = &world.administrator.actor;
        let id = world.administrator.account_id;
        let account = load_account(&world.context.database, actor, id)
            .await
            .unwrap();
        world.link(&account, Some("root")).await.unwrap();
        let session = world
            .sign_on(&identity("root", &["eco-lead"]), &by_groups())
            .await
            .unwrap();
        assert_eq!(
            session.signed_in.roles,
            BTreeSet::from(["administrator".to_owned()])
        );
    }
);

test_on_both_databases!(
    a_disabled_account_is_not_opened_from_elsewhere,
    |db| async {
        let world = World::new(db.handle()).await;
        let account = world.account(details("li", &["leader"])).await;
        let linked = world.link(&account, Some("li")).await.unwrap();
        let off = AccountDetails {
            is_enabled: false,
            ..linked.details
        };
        let actor = &world.administrator.actor;
        update_account(&world.context, actor, linked.id, linked.revision, off)
            .await
            .unwrap();
        let refused = world.sign_on(&identity("li", &[]), &creating()).await;
        assert!(
            matches!(
                refused,
                Err(AccountsError::NotAdmitted {
                    reason: "account_disabled"
                })
            ),
            "{refused:?}"
        );
    }
);

test_on_both_databases!(
    a_first_password_that_waits_does_not_stop_the_sign_on,
    |db| async {
        let world = World::new(db.handle()).await;
        let actor = &world.administrator.actor;
        let (account, _first) = create_account(&world.context, actor, details("li", &["leader"]))
            .await
            .unwrap();
        world.link(&account, Some("li")).await.unwrap();
        let session = world
            .sign_on(&identity("li", &[]), &ExternalRules::default())
            .await
            .unwrap();
        let who = world.who(&session).await.unwrap();
        assert!(!who.must_change_password && !who.actor.permissions.is_empty());
    }
);
