//! The flow: to the provider and back.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, LogoutRequest, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::fetch::{client, fetch};
use crate::{Identity, SignOnError, SignOnSettings};

/// So long what the provider says of itself is believed without asking again.
const KEPT: Duration = Duration::from_hours(1);
/// Keys are read again for an unknown one at most so often.
const KEYS_PAUSE: Duration = Duration::from_secs(10);
/// Signatures with the provider's private key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What must be remembered until the provider sends the browser back: for the caller to seal.
#[derive(Serialize, Deserialize)]
pub struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Attempt(…)")
    }
}

/// Where the browser goes, and what is remembered meanwhile.
#[derive(Debug)]
pub struct Begun {
    /// At the provider.
    pub url: String,
    /// To be kept by this browser only.
    pub attempt: Attempt,
}

/// With what the browser comes back (RFC 6749, 4.1.2; RFC 9207).
#[derive(Default, Clone)]
pub struct Returned {
    /// The code.
    pub code: Option<String>,
    /// What was sent along.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers.
    pub issuer: Option<String>,
}

impl fmt::Debug for Returned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Returned(…)")
    }
}

/// What the provider says of itself, and when it was asked.
#[derive(Clone)]
struct Known {
    metadata: Arc<ProviderMetadataWithLogout>,
    read_at: Instant,
}

/// The client. Shared by all requests.
pub struct SignOn {
    settings: SignOnSettings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    after_sign_out: PostLogoutRedirectUrl,
    secret: SecretString,
    http: reqwest::Client,
    known: Mutex<Option<Known>>,
    keys_pause: Duration,
}

impl fmt::Debug for SignOn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SignOn")
            .field("issuer", &self.settings.issuer)
            .finish_non_exhaustive()
    }
}

