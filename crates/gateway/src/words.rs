//! What the gateway's own pages say, in both languages: its whole catalogue. Problem documents are in English.
//!
//! The pages of the control plane have a catalogue of their own (`crates/server/locales`); the gateway knows nothing of the
//! server, and says little enough to have each sentence here, where none can be missing. docs/decisions/gateway-words.md.

use std::borrow::Cow;

use byleave_api::problem::ProblemType;
use byleave_domain::decision::DenyReason;
use byleave_domain::visit::VisitEnd;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use jiff::Timestamp;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

/// A sentence.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    english: Cow<'static, str>,
    /// None of what a parser says.
    german: Option<Cow<'static, str>>,
}

impl Language {
    /// The one that was chosen on a page of ours, where browsers send that along, else the first of ours that the browser
    /// asks for, else English.
    pub(crate) fn asked(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let chosen =
            pairs.filter(|(key, _)| *key == "byleave_language").find_map(|(_, tag)| Self::tagged(tag));
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let primary = |range: &str| Self::tagged(range.split([';', '-']).next().unwrap_or_default().trim());
        chosen.or_else(|| accepted?.split(',').find_map(primary)).unwrap_or(Self::English)
    }

    fn tagged(tag: &str) -> Option<Self> {
        match tag {
            _ if tag.eq_ignore_ascii_case("en") => Some(Self::English),
            _ if tag.eq_ignore_ascii_case("de") => Some(Self::German),
            _ => None,
        }
    }

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

impl Words {
    const fn both(english: &'static str, german: &'static str) -> Self {
        Self { english: Cow::Borrowed(english), german: Some(Cow::Borrowed(german)) }
    }

    pub(crate) fn english(&self) -> &str {
        &self.english
    }

    /// In this language, and in which it is: what a parser says is in English.
    pub(crate) fn in_language(&self, language: Language) -> (&str, Language) {
        match (language, &self.german) {
            (Language::German, Some(german)) => (german, Language::German),
            _ => (&self.english, Language::English),
        }
    }
}

/// What a parser says.
impl From<String> for Words {
    fn from(english: String) -> Self {
        Self { english: english.into(), german: None }
    }
}

impl From<&'static str> for Words {
    fn from(english: &'static str) -> Self {
        Self { english: english.into(), german: None }
    }
}

/// What a refusal of this kind is called.
pub(crate) fn title(kind: ProblemType) -> Words {
    let german = match kind {
        ProblemType::Invalid => "Die Anfrage lässt sich nicht lesen",
        ProblemType::Unauthenticated => "Melden Sie sich zuerst an",
        ProblemType::TokenExpired => "Die Zeit des Tokens ist um",
        ProblemType::InsufficientScope => "Das Token ist nicht dafür da",
        ProblemType::NotFound | ProblemType::UnknownOrganization | ProblemType::UnknownTool => {
            "Hier ist nichts"
        }
        ProblemType::Unavailable => "Zurzeit nicht möglich",
        ProblemType::EntryCode => "Dieser Link gilt nicht mehr",
        ProblemType::CrossOrigin => "Eine andere Seite hat das verlangt",
        ProblemType::Misdirected => "Rechnername und Pfad widersprechen sich",
        ProblemType::NotSupported => "Durch das Gateway nicht möglich",
        ProblemType::Upstream | ProblemType::UpstreamSlow => "Das Werkzeug antwortet nicht",
        ProblemType::Unrecorded => "Nicht aufgezeichnet, also nicht weitergegeben",
        // The control plane's alone are not among what is refused here.
        _ => "Sie können nicht hinein",
    };
    Words::both(kind.title(), german)
}

