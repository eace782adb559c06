//! Lists come in pages: what the caller may see, in a lasting order, from behind the last item of the page before.
//!
//! A cursor is that item's place in the order and nothing else. It is looked up in the caller's own list, so whoever makes
//! one up learns nothing that they could not ask for; and what is added meanwhile neither repeats nor hides what was there.
//! The address of the next page is in `Link` (RFC 8288), so that a list stays an array.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use byleave_api::schema;
use byleave_domain::ids::to_hex;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::openapi::{Answer, Operation};
use crate::problem::Refusal;

/// Items of a page at most.
const LIMIT_MAX: u16 = 1_000;
/// Items of a page where the caller does not say.
const LIMIT: u16 = 100;

/// Which page.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Items at most; 100 where it is not given.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u16>,
    /// Where the page before ended, as its `Link` says.
    #[schemars(with = "Option<schema::Cursor>")]
    pub cursor: Option<String>,
}

/// The items of one page, and what asks for the next one.
pub(crate) struct Part<I> {
    items: Vec<I>,
    next: Option<String>,
}

/// One page of a list, as it is answered.
pub(crate) struct Listed<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl Page {
    /// The page of `items` in the order of their keys, which have to be unique.
    pub fn of<I>(
        self,
        items: impl IntoIterator<Item = I>,
        key: impl Fn(&I) -> String,
    ) -> Result<Part<I>, Refusal> {
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let why = format!("`limit` is {limit}; 1 to {LIMIT_MAX} are taken");
            return Err(Refusal::unfit("limit", &limit.to_string(), why));
        }
        let after = self.cursor.as_deref().map(place).transpose()?.unwrap_or_default();
        let mut keyed: Vec<_> = items.into_iter().map(|item| (key(&item), item)).collect();
        keyed.retain(|(key, _)| key.as_bytes() > after.as_slice());
        keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
        let more = keyed.len() > usize::from(limit);
        keyed.truncate(usize::from(limit));
        let last = keyed.last().map(|(key, _)| to_hex(key.as_bytes())).filter(|_| more);
        let next = last.map(|cursor| format!("limit={limit}&cursor={cursor}"));
        Ok(Part { items: keyed.into_iter().map(|(_, item)| item).collect(), next })
    }
}

impl<I> Part<I> {
    /// What the next page asks for, too.
    pub fn also(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some((next, value)) = self.next.as_mut().zip(value) {
            next.push_str(&format!("&{name}={value}"));
        }
        self
    }

    /// The page with each item as it is shown.
    pub fn shown<T>(self, view: impl Fn(I) -> T) -> Listed<T> {
        Listed { items: self.items.into_iter().map(view).collect(), next: self.next }
    }

    /// The same, where showing one can fail.
    pub fn try_shown<T>(self, view: impl Fn(I) -> Result<T, Refusal>) -> Result<Listed<T>, Refusal> {
        let items = self.items.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok(Listed { items, next: self.next })
    }
}

/// An instant as a key: oldest first.
pub(crate) fn by_age(at: Timestamp, id: impl std::fmt::Display) -> String {
    format!("{:020}{id}", at.as_microsecond().max(0))
}

/// An instant as a key: newest first.
pub(crate) fn newest_first(at: Timestamp, id: impl std::fmt::Display) -> String {
    format!("{:020}{id}", i64::MAX - at.as_microsecond().max(0))
}

fn place(cursor: &str) -> Result<Vec<u8>, Refusal> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let bytes = cursor.as_bytes().chunks(2).map(pair).collect::<Option<Vec<_>>>();
    bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
        let why = format!("the cursor `{cursor}` is none of ours; begin without one");
        Refusal::unfit("cursor", cursor, why)
    })
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let link = self.next.map(|next| [(header::LINK, format!("<?{next}>; rel=\"next\""))]);
        (link, Json(self.items)).into_response()
    }
}

impl<T: JsonSchema> Answer for Listed<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives::<Vec<T>>(StatusCode::OK);
        operation.linked();
    }
}
