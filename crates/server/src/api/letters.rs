//! Letters to security contacts, and what became of them.

use axum::extract::State;
use byleave_api::v1;
use byleave_app::letters::Written;
use byleave_app::ports::{LetterRow, LetterState};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::page::{Listed, Page};
use crate::api::{Asked, Desk};
use crate::problem::Refusal;
use crate::site::Site;

/// Which letters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Those in this state alone.
    #[schemars(with = "Option<byleave_api::schema::LetterState>")]
    pub state: Option<String>,
    /// Items at most; 100 where it is not given.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u16>,
    /// Where the page before ended, as its `Link` says.
    #[schemars(with = "Option<byleave_api::schema::Cursor>")]
    pub cursor: Option<String>,
}

/// `GET /v1/letters`: the newest, and those that wait or did not arrive, newest first.
pub(crate) async fn list(
    State(site): State<Site>,
    _: Desk,
    Asked(wanted): Asked<Wanted>,
) -> Result<Listed<v1::Letter>, Refusal> {
    let state = wanted.state.as_deref().map(|word| {
        let why = || format!("there is no state `{word}`; write `waiting`, `sent`, `failed` or `bounced`");
        LetterState::from_word(word).ok_or_else(|| Refusal::unfit("state", word, why()))
    });
    let state = state.transpose()?;
    let mut letters = site.app.letters_overview().await?.letters;
    letters.retain(|(row, _)| state.is_none_or(|state| row.state == state));
    let page = Page { limit: wanted.limit, cursor: wanted.cursor };
    let newest = |(row, _): &(LetterRow, Written)| format!("{:020}", u64::MAX - row.place);
    let page = page.of(letters, newest)?.also("state", wanted.state.as_deref());
    Ok(page.shown(|(row, written)| view(&row, &written)))
}

pub(crate) fn view(row: &LetterRow, written: &Written) -> v1::Letter {
    let fact = |name: &str| written.facts.get(name).cloned().unwrap_or_default();
    v1::Letter {
        id: row.id.to_string(),
        organization: row.organization.to_string(),
        contact: row.contact.map(|contact| contact.to_string()),
        to: written.to_email.clone(),
        text: written.text.clone(),
        event: fact("event"),
        number: fact("number"),
        state: row.state.as_str().to_owned(),
        attempts: row.attempts,
        written_at: row.written_at.to_string(),
        next_at: (row.state == LetterState::Waiting).then(|| row.next_at.to_string()),
        said: written.said.clone(),
    }
}