/// What keeps somebody out, and what they can do now.
pub(crate) fn denied(reason: &DenyReason) -> (Words, Words) {
    let (detail, what_now): (Cow<'static, str>, _) = match reason {
        DenyReason::Unavailable(_) => ("Zurzeit kann niemand hinein.".into(), "Versuchen Sie es gleich noch einmal."),
        DenyReason::Frozen { since, employer: None } => (
            format!("Der Anbieter hält seit {} alle überall heraus.", instant(*since)).into(),
            "Ihr Trust Desk sagt, warum, und hebt es auf; sonst kann das niemand.",
        ),
        DenyReason::Frozen { since, employer: Some(employer) } => (
            format!("Der Anbieter hält seit {} alle von {employer} überall heraus.", instant(*since)).into(),
            "Ihr Trust Desk sagt, warum, und hebt es auf; sonst kann das niemand.",
        ),
        DenyReason::UnknownOrganization => {
            ("Diese Organisation gibt es nicht.".into(), "Prüfen Sie die Adresse, oder beginnen Sie bei Ihrer Liste.")
        }
        DenyReason::UnknownTool => {
            ("Dieses Werkzeug gibt es nicht.".into(), "Prüfen Sie die Adresse, oder beginnen Sie bei Ihrer Liste.")
        }
        DenyReason::UnknownSubject => (
            "Sie sind hier nicht als Support-Person bekannt.".into(),
            "Bitten Sie Ihren Trust Desk, Sie aufzunehmen.",
        ),
        DenyReason::ToolNotAccepted => (
            "Dieses Werkzeug trennt Organisationen nicht, und der Anbieter hat es so nicht angenommen.".into(),
            "Bitten Sie Ihre Plattformabteilung, zu erklären, wie das Werkzeug Organisationen trennt.",
        ),
        DenyReason::OrganizationClosed { since } => (
            format!(
                "Die gespeicherte Einstellung dieser Organisation ist nicht die, die ihr Protokoll belegt (gefunden \
                 {}). Niemand kann hinein, bis das geklärt ist.",
                instant(*since)
            )
            .into(),
            "Sagen Sie es Ihrem Trust Desk; nur er kann es klären.",
        ),
        DenyReason::SupportAccessDisabled { since, .. } => (
            format!("Diese Organisation hat den Support-Zugriff gesperrt: {}.", instant(*since)).into(),
            "Bitten Sie den Kunden, zu schicken, was Sie brauchen, oder dass sein Sicherheitskontakt den \
             Support-Zugriff freigeben lässt.",
        ),
        DenyReason::ApprovalRequired => (
            "Diese Organisation stimmt jedem Besuch vorher zu.".into(),
            "Bitten Sie den Sicherheitskontakt des Kunden, Ihrem Besuch zuzustimmen.",
        ),
        DenyReason::VisitMismatch => (
            "Der Besuch ist nicht Ihrer, oder nicht im Werkzeug dieser Organisation.".into(),
            "Beginnen Sie einen neuen Besuch.",
        ),
        DenyReason::VisitEnded(end) => (
            format!("Ihr Besuch ist vorbei: {}.", over(*end)).into(),
            match end {
                VisitEnd::StoppedByOrganization => {
                    "Fragen Sie den Kunden, warum, bevor Sie einen neuen Besuch beginnen."
                }
                _ => "Beginnen Sie einen neuen Besuch.",
            },
        ),
        DenyReason::VisitSuperseded => (
            "Der Support-Zugriff hat sich geändert, nachdem Ihr Besuch begann.".into(),
            "Beginnen Sie einen neuen Besuch.",
        ),
        DenyReason::ReasonRequired => (
            "Bei diesem Werkzeug muss ein Grund stehen.".into(),
            "Beginnen Sie einen Besuch mit einem Grund.",
        ),
        DenyReason::CaseRequired => (
            "Bei diesem Werkzeug muss ein Fall stehen.".into(),
            "Beginnen Sie einen Besuch mit der Nummer eines Falls.",
        ),
        DenyReason::NoRoom => (
            "Die Festplatte von Byleave ist fast voll. Der Rest ist für das Beenden von Besuchen und für das Sperren \
             da."
                .into(),
            "Sagen Sie es denen, die Byleave betreiben; Sie können hinein, sobald Platz ist.",
        ),
        DenyReason::EndsWaiting => (
            "Wie frühere Anfragen endeten, steht noch nicht in den Protokollen. Bis dahin kommt niemand Neues hinein."
                .into(),
            "Versuchen Sie es gleich noch einmal; bleibt es so, sagen Sie es denen, die Byleave betreiben.",
        ),
    };
    let detail = Words { english: reason.explanation().into(), german: Some(detail) };
    (detail, Words::both(reason.what_now(), what_now))
}

