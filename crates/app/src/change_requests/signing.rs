//! The acknowledgement form signed with a passkey, in the portal: what is to be signed, and what came of it.
//!
//! What is signed names form, request, organization and signer, and something used once; what is kept is one file with all
//! that it takes to verify it. It is the form's return like any other: a desk person holds it against the request.

use byleave_domain::change_request::{By, ChangeRequest, Form, Returned, Step, StepRefused, may_add};
use byleave_domain::ids::{ChangeRequestId, ContactId, SessionId};
use byleave_domain::statement::Wish;
use byleave_passkey::{Acknowledgement, Challenge, Evidence, Origin, RelyingParty, SigningKey};
use sha2::{Digest as _, Sha256};

use super::{At, Taken, actor, ask, write};
use crate::App;
use crate::credentials::Holder;
use crate::evidence::{self, Document, Opened};
use crate::passkeys::challenges::Asked;
use crate::passkeys::{Passkey, PasskeyRefused, Used, answered};
use crate::ports::Change;
use crate::setting::NotChanged;
use crate::world::{Tracked, World};

/// What a returned form shows that was signed with a passkey.
pub(crate) const STRENGTH: &str = "passkey";

/// What a security contact is to sign.
#[derive(Debug, Clone)]
pub struct ToSign {
    /// The statement, as it is shown in full.
    pub statement: String,
    /// The form's SHA-256.
    pub form_sha256: [u8; 32],
    /// What the passkey answers.
    pub challenge: Challenge,
    /// With which passkeys, by the authenticators' ids.
    pub credentials: Vec<Vec<u8>>,
}

impl App {
    /// Whether a passkey of this contact may sign the request's form in this session.
    #[must_use]
    pub fn signs_forms(&self, id: ChangeRequestId, contact: ContactId, session: SessionId) -> bool {
        let world = self.world();
        let Some(tracked) = world.change_requests.get(&id) else { return false };
        eligible(&world, tracked, contact, session).next().is_some()
    }

    /// What this contact would sign under the request's form, in this session.
    ///
    /// # Errors
    /// [`NotChanged`]; [`PasskeyRefused::TooNew`] where none of the contact's passkeys was there before.
    pub fn form_to_sign(
        &self,
        id: ChangeRequestId,
        contact: ContactId,
        session: SessionId,
    ) -> Result<ToSign, NotChanged> {
        let mut nonce = [0; 32];
        self.shared.entropy.fill(&mut nonce);
        let (said, form, own) = {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            let request = &tracked.request;
            let form = request.form.clone().ok_or(StepRefused::NoForm)?;
            if !request.is_open() {
                return Err(StepRefused::Over(request.state()).into());
            }
            may_add(tracked.steps.len())?;
            let own = eligible(&world, tracked, contact, session);
            let own: Vec<_> = own.map(|passkey| passkey.credential.clone()).collect();
            (said(request, &form, contact, nonce), form, own)
        };
        if own.is_empty() {
            return Err(PasskeyRefused::TooNew.into());
        }
        let unwritten = |why: byleave_passkey::InvalidAcknowledgement| NotChanged::Document(why.to_string());
        let (statement, challenge) =
            (said.to_text().map_err(unwritten)?, said.challenge().map_err(unwritten)?);
        let asked = Asked::Sign { contact, session, request: id, form: form.evidence, said };
        self.shared.challenges.put(challenge.clone(), asked, self.now());
        Ok(ToSign { statement, form_sha256: form.sha256, challenge, credentials: own })
    }

