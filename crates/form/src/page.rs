//! Blocks onto pages: a flow that breaks where a page is full, tags what it draws, and ends each page with its footer.

use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::{Document, color::rgb};
use qrcode::{Color, QrCode};

use crate::type_setting::{Face, Line};

/// A4, in points.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
pub(crate) const MARGIN: f32 = 62.0;
pub(crate) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
const TOP: f32 = 62.0;
const BOTTOM: f32 = 742.0;
const FOOTER: f32 = 768.0;
const QR_SIDE: f32 = 44.0;

pub(crate) const INK: (u8, u8, u8) = (28, 36, 48);
pub(crate) const SOFT: (u8, u8, u8) = (90, 101, 115);
const LINE: (u8, u8, u8) = (200, 206, 213);

/// Something set, at a place on a page yet to be drawn.
pub(crate) enum Mark {
    Text { x: f32, y: f32, line: Line, size: f32, bold: bool, colour: (u8, u8, u8), tag: usize },
    Rule { x: f32, y: f32, width: f32 },
}

/// Pages in the making. What is drawn carries the number of its tag.
pub(crate) struct Flow<'a> {
    pub regular: &'a Face,
    pub bold: &'a Face,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl<'a> Flow<'a> {
    pub fn new(regular: &'a Face, bold: &'a Face) -> Self {
        Self { regular, bold, pages: vec![Vec::new()], y: TOP }
    }

    pub fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// Goes on on the next page unless this much is left.
    pub fn keep(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    pub fn text(&mut self, text: &str, style: Style, tag: usize) {
        let face = if style.bold { self.bold } else { self.regular };
        let lines = face.wrapped(text, style.size, WIDTH - style.indent);
        let height = style.size * style.leading;
        for line in lines {
            self.keep(height);
            self.y += height;
            let (x, y) = (MARGIN + style.indent, self.y - height * 0.28);
            self.mark(Mark::Text {
                x,
                y,
                line,
                size: style.size,
                bold: style.bold,
                colour: style.colour,
                tag,
            });
        }
    }

    /// Text on the line that was set last.
    pub fn beside(&mut self, text: &str, indent: f32, style: Style, tag: usize) {
        let face = if style.bold { self.bold } else { self.regular };
        let line = face.line(text);
        let y = self.y - style.size * style.leading * 0.28;
        let x = MARGIN + indent;
        self.mark(Mark::Text { x, y, line, size: style.size, bold: style.bold, colour: style.colour, tag });
    }

    pub fn rule(&mut self, indent: f32, width: f32) {
        let (x, y) = (MARGIN + indent, self.y);
        self.mark(Mark::Rule { x, y, width });
    }

    /// Moves back up, for what stands beside.
    pub fn at(&self) -> f32 {
        self.y
    }

    pub fn go_to(&mut self, y: f32) {
        self.y = y;
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Draws every page. Tells for each tag what was drawn under it, in order.
    pub fn draw(self, document: &mut Document, footer: &Footer<'_>) -> Option<Vec<Drawn>> {
        let mut drawn = Vec::new();
        let pages = self.pages.len();
        for (number, marks) in (1..).zip(&self.pages) {
            let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
            let mut surface = page.surface();
            for mark in marks {
                match mark {
                    Mark::Text { x, y, line, size, bold, colour, tag } => {
                        let face = if *bold { self.bold } else { self.regular };
                        let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                        draw_line(&mut surface, face, line, (*x, *y), *size, *colour);
                        surface.end_tagged();
                        drawn.push(Drawn { tag: *tag, id, page: number - 1, y: *y - *size });
                    }
                    Mark::Rule { x, y, width } => {
                        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
                        fill(&mut surface, LINE);
                        surface.draw_path(&rectangle(*x, *y, *width, 0.7)?);
                        surface.end_tagged();
                    }
                }
            }
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
            footer.draw(&mut surface, self.regular, number, pages);
            surface.end_tagged();
            surface.finish();
            page.finish();
        }
        Some(drawn)
    }
}

/// A line that is on its page.
pub(crate) struct Drawn {
    pub tag: usize,
    pub id: Identifier,
    pub page: usize,
    pub y: f32,
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub size: f32,
    pub leading: f32,
    pub bold: bool,
    pub indent: f32,
    pub colour: (u8, u8, u8),
}

/// What stands at the end of each page.
pub(crate) struct Footer<'a> {
    pub left: &'a str,
    /// What the QR code says.
    pub code: Option<QrCode>,
}

impl Footer<'_> {
    fn draw(&self, surface: &mut Surface<'_>, face: &Face, number: usize, pages: usize) {
        fill(surface, LINE);
        if let Some(path) = rectangle(MARGIN, FOOTER - 12.0, WIDTH, 0.7) {
            surface.draw_path(&path);
        }
        let left = face.line(self.left);
        draw_line(surface, face, &left, (MARGIN, FOOTER + 4.0), 8.0, SOFT);
        let right = face.line(&format!("Page {number} of {pages}"));
        draw_line(surface, face, &right, (MARGIN, FOOTER + 16.0), 8.0, SOFT);
        let Some(code) = &self.code else { return };
        let modules = code.width();
        let side = QR_SIDE / modules as f32;
        let (left, top) = (PAGE.0 - MARGIN - QR_SIDE, FOOTER - 4.0);
        let mut path = PathBuilder::new();
        for (at, colour) in code.to_colors().iter().enumerate() {
            let (row, column) = (at / modules, at % modules);
            let (x, y) = (left + column as f32 * side, top + row as f32 * side);
            if let Some(square) = Rect::from_xywh(x, y, side, side).filter(|_| *colour == Color::Dark) {
                path.push_rect(square);
            }
        }
        if let Some(path) = path.finish() {
            fill(surface, (0, 0, 0));
            surface.draw_path(&path);
        }
    }
}

fn draw_line(
    surface: &mut Surface<'_>,
    face: &Face,
    line: &Line,
    (x, y): (f32, f32),
    size: f32,
    colour: (u8, u8, u8),
) {
    fill(surface, colour);
    surface.draw_glyphs(Point::from_xy(x, y), &line.glyphs, face.font.clone(), &line.text, size, false);
}

fn fill(surface: &mut Surface<'_>, (red, green, blue): (u8, u8, u8)) {
    let paint = rgb::Color::new(red, green, blue).into();
    surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
}

fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(x, y, width, height)?);
    path.finish()
}
