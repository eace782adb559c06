//! What a returned file shows by itself. It is never rendered or run, and opened within bounds only.
//!
//! A digital signature is looked at as far as what it covers goes. Who signed, and whether their certificate is to be
//! trusted, is not checked here.

use lopdf::{Dictionary, Document, LoadOptions, Object};

/// Largest file that is taken, bytes.
pub const RETURN_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most pages that are taken.
pub const RETURN_PAGES_MAX: usize = 20;

const STREAM_BYTES_MAX: usize = 32 * 1024 * 1024;
const DEPTH_MAX: usize = 100;
const TEXT_MAX: usize = 20_000;

/// Keys under which a PDF does something, or brings something along.
const ACTIVE: [&str; 9] =
    ["JS", "JavaScript", "OpenAction", "AA", "Launch", "RichMedia", "XFA", "SubmitForm", "ImportData"];

/// What a returned file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// What its bytes are.
    pub media_type: &'static str,
    /// How it relates to the form that was sent.
    pub strength: Strength,
    /// Pages of a PDF.
    pub pages: Option<usize>,
    /// Whether the request's number is in a PDF's text.
    pub number_found: Option<bool>,
    /// A PDF's text, cut.
    pub text: String,
}

/// How a returned file relates to the form that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Byte for byte the form: nothing was signed in it.
    Unchanged,
    /// It begins with the form's bytes, and a digital signature covers the whole file.
    Signed,
    /// It begins with the form's bytes; what was added is not covered by a signature.
    Appended,
    /// Another PDF: filled, drawn on, or scanned. A person compares.
    Resaved,
    /// A picture. A person compares.
    Picture,
}

/// Why a returned file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReturnRefused {
    /// Nothing in it.
    #[error("the file is empty; choose the signed form")]
    Empty,
    /// Too large.
    #[error("the file has {0} bytes; at most {RETURN_BYTES_MAX} are taken")]
    TooLarge(usize),
    /// Neither PDF nor picture.
    #[error("the file is not a PDF, PNG or JPEG; return the signed form as one of these")]
    NotAForm,
    /// Too many pages.
    #[error("the PDF has {0} pages; at most {RETURN_PAGES_MAX} are taken")]
    TooManyPages(usize),
    /// Needs a password.
    #[error("the PDF is encrypted; return it without a password")]
    Encrypted,
    /// Would do something when opened.
    #[error("the PDF holds active content (`/{0}`); return it without")]
    ActiveContent(&'static str),
    /// Brings other files along.
    #[error("the PDF has files attached; return the form alone")]
    EmbeddedFile,
    /// Cannot be read.
    #[error("the PDF is damaged and cannot be read; save it once more, or scan the form")]
    Broken,
    /// Another request's form.
    #[error("the form is that of request {found}; return the one of {wanted}")]
    OtherRequest {
        /// The number in it.
        found: String,
        /// The number it should have.
        wanted: String,
    },
}

/// Looks at a file that came back for the form `original` of the request with this `number`.
///
/// # Errors
/// [`ReturnRefused`] says what is wrong, and what to return instead.
pub fn inspect(original: &[u8], number: &str, returned: &[u8]) -> Result<Inspection, ReturnRefused> {
    if returned.is_empty() {
        return Err(ReturnRefused::Empty);
    }
    if returned.len() > RETURN_BYTES_MAX {
        return Err(ReturnRefused::TooLarge(returned.len()));
    }
    let picture = |media_type| Inspection {
        media_type,
        strength: Strength::Picture,
        pages: None,
        number_found: None,
        text: String::new(),
    };
    match returned {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(picture("image/png")),
        [0xff, 0xd8, 0xff, ..] => Ok(picture("image/jpeg")),
        [b'%', b'P', b'D', b'F', b'-', ..] => pdf(original, number, returned),
        _ => Err(ReturnRefused::NotAForm),
    }
}

