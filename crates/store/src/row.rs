//! Rows to values and back, where they are not the same already.

use std::collections::BTreeSet;

use byleave_app::credentials::{CredentialKind, Holder};
use byleave_app::notice_addresses::{NOTICES_MAX, Notices};
use byleave_app::ports::StoreError;
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SubjectId};
use byleave_domain::subject::SubjectKind;
use byleave_domain::text::Email;
use byleave_domain::tool::{Injection, Isolation, Requirement};
use byleave_domain::visit::VisitEnd;
use jiff::Timestamp;
use rusqlite::Row;

use crate::seal::{Place, Seals};

/// A row on its way in; names the table when something does not parse.
pub(crate) struct Reading<'row> {
    pub table: &'static str,
    pub row: &'row Row<'row>,
    pub seals: &'row Seals,
}

/// Short texts that are sealed together.
pub(crate) fn texts(all: &[Option<&str>]) -> Vec<u8> {
    serde_json::Value::from_iter(all.iter().copied()).to_string().into_bytes()
}

/// Notice addresses as they are sealed: whether others are asked for, those that there are, and those that are asked for.
pub(crate) fn notice_texts(notices: &Notices) -> Vec<u8> {
    let nothing = BTreeSet::new();
    let asked = notices.asked.as_ref();
    let padded = |all: &BTreeSet<Email>| -> Vec<Option<String>> {
        let all = all.iter().map(|address| Some(address.to_string()));
        all.chain(std::iter::repeat(None)).take(NOTICES_MAX).collect()
    };
    let asks = asked.map(|_| "asked".to_owned());
    let all = [vec![asks], padded(&notices.addresses), padded(asked.unwrap_or(&nothing))].concat();
    texts(&all.iter().map(Option::as_deref).collect::<Vec<_>>())
}

/// A message with what is known of it, as it is sealed: the length of the first part in four bytes, the name that it is
/// filed under and what became of it, and its text.
pub(crate) fn message_content(claimed: &str, settled: Option<&str>, text: &[u8]) -> Vec<u8> {
    let known = texts(&[Some(claimed), settled]);
    let length = u32::try_from(known.len()).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), &known, text].concat()
}

/// The parts of what [`message_content`] made.
pub(crate) fn read_message_content(plain: &[u8]) -> Option<(Vec<Option<String>>, Vec<u8>)> {
    let (length, rest) = plain.split_first_chunk()?;
    let (known, text) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((serde_json::from_slice(known).ok()?, text.to_vec()))
}

impl Reading<'_> {
    pub fn get<T: rusqlite::types::FromSql>(&self, column: &str) -> Result<T, StoreError> {
        self.row.get(column).map_err(|why| self.corrupt(column, &why))
    }

    pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        text.parse().map_err(|why: T::Err| self.corrupt(column, &why))
    }

    /// The texts that are sealed in this row; none where they cannot be opened.
    pub fn texts<const N: usize>(&self, place: &Place) -> Result<Option<[Option<String>; N]>, StoreError> {
        let sealed: Option<Vec<u8>> = self.get("sealed")?;
        let plain = sealed.and_then(|sealed| self.seals.unseal(place, &sealed));
        let Some(plain) = plain else { return Ok(None) };
        let all: Vec<Option<String>> =
            serde_json::from_slice(&plain).map_err(|why| self.corrupt("sealed", &why))?;
        all.try_into().map(Some).map_err(|_| self.corrupt("sealed", &"another number of texts is sealed"))
    }

    /// A text that was sealed in this row, as what it is.
    pub fn of_text<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        text: Option<&String>,
    ) -> Result<T, StoreError> {
        let text = text.ok_or_else(|| self.corrupt("sealed", &"a text is missing"))?;
        text.parse().map_err(|why: T::Err| self.corrupt("sealed", &why))
    }

    /// The same where there need be none.
    pub fn of_optional<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        text: Option<&String>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.of_text(Some(text))).transpose()
    }

    pub fn number(&self, column: &str) -> Result<u64, StoreError> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|why| self.corrupt(column, &why))
    }

    pub fn instant(&self, column: &str) -> Result<Timestamp, StoreError> {
        Timestamp::from_microsecond(self.get(column)?).map_err(|why| self.corrupt(column, &why))
    }

    /// The same where there need be none.
    pub fn optional_instant(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let instant = self.get::<Option<i64>>(column)?.map(Timestamp::from_microsecond);
        instant.transpose().map_err(|why| self.corrupt(column, &why))
    }

    pub fn word<T>(&self, column: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        read(&text).ok_or_else(|| self.corrupt(column, &format!("`{text}` is not a known word")))
    }

    pub fn corrupt(&self, column: &str, why: &dyn std::fmt::Display) -> StoreError {
        let key = self.row.get_ref(0).ok().and_then(|value| value.as_bytes().ok().map(<[u8]>::to_vec));
        let row = byleave_domain::ids::to_hex(&key.unwrap_or_default());
        StoreError::Corrupt { what: self.table, row, why: format!("{column}: {why}") }
    }
}

