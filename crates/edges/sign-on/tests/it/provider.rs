//! A provider that signs with ES256 and can be told to lie.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Map, Value, json};
use sign_on::{Attempt, Begun, Identity, Returned, SignOn, SignOnError, SignOnSettings};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const CLIENT: &str = "qingshan";
pub(crate) const SECRET: &str = "a-secret-of-the-tests";
pub(crate) const PUBLIC_URL: &str = "https://q.example";

/// What the next token is like.
#[derive(Clone, Default)]
pub(crate) struct Lies {
    /// Claims in place of the right ones; `null` leaves one out.
    pub(crate) claims: Value,
    /// Parts of the header in place of the right ones.
    pub(crate) header: Value,
    /// Whether the signature is cut off.
    pub(crate) is_unsigned: bool,
    /// Whether another key signs than the header says.
    pub(crate) is_forged: bool,
    /// The answer of the token endpoint in place of a token.
    pub(crate) answer: Option<(u16, String)>,
    /// The issuer that the discovery document says.
    pub(crate) issuer: Option<String>,
}

struct Key {
    id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self {
            id: id.to_owned(),
            pair,
        }
    }

    fn public(&self) -> Value {
        // an uncompressed point: 4, x, y
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    }
}

struct Inside {
    issuer: String,
    key: Mutex<Key>,
    lies: Mutex<Lies>,
    nonce: Mutex<String>,
    /// Forms that the token endpoint got, with the `Authorization` of each.
    asked: Mutex<Vec<Value>>,
    key_reads: Mutex<u32>,
}

/// The running provider and a client of it.
pub(crate) struct Provider {
    inside: Arc<Inside>,
    pub(crate) folder: TempDir,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Inside {
            issuer,
            key: Mutex::new(Key::new("first")),
            lies: Mutex::default(),
            nonce: Mutex::default(),
            asked: Mutex::default(),
            key_reads: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discover))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("secret"), format!("{SECRET}\n")).unwrap();
        Self { inside, folder }
    }

    pub(crate) fn settings(&self) -> SignOnSettings {
        SignOnSettings {
            enabled: true,
            issuer: self.inside.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret_file: self.folder.path().join("secret"),
            groups_claim: "groups".to_owned(),
            signs_out_there: true,
            ..SignOnSettings::default()
        }
    }

    pub(crate) fn client(&self) -> SignOn {
        SignOn::new(self.settings(), PUBLIC_URL).unwrap()
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.inside.issuer
    }

    pub(crate) fn lie(&self, lies: Lies) {
        *self.inside.lies.lock().unwrap() = lies;
    }

    pub(crate) fn change_key(&self, id: &str) {
        *self.inside.key.lock().unwrap() = Key::new(id);
    }

    pub(crate) fn key_reads(&self) -> u32 {
        *self.inside.key_reads.lock().unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Value> {
        self.inside.asked.lock().unwrap().clone()
    }

    /// The whole flow with one client, as a browser would do it.
    pub(crate) async fn sign_on(&self, client: &SignOn) -> Result<Identity, SignOnError> {
        let begun = client.begin().await?;
        let state = self.visit(&begun);
        client.finish(begun.attempt, returned(&state)).await
    }

    /// What the provider learns when the browser comes; the state for the way back.
    pub(crate) fn visit(&self, begun: &Begun) -> String {
        let parameter = |name: &str| parameter(&begun.url, name).unwrap();
        *self.inside.nonce.lock().unwrap() = parameter("nonce");
        parameter("state")
    }

    pub(crate) async fn begin(&self, client: &SignOn) -> (String, Attempt) {
        let begun = client.begin().await.unwrap();
        (self.visit(&begun), begun.attempt)
    }
}

pub(crate) fn returned(state: &str) -> Returned {
    Returned {
        code: Some("a-code".to_owned()),
        state: Some(state.to_owned()),
        ..Returned::default()
    }
}

/// A parameter of a URL; those of the tests need no decoding but `%3A` and `%2F`.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_before, query) = url.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.into_iter().find(|(key, _)| *key == name)?;
    Some(found.1.replace("%3A", ":").replace("%2F", "/"))
}

pub(crate) fn now() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the client judges by the system's clock"
    )]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn discover(State(inside): State<Arc<Inside>>) -> Json<Value> {
    let issuer = &inside.issuer;
    let said = inside.lies.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": said.as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "end_session_endpoint": format!("{issuer}/end"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
}

async fn keys(State(inside): State<Arc<Inside>>) -> Json<Value> {
    *inside.key_reads.lock().unwrap() += 1;
    let public = inside.key.lock().unwrap().public();
    Json(json!({ "keys": [public] }))
}

async fn token(
    State(inside): State<Arc<Inside>>,
    headers: axum::http::HeaderMap,
    Form(form): Form<Map<String, Value>>,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let mut asked = form;
    let authorization = headers.get("authorization");
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    asked.insert("authorization".to_owned(), json!(authorization));
    inside.asked.lock().unwrap().push(Value::Object(asked));
    let lies = inside.lies.lock().unwrap().clone();
    let kind = [("content-type", "application/json")];
    if let Some((status, body)) = lies.answer {
        return (StatusCode::from_u16(status).unwrap(), kind, body);
    }
    let body = json!({
        "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60,
        "id_token": inside.sign(&lies),
    });
    (StatusCode::OK, kind, body.to_string())
}

impl Inside {
    fn sign(&self, lies: &Lies) -> String {
        let mut header = json!({ "alg": "ES256", "typ": "JWT" });
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "7f1c-李",
            "nonce": *self.nonce.lock().unwrap(), "iat": now(), "exp": now() + 60,
            "preferred_username": "li.hua", "name": "李华", "groups": ["eco-duty", "all"],
        });
        let key = self.key.lock().unwrap();
        header["kid"] = json!(key.id);
        for (truth, lie) in [(&mut header, &lies.header), (&mut claims, &lies.claims)] {
            for (name, value) in lie.as_object().into_iter().flatten() {
                if value.is_null() {
                    truth.as_object_mut().unwrap().remove(name);
                } else {
                    truth[name] = value.clone();
                }
            }
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        if lies.is_unsigned {
            return format!("{signed}.");
        }
        let forger = Key::new("forger");
        let pair = if lies.is_forged {
            &forger.pair
        } else {
            &key.pair
        };
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}
