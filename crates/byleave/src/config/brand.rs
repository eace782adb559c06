//! `[brand]`: what pages take over of the vendor's look.

use byleave_server::brand::{Accent, Brand, Logo, Scheme};

use super::or;
use crate::config::reader::Reader;

pub(super) fn brand(reader: &mut Reader<'_>) -> Option<Brand> {
    let picture = "write a file with a picture, SVG or PNG of at most 64 KiB, or leave it out";
    let logo = reader.text(or("logo", "", picture), |path| match path {
        "" => Ok(None),
        path => {
            let bytes = std::fs::read(path).map_err(|why| format!("it cannot be read: {why}"))?;
            Logo::new(bytes).map(Some)
        }
    });
    let mut accent = |name, scheme, way_out| {
        reader.text(or(name, "", way_out), |text| match text {
            "" => Ok(None),
            text => Accent::new(text, scheme).map(Some),
        })
    };
    let darker = "write a darker colour, such as `#0b57a4`, or leave it out";
    let light = accent("accent_light", Scheme::Light, darker);
    let lighter = "write a lighter colour, such as `#82bbf5`, or leave it out";
    let dark = accent("accent_dark", Scheme::Dark, lighter);
    Some(Brand::new(logo?, light?, dark?))
}
