//! Writes the form: one PDF per request, tagged, with embedded fonts, in the form that PDF/UA-1 asks for.

use std::num::NonZeroU16;

use jiff::Timestamp;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::tagging::{ListNumbering, Node, Tag, TagGroup, TagTree};
use krilla::{Document, SerializeSettings};
use qrcode::{EcLevel, QrCode};

use crate::page::{Drawn, Flow, Footer, INK, MARGIN, SOFT, Style, WIDTH};
use crate::text::FormText;
use crate::type_setting::Face;

/// A form to be written.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// What it says.
    pub text: &'a FormText,
    /// The vendor's name.
    pub vendor: &'a str,
    /// For whom.
    pub made: Made<'a>,
}

/// For whom a form is made.
#[derive(Debug, Clone, Copy)]
pub enum Made<'a> {
    /// For nobody: a copy to read beforehand, marked as such.
    Specimen,
    /// For one change request.
    For(Request<'a>),
}

/// What is filled in.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The change request's id, which the QR code holds.
    pub id: &'a str,
    /// Its number as people read it.
    pub number: &'a str,
    /// The organization's name.
    pub organization: &'a str,
    /// The security contact's name.
    pub contact_name: &'a str,
    /// The security contact's address.
    pub contact_email: &'a str,
    /// When the form was made.
    pub made_at: Timestamp,
}

/// Why a form was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the form cannot be written: {0}")]
pub struct NotWritten(String);

const BODY: Style = Style { size: 10.0, leading: 1.36, bold: false, indent: 0.0, colour: INK };
const LABEL: Style = Style { colour: SOFT, ..BODY };
const FACT: Style = Style { indent: FACTS, ..BODY };
const TITLE: Style = Style { size: 19.0, leading: 1.25, bold: true, ..BODY };
const HEADING: Style = Style { size: 12.0, leading: 1.4, bold: true, ..BODY };
const POINT: Style = Style { indent: 14.0, ..BODY };
const SMALL: Style = Style { size: 8.5, ..LABEL };
const FACTS: f32 = 130.0;
const SIGNATURE_HEIGHT: f32 = 140.0;

/// The form as PDF.
///
/// # Errors
/// [`NotWritten`] when the PDF would not be a valid one.
pub fn write(form: &Form<'_>) -> Result<Vec<u8>, NotWritten> {
    let failed = |why: &dyn std::fmt::Debug| NotWritten(format!("{why:?}"));
    let regular = Face::regular().ok_or_else(|| failed(&"font"))?;
    let bold = Face::bold().ok_or_else(|| failed(&"font"))?;
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|why| failed(&why))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(
        Metadata::new()
            .title(form.text.title.clone())
            .language("en".to_owned())
            .authors(vec![form.vendor.to_owned()])
            .creator("Byleave".to_owned()),
    );
    let mut flow = Flow::new(&regular, &bold);
    let mut tags = Tags::default();
    lay_out(form, &mut flow, &mut tags);
    let footer = match &form.made {
        Made::Specimen => (format!("{} · specimen · text version {}", form.vendor, form.text.version), None),
        Made::For(request) => (
            format!("{} · request {} · text version {}", form.vendor, request.number, form.text.version),
            Some(QrCode::with_error_correction_level(request.id, EcLevel::M).map_err(|why| failed(&why))?),
        ),
    };
    let footer = Footer { left: &footer.0, code: footer.1 };
    let drawn = flow.draw(&mut document, &footer).ok_or_else(|| failed(&"page"))?;
    document.set_outline(tags.outline(&drawn));
    document.set_tag_tree(tags.tree(drawn));
    document.finish().map_err(|why| failed(&why))
}

fn lay_out(form: &Form<'_>, flow: &mut Flow<'_>, tags: &mut Tags) {
    if matches!(form.made, Made::Specimen) {
        let tag = tags.next(Kind::Paragraph);
        flow.text("SPECIMEN, to read beforehand. It cannot be returned: ask for yours.", HEADING, tag);
    }
    flow.text(form.vendor, LABEL, tags.next(Kind::Paragraph));
    let title = form.text.title.clone();
    flow.text(&title, TITLE, tags.next(Kind::Heading(1, title.clone())));
    flow.space(6.0);
    facts(form, flow, tags);
    flow.space(8.0);
    flow.text(&form.text.introduction, BODY, tags.next(Kind::Paragraph));
    for section in &form.text.sections {
        flow.space(8.0);
        flow.keep(60.0);
        flow.text(&section.heading, HEADING, tags.next(Kind::Heading(2, section.heading.clone())));
        for paragraph in &section.paragraphs {
            flow.text(paragraph, BODY, tags.next(Kind::Paragraph));
            flow.space(2.0);
        }
        for point in &section.points {
            flow.keep(BODY.size * BODY.leading);
            let before = flow.at();
            flow.space(BODY.size * BODY.leading);
            flow.beside("•", 3.0, BODY, tags.next(Kind::Bullet));
            flow.go_to(before);
            flow.text(point, POINT, tags.next(Kind::Point));
        }
    }
    signature(form, flow, tags);
}