impl SignOn {
    /// A client of the provider that the settings name. The provider is not asked yet: this server
    /// starts whether it answers or not.
    ///
    /// # Errors
    /// [`SignOnError::Setting`].
    pub fn new(settings: SignOnSettings, public_url: &str) -> Result<Self, SignOnError> {
        let wrong = |setting, reason: String| SignOnError::Setting { setting, reason };
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|error| wrong("issuer", format!("`{}`: {error}", settings.issuer)))?;
        let is_local = matches!(
            issuer.url().host_str(),
            Some("127.0.0.1" | "localhost" | "[::1]")
        );
        if issuer.url().scheme() != "https" && !is_local {
            let reason = format!("`{}` does not begin with https://", settings.issuer);
            return Err(wrong("issuer", reason));
        }
        if settings.client_id.is_empty() {
            let reason = "is empty: register this server at the provider".to_owned();
            return Err(wrong("client_id", reason));
        }
        let file = &settings.client_secret_file;
        let secret = std::fs::read_to_string(file).map_err(|error| {
            let reason = format!("cannot read `{}`: {error}", file.display());
            wrong("client_secret_file", reason)
        })?;
        if secret.trim().is_empty() {
            let reason = format!("`{}` is empty", file.display());
            return Err(wrong("client_secret_file", reason));
        }
        let url = |path: &str| format!("{public_url}{path}");
        let redirect = RedirectUrl::new(url("/api/v1/session/sign-on/callback"))
            .map_err(|error| wrong("enabled", format!("http.public_url: {error}")))?;
        let after_sign_out = PostLogoutRedirectUrl::new(url("/sign-in"))
            .map_err(|error| wrong("enabled", format!("http.public_url: {error}")))?;
        Ok(Self {
            http: client(&settings)?,
            issuer,
            redirect,
            after_sign_out,
            secret: SecretString::from(secret.trim()),
            known: Mutex::new(None),
            keys_pause: KEYS_PAUSE,
            settings,
        })
    }

    /// The same with another pause between two readings of the provider's keys.
    #[must_use]
    pub fn with_pause_between_keys(mut self, pause: Duration) -> Self {
        self.keys_pause = pause;
        self
    }

    /// Where to send a browser.
    ///
    /// # Errors
    /// [`SignOnError::Unavailable`].
    pub async fn begin(&self) -> Result<Begun, SignOnError> {
        let known = self.known(KEPT).await?;
        let client = self.client(&known);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        );
        for scope in self.settings.scopes.split_whitespace() {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        Ok(Begun {
            url: url.to_string(),
            attempt: Attempt {
                state: state.secret().clone(),
                nonce: nonce.secret().clone(),
                verifier: verifier.into_secret(),
            },
        })
    }

    /// Who came back.
    ///
    /// # Errors
    /// [`SignOnError::Refused`], [`SignOnError::NotBelieved`], [`SignOnError::Unavailable`].
    pub async fn finish(
        &self,
        attempt: Attempt,
        returned: Returned,
    ) -> Result<Identity, SignOnError> {
        if returned.state.as_deref() != Some(attempt.state.as_str()) {
            return Err(SignOnError::not_believed("the state is another one"));
        }
        if returned
            .issuer
            .is_some_and(|issuer| issuer != self.settings.issuer)
        {
            return Err(SignOnError::not_believed("another issuer answers"));
        }
        if let Some(code) = returned.error {
            let code = code.chars().take(100).filter(char::is_ascii_graphic);
            return Err(SignOnError::Refused {
                code: code.collect(),
            });
        }
        let Some(code) = returned.code else {
            return Err(SignOnError::not_believed("there is no code"));
        };
        let known = self.known(KEPT).await?;
        let token = self.exchange(&known, code, attempt.verifier).await?;
        let nonce = Nonce::new(attempt.nonce);
        match self.verify(&known, &token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let known = self.known(self.keys_pause).await?;
                self.verify(&known, &token, &nonce)
                    .map_err(|error| SignOnError::not_believed(&error))
            }
            other => other.map_err(|error| SignOnError::not_believed(&explain(&error))),
        }
        .and_then(|subject| {
            Identity::read(
                &token.to_string(),
                &self.settings.issuer,
                &subject,
                &self.settings,
            )
        })
    }

    /// Where signing out there begins, when the settings want it and the provider can.
    pub async fn sign_out_url(&self) -> Option<String> {
        if !self.settings.signs_out_there {
            return None;
        }
        let known = self.known(KEPT).await.ok()?;
        let end = known
            .metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()?;
        let request = LogoutRequest::from(end)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(self.after_sign_out.clone());
        Some(request.http_get_url().to_string())
    }

    async fn exchange(
        &self,
        known: &Known,
        code: String,
        verifier: String,
    ) -> Result<CoreIdToken, SignOnError> {
        let http = |request| fetch(self.http.clone(), request);
        let client = self.client(known);
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| self.unavailable(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let answer = request.request_async(&http).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => SignOnError::Refused {
                code: said.error().to_string(),
            },
            RequestTokenError::Request(error) => self.unavailable(&error),
            _ => SignOnError::not_believed("it is no answer of a token endpoint"),
        })?;
        let token = answer.id_token().cloned();
        token.ok_or_else(|| SignOnError::not_believed("there is no ID token"))
    }

    fn verify(
        &self,
        known: &Known,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<String, ClaimsVerificationError> {
        let client = self.client(known);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_other_audience_verifier_fn(|_other| false);
        let claims = token.claims(&verifier, nonce)?;
        Ok(claims.subject().to_string())
    }

    fn client(&self, known: &Known) -> Client {
        CoreClient::from_provider_metadata(
            (*known.metadata).clone(),
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(self.secret.expose_secret().to_owned())),
        )
        .set_redirect_uri(self.redirect.clone())
    }

    /// What the provider says of itself, not older than this.
    async fn known(&self, not_older: Duration) -> Result<Known, SignOnError> {
        // held while the provider is asked: whoever comes meanwhile waits for the same answer
        let mut kept = self.known.lock().await;
        if let Some(known) = kept
            .as_ref()
            .filter(|known| known.read_at.elapsed() < not_older)
        {
            return Ok(known.clone());
        }
        let http = |request| fetch(self.http.clone(), request);
        let read = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &http).await;
        match (read, kept.as_ref()) {
            (Ok(metadata), _) => {
                let known = Known {
                    metadata: Arc::new(metadata),
                    read_at: Instant::now(),
                };
                *kept = Some(known.clone());
                Ok(known)
            }
            // what was known an hour ago still helps those who sign in while it is away
            (Err(error), Some(known)) => {
                tracing::warn!(
                    error = explain(&error),
                    "the sign-on does not say anything new of itself"
                );
                Ok(known.clone())
            }
            (Err(error), None) => Err(self.unavailable(&error)),
        }
    }

    fn unavailable(&self, error: &(dyn std::error::Error + 'static)) -> SignOnError {
        SignOnError::Unavailable {
            issuer: self.settings.issuer.clone(),
            reason: explain(error),
        }
    }
}

fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
