//! Chain and key: read at the start, read again when the files change.

use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use beijing_time::{Clock, Timestamp};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tokio_rustls::TlsAcceptor;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::TlsSettings;

/// A chain of certificates and a key are a few kilobytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Chain or key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {}", .file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds {what}", .file.display())]
    Malformed {
        /// Which.
        file: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// The key belongs to another certificate.
    #[error(
        "the key in {} is not that of the first certificate in {}: put the pair that belongs \
         together in place, the server's own certificate first",
        .key_file.display(), .certificate_file.display()
    )]
    OtherKey {
        /// The certificate's file.
        certificate_file: PathBuf,
        /// The key's file.
        key_file: PathBuf,
    },
    /// The new certificate has ended already.
    #[error("the certificate in {} ended at {ended_at}", .file.display())]
    Ended {
        /// Which.
        file: PathBuf,
        /// When.
        ended_at: Timestamp,
    },
    /// The library refuses.
    #[error("TLS cannot be set up")]
    Unusable(#[from] rustls::Error),
}

/// What is in force.
struct Loaded {
    key: Arc<CertifiedKey>,
    ends_at: Timestamp,
    /// Of the files' bytes.
    digest: u64,
}

/// The certificate in force, exchanged for a new one without a restart.
pub struct CertificateKeeper {
    certificate_file: PathBuf,
    key_file: PathBuf,
    clock: Arc<dyn Clock>,
    current: RwLock<Loaded>,
}

impl fmt::Debug for CertificateKeeper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CertificateKeeper")
            .field("certificate_file", &self.certificate_file)
            .finish_non_exhaustive()
    }
}

impl CertificateKeeper {
    /// Reads chain and key. A certificate that has ended is taken here, with an error in the log:
    /// a server that does not start would help nobody.
    ///
    /// # Errors
    /// [`CertificateError`], which names the file.
    pub fn open(
        settings: &TlsSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, CertificateError> {
        let certificates = read(&settings.certificate_file)?;
        let key = read(&settings.key_file)?;
        let loaded = load(settings, &certificates, &key)?;
        if loaded.ends_at <= clock.now() {
            tracing::error!(
                "the certificate in {} ended at {}: browsers refuse it; put a new one in its place",
                settings.certificate_file.display(),
                loaded.ends_at
            );
        }
        warn_of_open_key(&settings.key_file);
        Ok(Arc::new(Self {
            certificate_file: settings.certificate_file.clone(),
            key_file: settings.key_file.clone(),
            clock,
            current: RwLock::new(loaded),
        }))
    }

    /// When the first certificate of the chain ends.
    pub fn ends_at(&self) -> Timestamp {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .ends_at
    }

    /// Takes the files' new content when it is another one; tells whether it was.
    ///
    /// # Errors
    /// [`CertificateError`] when it is no good; the old one stays in force.
    pub fn reload_if_changed(&self) -> Result<bool, CertificateError> {
        let certificates = read(&self.certificate_file)?;
        let key = read(&self.key_file)?;
        let in_force = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .digest;
        if digest(&certificates, &key) == in_force {
            return Ok(false);
        }
        let settings = TlsSettings {
            certificate_file: self.certificate_file.clone(),
            key_file: self.key_file.clone(),
            ..TlsSettings::default()
        };
        let loaded = load(&settings, &certificates, &key)?;
        if loaded.ends_at <= self.clock.now() {
            return Err(CertificateError::Ended {
                file: self.certificate_file.clone(),
                ended_at: loaded.ends_at,
            });
        }
        tracing::info!(
            "new certificate from {}, good until {}",
            self.certificate_file.display(),
            loaded.ends_at
        );
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// TLS with whatever certificate is in force at each handshake.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, CertificateError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for CertificateKeeper {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current.key))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    use std::io::Read;
    let unreadable = |source| CertificateError::Unreadable {
        file: file.to_owned(),
        source,
    };
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    let mut bytes = Vec::new();
    opened
        .take(LARGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn digest(certificates: &[u8], key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_usize(certificates.len());
    hasher.write(certificates);
    hasher.write(key);
    hasher.finish()
}

fn load(
    settings: &TlsSettings,
    certificates: &[u8],
    key: &[u8],
) -> Result<Loaded, CertificateError> {
    let malformed = |file: &Path, what: String| CertificateError::Malformed {
        file: file.to_owned(),
        what,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
        .collect::<Result<_, _>>()
        .map_err(|error| malformed(&settings.certificate_file, format!("damaged PEM: {error}")))?;
    let Some(own) = chain.first() else {
        return Err(malformed(
            &settings.certificate_file,
            "no certificate: a PEM file has lines `-----BEGIN CERTIFICATE-----`".to_owned(),
        ));
    };
    let own = Certificate::from_der(own).map_err(|error| {
        malformed(
            &settings.certificate_file,
            format!("a damaged certificate: {error}"),
        )
    })?;
    let ends_at = own.tbs_certificate.validity.not_after.to_unix_duration();
    let ends_at = i64::try_from(ends_at.as_millis()).unwrap_or(i64::MAX);
    let private = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        let is_encrypted = key
            .windows(b"ENCRYPTED".len())
            .any(|word| word == b"ENCRYPTED");
        let what = if is_encrypted {
            "an encrypted key: write it without a password, readable by the server's user alone"
                .to_owned()
        } else {
            format!("no private key in PEM (PKCS#8, PKCS#1 or SEC1): {error}")
        };
        malformed(&settings.key_file, what)
    })?;
    let key_pair = CertifiedKey::from_der(chain, private, &provider()).map_err(|error| {
        if matches!(error, rustls::Error::InconsistentKeys(_)) {
            CertificateError::OtherKey {
                certificate_file: settings.certificate_file.clone(),
                key_file: settings.key_file.clone(),
            }
        } else {
            malformed(&settings.key_file, format!("a key of no use: {error}"))
        }
    })?;
    Ok(Loaded {
        key: Arc::new(key_pair),
        ends_at: Timestamp::from_epoch_ms(ends_at),
        digest: digest(certificates, key),
    })
}

/// Says it when others on this machine may read the key.
fn warn_of_open_key(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file).map_or(0, |about| about.permissions().mode());
    if mode & 0o004 != 0 {
        tracing::warn!(
            "{} can be read by every user of this machine: chmod 600 it",
            file.display()
        );
    }
}