pub(crate) fn subject_kind(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::SupportPerson => "support_person",
        SubjectKind::SupportService => "support_service",
    }
}

pub(crate) fn read_subject_kind(text: &str) -> Option<SubjectKind> {
    [SubjectKind::SupportPerson, SubjectKind::SupportService]
        .into_iter()
        .find(|kind| subject_kind(*kind) == text)
}

pub(crate) fn requirement(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Required => "required",
        Requirement::Optional => "optional",
    }
}

pub(crate) fn read_requirement(text: &str) -> Option<Requirement> {
    [Requirement::Required, Requirement::Optional].into_iter().find(|known| requirement(*known) == text)
}

pub(crate) fn isolation(isolation: &Isolation) -> String {
    match isolation {
        Isolation::UpstreamVerified => "upstream-verified".into(),
        Isolation::Injected(Injection::Prefix) => "prefix".into(),
        Isolation::Injected(Injection::Header(name)) => format!("header:{name}"),
        Isolation::Injected(Injection::Query(name)) => format!("query:{name}"),
        Isolation::Shared { accepted } => if *accepted { "shared" } else { "shared-not-accepted" }.into(),
    }
}

pub(crate) fn read_isolation(text: &str) -> Option<Isolation> {
    Some(match text.split_once(':') {
        Some(("header", name)) => Isolation::Injected(Injection::Header(name.into())),
        Some(("query", name)) => Isolation::Injected(Injection::Query(name.into())),
        Some(_) => return None,
        None => match text {
            "upstream-verified" => Isolation::UpstreamVerified,
            "prefix" => Isolation::Injected(Injection::Prefix),
            "shared" => Isolation::Shared { accepted: true },
            "shared-not-accepted" => Isolation::Shared { accepted: false },
            _ => return None,
        },
    })
}

pub(crate) fn read_visit_end(text: &str) -> Option<VisitEnd> {
    VisitEnd::ALL.into_iter().find(|end| end.as_str() == text)
}

pub(crate) fn credential_kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::SignInLink => "sign_in_link",
    }
}

pub(crate) fn read_credential_kind(text: &str) -> Option<CredentialKind> {
    [CredentialKind::SignInLink].into_iter().find(|kind| credential_kind(*kind) == text)
}

pub(crate) const CONTACT: &str = "contact";
pub(crate) const DESK_PERSON: &str = "desk_person";

pub(crate) fn holder(holder: &Holder) -> (&'static str, &[u8]) {
    match holder {
        Holder::Admin => ("admin", &[]),
        Holder::DeskPerson(id) => (DESK_PERSON, id.as_bytes()),
        Holder::Contact(id) => (CONTACT, id.as_bytes()),
        Holder::Subject(id) => ("subject", id.as_bytes()),
        Holder::Organization(id) => ("organization", id.as_bytes()),
    }
}

pub(crate) fn read_holder(kind: &str, id: &[u8]) -> Option<Holder> {
    if kind == "admin" {
        return id.is_empty().then_some(Holder::Admin);
    }
    let id: [u8; 16] = id.try_into().ok()?;
    Some(match kind {
        DESK_PERSON => Holder::DeskPerson(DeskPersonId::from_bytes(id)),
        CONTACT => Holder::Contact(ContactId::from_bytes(id)),
        "subject" => Holder::Subject(SubjectId::from_bytes(id)),
        "organization" => Holder::Organization(OrganizationId::from_bytes(id)),
        _ => return None,
    })
}
