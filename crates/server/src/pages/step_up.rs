//! `/desk/step-up`: a desk person shows with a passkey that it is they who decide. The page also stands in the place of
//! what was sent too early, and holds it.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use byleave_app::passkeys::{Decides, Passkey};
use byleave_app::tokens::holder_of;
use serde::Deserialize;

use crate::auth::Known;
use crate::form::Posted;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see, sign_in};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

const HERE: &str = "/desk/step-up";

/// Fields of our forms in which somebody has written; the others hold what they have chosen.
const WRITTEN: [&str; 2] = ["text", "reason"];

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpPage {
    frame: Frame,
    why: Why,
    held: Held,
    /// What the browser is asked; where it cannot be, why.
    options: Result<String, Text>,
}

impl StepUpPage {
    fn written(&self) -> impl Iterator<Item = &str> {
        let written = self.held.fields.iter().filter(|(name, _)| WRITTEN.contains(&name.as_str()));
        written.map(|(_, text)| text.as_str()).filter(|text| !text.trim().is_empty())
    }
}

/// A form that waits for a passkey.
pub(crate) struct Held {
    /// Where it goes: one of our own addresses.
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// The desk's page that it came from.
    pub back: String,
}

impl Held {
    /// No form: once the passkey has answered, back.
    pub fn nothing(back: String) -> Self {
        Self { action: HERE.to_owned(), fields: Vec::new(), back }
    }
}

/// Why somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// They have sent what decides something.
    Decides,
    /// They have sent a file, which is not held.
    File,
    /// They want to be asked before they send anything.
    First,
    /// What the passkey has answered was not taken.
    NotTaken,
}

#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /desk/step-up`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let back = came_from(&site, &headers);
    match site.app.decides(known.session()?) {
        Decides::AfterPasskey => ask(&site, &known, &headers, Held::nothing(back), Why::First),
        Decides::WithoutPasskey | Decides::Until(_) => Ok(see(&back)),
    }
}

/// `POST /desk/step-up`: the passkey has answered, or this would not be asked.
pub(crate) async fn done(Posted { known, fields }: Posted<Next>) -> Result<Response, Refusal> {
    known.desk_person()?;
    Ok(see(Some(fields.next.as_str()).filter(|next| ours(next)).unwrap_or("/desk")))
}

/// Asks for a passkey.
pub(crate) fn ask(
    site: &Site,
    known: &Known,
    headers: &HeaderMap,
    held: Held,
    why: Why,
) -> Result<Response, Refusal> {
    let session = known.session()?;
    let options = site.passkey_page(headers).and_then(|page| {
        let challenge = site.app.step_up_begin(session);
        let (world, now) = (site.app.world(), site.app.now());
        let own: Vec<_> = world.passkeys_of(holder_of(known.caller)).collect();
        let from = |passkey: &&Passkey| site.app.passkey_counts_from(passkey);
        let counting = own.iter().filter(|passkey| from(passkey) <= now);
        match (counting.clone().next(), own.iter().map(from).min()) {
            (None, None) => Err(Text::of("step-up-none")),
            (None, Some(from)) => Err(Text::of("step-up-waits").arg("when", from)),
            _ => Ok(page.to_use(&challenge, counting.map(|passkey| passkey.credential.as_slice()))),
        }
    });
    let status = if why == Why::First { StatusCode::OK } else { StatusCode::FORBIDDEN };
    render(status, &StepUpPage { frame: Frame::new(site, Some(known)), why, held, options })
}

/// The desk's page that a browser comes from, as it says; else the first of them.
pub(crate) fn came_from(site: &Site, headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok()).unwrap_or_default();
    let path = from.strip_prefix(site.reached(headers)).filter(|path| ours(path));
    path.unwrap_or("/desk").to_owned()
}

/// Whether a path is one of the desk's own.
pub(crate) fn ours(path: &str) -> bool {
    sign_in::is_below("/desk", path)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::passkey_form::sample_options;
    use crate::pages::samples::{at, long};

    let step = |text: &str| Held {
        action: "/desk/change-requests/change_0/step".to_owned(),
        fields: [("step", "find"), ("question", "identity"), ("text", text), ("answer", "yes")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        back: "/desk/change-requests/change_0".to_owned(),
    };
    let nothing = || Held::nothing("/desk/change-requests/change_0".to_owned());
    let page = |why, held, options| StepUpPage {
        frame: Frame::of_person("Dana Example", "/desk").deciding(Decides::AfterPasskey),
        why,
        held,
        options,
    };
    let said = format!("Showed an identity card in the call.\nKnew the last three cases. {}", long());
    let elsewhere = Text::of("passkeys-elsewhere").arg("origin", "http://localhost:8080");
    vec![
        sample("step-up", page(Why::Decides, step(&said), sample_options())),
        sample("step-up-chosen", page(Why::Decides, step(""), sample_options())),
        sample("step-up-not-taken", page(Why::NotTaken, step(&said), sample_options())),
        sample("step-up-file", page(Why::File, nothing(), sample_options())),
        sample("step-up-first", page(Why::First, nothing(), sample_options())),
        sample("step-up-none", page(Why::Decides, step(&said), Err(Text::of("step-up-none")))),
        sample(
            "step-up-waits",
            page(Why::First, nothing(), Err(Text::of("step-up-waits").arg("when", at("18:00").0))),
        ),
        sample("step-up-elsewhere", page(Why::Decides, step(&said), Err(elsewhere))),
    ]
}
