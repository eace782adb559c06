//! Every page in every state, from typed samples: rendered in each language, read strictly, and, where
//! `BYLEAVE_SAMPLES` names a folder, kept there with what pages load, for the pictures and for axe-core.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use askama::{DynTemplate, Template};
use byleave_app::passkeys::Decides;
use jiff::{SignedDuration, Timestamp};
use regex_lite::Regex;

use super::{Frame, Person};
use crate::text::tests::said_by_scripts;
use crate::text::{Language, Moment};

#[path = "../../tests/routes/html.rs"]
mod html;

/// A page's state: what it is called, what renders it, and it.
pub(crate) struct Sample {
    name: &'static str,
    page: &'static str,
    template: Box<dyn DynTemplate>,
}

/// The page in the state that `name` says, such as `portal-disabled`.
pub(crate) fn sample<T: Template + 'static>(name: &'static str, template: T) -> Sample {
    let page = type_name::<T>().rsplit("::").next().unwrap_or_default();
    Sample { name, page, template: Box::new(template) }
}

/// So many hours from the samples' present.
pub(crate) fn moment(hours: i64) -> Moment {
    let present: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
    Moment(present + SignedDuration::from_hours(hours))
}

impl Frame {
    /// Around what a stranger sees.
    pub(crate) fn of_stranger() -> Self {
        Self { vendor: "Example Cloud".to_owned(), brand: Arc::default(), person: None }
    }

    /// Around what a security contact sees.
    pub(crate) fn of_contact() -> Self {
        Self::of_person("Dana Example", "/portal")
    }

    /// Around what somebody sees whose own page is `home`.
    pub(crate) fn of_person(name: &str, home: &'static str) -> Self {
        let person =
            Person { name: name.to_owned(), home: Some(home), csrf: "c5f".repeat(21), decides: None };
        Self { person: Some(person), ..Self::of_stranger() }
    }

    /// Around what a desk person sees whose session decides so.
    pub(crate) fn deciding(mut self, decides: Decides) -> Self {
        self.person.iter_mut().for_each(|person| person.decides = Some(decides));
        self
    }
}

/// An instant of the day on which samples take place.
pub(crate) fn at(time: &str) -> Moment {
    Moment(format!("2026-11-28T{time}:00Z").parse().unwrap())
}

/// A text without a space, as long as a name may be.
pub(crate) fn long() -> String {
    "Donaudampfschifffahrtsgesellschaft".repeat(3)
}

fn all() -> Vec<Sample> {
    [
        crate::present::samples(),
        super::desk::samples(),
        super::desk_contacts::samples(),
        super::desk_doubt::samples(),
        super::desk_freezes::samples(),
        super::desk_import::samples(),
        super::desk_letters::samples(),
        super::desk_messages::samples(),
        super::desk_organizations::samples(),
        super::desk_request::samples(),
        super::desk_tool::samples(),
        super::desk_vendor::samples(),
        super::enrol::samples(),
        super::help::samples(),
        super::messages::samples(),
        super::portal::samples(),
        super::portal_contacts::samples(),
        super::portal_history::samples(),
        super::portal_request::samples(),
        super::portal_requests::samples(),
        super::portal_stop::samples(),
        super::portal_verify::samples(),
        super::portal_visit::samples(),
        super::passkeys::samples(),
        super::portal_sign::samples(),
        super::problem::samples(),
        super::sessions::samples(),
        super::sign_in::samples(),
        super::sign_in_vendor::samples(),
        super::step_up::samples(),
        super::support::samples(),
        super::visit::samples(),
        super::visit_form::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pages that there are: what derives a template, by its name, if it is a whole page.
fn pages() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let derived =
        Regex::new(r#"#\[template\(path = "([a-z_]+\.html)"\)\]\s*(?:pub\S* )?struct (\w+)"#).unwrap();
    let mut found = BTreeSet::new();
    for file in fs::read_dir(root.join("src/pages")).unwrap().map(|entry| entry.unwrap().path()) {
        let source = fs::read_to_string(file).unwrap();
        for page in derived.captures_iter(&source) {
            let template = fs::read_to_string(root.join("templates").join(&page[1])).unwrap();
            if template.starts_with("{% extends") {
                found.insert(page[2].to_owned());
            }
        }
    }
    found
}

/// Where samples are kept, if that is wanted.
fn kept() -> Option<PathBuf> {
    env::var_os("BYLEAVE_SAMPLES").map(PathBuf::from)
}

#[test]
fn every_page_is_rendered_in_every_state_and_language() {
    let mut seen = BTreeMap::new();
    let said = said_by_scripts();
    for language in Language::ALL {
        language.speak_now(|| {
            for Sample { name, page, template } in all() {
                let html = template.dyn_render().unwrap();
                html::check(&html, name);
                for key in
                    said.iter().filter(|(script, _)| html.contains(**script)).flat_map(|(_, keys)| keys)
                {
                    assert!(
                        html.contains(&format!("data-text=\"{key}\"")),
                        "{name} has no `{key}` for its scripts"
                    );
                }
                assert!(html.contains(&format!("lang=\"{}\"", language.tag())), "{name}");
                let before = seen.insert((language.tag(), name), page);
                assert!(before.is_none(), "two samples are called {name}");
                if let Some(folder) = kept() {
                    fs::create_dir_all(folder.join(language.tag())).unwrap();
                    fs::write(folder.join(language.tag()).join(format!("{name}.html")), html).unwrap();
                }
            }
        });
    }
    let shown: BTreeSet<_> = seen.values().map(|page| (*page).to_owned()).collect();
    let unseen: Vec<_> = pages().difference(&shown).cloned().collect();
    assert_eq!(unseen, [""; 0], "pages without a sample");
    if let Some(folder) = kept() {
        fs::create_dir_all(folder.join("static")).unwrap();
        for (name, body) in crate::assets::files() {
            fs::write(folder.join("static").join(name), body).unwrap();
        }
    }
}
