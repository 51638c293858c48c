//! What happens when everybody does as they should.

use std::time::Duration;

use serde_json::json;
use sign_on::{Identity, Returned, SignOn, SignOnError, SignOnSettings};

use crate::provider::{CLIENT, Lies, PUBLIC_URL, Provider, parameter, returned};

#[tokio::test]
async fn a_browser_goes_there_and_comes_back_as_somebody() {
    let provider = Provider::start().await;
    let client = provider.client();
    let begun = client.begin().await.unwrap();
    let sent = |name| parameter(&begun.url, name);
    assert_eq!(sent("response_type").as_deref(), Some("code"));
    assert_eq!(sent("client_id").as_deref(), Some(CLIENT));
    assert_eq!(sent("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(sent("scope").as_deref(), Some("openid+profile"));
    let redirect = format!("{PUBLIC_URL}/api/v1/session/sign-on/callback");
    assert_eq!(sent("redirect_uri"), Some(redirect));
    let challenge = sent("code_challenge").unwrap();
    let state = provider.visit(&begun);
    let shown = format!("{:?} {client:?}", begun.attempt);
    assert!(!shown.contains(&state), "{shown}");
    let identity = client.finish(begun.attempt, returned(&state)).await;
    assert_eq!(
        identity.unwrap(),
        Identity {
            issuer: provider.issuer().to_owned(),
            subject: "7f1c-李".to_owned(),
            name: Some("li.hua".to_owned()),
            display_name: Some("李华".to_owned()),
            groups: vec!["eco-duty".to_owned(), "all".to_owned()],
        }
    );
    let asked = &provider.asked()[0];
    assert_eq!(asked["grant_type"], "authorization_code");
    assert_eq!(asked["code"], "a-code");
    // the verifier of the challenge (RFC 7636, 4.6)
    let verifier = asked["code_verifier"].as_str().unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    let expected = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        digest.as_ref(),
    );
    assert_eq!(challenge, expected);
    assert!(
        asked["authorization"]
            .as_str()
            .unwrap()
            .starts_with("Basic ")
    );
}

#[tokio::test]
async fn two_attempts_share_nothing() {
    let provider = Provider::start().await;
    let client = provider.client();
    let (one, other) = (client.begin().await.unwrap(), client.begin().await.unwrap());
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(
            parameter(&one.url, name),
            parameter(&other.url, name),
            "{name}"
        );
    }
    assert_eq!(
        provider.key_reads(),
        1,
        "the provider is asked of itself once"
    );
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_read() {
    let provider = Provider::start().await;
    let client = provider.client();
    provider.sign_on(&client).await.unwrap();
    provider.change_key("second");
    // keys are read at most every ten seconds: what has just been read is not read again
    let error = provider.sign_on(&client).await.expect_err("too soon");
    assert!(matches!(error, SignOnError::NotBelieved { .. }), "{error}");
    assert_eq!(provider.key_reads(), 1);
    let eager = provider.client().with_pause_between_keys(Duration::ZERO);
    provider.sign_on(&eager).await.unwrap();
    provider.change_key("third");
    provider.sign_on(&eager).await.unwrap();
    assert_eq!(provider.key_reads(), 3);
}

#[tokio::test]
async fn the_way_out_leads_there_where_it_is_wanted() {
    let provider = Provider::start().await;
    let url = provider.client().sign_out_url().await.unwrap();
    assert!(
        url.starts_with(&format!("{}/end?", provider.issuer())),
        "{url}"
    );
    assert_eq!(parameter(&url, "client_id").as_deref(), Some(CLIENT));
    assert_eq!(
        parameter(&url, "post_logout_redirect_uri"),
        Some(format!("{PUBLIC_URL}/sign-in"))
    );
    let stays = SignOnSettings {
        signs_out_there: false,
        ..provider.settings()
    };
    let client = SignOn::new(stays, PUBLIC_URL).unwrap();
    assert_eq!(client.sign_out_url().await, None);
}

#[tokio::test]
async fn groups_come_as_a_list_or_as_words() {
    let provider = Provider::start().await;
    let client = provider.client();
    provider.lie(Lies {
        claims: json!({ "groups": "eco-lead, eco-duty", "name": null, "preferred_username": null }),
        ..Lies::default()
    });
    let identity = provider.sign_on(&client).await.unwrap();
    assert_eq!(identity.groups, ["eco-lead", "eco-duty"]);
    assert_eq!((identity.name, identity.display_name), (None, None));
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_from_one_that_refuses() {
    let settings = SignOnSettings {
        // port 9 is for what is thrown away (RFC 863)
        issuer: "http://127.0.0.1:9".to_owned(),
        ..Provider::start().await.settings()
    };
    let folder = tempfile::TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "x").unwrap();
    let client = SignOn::new(
        SignOnSettings {
            client_secret_file: secret,
            ..settings
        },
        PUBLIC_URL,
    );
    let error = client.unwrap().begin().await.expect_err("away");
    assert!(matches!(error, SignOnError::Unavailable { .. }), "{error}");

    let provider = Provider::start().await;
    let client = provider.client();
    let (state, attempt) = provider.begin(&client).await;
    let refused = Returned {
        code: None,
        error: Some("access_denied".to_owned()),
        ..returned(&state)
    };
    let error = client.finish(attempt, refused).await.expect_err("refused");
    assert_eq!(error.to_string(), "the sign-on refused: access_denied");
    provider.lie(Lies {
        answer: Some((400, r#"{"error":"invalid_grant"}"#.to_owned())),
        ..Lies::default()
    });
    let error = provider.sign_on(&client).await.expect_err("refused");
    assert_eq!(error.to_string(), "the sign-on refused: invalid_grant");
}

#[test]
fn settings_of_no_use_are_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("secret"), "s").unwrap();
    std::fs::write(path("empty"), "\n").unwrap();
    let good = SignOnSettings {
        issuer: "https://sso.example".to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret_file: path("secret"),
        ..SignOnSettings::default()
    };
    assert!(SignOn::new(good.clone(), PUBLIC_URL).is_ok());
    let wrong = |settings: SignOnSettings, word: &str| {
        let said = SignOn::new(settings, PUBLIC_URL)
            .expect_err(word)
            .to_string();
        assert!(said.contains(word), "{said}");
    };
    let with = |change: fn(&mut SignOnSettings)| {
        let mut settings = good.clone();
        change(&mut settings);
        settings
    };
    wrong(with(|one| one.issuer = "sso".to_owned()), "sign_on.issuer");
    wrong(
        with(|one| one.issuer = "http://sso.example".to_owned()),
        "https://",
    );
    wrong(with(|one| one.client_id.clear()), "sign_on.client_id");
    wrong(
        with(|one| one.client_secret_file = "missing".into()),
        "sign_on.client_secret_file",
    );
    let empty = SignOnSettings {
        client_secret_file: path("empty"),
        ..good.clone()
    };
    wrong(empty, "is empty");
    let authority = SignOnSettings {
        authority_file: path("missing.pem"),
        ..good.clone()
    };
    wrong(authority, "sign_on.authority_file");
}
