//! What is wrong with the vault or the journal is named, and nothing wrong is packed.

use monitoring::vault::{ChainFault, pack_next, verify_vault};
use test_support::test_on_both_databases;

use crate::city::{self, at};
use crate::vault::{LATER, SMALL, count_raw, execute_raw, pack_all, readers_have_read, receive};

test_on_both_databases!(every_change_of_the_vault_is_named, |database| async move {
    let city = city::build(&database).await;
    let packets = receive(&database, &city).await;
    readers_have_read(&database, packets.last().unwrap().id.batch_id()).await;
    pack_all(&database).await;
    let faults = async || verify_vault(&database).await.unwrap().faults;
    assert_eq!(faults().await, []);
    execute_raw(
        &database,
        "CREATE TABLE kept_block AS SELECT * FROM raw_block",
    )
    .await;
    execute_raw(
        &database,
        "CREATE TABLE kept_window AS SELECT * FROM raw_window",
    )
    .await;
    let restore = async || {
        for statement in [
            "DELETE FROM raw_block",
            "INSERT INTO raw_block SELECT * FROM kept_block",
            "DELETE FROM raw_window",
            "INSERT INTO raw_window SELECT * FROM kept_window",
        ] {
            execute_raw(&database, statement).await;
        }
        assert_eq!(faults().await, []);
    };
    let mn = "010000A8900016F000169DC1";
    // another packet in the place of one
    execute_raw(
        &database,
        "UPDATE raw_block SET content = (SELECT content FROM raw_block AS other \
         WHERE other.mn = '010000A8900016F000169DC0' AND other.part = 2 AND other.day = raw_block.day) \
         WHERE mn = '010000A8900016F000169DC1' AND part = 2",
    )
    .await;
    let found = faults().await;
    assert!(
        matches!(
            &found[..],
            [ChainFault::Altered { mn: of, window: 2, .. } | ChainFault::Unreadable { mn: of, window: 2, .. }]
                if of == mn
        ),
        "{found:?}"
    );
    assert!(found[0].to_string().contains(mn));
    restore().await;
    // bytes that are none
    execute_raw(
        &database,
        "UPDATE raw_block SET content = hash WHERE mn = '010000A8900016F000169DC1' AND part = 3",
    )
    .await;
    let found = faults().await;
    let is_unreadable =
        |fault: &ChainFault| matches!(fault, ChainFault::Unreadable { window: 3, .. });
    assert!(
        !found.is_empty() && found.iter().all(is_unreadable),
        "{found:?}"
    );
    restore().await;
    // a block less
    execute_raw(
        &database,
        "DELETE FROM raw_block WHERE mn = '010000A8900016F000169DC1' AND part = 2",
    )
    .await;
    let found = faults().await;
    assert!(found.contains(&ChainFault::Seal { window: 2 }), "{found:?}");
    assert!(
        found
            .iter()
            .any(|fault| matches!(fault, ChainFault::WrongEnd { mn: of, .. } if of == mn)),
        "{found:?}"
    );
    restore().await;
    // a window less, with all that is in it
    execute_raw(&database, "DELETE FROM raw_block WHERE part = 2").await;
    execute_raw(&database, "DELETE FROM raw_window WHERE id = 2").await;
    let found = faults().await;
    assert!(found.contains(&ChainFault::Seal { window: 3 }), "{found:?}");
    restore().await;
});

test_on_both_databases!(
    a_broken_journal_is_not_packed_and_keeps_its_batches,
    |database| async move {
        let city = city::build(&database).await;
        let packets = receive(&database, &city).await;
        readers_have_read(&database, packets.last().unwrap().id.batch_id()).await;
        execute_raw(
            &database,
            "UPDATE raw_batch SET content = (SELECT content FROM raw_batch WHERE id = 9) WHERE id = 8",
        )
        .await;
        let mut result = Ok(None);
        for _ in 0..10 {
            result = pack_next(&database, at(LATER), SMALL).await;
            if result.is_err() {
                break;
            }
        }
        assert!(result.unwrap_err().to_string().contains("breaks at 8"));
        assert!(count_raw(&database, "SELECT COUNT(*) FROM raw_batch WHERE id >= 8").await >= 53);
    }
);
