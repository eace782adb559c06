//! The vendor's own picture and colour on our pages: checked when they are read, served as files of their own.

use std::fmt;
use std::str::FromStr;

use axum::body::Bytes;

use crate::assets::{self, Asset};

/// Bytes of a logo at most.
pub const LOGO_BYTES_MAX: usize = 64 * 1024;
/// How much a colour stands out from each ground that text in it stands on, at least (WCAG 2.2, 1.4.3).
pub const CONTRAST_MIN: f64 = 4.5;
/// Room for the logo at the head of a page, CSS pixels.
const LOGO_ROOM: (f64, f64) = (144.0, 32.0);
/// Of the ground that is tinted with the accent, how much is accent.
const TINT: f64 = 0.1;

/// Grounds of the style sheet, light and dark: a test compares them. The first is the one that is tinted.
const GROUNDS: [[&str; 3]; 2] = [["#ffffff", "#f5f7f9", "#eef1f5"], ["#1a2129", "#10151b", "#222b35"]];

/// How the vendor's pages look different from ours.
#[derive(Debug, Default)]
pub struct Brand {
    logo: Option<Logo>,
    style: Option<Asset>,
}

/// A picture that stands beside the vendor's name.
#[derive(Debug)]
pub struct Logo {
    asset: Asset,
    /// As it is shown, CSS pixels.
    width: u32,
    height: u32,
}

/// Where a colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// On light grounds.
    Light,
    /// On dark grounds.
    Dark,
}

/// A colour that stands out well enough where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    colour: Colour,
    tint: Colour,
}

/// A colour, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour([u8; 3]);

impl Brand {
    /// Without a part, ours stands.
    #[must_use]
    pub fn new(logo: Option<Logo>, light: Option<Accent>, dark: Option<Accent>) -> Self {
        let rule = |media: &str, accent: Option<Accent>| {
            let of = |Accent { colour, tint }| {
                format!("@media {media} {{ :root {{ --accent: {colour}; --accent-bg: {tint}; }} }}\n")
            };
            accent.map(of).unwrap_or_default()
        };
        let style =
            rule("not (prefers-color-scheme: dark)", light) + &rule("(prefers-color-scheme: dark)", dark);
        let style = (!style.is_empty()).then(|| Asset::new("brand", "css", assets::CSS, style));
        Self { logo, style }
    }

    pub(crate) fn logo(&self) -> Option<&Logo> {
        self.logo.as_ref()
    }

    /// Address of the style sheet that stands after ours.
    pub(crate) fn style(&self) -> Option<&str> {
        self.style.as_ref().map(|asset| asset.href.as_str())
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Asset> {
        self.style.iter().chain(self.logo.iter().map(|logo| &logo.asset))
    }
}

impl Logo {
    /// Reads an SVG or PNG file. It is shown as a picture, in which nothing runs and nothing is loaded.
    ///
    /// # Errors
    /// Why it cannot be shown.
    pub fn new(bytes: Vec<u8>) -> Result<Self, String> {
        let length = bytes.len();
        if length > LOGO_BYTES_MAX {
            return Err(format!("it has {length} bytes, and at most {LOGO_BYTES_MAX} are taken"));
        }
        let (extension, media_type, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("png", "image/png", png_size(&bytes))
        } else {
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            if !text.contains("<svg") {
                return Err("it is neither SVG nor PNG".to_owned());
            }
            if let Some(found) = foreign(text) {
                return Err(format!("it holds `{found}`, and a logo runs nothing and loads nothing"));
            }
            ("svg", assets::SVG, svg_size(text))
        };
        let usable = |(width, height): &(f64, f64)| *width >= 1.0 && *height >= 1.0;
        let (width, height) = size.filter(usable).ok_or_else(|| match extension {
            "svg" => "it does not say its size by a `viewBox`".to_owned(),
            _ => "it does not say its size".to_owned(),
        })?;
        let scale = (LOGO_ROOM.0 / width).min(LOGO_ROOM.1 / height);
        let asset = Asset::new("logo", extension, media_type, Bytes::from(bytes));
        Ok(Self { asset, width: pixels(width * scale), height: pixels(height * scale) })
    }

    pub(crate) fn href(&self) -> &str {
        &self.asset.href
    }

