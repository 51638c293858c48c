//! What is not believed.

use serde_json::{Value, json};
use sign_on::{Returned, SignOnError};

use crate::provider::{Lies, Provider, now, returned};

/// The reason for which a lie is not believed.
async fn expect_disbelief(what: &str, lies: Lies) -> String {
    let provider = Provider::start().await;
    let client = provider.client();
    // as it is told the truth it believes
    provider.sign_on(&client).await.unwrap();
    provider.lie(lies);
    match provider.sign_on(&client).await {
        Err(SignOnError::NotBelieved { reason }) => reason,
        other => panic!("{what}: {other:?}"),
    }
}

fn claims(claims: Value) -> Lies {
    Lies {
        claims,
        ..Lies::default()
    }
}

#[tokio::test]
async fn claims_of_others_or_of_another_time() {
    for (what, lies, word) in [
        ("issuer", json!({ "iss": "https://evil.example" }), "issuer"),
        ("audience", json!({ "aud": "another-client" }), "audience"),
        (
            "audiences",
            json!({ "aud": ["qingshan", "another"] }),
            "audience",
        ),
        ("nonce", json!({ "nonce": "another" }), "nonce"),
        ("no nonce", json!({ "nonce": null }), "nonce"),
        (
            "expired",
            json!({ "exp": now() - 10, "iat": now() - 100 }),
            "xpired",
        ),
        ("no subject", json!({ "sub": null }), ""),
    ] {
        let reason = expect_disbelief(what, claims(lies)).await;
        assert!(reason.to_lowercase().contains(word), "{what}: {reason}");
    }
}

#[tokio::test]
async fn signatures_of_nobody_or_of_another_key() {
    let none = Lies {
        header: json!({ "alg": "none", "kid": null }),
        is_unsigned: true,
        ..Lies::default()
    };
    let cut = Lies {
        is_unsigned: true,
        ..Lies::default()
    };
    let forged = Lies {
        is_forged: true,
        ..Lies::default()
    };
    // a keyed hash with the client's secret or the public key in place of a signature
    let keyed = Lies {
        header: json!({ "alg": "HS256", "kid": null }),
        ..Lies::default()
    };
    let unknown = Lies {
        header: json!({ "kid": "unknown" }),
        ..Lies::default()
    };
    for (what, lies) in [
        ("alg none", none),
        ("cut off", cut),
        ("forged", forged),
        ("keyed hash", keyed),
        ("unknown key", unknown),
    ] {
        let reason = expect_disbelief(what, lies).await;
        assert!(!reason.contains("a-secret"), "{what}: {reason}");
    }
}

#[tokio::test]
async fn answers_that_are_none() {
    let answers = [
        r#"{"access_token":"a","token_type":"Bearer"}"#,
        "<html>",
        r#"{"access_token":"a","token_type":"Bearer","id_token":"x.y.z"}"#,
    ];
    for answer in answers {
        let lies = Lies {
            answer: Some((200, answer.to_owned())),
            ..Lies::default()
        };
        expect_disbelief(answer, lies).await;
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let provider = Provider::start().await;
    let client = provider.client();
    provider.lie(Lies {
        answer: Some((200, "x".repeat(2 << 20))),
        ..Lies::default()
    });
    let error = provider.sign_on(&client).await.expect_err("too large");
    let said = error.to_string();
    assert!(said.contains("larger than a megabyte"), "{said}");
}

#[tokio::test]
async fn a_way_back_that_was_not_begun_here() {
    let provider = Provider::start().await;
    let client = provider.client();
    let (state, attempt) = provider.begin(&client).await;
    let error = client.finish(attempt, returned("another")).await;
    assert!(
        matches!(error, Err(SignOnError::NotBelieved { .. })),
        "{error:?}"
    );
    let (_state, attempt) = provider.begin(&client).await;
    let nothing = Returned::default();
    assert!(client.finish(attempt, nothing).await.is_err());
    let (_state, attempt) = provider.begin(&client).await;
    assert!(
        client.finish(attempt, returned(&state)).await.is_err(),
        "of an attempt before"
    );
    let (state, attempt) = provider.begin(&client).await;
    let mixed_up = Returned {
        issuer: Some("https://evil.example".to_owned()),
        ..returned(&state)
    };
    assert!(client.finish(attempt, mixed_up).await.is_err(), "RFC 9207");
    assert!(provider.asked().is_empty(), "no code was sent anywhere");
}

#[tokio::test]
async fn a_discovery_document_of_another_issuer() {
    let provider = Provider::start().await;
    provider.lie(Lies {
        issuer: Some("https://evil.example".to_owned()),
        ..Lies::default()
    });
    let error = provider.client().begin().await.expect_err("another issuer");
    assert!(matches!(error, SignOnError::Unavailable { .. }), "{error}");
}
