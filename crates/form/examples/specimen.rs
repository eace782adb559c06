//! Writes a form to the file named: `cargo run -p byleave-form --example specimen -- form.pdf`.

use byleave_form::{Form, FormText, Made, Request, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("name a file to write to")?;
    let tools = ["System log".to_owned(), "User look-up".to_owned(), "Diagnostics".to_owned()];
    let text = FormText::standard("Northwind Cloud (fictional)", &tools);
    let request = Request {
        id: "change_7f3a91c27f3a91c27f3a91c27f3a91c2",
        number: "R-7F3A-91C2",
        organization: "Acme Rockets",
        contact_name: "Sam Example",
        contact_email: "sam@acme.example",
        made_at: "2026-11-23T10:02:11Z".parse()?,
    };
    let form = Form { text: &text, vendor: "Northwind Cloud (fictional)", made: Made::For(request) };
    Ok(std::fs::write(file, write(&form)?)?)
}