    pub(crate) const fn width(&self) -> u32 {
        self.width
    }

    pub(crate) const fn height(&self) -> u32 {
        self.height
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within `LOGO_ROOM`")]
fn pixels(length: f64) -> u32 {
    length.round().max(1.0) as u32
}

/// The first thing in an SVG that would run or load: a script, a page, an event's handler, or an address that is neither in
/// the file nor a picture written out. As a picture it does neither, and the vendor should know before.
fn foreign(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let words =
        ["<script", ":script", "foreignobject", "<!entity", "<?xml-stylesheet", "@import", "javascript:"];
    // White space within an address is part of it, so this reads the text as it is.
    let own = |value: &str| {
        let value = value.trim_start();
        let value = value.strip_prefix(['"', '\'']).unwrap_or(value).trim_start();
        value.starts_with('#') || value.starts_with("data:image/")
    };
    let elsewhere = |before: &&str| {
        let (name, sign) = before.split_at(before.len() - 1);
        let mut values = text.split(name).skip(1).filter_map(|rest| rest.trim_start().strip_prefix(sign));
        values.any(|value| !own(value))
    };
    let is_handler = |name: &&str| {
        name.len() > 2 && name.starts_with("on") && name.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let mut names = text
        .split('=')
        .filter_map(|before| before.trim_end().rsplit([' ', '\t', '\r', '\n', '"', '\'', '/']).next());
    let word = words.into_iter().find(|word| dense.contains(word));
    let word = word.or_else(|| ["href=", "src=", "url("].into_iter().find(elsewhere));
    word.or_else(|| names.find(is_handler)).map(str::to_owned)
}

/// Width and height of the first chunk, which is the header (PNG, third edition, §11.2.1).
fn png_size(bytes: &[u8]) -> Option<(f64, f64)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((number(16)?.into(), number(20)?.into()))
}

fn svg_size(text: &str) -> Option<(f64, f64)> {
    let (_, tag) = text.split_once("<svg")?;
    let (tag, _) = tag.split_once('>')?;
    let (_, value) = tag.split_once("viewBox=")?;
    let quote = value.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let mut numbers = value.split(quote).nth(1)?.split([' ', ',']).filter(|number| !number.is_empty());
    let mut next = || numbers.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
    let [_, _, width, height] = [next()?, next()?, next()?, next()?];
    Some((width, height))
}

impl Accent {
    /// Reads `#rrggbb`.
    ///
    /// # Errors
    /// What it is instead, or how little it stands out, and from which ground.
    pub fn new(text: &str, scheme: Scheme) -> Result<Self, String> {
        let colour: Colour = text.parse()?;
        let [light, dark] = GROUNDS;
        let grounds = if scheme == Scheme::Light { light } else { dark };
        let mut all = grounds.iter().map(|ground| ground.parse()).collect::<Result<Vec<Colour>, _>>()?;
        let paper = *all.first().ok_or("there is no ground")?;
        let tint = colour.over(paper);
        all.push(tint);
        let ratios = all.iter().map(|ground| (colour.contrast(*ground), ground));
        let (least, ground) = ratios.min_by(|a, b| a.0.total_cmp(&b.0)).ok_or("there is no ground")?;
        if least < CONTRAST_MIN {
            // Cut off, not rounded: 4.49 is not 4.5.
            let shown = (least * 100.0).floor() / 100.0;
            return Err(format!(
                "it contrasts {shown:.2}:1 with the ground `{ground}`, and {CONTRAST_MIN}:1 is the least"
            ));
        }
        Ok(Self { colour, tint })
    }
}

impl Colour {
    fn over(self, ground: Self) -> Self {
        let Self([r, g, b]) = self;
        let Self([x, y, z]) = ground;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between two bytes"
        )]
        let mix =
            |top: u8, below: u8| (TINT * f64::from(top) + (1.0 - TINT) * f64::from(below)).round() as u8;
        Self([mix(r, x), mix(g, y), mix(b, z)])
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |byte: u8| match f64::from(byte) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        let Self([r, g, b]) = self;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "this is no colour like `#0b57a4`".to_owned();
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let digits =
            digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())).ok_or_else(wrong)?;
        let [_, r, g, b] = u32::from_str_radix(digits, 16).map_err(|_| wrong())?.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([r, g, b]) = self;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_does_not_stand_out_is_refused_with_its_ratio() {
        let rows = [
            ("#0b57a4", Scheme::Light, None),
            ("#0B57A4", Scheme::Light, None),
            ("#82bbf5", Scheme::Dark, None),
            // 4.54 on white alone, the usual example of what is just enough there.
            ("#767676", Scheme::Light, Some("it contrasts 4.00:1 with the ground `#eef1f5`")),
            ("#ffffff", Scheme::Light, Some("it contrasts 1.00:1 with the ground `#ffffff`")),
            ("#82bbf5", Scheme::Light, Some("and 4.5:1 is the least")),
            ("#0b57a4", Scheme::Dark, Some("and 4.5:1 is the least")),
            ("0b57a4", Scheme::Light, Some("no colour like `#0b57a4`")),
            ("#0b57a", Scheme::Light, Some("no colour")),
            ("#+b57a4", Scheme::Light, Some("no colour")),
            ("#0b57aé", Scheme::Light, Some("no colour")),
        ];
        for (text, scheme, refused) in rows {
            let tried = Accent::new(text, scheme).map(|_| ());
            match refused {
                None => assert_eq!(tried, Ok(()), "{text}"),
                Some(why) => assert!(tried.clone().unwrap_err().contains(why), "{text}: {tried:?}"),
            }
        }
    }

