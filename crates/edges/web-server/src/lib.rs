#![doc = include_str!("../README.md")]

mod certificate;
mod connection;
mod proxies;
mod redirect;
mod seats;
mod server;
mod settings;

pub use certificate::{CertificateError, CertificateKeeper};
pub use proxies::{ProxyHeader, ProxyListError, TrustedProxies};
pub use server::{Door, WebServer};
pub use settings::{HandshakeLimits, TlsSettings};
