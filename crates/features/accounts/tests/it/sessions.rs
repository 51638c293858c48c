//! Sessions, failures and locks.

use accounts::{AccountsError, change_password, list_sessions, revoke_session, sign_out};
use test_support::test_on_both_databases;

use crate::world::{PASSWORD, World, codes_of, details, try_sign_in};

const MINUTE_MS: i64 = 60_000;

test_on_both_databases!(a_session_ends_by_idleness_age_and_sign_out, |db| async {
    let world = World::new(db.handle()).await;
    world.account(details("li", &["leader"])).await;
    let idle = world.sign_in("li").await;
    world.clock.advance_ms(29 * MINUTE_MS);
    assert!(world.who(&idle).await.is_ok());
    world.clock.advance_ms(29 * MINUTE_MS);
    assert!(world.who(&idle).await.is_ok(), "its use was noted");
    world.clock.advance_ms(30 * MINUTE_MS);
    assert!(matches!(
        world.who(&idle).await,
        Err(AccountsError::NotSignedIn)
    ));
    let old = world.sign_in("li").await;
    for _quarter in 0..47 {
        world.clock.advance_ms(15 * MINUTE_MS);
        assert!(world.who(&old).await.is_ok());
    }
    world.clock.advance_ms(15 * MINUTE_MS);
    assert!(
        matches!(world.who(&old).await, Err(AccountsError::NotSignedIn)),
        "12 hours"
    );
    let left = world.sign_in("li").await;
    sign_out(&world.context, &left.signed_in).await.unwrap();
    assert!(matches!(
        world.who(&left).await,
        Err(AccountsError::NotSignedIn)
    ));
    sign_out(&world.context, &left.signed_in).await.unwrap();
    let audited = world.audited().await;
    let outs = audited
        .iter()
        .filter(|action| *action == "accounts.sign_out")
        .count();
    assert_eq!(outs, 1);
});

test_on_both_databases!(
    sessions_are_listed_and_ended_by_their_owner_or_an_administrator,
    |db| async {
        let world = World::new(db.handle()).await;
        let context = &world.context;
        world.account(details("li", &["leader"])).await;
        world.account(details("wang", &["leader"])).await;
        let first = world.sign_in("li").await;
        world.clock.advance_ms(1000);
        let second = world.sign_in("li").await;
        let wang = world.sign_in("wang").await;
        let own = list_sessions(context, &first.signed_in, Some(first.signed_in.account_id))
            .await
            .unwrap();
        // and the one in which the first password was changed
        assert_eq!(own.len(), 3);
        let ids: Vec<_> = own.iter().map(|session| Some(session.id)).collect();
        assert_eq!(
            ids[..2],
            [second.signed_in.session_id, first.signed_in.session_id]
        );
        assert_eq!(own[0].address.as_deref(), Some("10.0.0.7"));
        let others =
            list_sessions(context, &wang.signed_in, Some(first.signed_in.account_id)).await;
        assert!(matches!(others, Err(AccountsError::Refused(_))));
        assert!(list_sessions(context, &wang.signed_in, None).await.is_err());
        let id = first.signed_in.session_id.unwrap();
        let foreign = revoke_session(context, &wang.signed_in, id).await;
        assert!(matches!(foreign, Err(AccountsError::NotFound { .. })));
        assert!(world.who(&first).await.is_ok());
        revoke_session(context, &second.signed_in, id)
            .await
            .unwrap();
        assert!(matches!(
            world.who(&first).await,
            Err(AccountsError::NotSignedIn)
        ));
        let all = list_sessions(context, &world.administrator, None)
            .await
            .unwrap();
        assert!(all.iter().any(|session| session.account_name == "wang"));
        let id = wang.signed_in.session_id.unwrap();
        revoke_session(context, &world.administrator, id)
            .await
            .unwrap();
        assert!(matches!(
            world.who(&wang).await,
            Err(AccountsError::NotSignedIn)
        ));
    }
);

test_on_both_databases!(failures_lock_a_name_for_a_growing_while, |db| async {
    let world = World::new(db.handle()).await;
    world.account(details("li", &["leader"])).await;
    // a name that does not exist is locked alike, so that a lock tells nothing
    for name in ["li", "nobody-here"] {
        let attempt =
            async |password: &str| try_sign_in(&world.context, name, password, None).await;
        for _failure in 0..5 {
            let wrong = attempt("wrong").await.unwrap_err();
            assert!(
                matches!(wrong, AccountsError::WrongCredentials),
                "{name}: {wrong}"
            );
        }
        let locked = attempt(PASSWORD).await.unwrap_err();
        assert!(
            matches!(locked, AccountsError::Locked { .. }),
            "{name}: {locked}"
        );
    }
    world.clock.advance_ms(60_000);
    assert!(
        try_sign_in(&world.context, "li", "wrong", None)
            .await
            .is_err()
    );
    world.clock.advance_ms(61_000);
    let locked = try_sign_in(&world.context, "li", PASSWORD, None)
        .await
        .unwrap_err();
    assert!(
        matches!(locked, AccountsError::Locked { .. }),
        "two minutes now"
    );
    world.clock.advance_ms(60_000);
    world.sign_in("li").await;
    // success forgets them
    for _failure in 0..4 {
        assert!(
            try_sign_in(&world.context, "li", "wrong", None)
                .await
                .is_err()
        );
    }
    world.sign_in("li").await;
    assert!(
        world
            .audited()
            .await
            .contains(&"accounts.lock_name".to_owned())
    );
});

test_on_both_databases!(a_new_password_ends_other_sessions, |db| async {
    let world = World::new(db.handle()).await;
    world.account(details("li", &["leader"])).await;
    let here = world.sign_in("li").await;
    let there = world.sign_in("li").await;
    let change = async |old: &str, new: &str| {
        change_password(&world.context, &here.signed_in, old, new).await
    };
    let wrong = change("wrong", "Blue-Rivers-2020").await.unwrap_err();
    assert!(matches!(wrong, AccountsError::WrongCredentials));
    let same = change(PASSWORD, PASSWORD).await.unwrap_err();
    assert!(codes_of(&same).contains("unchanged"));
    change(PASSWORD, "Blue-Rivers-2020").await.unwrap();
    assert!(world.who(&here).await.is_ok());
    assert!(matches!(
        world.who(&there).await,
        Err(AccountsError::NotSignedIn)
    ));
    assert!(
        try_sign_in(&world.context, "li", PASSWORD, None)
            .await
            .is_err()
    );
    assert!(
        try_sign_in(&world.context, "li", "Blue-Rivers-2020", None)
            .await
            .is_ok()
    );
});

test_on_both_databases!(odd_input_is_only_wrong, |db| async {
    let world = World::new(db.handle()).await;
    let long = "x".repeat(100_000);
    for (name, password) in [
        ("", ""),
        ("admin", ""),
        ("admin' OR '1'='1", PASSWORD),
        (long.as_str(), long.as_str()),
        ("admin\0", PASSWORD),
    ] {
        let name = name.replace('\0', "?");
        let wrong = try_sign_in(&world.context, &name, password, None)
            .await
            .unwrap_err();
        assert!(matches!(wrong, AccountsError::WrongCredentials), "{wrong}");
    }
});
