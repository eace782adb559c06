//! Where copies of what an organization's contacts are told go: said by a security contact, and before there is one by the
//! vendor's administrator, who later asks for it alone. Whoever could say so unseen could have an organization learn of nothing
//! there, or a stranger of everything: a change is told in the organization's log, to all contacts and to the addresses that
//! were there before, and what is asked for to all who get letters now.
//!
//! Absent: deciding. Nobody is known by a notice address, and mail from one is anybody's.

use std::collections::BTreeSet;

use byleave_api::entry::Kind;
use byleave_api::payload::NoticeAddressesChanged;
use byleave_domain::change_request::By;
use byleave_domain::ids::{ContactId, OrganizationId};
use byleave_domain::text::Email;

use crate::App;
use crate::catalog::{NotCreated, payload, vendor_entry};
use crate::change_requests::actor;
use crate::ports::Change;
use crate::writer::{Draft, Writer};

/// Notice addresses of one organization at most.
pub const NOTICES_MAX: usize = 3;

/// More notice addresses than an organization has; how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} notice addresses; at most {max} are taken", max = NOTICES_MAX)]
pub struct TooManyNotices(usize);

/// Whether one organization can have so many notice addresses.
///
/// # Errors
/// [`TooManyNotices`].
pub const fn notices_fit(count: usize) -> Result<(), TooManyNotices> {
    if count > NOTICES_MAX { Err(TooManyNotices(count)) } else { Ok(()) }
}

/// An organization's notice addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// Where copies go.
    pub addresses: BTreeSet<Email>,
    /// Where the vendor asks that they go instead, until a security contact says where; other than those above.
    pub asked: Option<BTreeSet<Email>>,
}

impl App {
    /// Whether mail to this address comes to us: a letter there would be written to ourselves.
    #[must_use]
    pub fn is_own_address(&self, address: &Email) -> bool {
        let is = |own: &String| own.eq_ignore_ascii_case(address.as_str());
        let from = self.shared.process.post.as_ref().map(|post| &post.from);
        self.shared.mail.addresses.iter().chain(from).any(is)
    }

    /// Has copies of what the organization's contacts are told go to exactly these addresses, as a security contact says, or as
    /// the vendor does (`by` is none) before there is a contact. Later the vendor only asks for it, which its contacts are told
    /// of; what a contact says next is the end of that. What is so already is not told again.
    ///
    /// # Errors
    /// [`NotCreated`], [`NotCreated::NoticeOfContact`] among them; it is as it was.
    pub async fn notice_addresses_put(
        &self,
        organization: OrganizationId,
        by: Option<ContactId>,
        addresses: BTreeSet<Email>,
    ) -> Result<(), NotCreated> {
        self.jobs.command(move |writer| put(writer, organization, by, addresses)).await?
    }
}

fn put(
    writer: &mut Writer,
    organization: OrganizationId,
    by: Option<ContactId>,
    addresses: BTreeSet<Email>,
) -> Result<(), NotCreated> {
    notices_fit(addresses.len())?;
    let (known, is_said) = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&organization);
        let tenant = tenant.ok_or_else(|| NotCreated::UnknownOrganization(organization.to_string()))?;
        let contacts = &tenant.organization.contacts;
        if let Some(contact) = contacts.iter().find(|contact| addresses.contains(&contact.email)) {
            return Err(NotCreated::NoticeOfContact(contact.email.clone()));
        }
        if let Some(by) = by
            && contacts.iter().all(|contact| contact.id != by)
        {
            return Err(NotCreated::NotAContact(by));
        }
        (tenant.notices.clone(), by.is_some() || contacts.is_empty())
    };
    // Whoever asks for what is so asks for nothing.
    let notices = if is_said || addresses == known.addresses {
        Notices { addresses, asked: None }
    } else {
        Notices { asked: Some(addresses), ..known.clone() }
    };
    if notices == known {
        return Ok(());
    }
    let mut told = Vec::new();
    if notices.addresses != known.addresses {
        let addresses = notices.addresses.iter().map(ToString::to_string).collect();
        let said = NoticeAddressesChanged { addresses, by: by.map(|by| by.to_string()) };
        let entry = vendor_entry(writer, organization, Kind::NoticeAddressesChanged, payload(&said)?);
        told.push(Draft { actor: actor(by.map_or(By::Nobody, By::Contact)), ..entry });
    }
    let put = Change::NoticesPut { organization, notices: notices.clone() };
    writer.write(told, |_| vec![put])?;
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.notices = notices;
    }
    Ok(())
}
