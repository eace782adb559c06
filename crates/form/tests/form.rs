//! The form as other programs read it, and what comes back: genuine, filled, signed, and hostile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use byleave_form::{Form, FormText, Made, Request, ReturnRefused, Strength, inspect, write};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use proptest::prelude::*;

const NUMBER: &str = "R-7F3A-91C2";

/// The form of [`NUMBER`]; written once, since that takes a while without optimisation.
fn form() -> Vec<u8> {
    static WRITTEN: OnceLock<Vec<u8>> = OnceLock::new();
    WRITTEN.get_or_init(|| form_of(NUMBER)).clone()
}

fn form_of(number: &str) -> Vec<u8> {
    let tools = ["System log".to_owned(), "User look-up".to_owned(), "Diagnostics".to_owned()];
    let text = FormText::standard("Northwind Cloud", &tools);
    let request = Request {
        id: "change_7f3a91c27f3a91c27f3a91c27f3a91c2",
        number,
        organization: "Acmé Rockets & Søns",
        contact_name: "Sam Example",
        contact_email: "sam@acme.example",
        made_at: "2026-11-23T10:02:11Z".parse().unwrap(),
    };
    write(&Form { text: &text, vendor: "Northwind Cloud", made: Made::For(request) }).unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("form.pdf"), bytes).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let output = Command::new(program).args(arguments).current_dir(self.0.path()).output();
        output.unwrap_or_else(|why| panic!("{program} is needed: {why}"))
    }

    fn text(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn qpdf_finds_nothing_wrong() {
    let folder = Folder::with(&form());
    let said = folder.text("qpdf", &["--check", "form.pdf"]);
    assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&folder.text("qpdf", &["--json", "form.pdf"])).unwrap();
    let text = json.to_string();
    let raw = folder.text("qpdf", &["--qdf", "--object-streams=disable", "form.pdf", "-"]);
    for wanted in ["/Lang", "/MarkInfo", "/StructTreeRoot", "/Outlines", "pdfuaid", "DisplayDocTitle"] {
        assert!(text.contains(wanted) || raw.contains(wanted), "{wanted}");
    }
    for unwanted in ["/JavaScript", "/OpenAction", "/EmbeddedFile", "/AcroForm", "/Encrypt", "/URI"] {
        assert!(!text.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn everything_can_be_read_on_every_page() {
    let folder = Folder::with(&form());
    let text = folder.text("pdftotext", &["-layout", "form.pdf", "-"]);
    let pages: Vec<_> = text.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    assert_eq!(pages.len(), 2, "it fits on two pages");
    for page in &pages {
        assert!(page.contains(NUMBER), "the request's number is on each page: {page}");
        assert!(page.contains("version 1"), "and the text's version: {page}");
    }
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "Acmé Rockets & Søns",
        "Sam Example",
        "sam@acme.example",
        "System log",
        "Help is slower.",
        "You export and send what they need to see",
        "Service levels",
        "What it does not cover",
        "How to enable it again",
        "support access to the organization is disabled",
        "Signature",
    ] {
        assert!(words.contains(wanted), "{wanted} is not in: {words}");
    }
}

#[test]
fn fonts_are_embedded_and_the_structure_is_tagged() {
    let folder = Folder::with(&form());
    let fonts = folder.text("pdffonts", &["form.pdf"]);
    let rows: Vec<_> = fonts.lines().skip(2).collect();
    assert!(!rows.is_empty(), "{fonts}");
    for row in rows {
        // emb, sub and uni: embedded, a subset, and with the characters that its glyphs stand for.
        assert!(row.contains(" yes yes yes "), "{row}");
    }
    let info = folder.text("pdfinfo", &["form.pdf"]);
    for wanted in [
        "Tagged:          yes",
        "Title:           Acknowledgement",
        "JavaScript:      no",
        "Encrypted:       no",
    ] {
        assert!(info.contains(wanted), "{wanted} is not in: {info}");
    }
    let structure = folder.text("pdfinfo", &["-struct-text", "form.pdf"]);
    for wanted in ["Document", "H1", "H2", "P (block)", "L (block)", "LI"] {
        assert!(structure.contains(wanted), "{wanted:?} is not in: {structure}");
    }
}

#[test]
fn each_page_has_ink() {
    let folder = Folder::with(&form());
    folder.text("pdftoppm", &["-gray", "-r", "40", "form.pdf", "page"]);
    for page in ["page-1.pgm", "page-2.pgm"] {
        let bytes = std::fs::read(folder.path(page)).unwrap();
        let dark = bytes.iter().filter(|byte| **byte < 128).count();
        assert!(dark > bytes.len() / 1_000 && dark < bytes.len() / 3, "{page}: {dark} of {}", bytes.len());
    }
}

#[test]
fn the_copy_to_read_beforehand_says_so() {
    let text = FormText::standard("Northwind Cloud", &[]);
    let bytes = write(&Form { text: &text, vendor: "Northwind Cloud", made: Made::Specimen }).unwrap();
    let folder = Folder::with(&bytes);
    assert!(
        folder.text("pdftotext", &["form.pdf", "-"]).to_lowercase().contains("specimen, to read beforehand")
    );
    folder.text("qpdf", &["--check", "form.pdf"]);
}

fn refused(original: &[u8], returned: &[u8]) -> ReturnRefused {
    inspect(original, NUMBER, returned).expect_err("it is refused")
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// The form with something put into its catalog.
fn with(original: &[u8], key: &str, value: impl FnOnce(&mut Document) -> Object) -> Vec<u8> {
    let mut document = Document::load_mem(original).unwrap();
    let value = value(&mut document);
    document.catalog_mut().unwrap().set(key, value);
    saved(document)
}

#[test]
fn genuine_returns_say_what_they_are() {
    let original = form();
    let strength = |bytes: &[u8]| inspect(&original, NUMBER, bytes).unwrap().strength;
    assert_eq!(strength(&original), Strength::Unchanged);
    assert_eq!(strength(&[&original[..], b"\n% a comment\n%%EOF\n"].concat()), Strength::Appended);
    let resaved = saved(Document::load_mem(&original).unwrap());
    let found = inspect(&original, NUMBER, &resaved).unwrap();
    assert_eq!((found.strength, found.number_found, found.pages), (Strength::Resaved, Some(true), Some(2)));
    let png = [&[0x89][..], b"PNG\r\n\x1a\n and so on"].concat();
    assert_eq!(strength(&png), Strength::Picture);
}

/// An incremental update behind the form's bytes that holds a signature over everything but itself.
fn signed(original: &[u8], cover_all: bool) -> Vec<u8> {
    let next = Document::load_mem(original).unwrap().max_id + 1;
    let previous = String::from_utf8_lossy(original);
    let previous = previous.rsplit("startxref").next().unwrap().trim().split('\n').next().unwrap().trim();
    let mut bytes = original.to_vec();
    let object = bytes.len();
    let head = format!("{next} 0 obj\n<</Type/Sig/Contents ");
    let hex = format!("<{}>", "30".repeat(64));
    let range_at = |first: usize, second: usize, length: usize| {
        format!("/ByteRange[0 {first:010} {second:010} {length:010}]>>\nendobj\n")
    };
    let first = object + head.len();
    let second = first + hex.len();
    let xref = second + range_at(0, 0, 0).len();
    let end = format!(
        "xref\n{next} 1\n{object:010} 00000 n \ntrailer\n<</Size {}/Root {}/Prev {previous}>>\nstartxref\n{xref}\n%%EOF\n",
        next + 1,
        root(original),
    );
    let length = if cover_all { xref + end.len() - second } else { 10 };
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(hex.as_bytes());
    bytes.extend_from_slice(range_at(first, second, length).as_bytes());
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

fn root(original: &[u8]) -> String {
    let document = Document::load_mem(original).unwrap();
    let (id, generation) = document.trailer.get(b"Root").unwrap().as_reference().unwrap();
    format!("{id} {generation} R")
}

#[test]
fn a_signature_counts_only_over_the_whole_file() {
    let original = form();
    let strength = |bytes: &[u8]| inspect(&original, NUMBER, bytes).unwrap().strength;
    let whole = signed(&original, true);
    assert_eq!(strength(&whole), Strength::Signed);
    assert_eq!(strength(&signed(&original, false)), Strength::Appended);
    // Something that was added after the signature.
    assert_eq!(strength(&[&whole[..], b"% more\n%%EOF\n"].concat()), Strength::Appended);
    // Signed, and not our bytes in front.
    let other = form();
    let changed = {
        let mut bytes = whole.clone();
        bytes[20] ^= 1;
        bytes
    };
    assert_ne!(inspect(&other, NUMBER, &changed).map(|found| found.strength), Ok(Strength::Signed));
}

#[test]
fn hostile_returns_have_their_answers() {
    let original = form();
    assert_eq!(refused(&original, b""), ReturnRefused::Empty);
    let large = [&original[..], &vec![b' '; byleave_form::RETURN_BYTES_MAX]].concat();
    assert!(matches!(refused(&original, &large), ReturnRefused::TooLarge(_)));
    for nothing in [&b"MZ\x90\0 a program"[..], b"<html><script>", b"PK\x03\x04 a document"] {
        assert_eq!(refused(&original, nothing), ReturnRefused::NotAForm);
    }
    assert_eq!(refused(&original, b"%PDF-1.7\nand nothing more"), ReturnRefused::Broken);
    assert_eq!(refused(&original, &original[..original.len() / 2]), ReturnRefused::Broken);

    let script = |_: &mut Document| {
        Object::Dictionary(dictionary! {"S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)")})
    };
    assert!(matches!(
        refused(&original, &with(&original, "OpenAction", script)),
        ReturnRefused::ActiveContent(_)
    ));
    let hidden = |document: &mut Document| {
        let launch = dictionary! {"S" => "Launch", "F" => Object::string_literal("calc.exe")};
        Object::Reference(document.add_object(launch))
    };
    assert_eq!(
        refused(&original, &with(&original, "Extra", hidden)),
        ReturnRefused::ActiveContent("Launch"),
        "behind a reference"
    );
    let attached = |document: &mut Document| {
        let stream = Stream::new(dictionary! {"Type" => "EmbeddedFile"}, b"MZ".to_vec());
        Object::Reference(document.add_object(stream))
    };
    assert_eq!(refused(&original, &with(&original, "Extra", attached)), ReturnRefused::EmbeddedFile);

    let other = form_of("R-0000-0001");
    let expected = ReturnRefused::OtherRequest { found: "R-0000-0001".into(), wanted: NUMBER.into() };
    assert_eq!(refused(&original, &other), expected);
}

#[test]
fn what_hides_in_object_streams_and_behind_passwords_is_found() {
    let original = form();
    let script = |_: &mut Document| {
        Object::Dictionary(dictionary! {"S" => "JavaScript", "JS" => Object::string_literal("x")})
    };
    let folder = Folder::with(&with(&original, "OpenAction", script));
    folder.text("qpdf", &["--object-streams=generate", "form.pdf", "packed.pdf"]);
    let packed = std::fs::read(folder.path("packed.pdf")).unwrap();
    assert!(!packed.windows(10).any(|part| part == b"JavaScript"), "it cannot be seen in the bytes");
    assert!(matches!(refused(&original, &packed), ReturnRefused::ActiveContent(_)));
    for password in ["", "secret"] {
        let folder = Folder::with(&original);
        folder.text("qpdf", &["--encrypt", password, "owner", "256", "--", "form.pdf", "locked.pdf"]);
        let locked = std::fs::read(folder.path("locked.pdf")).unwrap();
        assert_eq!(refused(&original, &locked), ReturnRefused::Encrypted, "password {password:?}");
    }
}

#[test]
fn five_hundred_pages_are_counted_and_refused() {
    let original = form();
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let page = |document: &mut Document| {
        Object::Reference(document.add_object(dictionary! {"Type" => "Page", "Parent" => pages,
        "MediaBox" => vec![0.into(), 0.into(), 10.into(), 10.into()]}))
    };
    let kids: Vec<Object> = (0..500).map(|_| page(&mut document)).collect();
    document
        .objects
        .insert(pages, Object::Dictionary(dictionary! {"Type" => "Pages", "Count" => 500, "Kids" => kids}));
    let catalog = document.add_object(dictionary! {"Type" => "Catalog", "Pages" => pages});
    document.trailer = Dictionary::new();
    document.trailer.set("Root", catalog);
    assert_eq!(refused(&original, &saved(document)), ReturnRefused::TooManyPages(500));
}

#[test]
fn refusals_say_what_to_do() {
    let every = [
        ReturnRefused::Empty,
        ReturnRefused::TooLarge(1),
        ReturnRefused::NotAForm,
        ReturnRefused::TooManyPages(500),
        ReturnRefused::Encrypted,
        ReturnRefused::ActiveContent("JS"),
        ReturnRefused::EmbeddedFile,
        ReturnRefused::Broken,
    ];
    for refused in every {
        let said = refused.to_string();
        let way_out = ["return", "choose", "save it", "at most"].iter().any(|word| said.contains(word));
        assert!(way_out, "{said}");
    }
    assert!(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts/OFL.txt").exists(),
        "the fonts' licence is here"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Nothing that comes back takes the process down, or counts as signed.
    #[test]
    fn damaged_forms_are_answered(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
                                  cut in any::<prop::sample::Index>()) {
        let original = form();
        let mut bytes = original.clone();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = inspect(&original, NUMBER, &bytes);
        let strength = inspect(&original, NUMBER, &bytes[..cut.index(bytes.len())]).map(|found| found.strength);
        prop_assert_ne!(strength, Ok(Strength::Signed));
    }

    #[test]
    fn any_bytes_are_answered(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(b"%PDF-", NUMBER, &[&b"%PDF-1.7\n"[..], &tail].concat());
    }
}
