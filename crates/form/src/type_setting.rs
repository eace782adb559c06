//! Words into lines: shaping with the form's own fonts, and breaking at spaces.

use harfrust::{FontRef, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};

const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// One weight of the form's typeface.
pub(crate) struct Face {
    pub font: Font,
    reference: FontRef<'static>,
    data: ShaperData,
}

/// A line that has been set.
pub(crate) struct Line {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    /// Its width at size 1.
    pub width: f32,
}

impl Face {
    pub fn regular() -> Option<Self> {
        Self::new(REGULAR)
    }

    pub fn bold() -> Option<Self> {
        Self::new(BOLD)
    }

    fn new(bytes: &'static [u8]) -> Option<Self> {
        let reference = FontRef::new(bytes).ok()?;
        let data = ShaperData::new(&reference);
        Some(Self { font: Font::new(bytes.to_vec().into(), 0)?, reference, data })
    }

    /// One line, however long. What the font does not have becomes U+FFFD.
    pub fn line(&self, text: &str) -> Line {
        let text: String = text.chars().map(|c| if self.has(c) { c } else { '\u{fffd}' }).collect();
        let shaper = self.data.shaper(&self.reference).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.guess_segment_properties();
        let per_em = shaper.units_per_em() as f32;
        let shaped = shaper.shape(buffer, ShapeOptions::new());
        let starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let glyphs: Vec<_> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, at)| {
                let start = info.cluster as usize;
                let end = starts.iter().copied().filter(|other| *other > start).min().unwrap_or(text.len());
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    at.x_advance as f32 / per_em,
                    at.x_offset as f32 / per_em,
                    at.y_offset as f32 / per_em,
                    0.0,
                    start..end,
                    None,
                )
            })
            .collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Line { text, glyphs, width }
    }

    /// Lines that are at most `width` wide at `size`; a word that is longer is cut.
    pub fn wrapped(&self, text: &str, size: f32, width: f32) -> Vec<Line> {
        let fits = |text: &str| self.line(text).width * size <= width;
        let mut lines = Vec::new();
        let mut present = String::new();
        for word in text.split_whitespace() {
            let longer = if present.is_empty() { word.to_owned() } else { format!("{present} {word}") };
            if fits(&longer) {
                present = longer;
                continue;
            }
            if !present.is_empty() {
                lines.push(self.line(&present));
            }
            present = String::new();
            for c in word.chars() {
                let longer = format!("{present}{c}");
                if !present.is_empty() && !fits(&longer) {
                    lines.push(self.line(&present));
                    present = String::new();
                }
                present.push(c);
            }
        }
        if !present.is_empty() {
            lines.push(self.line(&present));
        }
        lines
    }

    fn has(&self, c: char) -> bool {
        let shaper = self.data.shaper(&self.reference).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(c.encode_utf8(&mut [0; 4]));
        buffer.guess_segment_properties();
        !c.is_control()
            && shaper.shape(buffer, ShapeOptions::new()).glyph_infos().iter().all(|info| info.glyph_id != 0)
    }
}
