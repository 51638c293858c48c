//! Tokens of machines.

use access::Permission;
use accounts::{
    AccountsError, NewApiToken, Token, authenticate_token, create_api_token, list_api_tokens,
    load_account, revoke_api_token, update_account,
};
use beijing_time::Clock;
use test_support::test_on_both_databases;

use crate::world::{World, codes_of, details};

const DAY_MS: i64 = 24 * 3_600_000;

fn new(world: &World, permissions: &[Permission], days: i64) -> NewApiToken {
    NewApiToken {
        name: "nightly export".to_owned(),
        permissions: permissions.iter().copied().collect(),
        expires_at: world.clock.now().plus_ms(days * DAY_MS),
    }
}

test_on_both_databases!(a_token_may_what_it_and_its_account_may, |db| async {
    let world = World::new(db.handle()).await;
    let context = &world.context;
    let li = world.account(details("li", &["duty_officer"])).await;
    let session = world.sign_in("li").await.signed_in;
    let more = create_api_token(
        context,
        &session,
        new(&world, &[Permission::ManageAccounts], 30),
    );
    assert!(codes_of(&more.await.unwrap_err()).contains("more_than_own"));
    let wanted = [Permission::ReadData, Permission::SendCommands];
    let (kept, secret) = create_api_token(context, &session, new(&world, &wanted, 30))
        .await
        .unwrap();
    let who = async || authenticate_token(context, &secret, None).await;
    let machine = who().await.unwrap();
    assert_eq!(machine.actor.permissions, wanted.into());
    assert_eq!(machine.actor.name, "user:li/token:nightly export");
    let chained = create_api_token(context, &machine, new(&world, &wanted, 1)).await;
    assert!(
        matches!(chained, Err(AccountsError::NotSignedIn)),
        "tokens make no tokens"
    );
    // the account may less: so may the token, although no session of it is open any more
    let actor = &world.administrator.actor;
    let revision = load_account(&context.database, actor, li.id)
        .await
        .unwrap()
        .revision;
    update_account(context, actor, li.id, revision, details("li", &["leader"]))
        .await
        .unwrap();
    assert_eq!(
        who().await.unwrap().actor.permissions,
        [Permission::ReadData].into()
    );
    let listed = list_api_tokens(context, &session, li.id).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].last_used_at.is_some());
    revoke_api_token(context, &session, kept.id).await.unwrap();
    assert!(matches!(who().await, Err(AccountsError::NotSignedIn)));
    assert!(
        world
            .audited()
            .await
            .contains(&"accounts.revoke_api_token".to_owned())
    );
});

test_on_both_databases!(a_token_ends_and_belongs_to_its_account, |db| async {
    let world = World::new(db.handle()).await;
    let context = &world.context;
    let li = world.account(details("li", &["leader"])).await;
    world.account(details("wang", &["leader"])).await;
    let session = world.sign_in("li").await.signed_in;
    let wang = world.sign_in("wang").await.signed_in;
    let (kept, secret) =
        create_api_token(context, &session, new(&world, &[Permission::ReadData], 1))
            .await
            .unwrap();
    assert!(list_api_tokens(context, &wang, li.id).await.is_err());
    let foreign = revoke_api_token(context, &wang, kept.id).await;
    assert!(matches!(foreign, Err(AccountsError::NotFound { .. })));
    assert!(
        authenticate_token(context, &secret, None).await.is_ok(),
        "not revoked"
    );
    let guessed = Token::received("qs_0000");
    assert!(authenticate_token(context, &guessed, None).await.is_err());
    world.clock.advance_ms(DAY_MS);
    let over = authenticate_token(context, &secret, None).await;
    assert!(matches!(over, Err(AccountsError::NotSignedIn)));
});