    /// A colour that is measured against other grounds than those it stands on is not measured.
    #[test]
    fn grounds_are_those_of_the_style_sheet() {
        let style = include_str!("../static/byleave.css");
        let (light, dark) = style.split_once("prefers-color-scheme: dark").unwrap();
        for (part, grounds) in [(light, GROUNDS[0]), (dark, GROUNDS[1])] {
            for (role, ground) in ["paper", "ground", "head"].into_iter().zip(grounds) {
                let said = part.split_once(&format!("--{role}: ")).unwrap().1.split(';').next().unwrap();
                let said = if said == "#fff" { "#ffffff" } else { said };
                assert_eq!(said, ground, "--{role}");
            }
        }
    }

    #[test]
    fn a_logo_is_a_small_picture_that_says_its_size() {
        let png = |length: usize| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x40".to_vec();
            bytes.resize(length, 0);
            bytes
        };
        let svg = |inner: &str| format!("<svg viewBox=\"0 0 9 9\">{inner}</svg>").into_bytes();
        type Expected = Result<(u32, u32), &'static str>;
        let rows: [(Vec<u8>, Expected); 16] = [
            (png(64), Ok((128, 32))),
            (png(LOGO_BYTES_MAX), Ok((128, 32))),
            (png(LOGO_BYTES_MAX + 1), Err("65537 bytes")),
            (png(20), Err("its size")),
            (b"<svg viewBox=\"0 0 900 100\"></svg>".to_vec(), Ok((144, 16))),
            (b"<?xml version='1.0'?><svg viewBox='0,0,10,10'></svg>".to_vec(), Ok((32, 32))),
            (b"<svg></svg>".to_vec(), Err("`viewBox`")),
            (b"<svg viewBox=\"0 0 9 9\"><script/></svg>".to_vec(), Err("script")),
            (svg("<s:SCRIPT/>"), Err("`:script`")),
            (svg("<foreignObject/>"), Err("`foreignobject`")),
            (svg("<g onclick = 'x()'/>"), Err("`onclick`")),
            (svg("<use href=\"b.svg#a\"/>"), Err("`href=`")),
            (svg("<g fill=\"url( 'https://x')\"/>"), Err("`url(`")),
            (svg("<style>@import 'x'</style>"), Err("`@import`")),
            (
                svg("<use href=\"#a\" fill='url(#b)'/><image href='data:image/png;base64,AA=='/>"),
                Ok((32, 32)),
            ),
            (b"GIF89a".to_vec(), Err("neither SVG nor PNG")),
        ];
        for (bytes, expected) in rows {
            let logo = Logo::new(bytes).map(|logo| (logo.width, logo.height));
            match expected {
                Ok(size) => assert_eq!(logo, Ok(size)),
                Err(why) => assert!(logo.clone().unwrap_err().contains(why), "{why}: {logo:?}"),
            }
        }
    }
}
