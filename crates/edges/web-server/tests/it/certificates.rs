//! Certificates are exchanged without a restart, for good ones only.

use beijing_time::Timestamp;
use web_server::CertificateKeeper;

use crate::world::{Authority, Files, NOW, Plan, TestServer, ask};

#[tokio::test]
async fn a_new_certificate_is_shown_from_the_next_handshake_on() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(2030));
    let keeper = files.keeper();
    assert_eq!(year(keeper.ends_at()), "2030");
    let server = TestServer::start(Plan {
        keeper: Some(std::sync::Arc::clone(&keeper)),
        ..Plan::default()
    })
    .await;
    let before = server.connect(&authority).await;
    assert!(!keeper.reload_if_changed().unwrap(), "nothing has changed");
    let next = authority.issue(2031);
    files.put(&next.certificate, &next.key);
    assert!(keeper.reload_if_changed().unwrap());
    assert_eq!(year(keeper.ends_at()), "2031");
    let mut after = server.connect(&authority).await;
    let shown = |stream: &tokio_rustls::client::TlsStream<_>| {
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    assert_ne!(shown(&before), shown(&after));
    let mut before = before;
    for stream in [&mut before, &mut after] {
        assert!(ask(stream, "GET /who HTTP/1.1").await.contains("200 OK"));
    }
}

#[tokio::test]
async fn a_bad_new_file_leaves_the_old_certificate_in_force_and_is_named() {
    let authority = Authority::new();
    let good = authority.issue(2030);
    let files = Files::new(&good);
    let keeper = files.keeper();
    let server = TestServer::start(Plan {
        keeper: Some(std::sync::Arc::clone(&keeper)),
        ..Plan::default()
    })
    .await;
    let other = authority.issue(2031);
    let ended = authority.issue(2025);
    let cut = &other.certificate[..other.certificate.len() / 2];
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let cases: [(&str, &str, &[&str]); 7] = [
        (
            &other.certificate,
            &good.key,
            &["key.pem is not that of", "chain.pem"],
        ),
        ("", &other.key, &["chain.pem holds no certificate"]),
        (cut, &other.key, &["chain.pem holds"]),
        (&other.certificate, "", &["key.pem holds no private key"]),
        (
            &other.certificate,
            encrypted,
            &["key.pem holds an encrypted key"],
        ),
        (
            &ended.certificate,
            &ended.key,
            &["chain.pem ended at 2025-12-31"],
        ),
        (
            &other.key,
            &other.certificate,
            &["chain.pem holds no certificate"],
        ),
    ];
    for (certificate, key, words) in cases {
        files.put(certificate, key);
        for _asked_again in 0..2 {
            let error = keeper.reload_if_changed().expect_err("no good").to_string();
            for word in words {
                assert!(error.contains(word), "{error}");
            }
            assert!(!error.contains("BEGIN P"), "a key stands in it: {error}");
        }
        let mut stream = server.connect(&authority).await;
        assert!(
            ask(&mut stream, "GET /who HTTP/1.1")
                .await
                .contains("200 OK")
        );
    }
    std::fs::remove_file(files.path("key.pem")).unwrap();
    let error = keeper.reload_if_changed().expect_err("gone").to_string();
    assert!(
        error.contains("cannot read") && error.contains("key.pem"),
        "{error}"
    );
    files.put(&other.certificate, &other.key);
    assert!(keeper.reload_if_changed().unwrap(), "mended");
    assert_eq!(year(keeper.ends_at()), "2031");
}

#[test]
fn a_server_starts_with_a_certificate_that_has_ended_and_with_no_bad_one() {
    let authority = Authority::new();
    let ended = authority.issue(2025);
    assert_eq!(year(Files::new(&ended).keeper().ends_at()), "2025");
    let files = Files::new(&ended);
    files.put(&ended.certificate, &authority.issue(2030).key);
    let now: Timestamp = NOW.parse().unwrap();
    let clock = std::sync::Arc::new(beijing_time::FixedClock::new(now));
    let error = CertificateKeeper::open(&files.settings(), clock).expect_err("another key");
    assert!(
        error.to_string().contains("key.pem is not that of"),
        "{error}"
    );
}

fn year(at: Timestamp) -> String {
    at.to_string()[..4].to_owned()
}
