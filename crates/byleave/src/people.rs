//! People and organizations made on the spot, each with a fresh link to sign in by: what `demo` and `protect` begin with.
//! What is there already (a kept data directory) is used again.

use std::path::Path;

use byleave_api::payload::SettingRecord;
use byleave_app::clock::SystemEntropy;
use byleave_app::contacts::NewContact;
use byleave_app::credentials::Holder;
use byleave_app::ports::Entropy as _;
use byleave_app::{App, NotWritten};
use byleave_domain::change_request::CallOutcome;
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::{ContactId, LogId, OrganizationId, RequestId, to_hex};
use byleave_domain::statement::{Statement, Wish, public_key};
use byleave_domain::subject::SubjectKind;
use jiff::Timestamp;

use crate::demo::ready;
use crate::failure::{Context as _, Failure};
use crate::key_file;
use crate::system::Place;

/// Makes or finds an organization with its security contact, who is confirmed.
///
/// # Errors
/// When something could not be made.
pub async fn organization(
    app: &App,
    data: &Path,
    place: &Place,
    (name, slug, contact_name, phone, disabled): (&str, &str, &str, &str, bool),
) -> Result<ready::Organization, Failure> {
    let known = app.world().organization(slug).map(|tenant| tenant.organization.id);
    let id = match known {
        Some(id) => id,
        None => {
            let (name, slug) = (name.parse().map_err(Failure::new)?, slug.parse().map_err(Failure::new)?);
            app.organization_create(name, slug).await.map_err(Failure::new)?
        }
    };
    let email = format!("{}@{slug}.example", contact_name.split(' ').next().unwrap_or("x").to_lowercase());
    let (contact, key_file) = contact(app, data, id, contact_name, &email, phone).await?;
    if disabled && known.is_none() {
        disable(app, id, &contact, &key_file::read_seed(&key_file)?).await?;
    }
    let link = app.issue_link(Holder::Contact(contact.id)).await.map_err(Failure::new)?;
    let api_token = match app.issue_token(Holder::Organization(id), "first").await {
        Ok(token) => token.reveal().to_owned(),
        // What its log cannot tell of is not made; the others go on.
        Err(NotWritten::LogBroken(_)) => String::new(),
        Err(why) => return Err(Failure::new(why)),
    };
    let seed = key_file::read_seed(&key_file)?;
    let sign_in = sign_in_url(place, link.reveal());
    let world = app.world();
    let tenant = world.organization(slug).ok_or_else(|| Failure::new("the organization is gone"))?;
    Ok(ready::Organization {
        id: id.to_string(),
        slug: slug.to_owned(),
        name: name.to_owned(),
        support_access: SettingRecord::from(&tenant.organization.setting).support_access,
        api_token,
        log: log(app, tenant.organization.log, &place.base_url)?,
        contacts: vec![ready::Contact {
            id: contact.id.to_string(),
            email,
            phone: phone.to_owned(),
            key_file: key_file.display().to_string(),
            // Behind `#`: a browser keeps it to itself, and the portal's script takes it into the browser's own keeping.
            sign_in_url: format!("{sign_in}#key={}", to_hex(&seed)),
        }],
    })
}

/// The address and key by which anybody who is given them can verify the log.
fn log(app: &App, log: LogId, base_url: &str) -> Result<byleave_api::v1::Log, Failure> {
    Ok(byleave_api::v1::Log {
        url: format!("{base_url}/c/{}", app.keys().capability(log)),
        origin: app.keys().origin(log),
        vkey: app.keys().verifier(log).map_err(Failure::new)?.to_string(),
    })
}

async fn contact(
    app: &App,
    data: &Path,
    organization: OrganizationId,
    name: &str,
    email: &str,
    phone: &str,
) -> Result<(SecurityContact, std::path::PathBuf), Failure> {
    let file = own_key(data, email)?;
    let find = || {
        let world = app.world();
        let tenant = world.organizations.get(&organization)?;
        tenant.organization.contacts.iter().find(|contact| contact.email.as_str() == email).cloned()
    };
    if find().is_none() {
        let key = public_key(&key_file::read_seed(&file)?);
        let name = name.parse().map_err(Failure::new)?;
        let phone = phone.parse().map_err(Failure::new)?;
        let email = email.parse().map_err(Failure::new)?;
        let new = NewContact { name, email, phone, key: Some(key) };
        let (id, _) = app.contact_create(organization, new).await.map_err(Failure::new)?;
        confirm(app, id).await?;
    }
    find().map(|contact| (contact, file)).ok_or_else(|| Failure::new("the security contact is gone"))
}