fn facts(form: &Form<'_>, flow: &mut Flow<'_>, tags: &mut Tags) {
    let version = form.text.version.as_str();
    let rows: Vec<(&str, String)> = match &form.made {
        Made::Specimen => vec![("Text version", version.to_owned())],
        Made::For(request) => vec![
            ("Organization", request.organization.to_owned()),
            ("Request number", request.number.to_owned()),
            ("Security contact", format!("{}, {}", request.contact_name, request.contact_email)),
            ("Made on", request.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string()),
            ("Text version", version.to_owned()),
        ],
    };
    flow.rule(0.0, WIDTH);
    flow.space(4.0);
    for (label, value) in rows {
        flow.keep(BODY.size * BODY.leading);
        let before = flow.at();
        flow.text(label, LABEL, tags.next(Kind::Label));
        flow.go_to(before);
        flow.text(&value, FACT, tags.next(Kind::Value));
    }
    flow.space(5.0);
    flow.rule(0.0, WIDTH);
}

fn signature(form: &Form<'_>, flow: &mut Flow<'_>, tags: &mut Tags) {
    flow.space(10.0);
    flow.keep(SIGNATURE_HEIGHT);
    flow.text("What you sign", HEADING, tags.next(Kind::Heading(2, "What you sign".to_owned())));
    flow.text(&form.text.declaration, BODY, tags.next(Kind::Paragraph));
    flow.space(34.0);
    let third = WIDTH / 3.0;
    for (column, label) in ["Name", "Date", "Signature"].into_iter().enumerate() {
        let indent = third * column as f32;
        flow.rule(indent, third - 14.0);
        let before = flow.at();
        flow.space(SMALL.size * SMALL.leading);
        flow.beside(label, indent, SMALL, tags.next(Kind::Paragraph));
        flow.go_to(before);
    }
    flow.space(18.0);
    flow.text(
        "Return this file on the request's page, or by e-mail in answer to ours. You can sign it with a certificate, \
         or print, sign and scan it. To see that it is unaltered, compare its SHA-256 with the one on the request's \
         page, which also stands in your organization's log.",
        SMALL,
        tags.next(Kind::Paragraph),
    );
}

/// What a text is, for those who have it read to them.
enum Kind {
    Paragraph,
    Heading(u16, String),
    Bullet,
    Point,
    Label,
    Value,
}

/// The document's structure, in reading order.
#[derive(Default)]
struct Tags(Vec<Kind>);

impl Tags {
    fn next(&mut self, kind: Kind) -> usize {
        self.0.push(kind);
        self.0.len() - 1
    }

    fn outline(&self, drawn: &[Drawn]) -> Outline {
        let mut outline = Outline::new();
        for (number, kind) in self.0.iter().enumerate() {
            let first = drawn.iter().find(|line| line.tag == number);
            if let (Kind::Heading(_, title), Some(line)) = (kind, first) {
                let place = XyzDestination::new(line.page, Point::from_xy(MARGIN, line.y));
                outline.push_child(OutlineNode::new(title.clone(), place));
            }
        }
        outline
    }

    fn tree(self, drawn: Vec<Drawn>) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
        let mut list: Vec<Node> = Vec::new();
        let mut item: Vec<Node> = Vec::new();
        let mut drawn = drawn.into_iter().peekable();
        for (number, kind) in self.0.into_iter().enumerate() {
            let mut content: Vec<Node> = Vec::new();
            while let Some(line) = drawn.next_if(|line| line.tag == number) {
                content.push(line.id.into());
            }
            let in_list = matches!(kind, Kind::Bullet | Kind::Point);
            if !in_list && !list.is_empty() {
                let children = std::mem::take(&mut list);
                tree.push(TagGroup::with_children(Tag::L(ListNumbering::Circle), children));
            }
            match kind {
                Kind::Paragraph => tree.push(TagGroup::with_children(Tag::P, content)),
                Kind::Heading(level, title) => {
                    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
                    tree.push(TagGroup::with_children(Tag::Hn(level, Some(title)), content));
                }
                Kind::Label => item = content,
                // A label and what it labels are one paragraph.
                Kind::Value => {
                    let children = std::mem::take(&mut item).into_iter().chain(content).collect();
                    tree.push(TagGroup::with_children(Tag::P, children));
                }
                Kind::Bullet => item = vec![TagGroup::with_children(Tag::Lbl, content).into()],
                Kind::Point => {
                    let mut children = std::mem::take(&mut item);
                    children.push(TagGroup::with_children(Tag::LBody, content).into());
                    list.push(TagGroup::with_children(Tag::LI, children).into());
                }
            }
        }
        tree
    }
}
