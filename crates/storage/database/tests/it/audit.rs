//! The audit trail is chained and cannot be altered.
use access::{Actor, AuditEntry};
use beijing_time::Timestamp;
use database::audit::AuditFilter;
use database::{Database, Kind, audit, on_transaction};
use test_support::test_on_both_databases;

/// Takes the last entry away, on SQLite and on PostgreSQL.
const REMOVE_LAST: [&[&str]; 2] = [
    &[
        "DROP TRIGGER audit_entry_stays",
        "DELETE FROM audit_entry WHERE sequence = 2",
    ],
    &[
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_keeps",
        "DELETE FROM audit_entry WHERE sequence = 2",
    ],
];
/// Removes the third entry, and winds the head back as if it had never been.
const FORGET_LAST: [&str; 2] = [
    "DELETE FROM audit_entry WHERE sequence = 3",
    "UPDATE audit_head SET sequence = 2, \
     hash = (SELECT hash FROM audit_entry WHERE sequence = 2) WHERE id = 1",
];

async fn append(database: &Database, subject: &str) {
    let mut transaction = database.begin().await.unwrap();
    let entry =
        AuditEntry::new(&Actor::built_in_operator(), "tests.change", subject).after(r#"{"a":1}"#);
    audit::append(&mut transaction, Timestamp::from_epoch_ms(5), entry)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

test_on_both_databases!(a_chain_of_entries_is_whole, |database| async move {
    for subject in ["device:1", "device:2", "device:1"] {
        append(&database, subject).await;
    }
    assert_eq!(audit::find_break(&database).await.unwrap(), None);
    let of_device = async |before, limit| {
        let filter = AuditFilter {
            subject: Some("device:1".to_owned()),
            before,
            ..AuditFilter::default()
        };
        audit::search(&database, &filter, limit)
            .await
            .unwrap()
            .iter()
            .map(|entry| entry.sequence)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_device(None, 10).await, [3, 1]);
    assert_eq!(of_device(None, 1).await, [3]);
    assert_eq!(of_device(Some(3), 10).await, [1]);
    let entries = audit::list(&database, 1, 10).await.unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.sequence)
            .collect::<Vec<_>>(),
        [2, 3]
    );
});

