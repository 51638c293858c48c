//! The second factor from set-up to loss.

use accounts::{
    AccountsError, PendingFactor, begin_second_factor, confirm_second_factor, remove_second_factor,
    reset_second_factor,
};
use beijing_time::Clock;
use test_support::test_on_both_databases;
use totp_rs::{Builder, Secret};

use crate::world::{PASSWORD, World, details, try_sign_in};

fn code(pending: &PendingFactor, world: &World) -> String {
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(&pending.secret_text).unwrap())
        .with_account_name("a")
        .with_issuer(Some("b"))
        .build()
        .unwrap();
    let seconds = u64::try_from(world.clock.now().epoch_ms() / 1000).unwrap();
    totp.generate(seconds).to_string()
}

test_on_both_databases!(
    a_code_is_needed_once_confirmed_and_counts_once,
    |db| async {
        let world = World::new(db.handle()).await;
        let context = &world.context;
        world.account(details("li", &["leader"])).await;
        let session = world.sign_in("li").await;
        let nothing = confirm_second_factor(context, &session.signed_in, "123456").await;
        assert!(matches!(nothing, Err(AccountsError::NotFound { .. })));
        let pending = begin_second_factor(context, &session.signed_in)
            .await
            .unwrap();
        world.sign_in("li").await; // not in force yet
        let wrong = confirm_second_factor(context, &session.signed_in, "000000").await;
        assert!(matches!(wrong, Err(AccountsError::WrongCredentials)));
        let recovery = confirm_second_factor(context, &session.signed_in, &code(&pending, &world))
            .await
            .unwrap();
        assert_eq!(recovery.len(), 10);
        let attempt = async |typed: Option<&str>| try_sign_in(context, "li", PASSWORD, typed).await;
        let missing = attempt(None).await.unwrap_err();
        assert!(matches!(missing, AccountsError::SecondFactorNeeded));
        let wrong_password = try_sign_in(context, "li", "wrong", None).await.unwrap_err();
        assert!(
            matches!(wrong_password, AccountsError::WrongCredentials),
            "tells nothing"
        );
        let used = attempt(Some(&code(&pending, &world))).await.unwrap_err();
        assert!(
            matches!(used, AccountsError::WrongCredentials),
            "the code confirmed it"
        );
        world.clock.advance_ms(30_000);
        let next = code(&pending, &world);
        attempt(Some(&next)).await.unwrap();
        assert!(attempt(Some(&next)).await.is_err(), "a code counts once");
        // recovery codes, each once
        attempt(Some(&recovery[0].to_uppercase())).await.unwrap();
        assert!(attempt(Some(&recovery[0])).await.is_err());
        assert!(
            world
                .audited()
                .await
                .contains(&"accounts.use_recovery_code".to_owned())
        );
        // guessing locks
        for _guess in 0..5 {
            let _failure = attempt(Some("111111")).await;
        }
        world.clock.advance_ms(30_000);
        let locked = attempt(Some(&code(&pending, &world))).await.unwrap_err();
        assert!(matches!(locked, AccountsError::Locked { .. }), "{locked}");
    }
);

test_on_both_databases!(
    a_second_factor_is_taken_off_by_code_or_by_an_administrator,
    |db| async {
        let world = World::new(db.handle()).await;
        let context = &world.context;
        let account = world.account(details("li", &["leader"])).await;
        let session = world.sign_in("li").await;
        let pending = begin_second_factor(context, &session.signed_in)
            .await
            .unwrap();
        let confirm = async |pending: &PendingFactor| {
            confirm_second_factor(context, &session.signed_in, &code(pending, &world)).await
        };
        let recovery = confirm(&pending).await.unwrap();
        assert!(
            remove_second_factor(context, &session.signed_in, "000000")
                .await
                .is_err()
        );
        remove_second_factor(context, &session.signed_in, &recovery[3])
            .await
            .unwrap();
        let session = world.sign_in("li").await;
        let pending = begin_second_factor(context, &session.signed_in)
            .await
            .unwrap();
        world.clock.advance_ms(30_000);
        confirm_second_factor(context, &session.signed_in, &code(&pending, &world))
            .await
            .unwrap();
        assert!(
            reset_second_factor(context, &session.signed_in.actor, account.id)
                .await
                .is_err()
        );
        reset_second_factor(context, &world.administrator.actor, account.id)
            .await
            .unwrap();
        assert!(matches!(
            world.who(&session).await,
            Err(AccountsError::NotSignedIn)
        ));
        world.sign_in("li").await;
    }
);
