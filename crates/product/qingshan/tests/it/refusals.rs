//! What the program refuses, and that it says why before it touches anything.

use std::net::TcpListener;

use database::{Database, DatabaseSettings, on_transaction, sqlx};

use crate::program::Installation;

#[tokio::test]
async fn a_stale_schema_is_refused_with_a_hint_until_it_is_migrated() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    forget_last_migration(&installation).await;
    let said = installation.fail(&["serve"], &[]);
    assert!(said.contains("the schema misses 1 migration"), "{said}");
    assert!(said.contains("hint: stop the server, make a backup, then run `qingshan migrate`"));
}

/// Makes the database look as if it were of an older program.
async fn forget_last_migration(installation: &Installation) {
    let path = installation.path().join("qingshan.sqlite");
    let settings = DatabaseSettings::new(path.to_str().unwrap());
    let database = Database::open(&settings).await.unwrap();
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(
            "DELETE FROM _sqlx_migrations WHERE version = \
             (SELECT MAX(version) FROM _sqlx_migrations)",
        )
        .execute(connection)
        .await
        .unwrap();
    });
    transaction.commit().await.unwrap();
    database.close().await;
}

#[test]
fn a_bad_configuration_is_refused_by_name_and_makes_no_database() {
    // the installation of the tests is one without accounts
    let cases: [(&str, &str, &[&str]); 8] = [
        (
            "QINGSHAN__GATEWAY__LISTEN",
            "nowhere",
            &["listen", "invalid socket address"],
        ),
        ("QINGSHAN__GATEWAY__MAX_SOCKETS", "3", &["max_sockets"]),
        (
            "QINGSHAN__HTTP__LISTEN",
            "0.0.0.0:8212",
            &["http.listen", "loopback"],
        ),
        (
            "QINGSHAN__HTTP__TRUSTED_PROXIES",
            "nginx",
            &["http.trusted_proxies", "`nginx`"],
        ),
        (
            "QINGSHAN__HTTP__TLS__ENABLED",
            "true",
            &["http.tls.certificate_file is empty"],
        ),
        (
            "QINGSHAN__HTTP__PUBLIC_URL",
            "qingshan.example/x",
            &["http.public_url", "https://"],
        ),
        ("QINGSHAN__LOG__FILTER", "info,=loud", &["log.filter"]),
        (
            "QINGSHAN__DATABASE__URL",
            "mysql://u:secret@db/x",
            &["database"],
        ),
    ];
    for (name, value, words) in cases {
        let installation = Installation::new();
        let said = installation.fail(&["serve"], &[(name, value)]);
        for word in words {
            assert!(said.contains(word), "{name}={value}: {said}");
        }
        assert!(!said.contains("secret"), "{said}");
        assert!(!installation.path().join("qingshan.sqlite").exists());
    }
    let installation = Installation::new();
    std::fs::write(installation.path().join("config.toml"), "[gateway\n").unwrap();
    let said = installation.fail(&["serve"], &[]);
    assert!(said.contains("config.toml is not valid TOML"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for name in ["QINGSHAN__GATEWAY__LISTEN", "QINGSHAN__HTTP__LISTEN"] {
        let installation = Installation::new();
        let said = installation.fail(&["serve"], &[(name, &address)]);
        assert!(said.contains(&address), "{name}: {said}");
        assert!(said.contains("in use"), "{name}: {said}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let installation = Installation::new();
    let missing = installation.path().join("no/such/folder/qingshan.sqlite");
    let url = missing.to_str().unwrap();
    let said = installation.fail(&["serve"], &[("QINGSHAN__DATABASE__URL", url)]);
    assert!(said.contains("cannot open the database"), "{said}");
    std::fs::write(installation.path().join("qingshan.sqlite"), "no database").unwrap();
    let said = installation.fail(&["serve"], &[]);
    assert!(said.contains("not a database"), "{said}");
    let kept = std::fs::read_to_string(installation.path().join("qingshan.sqlite")).unwrap();
    assert_eq!(
        kept, "no database",
        "what is no database of ours stays as it is"
    );
}
