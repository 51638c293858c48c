//! How the provider is asked.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::{SignOnError, SignOnSettings};

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: usize = 1 << 20;

/// The provider did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0}")]
    Failed(String),
    #[error("its answer is larger than a megabyte")]
    TooLarge,
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self::Failed(text)
    }
}

/// A client with the authority that the settings name.
pub(crate) fn client(settings: &SignOnSettings) -> Result<Client, SignOnError> {
    let wrong = |reason: String| SignOnError::Setting {
        setting: "authority_file",
        reason,
    };
    // the library finds its algorithms here; another one installed before is as good
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .no_proxy();
    let file = &settings.authority_file;
    if !file.as_os_str().is_empty() {
        let bytes = std::fs::read(file)
            .map_err(|error| wrong(format!("cannot read {}: {error}", file.display())))?;
        let authorities = Certificate::from_pem_bundle(&bytes)
            .map_err(|error| wrong(format!("{} is no PEM file: {error}", file.display())))?;
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| SignOnError::Setting {
        setting: "authority_file",
        reason: FetchError::from(error).to_string(),
    })
}

/// Asks once.
pub(crate) async fn fetch(
    client: Client,
    request: HttpRequest,
) -> Result<HttpResponse, FetchError> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut answer = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    answer
        .body(body)
        .map_err(|error| FetchError::Failed(error.to_string()))
}
