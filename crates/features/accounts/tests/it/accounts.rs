//! Accounts and roles.

use access::{Permission, Scope};
use accounts::{
    AccountFilter, AccountsError, CustomRole, create_account, create_first_administrator,
    delete_custom_role, invite_first_administrator, list_accounts, list_custom_roles, load_account,
    reset_password, save_custom_role, update_account,
};
use beijing_time::FixedClock;
use test_support::test_on_both_databases;

use crate::world::{PASSWORD, World, codes_of, context, details, try_sign_in};

test_on_both_databases!(the_first_administrator_is_made_by_a_link_once, |db| async {
    let clock = FixedClock::new("2026-03-01T08:00:00+08:00".parse().unwrap());
    let context = context(db.handle(), &clock);
    let first = invite_first_administrator(&context).await.unwrap().unwrap();
    let second = invite_first_administrator(&context).await.unwrap().unwrap();
    let make = async |token: &accounts::Token, password: &str| {
        create_first_administrator(&context, token, "admin", "管理员", password).await
    };
    let ended = make(&first, PASSWORD).await.unwrap_err();
    assert!(
        matches!(ended, AccountsError::InvitationEnded),
        "a newer link was made"
    );
    let weak = make(&second, "admin").await.unwrap_err();
    assert!(codes_of(&weak).contains("too_short"));
    clock.advance_ms(24 * 3_600_000);
    let old = make(&second, PASSWORD).await.unwrap_err();
    assert!(
        matches!(old, AccountsError::InvitationEnded),
        "a day is over"
    );
    let third = invite_first_administrator(&context).await.unwrap().unwrap();
    let account = make(&third, PASSWORD).await.unwrap();
    assert!(account.details.roles.contains("administrator"));
    assert!(!account.must_change_password);
    let again = make(&third, PASSWORD).await.unwrap_err();
    assert!(matches!(again, AccountsError::InvitationEnded));
    assert!(
        invite_first_administrator(&context)
            .await
            .unwrap()
            .is_none()
    );
    let session = try_sign_in(&context, "admin", PASSWORD, None)
        .await
        .unwrap();
    assert!(
        session
            .signed_in
            .actor
            .permissions
            .contains(&Permission::ManageAccounts)
    );
});

test_on_both_databases!(an_account_must_change_its_first_password, |db| async {
    let world = World::new(db.handle()).await;
    let actor = &world.administrator.actor;
    let new = details("zhang", &["duty_officer"]);
    let (account, first) = create_account(&world.context, actor, new).await.unwrap();
    let first = first.unwrap();
    assert!(account.must_change_password);
    let session = try_sign_in(&world.context, "ZHANG ", &first, None)
        .await
        .unwrap();
    assert!(session.signed_in.must_change_password);
    assert_eq!(session.signed_in.actor.permissions.len(), 0);
    accounts::change_password(&world.context, &session.signed_in, &first, PASSWORD)
        .await
        .unwrap();
    let signed_in = world.who(&session).await.unwrap();
    assert!(
        signed_in
            .actor
            .permissions
            .contains(&Permission::HandleAlarms)
    );
    assert!(
        !signed_in
            .actor
            .permissions
            .contains(&Permission::ManageAccounts)
    );
    assert_eq!(signed_in.actor.name, "user:zhang");
    // a reset brings all of it back
    let second = reset_password(&world.context, actor, account.id)
        .await
        .unwrap();
    assert!(matches!(
        world.who(&session).await,
        Err(AccountsError::NotSignedIn)
    ));
    assert!(
        try_sign_in(&world.context, "zhang", PASSWORD, None)
            .await
            .is_err()
    );
    let session = try_sign_in(&world.context, "zhang", &second, None)
        .await
        .unwrap();
    assert!(session.signed_in.must_change_password);
    let audited = world.audited().await;
    for action in [
        "create_account",
        "sign_in",
        "change_password",
        "reset_password",
    ] {
        let action = format!("accounts.{action}");
        assert!(audited.contains(&action), "{action} in {audited:?}");
    }
});