test_on_both_databases!(
    many_entries_of_one_change_are_one_chain,
    |database| async move {
        append(&database, "before").await;
        let mut transaction = database.begin().await.unwrap();
        for subject in ["device:1", "device:2", "device:3"] {
            let entry = AuditEntry::new(&Actor::built_in_operator(), "tests.change", subject);
            audit::append(&mut transaction, Timestamp::from_epoch_ms(6), entry)
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
        append(&database, "after").await;
        let entries = audit::list(&database, 0, 10).await.unwrap();
        let subjects: Vec<_> = entries.iter().map(|entry| entry.subject.as_str()).collect();
        assert_eq!(
            subjects,
            ["before", "device:1", "device:2", "device:3", "after"]
        );
        assert_eq!(audit::find_break(&database).await.unwrap(), None);
    }
);

test_on_both_databases!(
    entries_cut_off_at_the_end_are_missed,
    |database| async move {
        for subject in ["device:1", "device:2"] {
            append(&database, subject).await;
        }
        // who holds the file can take the database's own guard away
        let mut transaction = database.begin().await.unwrap();
        for statement in REMOVE_LAST[usize::from(database.kind() == Kind::Postgres)] {
            on_transaction!(&mut transaction, |connection| {
                database::sqlx::query(*statement)
                    .execute(connection)
                    .await
                    .unwrap();
            });
        }
        transaction.commit().await.unwrap();
        assert_eq!(audit::find_break(&database).await.unwrap(), Some(2));
    }
);

test_on_both_databases!(
    a_walk_goes_on_from_where_the_chain_was_whole,
    |database| async move {
        let mut whole = audit::TrailPlace::default();
        assert_eq!(audit::walk(&database, &mut whole).await.unwrap(), None);
        assert_eq!(whole.sequence(), 0);
        for subject in ["device:1", "device:2"] {
            append(&database, subject).await;
        }
        assert_eq!(audit::walk(&database, &mut whole).await.unwrap(), None);
        assert_eq!(whole.sequence(), 2);
        assert_eq!(audit::find_end(&database).await.unwrap(), 2);
        append(&database, "device:3").await;
        assert_eq!(audit::walk(&database, &mut whole).await.unwrap(), None);
        assert_eq!(whole.sequence(), 3);
        // what was read stands at the end no more: somebody cut it off and went on from there
        let mut transaction = database.begin().await.unwrap();
        let guard = REMOVE_LAST[usize::from(database.kind() == Kind::Postgres)][0];
        for statement in [guard].into_iter().chain(FORGET_LAST) {
            on_transaction!(&mut transaction, |connection| {
                database::sqlx::query(statement)
                    .execute(connection)
                    .await
                    .unwrap();
            });
        }
        transaction.commit().await.unwrap();
        assert_eq!(audit::walk(&database, &mut whole).await.unwrap(), Some(3));
        assert_eq!(audit::find_break(&database).await.unwrap(), None);
    }
);

test_on_both_databases!(entries_are_listed_from_end_to_end, |database| async move {
    for subject in ["device:1", "device:2", "device:1", "device:3"] {
        append(&database, subject).await;
    }
    let list = async |filter: AuditFilter, span, limit| {
        audit::list_between(&database, &filter, span, limit)
            .await
            .unwrap()
            .iter()
            .map(|entry| entry.sequence)
            .collect::<Vec<_>>()
    };
    let none = AuditFilter::default;
    assert_eq!(list(none(), (0, 4), 10).await, [1, 2, 3, 4]);
    assert_eq!(list(none(), (1, 3), 10).await, [2, 3]);
    assert_eq!(list(none(), (0, 4), 2).await, [1, 2]);
    let of_device = AuditFilter {
        subject: Some("device:1".to_owned()),
        ..none()
    };
    assert_eq!(list(of_device, (0, 4), 10).await, [1, 3]);
    let of_others = AuditFilter {
        actor: Some("%".to_owned()),
        ..none()
    };
    assert_eq!(list(of_others, (0, 4), 10).await, [0; 0], "no wildcard");
    let later = AuditFilter {
        since: Some(Timestamp::from_epoch_ms(6)),
        ..none()
    };
    assert_eq!(list(later, (0, 4), 10).await, [0; 0]);
});

test_on_both_databases!(entries_are_searched_newest_first, |database| async move {
    for (at, actor, action) in [
        (10, "user:li", "sites.update_site"),
        (20, "user:li_2", "accounts.sign_in"),
        (30, "system:gateway", "accounts.sign_in"),
    ] {
        let mut transaction = database.begin().await.unwrap();
        let actor = Actor {
            name: actor.to_owned(),
            ..Actor::built_in_operator()
        };
        let entry = AuditEntry::new(&actor, action, "x");
        audit::append(&mut transaction, Timestamp::from_epoch_ms(at), entry)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
    let search = async |filter: AuditFilter| {
        let found = audit::search(&database, &filter, 10).await.unwrap();
        found.iter().map(|entry| entry.sequence).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    let none = AuditFilter::default;
    assert_eq!(search(none()).await, [3, 2, 1]);
    let actor = |actor| AuditFilter {
        actor: text(actor),
        ..none()
    };
    assert_eq!(search(actor("li")).await, [2, 1]);
    assert_eq!(search(actor("i_2")).await, [2], "no wildcard");
    assert_eq!(search(actor("%")).await, [0; 0]);
    let signed_in = AuditFilter {
        action: text("accounts."),
        since: Some(Timestamp::from_epoch_ms(20)),
        until: Some(Timestamp::from_epoch_ms(30)),
        ..none()
    };
    assert_eq!(search(signed_in).await, [2]);
    let before = AuditFilter {
        before: Some(3),
        subject: text("x"),
        ..none()
    };
    assert_eq!(search(before).await, [2, 1]);
});

test_on_both_databases!(
    a_rolled_back_change_leaves_no_entry,
    |database| async move {
        let mut transaction = database.begin().await.unwrap();
        let entry = AuditEntry::new(&Actor::built_in_operator(), "tests.change", "x");
        audit::append(&mut transaction, Timestamp::from_epoch_ms(5), entry)
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
        append(&database, "y").await;
        assert_eq!(audit::list(&database, 0, 10).await.unwrap().len(), 1);
        assert_eq!(audit::find_break(&database).await.unwrap(), None);
    }
);

test_on_both_databases!(
    an_entry_cannot_be_changed_or_deleted,
    |database| async move {
        append(&database, "device:1").await;
        for statement in [
            "UPDATE audit_entry SET actor = 'x'",
            "DELETE FROM audit_entry",
        ] {
            let mut transaction = database.begin().await.unwrap();
            let refused = on_transaction!(&mut transaction, |connection| {
                database::sqlx::query(statement)
                    .execute(connection)
                    .await
                    .is_err()
            });
            assert!(refused, "{statement}");
        }
    }
);