/// Both desk people call the contact back, as they do before a contact is confirmed.
async fn confirm(app: &App, contact: ContactId) -> Result<(), Failure> {
    let desk: Vec<_> = app.world().desk_people.keys().copied().collect();
    for by in desk {
        app.contact_call_begin(contact, by).map_err(Failure::new)?;
        let words = app.contact_words(contact).ok_or_else(|| Failure::new("the call is over"))?;
        app.contact_call_heard(contact, by, &words.answer).map_err(Failure::new)?;
        let note = "Sample: called at the number from the contract.";
        app.contact_call_made(contact, by, CallOutcome::Confirmed, None, note).await.map_err(Failure::new)?;
    }
    Ok(())
}

/// The key file of one of the sample people, made the first time.
fn own_key(data: &Path, email: &str) -> Result<std::path::PathBuf, Failure> {
    let folder = data.join("keys");
    std::fs::create_dir_all(&folder).context(format_args!("`{}`", folder.display()))?;
    let file = folder.join(format!("{email}.key"));
    if !file.exists() {
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed);
        key_file::write_secret(&file, &key_file::secret_text(&seed))?;
    }
    Ok(file)
}

async fn disable(
    app: &App,
    organization: OrganizationId,
    contact: &SecurityContact,
    seed: &[u8; 32],
) -> Result<(), Failure> {
    let statement = Statement {
        organization,
        epoch: 1,
        wish: Wish::Disabled,
        contact: contact.id,
        request: RequestId::from_bytes(app.random_bits()),
        issued: Timestamp::from_second(app.now().as_second()).map_err(Failure::new)?,
    };
    app.disable(organization, statement.sign(seed)).await.map(drop).map_err(Failure::new)
}

/// Makes or finds a support person.
///
/// # Errors
/// When something could not be made.
pub async fn support_person(
    app: &App,
    place: &Place,
    name: &str,
    email: &str,
    employer: &str,
) -> Result<ready::SupportPerson, Failure> {
    let known = app.world().subjects.values().find(|s| s.email.as_str() == email).map(|s| s.id);
    let id = match known {
        Some(id) => id,
        None => {
            let name = name.parse().map_err(Failure::new)?;
            let employer = employer.parse().map_err(Failure::new)?;
            let email = email.parse().map_err(Failure::new)?;
            app.subject_create(SubjectKind::SupportPerson, name, email, employer)
                .await
                .map_err(Failure::new)?
        }
    };
    let link = app.issue_link(Holder::Subject(id)).await.map_err(Failure::new)?;
    let token = app.issue_token(Holder::Subject(id), "first").await.map_err(Failure::new)?;
    Ok(ready::SupportPerson {
        id: id.to_string(),
        email: email.to_owned(),
        token: token.reveal().to_owned(),
        sign_in_url: sign_in_url(place, link.reveal()),
    })
}

/// Makes or finds a desk person with a key of their own.
///
/// # Errors
/// When something could not be made.
pub async fn desk_person(
    app: &App,
    data: &Path,
    place: &Place,
    name: &str,
    email: &str,
) -> Result<ready::DeskPerson, Failure> {
    let (name, address) = (name.parse().map_err(Failure::new)?, email.parse().map_err(Failure::new)?);
    let file = own_key(data, email)?;
    let seed = key_file::read_seed(&file)?;
    let id = app.desk_person_put(name, address, Some(public_key(&seed))).await.map_err(Failure::new)?;
    let link = app.issue_link(Holder::DeskPerson(id)).await.map_err(Failure::new)?;
    let token = app.issue_token(Holder::DeskPerson(id), "first").await.map_err(Failure::new)?;
    Ok(ready::DeskPerson {
        id: id.to_string(),
        email: email.to_owned(),
        token: token.reveal().to_owned(),
        key_file: file.display().to_string(),
        sign_in_url: format!("{}#key={}", sign_in_url(place, link.reveal()), to_hex(&seed)),
    })
}

/// Browsers are sent to `localhost`, since host names below it need no DNS.
pub fn sign_in_url(place: &Place, link: &str) -> String {
    format!("{}/sign-in/{link}", place.public_urls.last().unwrap_or(&place.base_url))
}