test_on_both_databases!(duties_stay_apart, |db| async {
    let world = World::new(db.handle()).await;
    let actor = &world.administrator.actor;
    let refused = async |new| {
        codes_of(
            &create_account(&world.context, actor, new)
                .await
                .unwrap_err(),
        )
    };
    let both = refused(details("both", &["administrator", "duty_officer"])).await;
    assert!(both.contains("duties_not_separate"));
    let nowhere = refused(details("works", &["enterprise_user"])).await;
    assert!(nowhere.contains("sites_needed"));
    let mut elsewhere = details("works", &["enterprise_user"]);
    elsewhere.scope = Scope::Sites([77].into());
    assert!(refused(elsewhere).await.contains("unknown_site"));
    let mut works = details("works", &["enterprise_user"]);
    works.scope = Scope::Sites([1].into());
    let works = world.account(works).await;
    assert_eq!(works.details.scope, Scope::Sites([1].into()));
    let taken = create_account(&world.context, actor, details("works", &["leader"])).await;
    assert!(matches!(taken, Err(AccountsError::Duplicate { .. })));
    // nobody but an administrator does any of it
    world.account(details("duty", &["duty_officer"])).await;
    let duty = world.sign_in("duty").await.signed_in.actor;
    let filter = AccountFilter {
        limit: 10,
        ..AccountFilter::default()
    };
    assert!(
        list_accounts(&world.context.database, &duty, &filter)
            .await
            .is_err()
    );
    let new = details("friend", &["leader"]);
    assert!(create_account(&world.context, &duty, new).await.is_err());
    assert!(
        reset_password(&world.context, &duty, works.id)
            .await
            .is_err()
    );
    assert!(
        load_account(&world.context.database, &duty, works.id)
            .await
            .is_err()
    );
});

test_on_both_databases!(rights_change_at_once_and_never_ones_own, |db| async {
    let world = World::new(db.handle()).await;
    let actor = &world.administrator.actor;
    let li = world.account(details("li", &["leader"])).await;
    let session = world.sign_in("li").await;
    let kept = load_account(&world.context.database, actor, li.id)
        .await
        .unwrap();
    let mut county = details("li", &["county_officer"]);
    county.scope = Scope::Region("430421".parse().unwrap());
    let update =
        async |id, revision, new| update_account(&world.context, actor, id, revision, new).await;
    let stale = update(li.id, kept.revision - 1, county.clone()).await;
    assert!(matches!(stale, Err(AccountsError::Stale { .. })));
    let changed = update(li.id, kept.revision, county.clone()).await.unwrap();
    assert_eq!(changed.details, county);
    assert!(matches!(
        world.who(&session).await,
        Err(AccountsError::NotSignedIn)
    ));
    let actor_now = world.sign_in("li").await.signed_in.actor;
    assert_eq!(actor_now.scope, Scope::Region("430421".parse().unwrap()));
    // off: no session, no sign-in
    let session = world.sign_in("li").await;
    county.is_enabled = false;
    update(li.id, changed.revision, county).await.unwrap();
    assert!(matches!(
        world.who(&session).await,
        Err(AccountsError::NotSignedIn)
    ));
    let off = try_sign_in(&world.context, "li", PASSWORD, None)
        .await
        .unwrap_err();
    assert!(matches!(off, AccountsError::WrongCredentials));
    // one's own rights
    let own = world.administrator.account_id;
    let revision = load_account(&world.context.database, actor, own)
        .await
        .unwrap()
        .revision;
    let mut new = details("admin", &["auditor"]);
    let refused = update(own, revision, new.clone()).await.unwrap_err();
    assert!(codes_of(&refused).contains("own_rights"));
    new.roles = ["administrator".to_owned()].into();
    "新名".clone_into(&mut new.display_name);
    update(own, revision, new.clone()).await.unwrap();
    // the last administrator
    let other = world.account(details("other", &["administrator"])).await;
    let other_actor = world.sign_in("other").await.signed_in.actor;
    let own_now = load_account(&world.context.database, actor, own)
        .await
        .unwrap();
    new.is_enabled = false;
    update_account(&world.context, &other_actor, own, own_now.revision, new)
        .await
        .unwrap();
    let kept = load_account(&world.context.database, actor, other.id)
        .await
        .unwrap();
    let last = update(other.id, kept.revision, details("other", &["leader"]))
        .await
        .unwrap_err();
    assert!(codes_of(&last).contains("last_administrator"));
});

