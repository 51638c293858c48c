//! The demonstration's accounts, and what is done at the server's own command line.

use access::{Actor, Permission};
use accounts::{
    AccountsContext, AccountsError, DEMO_PASSWORD, DemoPlaces, NewApiToken, Presence,
    authenticate_session, authenticate_token, create_account_with_password, create_api_token_for,
    create_demo_accounts, find_account, list_demo_accounts,
};
use beijing_time::{Clock, FixedClock};
use test_support::test_on_both_databases;

use crate::world::{PASSWORD, World, codes_of, context, details, try_sign_in};

test_on_both_databases!(
    simulated_accounts_open_nothing_but_a_demonstration,
    |db| async {
        let clock = FixedClock::new("2026-03-01T08:00:00+08:00".parse().unwrap());
        let demonstration = AccountsContext {
            is_demo: true,
            ..context(db.handle(), &clock)
        };
        let made = create_demo_accounts(&demonstration, &DemoPlaces::default())
            .await
            .unwrap();
        assert_eq!(made, 10, "roles without a place or a site have no account");
        let leader = try_sign_in(&demonstration, "leader", DEMO_PASSWORD, None)
            .await
            .unwrap();
        let listed = list_demo_accounts(&demonstration).await.unwrap();
        assert!(listed.iter().all(|account| account.is_simulated));

        // the same database under a server that is no demonstration
        let real = context(db.handle(), &clock);
        assert!(list_demo_accounts(&real).await.unwrap().is_empty());
        let refused = try_sign_in(&real, "leader", DEMO_PASSWORD, None).await;
        assert!(matches!(refused, Err(AccountsError::WrongCredentials)));
        let refused = authenticate_session(&real, &leader.token, None, Presence::Attended).await;
        assert!(matches!(refused, Err(AccountsError::NotSignedIn)));
        assert!(
            authenticate_session(&demonstration, &leader.token, None, Presence::Attended)
                .await
                .is_ok()
        );
    }
);

test_on_both_databases!(
    who_sits_at_the_server_makes_accounts_and_tokens_too,
    |db| async {
        let world = World::new(db.handle()).await;
        let context = &world.context;
        let actor = Actor::system("command_line");
        let weak = create_account_with_password(context, &actor, details("li", &["leader"]), "li");
        assert!(codes_of(&weak.await.unwrap_err()).contains("too_short"));
        let li =
            create_account_with_password(context, &actor, details("li", &["leader"]), PASSWORD)
                .await
                .unwrap();
        assert!(!li.must_change_password);
        assert_eq!(
            find_account(&context.database, &actor, "li").await.unwrap(),
            li
        );
        let session = world.sign_in("li").await;
        assert!(!session.signed_in.must_change_password);
        let new = |permission| NewApiToken {
            name: "board".to_owned(),
            permissions: [permission].into(),
            expires_at: world.clock.now().plus_ms(86_400_000),
        };
        let more = create_api_token_for(context, &actor, li.id, new(Permission::SendCommands));
        assert!(codes_of(&more.await.unwrap_err()).contains("more_than_own"));
        let (_token, secret) =
            create_api_token_for(context, &actor, li.id, new(Permission::ReadData))
                .await
                .unwrap();
        let machine = authenticate_token(context, &secret, None).await.unwrap();
        assert_eq!(machine.actor.permissions, [Permission::ReadData].into());
        let other = &session.signed_in.actor;
        let refused = create_api_token_for(context, other, li.id, new(Permission::ReadData)).await;
        assert!(matches!(refused, Err(AccountsError::Refused(_))));
    }
);
