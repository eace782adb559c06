//! An authenticator in software, with Ed25519 keys, that does as it is told: also what a real one would not.

#![allow(dead_code, reason = "each test file uses its part")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_app::passkeys::{Assertion, New, Registration, RelyingParty, Used};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

/// The page that asks.
pub const ORIGIN: &str = "http://localhost:8080";

/// Whoever was there and how: present, verified.
pub const VERIFIED: u8 = 5;

/// One passkey.
#[derive(Clone)]
pub struct Authenticator {
    pub key: SigningKey,
    pub credential: Vec<u8>,
    pub handle: Vec<u8>,
    pub counter: u32,
    pub flags: u8,
    pub origin: &'static str,
}

pub fn page() -> RelyingParty {
    RelyingParty { id: "localhost".into(), origins: vec![ORIGIN.into()] }
}

impl Authenticator {
    pub fn new(number: u8, handle: &[u8]) -> Self {
        Self {
            key: SigningKey::from_bytes(&[number; 32]),
            credential: vec![number; 20],
            handle: handle.to_vec(),
            counter: 0,
            flags: VERIFIED,
            origin: ORIGIN,
        }
    }

    /// Makes the passkey, for this question.
    pub fn register(&mut self, challenge: &str) -> New {
        let mut data = self.data(self.flags | 64);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential.len()).unwrap().to_be_bytes());
        data.extend(&self.credential);
        data.extend([0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20]);
        data.extend(self.key.verifying_key().as_bytes());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        let client_data = self.client("webauthn.create", challenge);
        let name = "Laptop".parse().unwrap();
        New { name, registration: Registration { client_data, attestation } }
    }

    /// Answers a question.
    pub fn answer(&mut self, challenge: &str) -> Used {
        let client_data = self.client("webauthn.get", challenge);
        let authenticator_data = self.data(self.flags);
        let message = [authenticator_data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = self.key.sign(&message).to_bytes().to_vec();
        Used {
            credential: self.credential.clone(),
            handle: Some(self.handle.clone()),
            assertion: Assertion { client_data, authenticator_data, signature },
        }
    }

    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let head = Sha256::digest("localhost");
        [head.as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let Self { origin, .. } = self;
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
            .into_bytes()
    }
}

/// As browsers send bytes to us.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
