//! Domains that a person takes for another one.

use std::collections::{BTreeMap, BTreeSet};

/// Letters changed, added or left out, at most.
const EDITS_MAX: usize = 2;

/// Groups of letters that look like others, in the order in which they are replaced.
const ALIKE: &[(&str, &str)] = &[
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
    ("0", "o"),
    ("1", "l"),
    ("i", "l"),
    ("5", "s"),
    ("а", "a"),
    ("с", "c"),
    ("ԁ", "d"),
    ("е", "e"),
    ("һ", "h"),
    ("і", "l"),
    ("ӏ", "l"),
    ("ј", "j"),
    ("о", "o"),
    ("ο", "o"),
    ("р", "p"),
    ("ρ", "p"),
    ("ԛ", "q"),
    ("ѕ", "s"),
    ("υ", "u"),
    ("ν", "v"),
    ("ԝ", "w"),
    ("х", "x"),
    ("у", "y"),
    ("α", "a"),
    ("м", "m"),
    ("т", "t"),
    ("к", "k"),
    ("ı", "l"),
];

/// Registered domains, made ready: comparing costs a message little, however many there are.
#[derive(Debug, Clone, Default)]
pub struct Domains {
    all: BTreeSet<String>,
    /// By their [`skeleton`].
    skeletons: BTreeMap<String, String>,
}

impl Domains {
    /// Domains in lower case, as A-labels.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = String>) -> Self {
        let all: BTreeSet<String> = all.into_iter().collect();
        let skeletons = all.iter().map(|domain| (skeleton(domain), domain.clone())).collect();
        Self { all, skeletons }
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn has(&self, domain: &str) -> bool {
        self.all.contains(domain)
    }

    /// The one that `domain`, which is none of them, looks like: nearly the same letters, letters that look the same, or
    /// one standing in it as a part.
    #[must_use]
    pub fn like(&self, domain: &str) -> Option<&str> {
        if self.has(domain) {
            return None;
        }
        let shape = skeleton(domain);
        let within = || parts(domain).find_map(|part| self.all.get(part));
        let alike = || parts(&shape).find_map(|part| self.skeletons.get(part));
        let near = || self.all.iter().find(|known| distance(domain, known) <= EDITS_MAX);
        within().or_else(alike).or_else(near).map(String::as_str)
    }
}

/// What stands between a domain's ends, points and hyphens, the whole domain first: a known name in
/// `acme.test.evil.test`, `acme.test-login.test` or `sec.acme.test`.
fn parts(domain: &str) -> impl Iterator<Item = &str> {
    let cuts = domain.match_indices(['.', '-']).map(|(at, _)| at);
    let ends: Vec<usize> = std::iter::once(domain.len()).chain(cuts).collect();
    let starts: Vec<usize> = std::iter::once(0).chain(ends.iter().skip(1).map(|at| at + 1)).collect();
    starts.into_iter().flat_map(move |start| {
        let ends = ends.clone();
        ends.into_iter().filter_map(move |end| domain.get(start..end))
    })
}

/// A domain with letters that look alike made one.
fn skeleton(domain: &str) -> String {
    let (shown, _) = idna::domain_to_unicode(domain);
    ALIKE.iter().fold(shown, |text, (from, to)| text.replace(from, to))
}

/// Levenshtein's; two domains are 253 letters at most.
fn distance(a: &str, b: &str) -> usize {
    if a.chars().count().abs_diff(b.chars().count()) > EDITS_MAX {
        return EDITS_MAX + 1;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, left) in (1..).zip(a.chars()) {
        let mut next = vec![line];
        for (above, right) in row.windows(2).zip(&b) {
            let &[diagonal, up] = above else { continue };
            let side = next.last().copied().unwrap_or(line);
            next.push((diagonal + usize::from(left != *right)).min(up + 1).min(side + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(EDITS_MAX + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_registered_domain() {
        for (domain, known, alike) in [
            ("acrne.test", "acme.test", true),
            ("acme.tst", "acme.test", true),
            ("acmee.test", "acme.test", true),
            ("acme.test.evil.test", "acme.test", true),
            ("acme.test-login.test", "acme.test", true),
            ("sec.acme.test", "acme.test", true),
            ("xn--cme-5cd.test", "acme.test", true),
            ("gl0bex.test", "globex.test", true),
            ("acme.test", "acme.test", false),
            ("initech.test", "acme.test", false),
            ("notacme-rockets.test", "acme.test", false),
        ] {
            let domains = Domains::new([known.to_owned()]);
            assert_eq!(domains.like(domain).is_some(), alike, "{domain} and {known}");
        }
        assert_eq!(distance("kitten", "sitten"), 1);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abc", "xyz"), 3);
    }
}
