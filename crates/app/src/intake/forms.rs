//! Forms that come back by mail: looked into as uploads are, before the writer is asked. Whatever is not taken is told.

use std::sync::Arc;

use byleave_domain::ids::ChangeRequestId;
use byleave_mail::judge::{Disposition, Warning};
use byleave_mail::message::Attachment;

use super::letter::Letter;
use super::sort::{Found, sort};
use super::unavailable;
use crate::evidence::Document;
use crate::setting::NotChanged;
use crate::{App, NotWritten};

/// What a form comes back as. Pictures come with many mails, so that a person has to take one for a form.
pub(super) const FORM: &str = "application/pdf";

/// Files of one mail that are looked into for a form, at most.
const FORMS_MAX: usize = 3;

/// The form that came back, and what is said of the files that are none.
pub(super) struct Forms {
    pub request: ChangeRequestId,
    pub found: Option<Back>,
    refused: Vec<Warning>,
}

/// A file that is the form.
pub(super) struct Back {
    pub name: String,
    pub document: Document,
    pub strength: &'static str,
    pub sha256: [u8; 32],
}

pub(super) fn not_taken(name: &str, why: &str) -> Warning {
    Warning::Content(format!("the attachment `{name}` is not taken: {why}"))
}

/// What is said of files that may be the form and are not taken for it. Whoever sent one waits for what comes of it.
pub(super) fn left(found: &Found, belongs: Option<ChangeRequestId>, forms: Option<&Forms>) -> Vec<Warning> {
    if let Some(forms) = forms.filter(|forms| Some(forms.request) == belongs) {
        return forms.refused.clone();
    }
    let why = if belongs.is_none() { "it belongs to no open request" } else { "it was not looked into" };
    let files = found.attachments.iter().filter(|file| file.media_type == FORM);
    files.map(|file| not_taken(&file.filename, why)).collect()
}

impl App {
    /// Looks into the files of a mail that may be accepted, for the form that came back.
    pub(super) async fn mail_forms(
        &self,
        letter: &Arc<Letter>,
        found: &Arc<Found>,
        files: Vec<Attachment>,
    ) -> Result<Option<Forms>, NotWritten> {
        if !found.has_form() {
            return Ok(None);
        }
        let (of, with) = (Arc::clone(letter), Arc::clone(found));
        let sorted =
            self.beside(move |app| sort(&app.shared, &of.marks, &with)).await?.map_err(unavailable)?;
        let accepted = sorted.judgement.disposition == Disposition::Accepted;
        let Some(request) = sorted.belongs.filter(|_| accepted) else { return Ok(None) };
        let sent = {
            let world = self.world();
            let tracked = world.change_requests.get(&request);
            tracked.and_then(|tracked| tracked.request.form.as_ref().map(|form| form.evidence))
        };
        let mut forms = Forms { request, found: None, refused: Vec::new() };
        let files = files.into_iter().filter(|file| file.media_type == FORM);
        for (place, Attachment { name, bytes, .. }) in files.enumerate() {
            let why = match sent {
                None => "no form was sent for the request yet".to_owned(),
                Some(_) if forms.found.is_some() => "another file came with it that is the form".to_owned(),
                Some(_) if place >= FORMS_MAX => format!("only the first {FORMS_MAX} are looked into"),
                Some(sent) => match self.inspected(sent, request.number(), bytes).await {
                    Ok((document, strength, sha256)) => {
                        forms.found = Some(Back { name, document, strength, sha256 });
                        continue;
                    }
                    Err(NotChanged::NotWritten(why)) => return Err(why),
                    Err(why) => why.to_string(),
                },
            };
            forms.refused.push(not_taken(&name, &why));
        }
        Ok(Some(forms))
    }
}