const fn over(end: VisitEnd) -> &'static str {
    match end {
        VisitEnd::Left => "Er wurde beendet",
        VisitEnd::SupportAccessDisabled => "Die Organisation hat den Support-Zugriff gesperrt",
        VisitEnd::Frozen => "Der Anbieter hat den Support-Zugriff eingefroren",
        VisitEnd::StoppedByOrganization => "Die Organisation hat ihn beendet",
        VisitEnd::TokenEnded => "Das benutzte Token ist abgelaufen oder widerrufen",
        VisitEnd::SessionEnded => "Die Sitzung, aus der er betreten wurde, ist zu Ende",
        VisitEnd::Idle => "Er war 15 Minuten lang unbenutzt",
        VisitEnd::TooLong => "Er war 8 Stunden lang offen",
        VisitEnd::Stopped => "Das Gateway wurde angehalten",
        VisitEnd::NodeLost => "Das Gateway ging verloren",
    }
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Defines each sentence that is the same each time.
macro_rules! sentences {
    ($($name:ident { $english:literal, $german:literal })*) => {
        $(pub(crate) const $name: Words = Words::both($english, $german);)*
    };
}

sentences! {
    NOBODY {
        "The request carries no valid Byleave token and no valid visit.",
        "Mit der Anfrage kam kein gültiges Token von Byleave und kein gültiger Besuch."
    }
    NOBODY_NOW {
        "Send `Authorization: Bearer` with your token, or open the tool from your list.",
        "Öffnen Sie das Werkzeug aus Ihrer Liste, oder schicken Sie `Authorization: Bearer` mit Ihrem Token."
    }
    EXPIRED {
        "The token that came with the request worked until a moment that is past.",
        "Das Token, das mit der Anfrage kam, galt bis zu einem Zeitpunkt, der vorbei ist."
    }
    EXPIRED_NOW {
        "Have another one made, and send that.",
        "Lassen Sie ein neues erstellen, und schicken Sie das."
    }
    SCOPE {
        "This takes a token with the scope `enter`, which this one has not.",
        "Dazu braucht es ein Token mit `enter`; dieses hat es nicht."
    }
    SCOPE_NOW {
        "Send a token that is for entering.",
        "Schicken Sie ein Token, mit dem man hineinkann."
    }
    CODE {
        "The link into the tool was used already, is too old, or is for another place.",
        "Der Link in das Werkzeug wurde schon benutzt, ist zu alt oder führt an einen anderen Ort."
    }
    CODE_NOW {
        "Open the tool from your list again.",
        "Öffnen Sie das Werkzeug noch einmal aus Ihrer Liste."
    }
    CODE_DAMAGED {
        "The link into the tool is incomplete or damaged.",
        "Der Link in das Werkzeug ist unvollständig oder beschädigt."
    }
    FOREIGN {
        "The request comes from a page that is not this tool's own, and uses your visit.",
        "Die Anfrage kommt von einer Seite, die nicht zu diesem Werkzeug gehört, und benutzt Ihren Besuch."
    }
    FOREIGN_NOW {
        "Open the tool from your list and do it there; programs send `Authorization: Bearer`.",
        "Öffnen Sie das Werkzeug aus Ihrer Liste und tun Sie es dort; Programme schicken `Authorization: Bearer`."
    }
    INVALID_NOW {
        "Correct the request; it was not forwarded.",
        "Berichtigen Sie die Anfrage; sie wurde nicht weitergegeben."
    }
    UNSUPPORTED_NOW {
        "Use plain requests or WebSocket.",
        "Benutzen Sie einfache Anfragen oder WebSocket."
    }
    NOWHERE {
        "This address names no organization's tool.",
        "Diese Adresse nennt kein Werkzeug einer Organisation."
    }
    NOWHERE_NOW {
        "Check the address, or start from your list.",
        "Prüfen Sie die Adresse, oder beginnen Sie bei Ihrer Liste."
    }
    TWO_NAMES {
        "The host name is one organization's tool and the path names another.",
        "Der Rechnername gehört zum Werkzeug einer Organisation, und der Pfad nennt ein anderes."
    }
    TWO_NAMES_NOW {
        "Use one of the two addresses.",
        "Benutzen Sie eine der beiden Adressen."
    }
    ANOTHER_HOST {
        "This connection was made for another host name.",
        "Diese Verbindung wurde für einen anderen Rechnernamen aufgebaut."
    }
    ANOTHER_HOST_NOW {
        "Ask again on a connection of its own; browsers do so by themselves.",
        "Fragen Sie noch einmal, auf einer eigenen Verbindung; Browser tun das von selbst."
    }
    AGAIN {
        "Try again in a moment.",
        "Versuchen Sie es gleich noch einmal."
    }
    VISIT_UNRECORDED {
        "Your visit could not be recorded.",
        "Ihr Besuch konnte nicht aufgezeichnet werden."
    }
    VISIT_LATE {
        "Your visit could not be recorded in time.",
        "Ihr Besuch konnte nicht rechtzeitig aufgezeichnet werden."
    }
    REQUEST_UNRECORDED {
        "Your request could not be recorded.",
        "Ihre Anfrage konnte nicht aufgezeichnet werden."
    }
    REQUEST_LATE {
        "Your request could not be recorded in time.",
        "Ihre Anfrage konnte nicht rechtzeitig aufgezeichnet werden."
    }
    ENTRY_LATE {
        "Your entry could not be confirmed in time.",
        "Ihr Eintritt konnte nicht rechtzeitig bestätigt werden."
    }
    NO_ANSWER {
        "The tool began no answer in time.",
        "Das Werkzeug begann nicht rechtzeitig zu antworten."
    }
    NO_CONNECTION {
        "The tool took no connection in time.",
        "Das Werkzeug nahm nicht rechtzeitig eine Verbindung an."
    }
    TAKES_NONE {
        "The tool takes no connection.",
        "Das Werkzeug nimmt keine Verbindung an."
    }
    CHANGED_PROTOCOL {
        "The tool changed protocol without being asked to.",
        "Das Werkzeug wechselte ungefragt das Protokoll."
    }
    UNDECLARED {
        "The tool's address or isolation is not declared correctly.",
        "Adresse oder Trennung des Werkzeugs ist nicht richtig erklärt."
    }
    NO_SENSE {
        "The tool closed the connection, or its answer made no sense.",
        "Das Werkzeug schloss die Verbindung, oder seine Antwort ergab keinen Sinn."
    }
    ENCODED {
        "The tool's answer is encoded in a way that is not forwarded.",
        "Die Antwort des Werkzeugs ist auf eine Art kodiert, die nicht weitergegeben wird."
    }
    UPSTREAM_NOW {
        "Try again; if it stays so, tell whoever runs the tool. Byleave let you in.",
        "Versuchen Sie es noch einmal; bleibt es so, sagen Sie es denen, die das Werkzeug betreiben. Byleave hat Sie hineingelassen."
    }
    INSTEAD {
        "What you can do instead, with a text for the customer",
        "Was Sie stattdessen tun können, mit einem Text für den Kunden"
    }
    OPEN_VISIT {
        "Open a visit",
        "Einen Besuch beginnen"
    }
    LIST {
        "Your list",
        "Ihre Liste"
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_language_is_the_chosen_one_or_the_first_that_the_browser_asks_for() {
        let rows = [
            (None, None, Language::English),
            (None, Some("de-CH, en;q=0.8"), Language::German),
            (None, Some("fr, DE;q=0.8, en;q=0.7"), Language::German),
            (None, Some("fr"), Language::English),
            (Some("a=b; byleave_language=en"), Some("de"), Language::English),
            (Some("byleave_language=xx"), Some("de"), Language::German),
            (Some("byleave_language=de"), None, Language::German),
        ];
        for (cookie, accept, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in [(COOKIE, cookie), (ACCEPT_LANGUAGE, accept)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(Language::asked(&headers), expected, "{cookie:?} {accept:?}");
        }
    }
}
