//! Everything that is derived from the deployment's one secret: the log key and what is made under it.
//!
//! The seed is 32 random bytes in a file beside the database, readable by the process alone. Whoever has it can sign
//! any history; whoever has only the database can not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::ids::{LogId, SessionId};
use byleave_tlog::{Checkpoint, NoteSigner, NoteVerifier};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The deployment's log key and its name.
pub struct Keys {
    seed: [u8; 32],
    signing: SigningKey,
    verifying: VerifyingKey,
    /// First part of every origin, such as `demo.byleave.example`.
    deployment: String,
    /// What has been made once by [`Keys::signer`]: as many as there are logs.
    signers: Mutex<BTreeMap<LogId, Arc<NoteSigner>>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({}, …)", self.deployment)
    }
}

impl Keys {
    /// Takes the deployment's seed and name. The name must be fit for a signed note's key name: not empty, without
    /// white space and without `+`.
    #[must_use]
    pub fn new(seed: [u8; 32], deployment: &str) -> Self {
        let signing = SigningKey::from_bytes(&seed);
        let verifying = signing.verifying_key();
        Self { seed, signing, verifying, deployment: deployment.to_owned(), signers: Mutex::default() }
    }

    /// The deployment's name.
    #[must_use]
    pub fn deployment(&self) -> &str {
        &self.deployment
    }

    /// A log's origin: `<deployment>/o/<32 hex digits>`.
    #[must_use]
    pub fn origin(&self, log: LogId) -> String {
        format!("{}/o/{}", self.deployment, byleave_domain::ids::to_hex(log.as_bytes()))
    }

    /// What signs a log's checkpoints.
    ///
    /// # Errors
    /// When the deployment's name is not fit for a key name.
    pub fn signer(&self, log: LogId) -> Result<Arc<NoteSigner>, byleave_tlog::note::KeyError> {
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signer) = signers.get(&log) {
            return Ok(Arc::clone(signer));
        }
        let signer = Arc::new(NoteSigner::from_seed(&self.origin(log), &self.seed)?);
        signers.insert(log, Arc::clone(&signer));
        Ok(signer)
    }

    /// What verifies a log's checkpoints, as `byleave verify --vkey` takes it.
    ///
    /// # Errors
    /// When the deployment's name is not fit for a key name.
    pub fn verifier(&self, log: LogId) -> Result<NoteVerifier, byleave_tlog::note::KeyError> {
        self.signer(log).map(|signer| signer.verifier().clone())
    }

    /// Signs a stored head. It is signed inside the transaction that writes it, before anybody may rely on it, so it
    /// must not pass for a checkpoint: those are signed only after the commit (S5).
    #[must_use]
    pub fn sign_head(&self, head: &Checkpoint) -> [u8; 64] {
        self.signing.sign(&head_bytes(head)).to_bytes()
    }

    /// Whether a stored head is one that this deployment wrote.
    #[must_use]
    pub fn head_is_ours(&self, head: &Checkpoint, signature: &[u8; 64]) -> bool {
        self.verifying.verify_strict(&head_bytes(head), &Signature::from_bytes(signature)).is_ok()
    }

    /// The secret part of a log's capability address: 32 hex digits.
    #[must_use]
    pub fn capability(&self, log: LogId) -> String {
        byleave_domain::ids::to_hex(&self.derive(&[b"byleave/capability/v1", log.as_bytes()]))
    }

    /// Pseudonym of an actor within one log (protocols 2.3).
    #[must_use]
    pub fn pseudonym(&self, log: LogId, actor: &[u8]) -> [u8; 16] {
        self.derive(&[b"byleave/actor/v1", log.as_bytes(), actor])
    }

    /// Stands for somebody, or their session, at an OpenID provider: a digest under the deployment's key.
    #[must_use]
    pub fn identity(&self, parts: &[&str]) -> [u8; 16] {
        let parts = parts.iter().map(|part| part.as_bytes());
        self.derive(&std::iter::once(b"byleave/identity/v1".as_slice()).chain(parts).collect::<Vec<_>>())
    }

    /// What forms carry that were shown in a session: 32 hex digits. It goes by the session and not by its secret, so that a
    /// form which was open at a step-up is still one of ours.
    #[must_use]
    pub fn form_token(&self, session: SessionId) -> String {
        byleave_domain::ids::to_hex(&self.derive(&[b"byleave/form/v1", session.as_bytes()]))
    }

    /// A 32-byte seed for another purpose of the deployment.
    #[must_use]
    pub fn seed_for(&self, purpose: &str) -> [u8; 32] {
        let mut seed = [0; 32];
        let (left, right) = seed.split_at_mut(16);
        left.copy_from_slice(&self.derive(&[b"byleave/seed/1", purpose.as_bytes()]));
        right.copy_from_slice(&self.derive(&[b"byleave/seed/2", purpose.as_bytes()]));
        seed
    }

    /// HMAC-SHA-256 under the seed, cut to 128 bits. Each part is preceded by its length.
    fn derive(&self, parts: &[&[u8]]) -> [u8; 16] {
        // RFC 2104 §2: a key shorter than the hash's block is filled up with zeros.
        let mut key = [0; 64];
        key.iter_mut().zip(self.seed).for_each(|(to, from)| *to = from);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut out = [0; 16];
        for (to, from) in out.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
        out
    }
}

fn head_bytes(head: &Checkpoint) -> Vec<u8> {
    [b"byleave/head/v1\n", head.to_text().as_bytes()].concat()
}
