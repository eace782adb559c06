//! The certificate that both listeners show: read from files, and read again when they change, so that whoever renews it
//! need not stop anything. Files that do not fit together change nothing; what was there goes on being shown.

mod expiry;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::failure::{Context as _, Failure};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where certificate and key are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate and those that lead from it to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is shown at present.
#[derive(Debug)]
pub struct Certificate {
    files: Files,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the files, and from now on again whenever they change.
    ///
    /// # Errors
    /// What does not fit, by file.
    pub fn watched(files: &Files) -> Result<Arc<Self>, Failure> {
        // Looked at before they are read: a change in between is seen as one.
        let seen = changed(files);
        let shown = RwLock::new(Arc::new(read(files)?));
        let certificate = Arc::new(Self { files: files.clone(), shown });
        tokio::spawn(Arc::clone(&certificate).watch(seen));
        Ok(certificate)
    }

    /// Settings for a listener that offers `protocols`.
    ///
    /// # Errors
    /// The provider of cryptography does not work here.
    pub fn server(self: &Arc<Self>, protocols: &[&[u8]]) -> Result<Arc<ServerConfig>, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.context("TLS is not available")?.with_no_client_auth();
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        let mut config = config.with_cert_resolver(resolver);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// Until when what is shown is valid, where that can be read.
    pub fn not_after(&self) -> Option<Timestamp> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        expiry::not_after(shown.cert.first()?)
    }

    async fn watch(self: Arc<Self>, mut seen: [Option<SystemTime>; 2]) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = changed(&self.files);
            if now == seen {
                continue;
            }
            seen = now;
            match read(&self.files) {
                Ok(fresh) => {
                    *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                    tracing::info!("the certificate was read anew");
                }
                Err(why) => tracing::warn!("the certificate stays as it was: {why}"),
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn changed(files: &Files) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|it| it.modified()).ok())
}

fn read(files: &Files) -> Result<CertifiedKey, Failure> {
    let Files { certificate, key } = files;
    let chain = CertificateDer::pem_slice_iter(&contents(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .context(format_args!("`{}` holds no certificate in PEM", certificate.display()))?;
    if chain.is_empty() {
        return Err(Failure::new(format_args!("`{}` holds no certificate in PEM", certificate.display())));
    }
    let private = PrivateKeyDer::from_pem_slice(&contents(key)?)
        .context(format_args!("`{}` holds no private key in PEM", key.display()))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain, private, &provider).context(format_args!(
        "`{}` and `{}` do not belong together",
        certificate.display(),
        key.display()
    ))
}

fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).context(format_args!("`{}` cannot be read", path.display()))
}
