//! Where an organization's mail comes from, once it is there: said anew by the vendor's administrator, and told in the
//! organization's log, since whoever may say so can have a stranger's mail look less strange.
//!
//! Absent: what domains are good for. They decide nothing; the intake marks what comes from elsewhere.

use std::collections::BTreeSet;

use byleave_api::entry::Kind;
use byleave_api::payload::MailDomainsChanged;
use byleave_domain::ids::OrganizationId;
use byleave_domain::text::MailDomain;

use crate::App;
use crate::catalog::{NotCreated, payload, vendor_entry};
use crate::ports::Change;
use crate::writer::Writer;

/// Domains of one organization at most.
pub const DOMAINS_MAX: usize = 20;

/// More domains than an organization has; how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} domains; at most {max} are taken", max = DOMAINS_MAX)]
pub struct TooManyDomains(usize);

/// Whether one organization can have so many domains.
///
/// # Errors
/// [`TooManyDomains`].
pub const fn domains_fit(count: usize) -> Result<(), TooManyDomains> {
    if count > DOMAINS_MAX { Err(TooManyDomains(count)) } else { Ok(()) }
}

impl App {
    /// Has exactly these domains be where the organization's mail comes from. What is so already is not told again.
    ///
    /// # Errors
    /// [`NotCreated`]; it is as it was.
    pub async fn mail_domains_put(
        &self,
        organization: OrganizationId,
        domains: BTreeSet<MailDomain>,
    ) -> Result<(), NotCreated> {
        self.jobs.command(move |writer| put(writer, organization, domains)).await?
    }
}

fn put(
    writer: &mut Writer,
    organization: OrganizationId,
    domains: BTreeSet<MailDomain>,
) -> Result<(), NotCreated> {
    domains_fit(domains.len())?;
    let known = writer.shared.world().organizations.get(&organization).map(|tenant| tenant.domains.clone());
    if known.ok_or_else(|| NotCreated::UnknownOrganization(organization.to_string()))? == domains {
        return Ok(());
    }
    let said = MailDomainsChanged { domains: domains.iter().map(ToString::to_string).collect() };
    let told = vendor_entry(writer, organization, Kind::MailDomainsChanged, payload(&said)?);
    let put = Change::MailDomainsPut { organization, domains: domains.clone() };
    writer.write(vec![told], |_| vec![put])?;
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.domains = domains;
    }
    Ok(())
}
