//! The API and web server: where it listens, and who may reach it how.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web_server::{ProxyHeader, TlsSettings, TrustedProxies};

use super::Configuration;

/// The API and web server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpSection {
    /// Address and port. Beyond loopback only with accounts, and with TLS here (`http.tls`) or at a
    /// proxy (`http.trusted_proxies`).
    pub(crate) listen: SocketAddr,
    /// What browsers call this server, such as `https://qingshan.example.gov.cn`, without a path;
    /// empty for the address it listens on. With `https` cookies go over TLS only.
    pub(crate) public_url: String,
    /// Whether a demonstration, whose passwords everybody knows, may listen beyond loopback.
    pub(crate) demo_beyond_loopback: bool,
    /// Addresses or networks of the reverse proxies in front of this server, separated by commas,
    /// such as `127.0.0.1` or `10.1.2.0/24`. The client's address is taken from their header, and
    /// without `http.tls` nobody else is served beyond loopback.
    pub(crate) trusted_proxies: String,
    /// The header in which they say for whom they ask: `x_forwarded_for` or `forwarded` (RFC 7239).
    /// The proxy must set it or add to it.
    pub(crate) proxy_header: ProxyHeader,
    /// Connections at a time; whoever comes when all are taken is hung up on.
    pub(crate) max_connections: usize,
    /// Connections at a time from one address that is no proxy.
    pub(crate) max_connections_per_address: usize,
    /// TLS.
    pub(crate) tls: TlsSettings,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8212),
            public_url: String::new(),
            demo_beyond_loopback: false,
            trusted_proxies: String::new(),
            proxy_header: ProxyHeader::default(),
            max_connections: 4096,
            max_connections_per_address: 512,
            tls: TlsSettings::default(),
        }
    }
}

impl HttpSection {
    /// The proxies.
    ///
    /// # Errors
    /// Names the entry that is no address.
    pub(crate) fn proxies(&self) -> anyhow::Result<TrustedProxies> {
        TrustedProxies::parse(&self.trusted_proxies, self.proxy_header)
            .context("http.trusted_proxies is not valid")
    }

    /// What browsers call this server, where it is set.
    pub(crate) fn public_url(&self) -> Option<&str> {
        (!self.public_url.is_empty()).then_some(self.public_url.as_str())
    }

    /// Whether browsers come by TLS: cookies then say so.
    pub(crate) fn is_secure(&self) -> bool {
        self.tls.enabled || self.public_url.starts_with("https://")
    }

    /// The listener that sends plain HTTP on to TLS, where one is set.
    ///
    /// # Errors
    /// When it is no address.
    pub(crate) fn redirect_listen(&self) -> anyhow::Result<Option<SocketAddr>> {
        let text = &self.tls.redirect_listen;
        if text.is_empty() {
            return Ok(None);
        }
        let address = text.parse();
        let address = address.with_context(|| {
            format!("http.tls.redirect_listen `{text}` is no address with a port")
        })?;
        Ok(Some(address))
    }
}

/// What may be reached from where.
///
/// # Errors
/// Says what to do.
pub(super) fn check(configuration: &Configuration) -> anyhow::Result<()> {
    let http = &configuration.http;
    let is_reachable = !http.listen.ip().to_canonical().is_loopback();
    anyhow::ensure!(
        configuration.accounts.enabled || !is_reachable,
        "http.listen is {}, but without accounts the server listens on loopback only: switch \
         accounts.enabled on, or use 127.0.0.1 or ::1",
        http.listen
    );
    anyhow::ensure!(
        !configuration.demo || !is_reachable || http.demo_beyond_loopback,
        "http.listen is {}, but everybody knows the passwords of a demonstration: use 127.0.0.1 \
         or ::1, or switch http.demo_beyond_loopback on",
        http.listen
    );
    let proxies = http.proxies()?;
    anyhow::ensure!(
        !is_reachable || http.tls.enabled || !proxies.is_empty(),
        "http.listen is {}, which other machines reach, but without TLS passwords and sessions can \
         be read on the way: switch http.tls.enabled on with http.tls.certificate_file and \
         http.tls.key_file, or name the reverse proxy that has TLS in http.trusted_proxies, or use \
         127.0.0.1 or ::1",
        http.listen
    );
    check_tls(http)?;
    check_public_url(http)?;
    anyhow::ensure!(
        http.max_connections > 0 && http.max_connections_per_address > 0,
        "http.max_connections and http.max_connections_per_address must be at least 1"
    );
    Ok(())
}

fn check_tls(http: &HttpSection) -> anyhow::Result<()> {
    let has_files = |is_set: bool, name: &str| {
        anyhow::ensure!(
            is_set,
            "http.tls.enabled is on, but http.tls.{name} is empty: name the PEM file"
        );
        Ok(())
    };
    if http.tls.enabled {
        let tls = &http.tls;
        has_files(
            !tls.certificate_file.as_os_str().is_empty(),
            "certificate_file",
        )?;
        has_files(!tls.key_file.as_os_str().is_empty(), "key_file")?;
    }
    let redirect = http.redirect_listen()?;
    anyhow::ensure!(
        redirect.is_none() || http.tls.enabled,
        "http.tls.redirect_listen needs http.tls.enabled: there is no TLS to be sent on to"
    );
    Ok(())
}

