//! The certificate of the upstream and of every proxy that speaks TLS: made for one run, in its folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::Failure;

/// Certificate and key in a folder.
pub struct Certificate {
    /// The certificate, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

impl Certificate {
    /// Where they are, or would be.
    pub fn within(folder: &Path) -> Self {
        Self { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    /// Makes them.
    ///
    /// # Errors
    /// When the folder does not take them.
    pub fn make(folder: &Path) -> Result<Self, Failure> {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let files = Self::within(folder);
        std::fs::write(&files.certificate, own.cert.pem())?;
        std::fs::write(&files.key, own.signing_key.serialize_pem())?;
        Ok(files)
    }

    /// The certificate as others trust it.
    ///
    /// # Errors
    /// When there is none.
    pub fn root(&self) -> Result<CertificateDer<'static>, Failure> {
        Ok(CertificateDer::from_pem_file(&self.certificate)?)
    }

    /// Settings of a server that speaks HTTP/1.1.
    ///
    /// # Errors
    /// When there is no certificate.
    pub fn server(&self) -> Result<Arc<ServerConfig>, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let key = PrivateKeyDer::from_pem_file(&self.key)?;
        let mut config = config.with_no_client_auth().with_single_cert(vec![self.root()?], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Settings of a client that trusts this certificate alone. Every handshake is whole.
    ///
    /// # Errors
    /// When there is no certificate.
    pub fn client(&self) -> Result<Arc<ClientConfig>, Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root()?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}
