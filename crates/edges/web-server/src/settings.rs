//! What an operator sets.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// TLS of the API and web server. Beyond loopback the server needs it, or a proxy that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// Whether `http.listen` speaks TLS (1.2 and 1.3).
    pub enabled: bool,
    /// PEM file of the certificate and those that lead to its authority, the server's own first.
    /// Read again when it changes and on SIGHUP; a file that is no good leaves the old one in force.
    pub certificate_file: PathBuf,
    /// PEM file of the certificate's key, not encrypted, readable by the server's user alone.
    pub key_file: PathBuf,
    /// Address and port, such as `0.0.0.0:80`, where plain HTTP is answered with a redirection to
    /// TLS; empty for none.
    pub redirect_listen: String,
    /// Browsers that came once come by TLS only for so many days (RFC 6797); 0 tells them nothing.
    pub hsts_days: u32,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            redirect_listen: String::new(),
            hsts_days: 365,
        }
    }
}

/// How many handshakes may be under way, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandshakeLimits {
    /// In all.
    pub most: usize,
    /// From one address.
    pub most_each: usize,
    /// A client that takes longer is hung up on.
    pub patience: Duration,
}

impl Default for HandshakeLimits {
    fn default() -> Self {
        Self {
            most: 512,
            most_each: 64,
            patience: Duration::from_secs(10),
        }
    }
}