test_on_both_databases!(accounts_are_found_by_name_and_role, |db| async {
    let world = World::new(db.handle()).await;
    let actor = &world.administrator.actor;
    for (name, role) in [
        ("li_ming", "leader"),
        ("li-hua", "leader"),
        ("wang", "inspector"),
    ] {
        world.account(details(name, &[role])).await;
    }
    let names = async |filter: AccountFilter| {
        let found = list_accounts(&world.context.database, actor, &filter)
            .await
            .unwrap();
        found
            .into_iter()
            .map(|account| account.details.name)
            .collect::<Vec<_>>()
    };
    let limit = 10;
    let filter = |search: Option<&str>, role: Option<&str>| AccountFilter {
        after: None,
        limit,
        search: search.map(str::to_owned),
        role: role.map(str::to_owned),
    };
    assert_eq!(names(filter(Some("LI"), None)).await, ["li_ming", "li-hua"]);
    assert_eq!(
        names(filter(Some("li_"), None)).await,
        ["li_ming"],
        "no pattern"
    );
    assert_eq!(names(filter(None, Some("inspector"))).await, ["wang"]);
    let mut page = filter(None, None);
    page.limit = 2;
    let all = list_accounts(&world.context.database, actor, &page)
        .await
        .unwrap();
    page.after = all.last().map(|account| account.id);
    assert_eq!(names(page).await, ["li-hua", "wang"]);
});

test_on_both_databases!(
    the_bureaus_own_roles_hold_and_keep_duties_apart,
    |db| async {
        let world = World::new(db.handle()).await;
        let actor = &world.administrator.actor;
        let role = CustomRole {
            name: "data_reviewer".to_owned(),
            title_zh: "数据审核员".to_owned(),
            title_en: "Data reviewer".to_owned(),
            permissions: [Permission::ReadData, Permission::ReviewData].into(),
            revision: 0,
        };
        let save =
            async |role: &CustomRole| save_custom_role(&world.context, actor, role.clone()).await;
        let saved = save(&role).await.unwrap();
        assert!(matches!(
            save(&role).await,
            Err(AccountsError::Duplicate { .. })
        ));
        world
            .account(details("chen", &["data_reviewer", "grid_officer"]))
            .await;
        let session = world.sign_in("chen").await;
        let permissions = &session.signed_in.actor.permissions;
        assert!(permissions.contains(&Permission::ReviewData));
        assert!(permissions.contains(&Permission::ReadAlarms));
        // in force at the next request
        let mut less = saved.clone();
        less.permissions.remove(&Permission::ReviewData);
        let less = save(&less).await.unwrap();
        let now = world.who(&session).await.unwrap().actor.permissions;
        assert!(!now.contains(&Permission::ReviewData));
        assert!(matches!(
            save(&saved).await,
            Err(AccountsError::Stale { .. })
        ));
        // a role held beside another may not join what is to be apart
        world
            .account(details("audit", &["auditor", "data_reviewer"]))
            .await;
        let mut more = less.clone();
        more.permissions.insert(Permission::ExportData);
        assert!(codes_of(&save(&more).await.unwrap_err()).contains("duties_not_separate"));
        let in_use = delete_custom_role(&world.context, actor, &less.name, less.revision).await;
        assert!(codes_of(&in_use.unwrap_err()).contains("in_use"));
        let spare = CustomRole {
            name: "spare".to_owned(),
            ..role
        };
        let spare = save(&spare).await.unwrap();
        delete_custom_role(&world.context, actor, &spare.name, spare.revision)
            .await
            .unwrap();
        let left = list_custom_roles(&world.context.database, actor)
            .await
            .unwrap();
        assert_eq!(left, [less]);
    }
);