    /// Takes the form's return, signed with a passkey by this contact in this session. What was asked is used up by it.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn form_sign(
        &self,
        page: RelyingParty,
        id: ChangeRequestId,
        contact: ContactId,
        session: SessionId,
        challenge: String,
        used: Used,
    ) -> Result<ChangeRequest, NotChanged> {
        let now = self.now();
        let form = {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            tracked.request.form.clone().ok_or(StepRefused::NoForm)?
        };
        // Read beside the writer. It is the evidence that is asked about, or the writer refuses.
        let (evidence, sha256) = (form.evidence, form.sha256);
        let bytes = self.beside(move |app| app.evidence_bytes(evidence)).await??;
        if Sha256::digest(&bytes)[..] != sha256 {
            return Err(NotChanged::Document("what is stored is not the form that was sent".into()));
        }
        let signed = self.jobs.command(move |writer| {
            let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
            let said = match asked {
                Asked::Sign { contact: by, session: in_, request, form, said }
                    if (by, in_, request, form) == (contact, session, id, evidence) =>
                {
                    said
                }
                _ => return Err(PasskeyRefused::NotAsked.into()),
            };
            let (organization, passkey, origin) = ask(writer, id, |at| {
                let holder = Holder::Contact(contact);
                let (passkey, origin) = answered(at.world, &page, &challenge, holder, &used, now)?;
                passkey.may_sign(at.tracked.entry, session)?;
                on_file(at, contact)?;
                Ok((at.organization.id, passkey, origin))
            })?;
            let unwritten = |why: &dyn std::fmt::Display| NotChanged::Document(why.to_string());
            let kept = Evidence {
                form: bytes,
                statement: said.to_text().map_err(|why| unwritten(&why))?,
                assertion: used.assertion,
                passkey: signing_key(&passkey),
                origin: Origin { relying_party: page.id, origin },
                signed_at: now.to_string(),
            };
            let bytes = kept.to_bytes().map_err(|why| unwritten(&why))?;
            let sha256 = Sha256::digest(&bytes).into();
            let document = Document { media_type: Evidence::MEDIA_TYPE, bytes };
            let row = evidence::row(&writer.shared, organization, *id.as_bytes(), document);
            let by = By::Contact(contact);
            let returned = Returned { by, evidence: row.id, sha256, strength: STRENGTH.to_owned() };
            let step: Step = ask(writer, id, |at| {
                may_add(at.tracked.steps.len())?;
                Ok(at.tracked.request.take_return(returned)?)
            })?;
            let mut taken = Taken::default();
            taken.push(organization, id, actor(by), step, now);
            let changes = vec![Change::EvidencePut(row), Change::PasskeyPut(Box::new(passkey.clone()))];
            let request = write(writer, taken, changes, id)?;
            writer.shared.world_mut().put_passkey(passkey);
            Ok(request)
        });
        signed.await?
    }
}

/// The form in what came back: the file itself, or the one that was signed with a passkey.
pub(super) fn form_in(returned: Opened) -> Result<Vec<u8>, NotChanged> {
    if returned.media_type != Evidence::MEDIA_TYPE {
        return Ok(returned.bytes);
    }
    let verified = Evidence::verify(&returned.bytes);
    verified.map(|(evidence, ..)| evidence.form).map_err(|why| NotChanged::Document(why.to_string()))
}

/// The passkeys of a contact that may sign under a request in a session.
fn eligible<'a>(
    world: &'a World,
    tracked: &Tracked,
    contact: ContactId,
    session: SessionId,
) -> impl Iterator<Item = &'a Passkey> {
    let (own, request) = (world.passkeys_of(Holder::Contact(contact)), tracked.entry);
    own.filter(move |passkey| passkey.may_sign(request, session).is_ok())
}

fn said(request: &ChangeRequest, form: &Form, contact: ContactId, nonce: [u8; 32]) -> Acknowledgement {
    let action = match request.received.wish {
        Wish::Disabled => "disable",
        Wish::Enabled => "enable",
    };
    Acknowledgement {
        action: action.to_owned(),
        form_sha256: form.sha256,
        nonce,
        org: request.organization.to_string(),
        request: request.id.to_string(),
        signer: contact.to_string(),
    }
}

fn on_file(at: &At<'_>, contact: ContactId) -> Result<(), StepRefused> {
    let known = at.organization.contacts.iter().any(|known| known.id == contact);
    if known { Ok(()) } else { Err(StepRefused::NotAContact(contact)) }
}

fn signing_key(passkey: &Passkey) -> SigningKey {
    SigningKey {
        id: passkey.id.to_string(),
        credential: passkey.credential.clone(),
        public_key: passkey.key.as_cose().to_vec(),
        aaguid: passkey.aaguid,
        flags: passkey.flags,
        registered_at: passkey.registered_at.to_string(),
        registered_by: passkey.way.as_str().to_owned(),
        // Whoever may sign is in a log.
        entry: passkey.entry.unwrap_or_default(),
    }
}
