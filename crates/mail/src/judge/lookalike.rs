//! Domains that a person takes for another one.

use std::borrow::Cow;

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

/// Whether `domain`, which is another one than `known`, looks like it: nearly the same letters, letters that look the
/// same, or the known one standing in it as a part.
#[must_use]
pub fn resembles(domain: &str, known: &str) -> bool {
    let near = |a: &str, b: &str| distance(a, b) <= EDITS_MAX;
    domain != known
        && (near(domain, known)
            || skeleton(domain) == skeleton(known)
            || contains(domain, known)
            || contains(&skeleton(domain), &skeleton(known)))
}

/// `acme.test.evil.test`, `acme.test-login.test`, `sec.acme.test`: the known name from one label's start on.
fn contains(domain: &str, known: &str) -> bool {
    let starts = std::iter::once(0).chain(domain.match_indices(['.', '-']).map(|(at, _)| at + 1));
    starts.into_iter().any(|at| {
        domain
            .get(at..)
            .and_then(|rest| rest.strip_prefix(known))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    })
}

/// A domain with letters that look alike made one.
fn skeleton(domain: &str) -> String {
    let (shown, _) = idna::domain_to_unicode(domain);
    ALIKE.iter().fold(shown, |text, (from, to)| text.replace(from, to))
}

/// Levenshtein's; two domains are 253 letters at most.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Cow<'_, str>, Vec<char>) = (Cow::Borrowed(a), b.chars().collect());
    if a.chars().count().abs_diff(b.len()) > EDITS_MAX {
        return EDITS_MAX + 1;
    }
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
            assert_eq!(resembles(domain, known), alike, "{domain} and {known}");
        }
        assert_eq!(distance("kitten", "sitten"), 1);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abc", "xyz"), 3);
    }
}
