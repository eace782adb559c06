//! Disable or enable? By whole words, since "unblock" has "block" in it; with both, neither is taken.

use super::Action;
use crate::judge::folded;

/// Beginnings of words that ask to disable.
const DISABLE: &[&str] = &[
    "disabl",
    "block",
    "deactivat",
    "suspend",
    "revok",
    "lock",
    "sperr",
    "gesperr",
    "deaktivier",
    "abschalt",
    "abgeschalt",
    "abzuschalt",
    "ausschalt",
    "ausgeschalt",
    "auszuschalt",
    "unterbind",
    "blockier",
    "abstell",
    "abgestell",
];

/// Beginnings of words that ask to enable.
const ENABLE: &[&str] = &[
    "enabl",
    "reenabl",
    "unblock",
    "unlock",
    "reactivat",
    "activat",
    "restor",
    "reinstat",
    "entsperr",
    "freischalt",
    "freigeschalt",
    "freizuschalt",
    "freigeb",
    "freigegeben",
    "freigabe",
    "aktivier",
    "reaktivier",
    "einschalt",
    "eingeschalt",
    "einzuschalt",
    "allow",
    "permit",
    "zulass",
    "zuzulass",
    "zugelass",
];

/// Two words that stand together and mean one.
const PAIRS: &[(&str, &str, Action)] = &[
    ("turn", "off", Action::Disable),
    ("switch", "off", Action::Disable),
    ("shut", "off", Action::Disable),
    ("lock", "out", Action::Disable),
    ("turn", "on", Action::Enable),
    ("switch", "on", Action::Enable),
];

/// Words that turn what follows, or in German what stands before, into its opposite.
const NOT: &[&str] = &[
    "not", "don't", "dont", "doesn't", "didn't", "never", "no", "cannot", "can't", "won't", "without",
    "nicht", "kein", "keine", "keinen", "niemals", "nie", "weder",
];

/// What it has to be about.
const ABOUT: &[&str] = &[
    "access",
    "support",
    "zugriff",
    "zugang",
    "fernzugriff",
    "supportzugriff",
    "supportzugang",
    "zugriffs",
    "zugangs",
];

const FORM: &[&str] = &["form", "forms", "formular", "vordruck", "acknowledgement", "acknowledgment"];
const SEND: &[&str] = &[
    "send",
    "mail",
    "provide",
    "need",
    "get",
    "have",
    "share",
    "forward",
    "schick",
    "schicken",
    "schicke",
    "senden",
    "sende",
    "zusenden",
    "zuschicken",
    "übersenden",
    "brauche",
    "brauchen",
    "benötige",
    "benötigen",
    "zukommen",
    "bekommen",
    "erhalten",
];

const TAKE_BACK: &[&str] = &[
    "withdraw",
    "withdrawn",
    "retract",
    "cancel",
    "disregard",
    "rescind",
    "zurückziehen",
    "zurücknehmen",
    "zurückgezogen",
    "zurück",
    "stornieren",
    "storniere",
    "hinfällig",
    "gegenstandslos",
];
const REQUEST: &[&str] = &["request", "application", "antrag", "anfrage", "anliegen", "auftrag"];

/// What a text asks for.
pub(super) struct Wanted {
    pub action: Action,
    /// The form is asked for.
    pub form: bool,
    /// A request is taken back.
    pub withdraws: bool,
    pub unclear: Vec<&'static str>,
}

pub(super) fn read(subject: &str, text: &str) -> Wanted {
    let all = format!("{subject}\n{text}");
    let clauses: Vec<Vec<String>> = all.split(['.', ',', ';', ':', '!', '?', '\n']).map(words).collect();
    let sentences: Vec<Vec<String>> = all.split(['.', ';', '!', '?', '\n']).map(words).collect();
    let has = |words: &[String], list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let together = |one: &[&str], other: &[&str]| sentences.iter().any(|s| has(s, one) && has(s, other));
    let withdraws = together(TAKE_BACK, REQUEST);
    let form = together(FORM, SEND);

    let mut said = Vec::new();
    for clause in &clauses {
        let negated = has(clause, NOT);
        said.extend(actions(clause).into_iter().map(|action| (action, negated)));
    }
    let says = |action: Action, negated: bool| said.contains(&(action, negated));
    let about = clauses.iter().any(|clause| clause.iter().any(|word| is_about(word)));
    let plain = [Action::Disable, Action::Enable].map(|action| (says(action, false), says(action, true)));
    let (action, why) = match plain {
        [(true, false), (false, _)] => (Action::Disable, None),
        [(false, _), (true, false)] => (Action::Enable, None),
        [(true, _), (true, _)] => (Action::Other, Some("it speaks of disabling and of enabling")),
        [(true, true), _] | [_, (true, true)] => (Action::Other, Some("it wants it, and wants it not")),
        [(false, true), _] | [_, (false, true)] => (Action::Other, Some("it says only what is not wanted")),
        [(false, false), (false, false)] => (Action::Other, Some("it asks neither to disable nor to enable")),
    };
    let (action, why) = match why {
        None if !about => (Action::Other, Some("it does not say that it is about support access")),
        why => (action, why),
    };
    Wanted { action, form, withdraws, unclear: why.filter(|_| !withdraws).into_iter().collect() }
}

fn is_about(word: &str) -> bool {
    ABOUT.contains(&word) || word.starts_with("supportzug") || word.starts_with("supportaccess")
}

fn actions(clause: &[String]) -> Vec<Action> {
    let mut found = Vec::new();
    for (at, word) in clause.iter().enumerate() {
        let is = |list: &[&str]| list.iter().any(|beginning| word.starts_with(beginning));
        let next = clause.get(at + 1..clause.len().min(at + 5)).unwrap_or_default();
        let pair = PAIRS
            .iter()
            .find(|(first, second, _)| word.starts_with(first) && next.iter().any(|n| n == second));
        match pair {
            Some((_, _, action)) => found.push(*action),
            None if is(ENABLE) => found.push(Action::Enable),
            None if is(DISABLE) => found.push(Action::Disable),
            None => {}
        }
    }
    found
}

/// Words as they are compared; what a hyphen joins is one.
pub(super) fn words(text: &str) -> Vec<String> {
    let text = folded(text).replace(['\u{2019}', '`'], "'").replace(['\u{2010}', '\u{2011}', '\u{ad}'], "-");
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
    parts.map(|word| word.replace('-', "")).filter(|word| !word.is_empty()).collect()
}