fn check_public_url(http: &HttpSection) -> anyhow::Result<()> {
    let url = http.public_url.as_str();
    if url.is_empty() {
        return Ok(());
    }
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
    anyhow::ensure!(
        rest.is_some_and(|host| !host.is_empty() && host.bytes().all(is_sign)),
        "http.public_url `{url}` is not valid: write scheme and host only, such as \
         https://qingshan.example.gov.cn, without a path or / at the end"
    );
    anyhow::ensure!(
        url.starts_with("https://") || !http.tls.enabled,
        "http.public_url `{url}` begins with http://, but http.tls.enabled is on: write https://"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond() -> Configuration {
        let mut configuration = Configuration::default();
        configuration.http.listen = "0.0.0.0:8212".parse().expect("an address");
        configuration
    }

    fn refusal(configuration: &Configuration) -> String {
        let refused = check(configuration).expect_err("refused");
        format!("{refused:#}")
    }

    #[test]
    fn beyond_loopback_there_is_tls_here_or_at_a_proxy() {
        assert!(check(&Configuration::default()).is_ok());
        let plain = beyond();
        let said = refusal(&plain);
        for way_out in ["http.tls.enabled", "http.trusted_proxies", "127.0.0.1"] {
            assert!(said.contains(way_out), "{said}");
        }
        let mut behind = beyond();
        behind.http.trusted_proxies = "10.1.2.3, 10.2.0.0/16".to_owned();
        assert!(check(&behind).is_ok());
        behind.http.trusted_proxies = "nginx".to_owned();
        assert!(refusal(&behind).contains("`nginx`"));
        let mut with_tls = beyond();
        with_tls.http.tls.enabled = true;
        assert!(refusal(&with_tls).contains("certificate_file is empty"));
        with_tls.http.tls.certificate_file = "chain.pem".into();
        assert!(refusal(&with_tls).contains("key_file is empty"));
        with_tls.http.tls.key_file = "key.pem".into();
        assert!(check(&with_tls).is_ok());
        let mut mapped = beyond();
        mapped.http.listen = "[::ffff:10.0.0.1]:8212".parse().expect("an address");
        assert!(check(&mapped).is_err());
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let mut configuration = Configuration::default();
        configuration.http.tls.redirect_listen = "0.0.0.0:80".to_owned();
        assert!(refusal(&configuration).contains("needs http.tls.enabled"));
        configuration.http.tls.redirect_listen = "80".to_owned();
        assert!(refusal(&configuration).contains("no address with a port"));
        configuration.http.tls.redirect_listen.clear();
        for wrong in [
            "qingshan.example",
            "https://",
            "https://q.example/",
            "https://q.example/x",
            "https://user@q.example",
        ] {
            wrong.clone_into(&mut configuration.http.public_url);
            assert!(refusal(&configuration).contains("public_url"), "{wrong}");
        }
        configuration.http.public_url = "https://q.example:8443".to_owned();
        assert!(check(&configuration).is_ok() && configuration.http.is_secure());
        configuration.http.public_url = "http://q.example".to_owned();
        assert!(check(&configuration).is_ok() && !configuration.http.is_secure());
        configuration.http.tls = TlsSettings {
            enabled: true,
            certificate_file: "chain.pem".into(),
            key_file: "key.pem".into(),
            ..TlsSettings::default()
        };
        assert!(refusal(&configuration).contains("write https://"));
    }

    #[test]
    fn a_demonstration_stays_on_loopback_unless_told_otherwise() {
        let mut configuration = Configuration {
            demo: true,
            ..Configuration::default()
        };
        assert!(check(&configuration).is_ok());
        configuration.http.listen = "0.0.0.0:8212".parse().expect("an address");
        configuration.http.trusted_proxies = "10.1.2.3".to_owned();
        let refused = refusal(&configuration);
        assert!(refused.contains("demo_beyond_loopback"), "{refused}");
        configuration.http.demo_beyond_loopback = true;
        assert!(check(&configuration).is_ok());
    }

    #[test]
    fn without_accounts_only_loopback_is_accepted() {
        let mut configuration = Configuration::default();
        configuration.accounts.enabled = false;
        assert!(check(&configuration).is_ok());
        configuration.http.listen = "0.0.0.0:8212".parse().expect("an address");
        configuration.http.trusted_proxies = "10.1.2.3".to_owned();
        assert!(refusal(&configuration).contains("loopback"));
        configuration.accounts.enabled = true;
        assert!(check(&configuration).is_ok());
    }
}