fn pdf(original: &[u8], number: &str, returned: &[u8]) -> Result<Inspection, ReturnRefused> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_BYTES_MAX), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(returned, options).map_err(|why| match why {
        lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword => ReturnRefused::Encrypted,
        _ => ReturnRefused::Broken,
    })?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(ReturnRefused::Encrypted);
    }
    // lopdf has opened the object streams: these are all objects, not only those that can be seen in the bytes.
    for object in document.objects.values() {
        refuse_active(object, 0)?;
    }
    refuse_active(&Object::Dictionary(document.trailer.clone()), 0)?;
    let pages = document.page_iter().take(RETURN_BYTES_MAX).count();
    if pages > RETURN_PAGES_MAX {
        return Err(ReturnRefused::TooManyPages(pages));
    }
    if pages == 0 {
        return Err(ReturnRefused::Broken);
    }
    let text = text(&document, pages);
    let found = text.contains(number);
    if let Some(other) = other_number(&text, number).filter(|_| !found) {
        return Err(ReturnRefused::OtherRequest { found: other, wanted: number.to_owned() });
    }
    let strength = match returned.strip_prefix(original) {
        Some([]) => Strength::Unchanged,
        Some(_) if covered(&document, returned, original.len()) => Strength::Signed,
        Some(_) => Strength::Appended,
        None => Strength::Resaved,
    };
    let media_type = "application/pdf";
    Ok(Inspection { media_type, strength, pages: Some(pages), number_found: Some(found), text })
}

fn refuse_active(object: &Object, depth: usize) -> Result<(), ReturnRefused> {
    if depth > DEPTH_MAX {
        return Err(ReturnRefused::Broken);
    }
    match object {
        Object::Dictionary(dictionary) => refuse_active_keys(dictionary, depth),
        Object::Stream(stream) => refuse_active_keys(&stream.dict, depth),
        Object::Array(items) => items.iter().try_for_each(|item| refuse_active(item, depth + 1)),
        // An action's type is a name, as in `/S /Launch`.
        Object::Name(name) => active(name).map_or(Ok(()), |key| Err(ReturnRefused::ActiveContent(key))),
        _ => Ok(()),
    }
}

fn refuse_active_keys(dictionary: &Dictionary, depth: usize) -> Result<(), ReturnRefused> {
    for (key, value) in dictionary.iter() {
        if let Some(key) = active(key) {
            return Err(ReturnRefused::ActiveContent(key));
        }
        if matches!(key.as_slice(), b"EmbeddedFile" | b"EmbeddedFiles" | b"EF") {
            return Err(ReturnRefused::EmbeddedFile);
        }
        if matches!(value, Object::Name(name) if matches!(name.as_slice(), b"EmbeddedFile" | b"Filespec")) {
            return Err(ReturnRefused::EmbeddedFile);
        }
        refuse_active(value, depth + 1)?;
    }
    Ok(())
}

fn active(name: &[u8]) -> Option<&'static str> {
    ACTIVE.into_iter().find(|key| key.as_bytes() == name)
}

fn text(document: &Document, pages: usize) -> String {
    let numbers: Vec<u32> = (1..).take(pages).collect();
    let text = document.extract_text_with_limit(&numbers, STREAM_BYTES_MAX).unwrap_or_default();
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(TEXT_MAX).collect()
}

/// A number of the form `R-XXXX-XXXX` that is not `number`.
fn other_number(text: &str, number: &str) -> Option<String> {
    text.match_indices("R-").find_map(|(at, _)| {
        let found = text.get(at..at + number.len())?;
        let shaped = found.char_indices().all(|(place, c)| match place {
            0 => c == 'R',
            1 | 6 => c == '-',
            _ => c.is_ascii_digit() || ('A'..='F').contains(&c),
        });
        (shaped && found.len() == 11 && found != number).then(|| found.to_owned())
    })
}

/// Whether a signature covers the whole file but for its own bytes: from the first byte to the gap that holds it, and
/// from there to the last; the gap lies in what was added, and holds nothing but hex digits.
fn covered(document: &Document, bytes: &[u8], original: usize) -> bool {
    let signatures = document.objects.values().filter_map(|object| object.as_dict().ok());
    signatures.filter(|dictionary| dictionary.has(b"ByteRange")).any(|dictionary| {
        let Ok(Object::Array(range)) = dictionary.get(b"ByteRange") else { return false };
        let numbers: Vec<usize> =
            range.iter().filter_map(|item| item.as_i64().ok()?.try_into().ok()).collect();
        let [0, first, second, length] = numbers.as_slice() else { return false };
        let gap = bytes.get(*first..*second).unwrap_or_default();
        let hex = gap.strip_prefix(b"<").and_then(|gap| gap.strip_suffix(b">")).unwrap_or_default();
        *first >= original
            && second.checked_add(*length) == Some(bytes.len())
            && !hex.is_empty()
            && hex.iter().all(u8::is_ascii_hexdigit)
            && hex.iter().any(|digit| *digit != b'0')
    })
}
