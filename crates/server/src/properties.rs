//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: the vendor's picture.

use crate::brand::Logo;

/// A file is refused, or is a picture that has a place at the head of a page, in which nothing runs and nothing is loaded.
///
/// # Panics
/// When it does not hold.
pub fn logo(bytes: &[u8]) {
    let Ok(logo) = Logo::new(bytes.to_vec()) else { return };
    assert!((1..=144).contains(&logo.width()) && (1..=32).contains(&logo.height()), "{logo:?}");
    let extension = if bytes.starts_with(b"\x89PNG") { ".png" } else { ".svg" };
    assert!(logo.href().starts_with("/static/logo.") && logo.href().ends_with(extension), "{logo:?}");
    if extension == ".png" {
        return;
    }
    let text = std::str::from_utf8(bytes).unwrap_or_default().to_lowercase();
    assert!(text.contains("<svg"));
    for tag in text.split('<').skip(1) {
        let name = tag.split(|c: char| c.is_whitespace() || "/>".contains(c)).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        assert!(!["script", "foreignobject", "!entity"].contains(&name), "<{tag}");
        for (number, _) in tag.match_indices('=') {
            let (before, value) = tag.split_at(number);
            let value =
                value.trim_start_matches('=').trim_start().trim_start_matches(['"', '\'']).trim_start();
            let before = before.trim_end();
            assert!(
                !before.ends_with("href") || value.starts_with('#') || value.starts_with("data:"),
                "<{tag}"
            );
            assert!(!before.ends_with(" onload") && !value.starts_with("javascript:"), "<{tag}");
        }
        for value in tag.split("url(").skip(1) {
            let value = value.trim_start().trim_start_matches(['"', '\'']).trim_start();
            assert!(value.starts_with('#') || value.starts_with("data:"), "<{tag}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpus_holds() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/logo");
        let inputs =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        let inputs: Vec<_> = inputs.collect();
        assert!(inputs.len() > 2);
        inputs.iter().for_each(|input| logo(input));
        // Otherwise the property holds of nothing.
        assert!(inputs.into_iter().filter(|input| Logo::new(input.clone()).is_ok()).count() > 2);
    }
}
