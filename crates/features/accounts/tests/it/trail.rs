//! The audit trail as a file.

use access::Actor;
use accounts::{AccountsError, AuditExport};
use beijing_time::Clock;
use database::audit::{self, AuditFilter};
use test_support::test_on_both_databases;

use crate::world::World;

async fn take(world: &World, actor: &Actor, filter: AuditFilter) -> Result<String, AccountsError> {
    let database = &world.context.database;
    let now = world.clock.now();
    let mut export = AuditExport::begin(database, now, actor, filter).await?;
    let mut text = String::new();
    while let Some(part) = export.next_part().await? {
        text.push_str(&part);
    }
    Ok(text)
}

test_on_both_databases!(the_trail_is_taken_and_tells_so, |database| async move {
    let world = World::new(database.handle()).await;
    let auditor = Actor::system("command_line");
    let text = take(&world, &auditor, AuditFilter::default())
        .await
        .unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines[0],
        "sequence,at,actor,address,action,subject,before,after,hash_sm3"
    );
    let end = audit::find_end(&world.context.database).await.unwrap();
    assert_eq!(lines.len(), usize::try_from(end).unwrap() + 1);
    assert!(lines[1].starts_with("1,"), "{}", lines[1]);
    let last = lines.last().unwrap();
    assert!(last.contains("accounts.export_audit,audit"), "{last}");

    // a part of it, and what was asked for stands in the trail
    let filter = AuditFilter {
        action: Some("accounts.create".to_owned()),
        ..AuditFilter::default()
    };
    let text = take(&world, &auditor, filter).await.unwrap();
    assert!(
        text.contains("accounts.create_first_administrator")
            || text.contains("accounts.create_account"),
        "{text}"
    );
    assert!(!text.contains("accounts.sign_in"), "{text}");
    let entries = audit::list(&world.context.database, end, 10).await.unwrap();
    let asked = entries[0].after_json.as_deref().unwrap();
    assert!(asked.contains("\"action\":\"accounts.create\""), "{asked}");
});

test_on_both_databases!(
    who_may_not_read_the_trail_takes_nothing,
    |database| async move {
        let world = World::new(database.handle()).await;
        let before = audit::find_end(&world.context.database).await.unwrap();
        let refused = take(&world, &world.administrator.actor, AuditFilter::default()).await;
        assert!(
            matches!(refused, Err(AccountsError::Refused(_))),
            "{refused:?}"
        );
        let after = audit::find_end(&world.context.database).await.unwrap();
        assert_eq!(before, after, "nothing was taken");
    }
);
