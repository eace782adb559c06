//! Where copies of what an organization's contacts are told go: said by the vendor's administrator, and told in the
//! organization's log, to all contacts and to the addresses that were there before, since whoever may say so could else have
//! an organization learn of nothing there, or have a stranger learn of everything.
//!
//! Absent: deciding. Nobody is known by a notice address, and mail from one is anybody's.

use std::collections::BTreeSet;

use byleave_api::entry::Kind;
use byleave_api::payload::NoticeAddressesChanged;
use byleave_domain::ids::OrganizationId;
use byleave_domain::text::Email;

use crate::App;
use crate::catalog::{NotCreated, payload, vendor_entry};
use crate::ports::Change;
use crate::writer::Writer;

/// Notice addresses of one organization at most.
const NOTICES_MAX: usize = 3;

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

impl App {
    /// Whether mail to this address comes to us: a letter there would be written to ourselves.
    #[must_use]
    pub fn is_own_address(&self, address: &Email) -> bool {
        let is = |own: &String| own.eq_ignore_ascii_case(address.as_str());
        let from = self.shared.process.post.as_ref().map(|post| &post.from);
        self.shared.mail.addresses.iter().chain(from).any(is)
    }

    /// Has copies of what the organization's contacts are told go to exactly these addresses. What is so already is not told
    /// again.
    ///
    /// # Errors
    /// [`NotCreated`], [`NotCreated::NoticeOfContact`] among them; it is as it was.
    pub async fn notice_addresses_put(
        &self,
        organization: OrganizationId,
        addresses: BTreeSet<Email>,
    ) -> Result<(), NotCreated> {
        self.jobs.command(move |writer| put(writer, organization, addresses)).await?
    }
}

fn put(
    writer: &mut Writer,
    organization: OrganizationId,
    addresses: BTreeSet<Email>,
) -> Result<(), NotCreated> {
    notices_fit(addresses.len())?;
    {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&organization);
        let tenant = tenant.ok_or_else(|| NotCreated::UnknownOrganization(organization.to_string()))?;
        if tenant.notices == addresses {
            return Ok(());
        }
        let mut contacts = tenant.organization.contacts.iter().map(|contact| &contact.email);
        if let Some(address) = contacts.find(|address| addresses.contains(address)) {
            return Err(NotCreated::NoticeOfContact(address.clone()));
        }
    }
    let said = NoticeAddressesChanged { addresses: addresses.iter().map(ToString::to_string).collect() };
    let told = vendor_entry(writer, organization, Kind::NoticeAddressesChanged, payload(&said)?);
    let put = Change::NoticeAddressesPut { organization, addresses: addresses.clone() };
    writer.write(vec![told], |_| vec![put])?;
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.notices = addresses;
    }
    Ok(())
}
