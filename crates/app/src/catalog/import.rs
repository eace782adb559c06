//! Many organizations at once, all or none.
//!
//! They are written part by part, each prepared beside the writer, so that a disable waits for one part at most; nobody finds
//! any of them before the last transaction, which is short. What is staged when the process ends is gone with the next start;
//! the keys that were made for it stay in the key file, where nothing is sealed under them.

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::approval::DeskKey;
use byleave_domain::ids::OrganizationId;
use byleave_domain::text::Slug;

use super::{NewOrganization, NotCreated, Opened, apart, desk_keys, enter, open, opened};
use crate::mail_domains::{TooManyDomains, domains_fit};
use crate::notice_addresses::{TooManyNotices, notices_fit};
use crate::ports::{Batch, Change, OrganizationRow};
use crate::world::World;
use crate::writer::Writer;
use crate::{App, NotWritten};

/// Organizations of an import that are written in one transaction: some hundredths of a second, for which a disable waits.
const STAGED_AT_ONCE: usize = 100;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Created just now, in the order in which they were named.
    pub created: Vec<OrganizationId>,
    /// There already, under this slug and this name.
    pub present: Vec<OrganizationId>,
}

/// Why nothing was imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotImported {
    /// Places in the list, from 0, at which something does not fit, and what.
    #[error("{} organizations of the list do not fit", .0.len())]
    Unfit(Vec<(usize, Unfit)>),
    /// As with one organization.
    #[error(transparent)]
    NotCreated(#[from] NotCreated),
}

/// Why an organization of a list cannot be created, and is not the one that is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The slug is another's.
    #[error("the slug `{0}` is in use under another name, or stands there twice")]
    Taken(Slug),
    /// It is there already, and its mail comes from elsewhere. Nobody's domains change by the way.
    #[error(
        "`{slug}` is there already, and its mail comes from {known}; name no domains here, or the same, and change them with \
         `byleave organization domains {slug}`"
    )]
    OtherDomains {
        /// Whose.
        slug: Slug,
        /// What is known, as people read it.
        known: String,
    },
    /// It has too many mail domains.
    #[error(transparent)]
    TooManyDomains(#[from] TooManyDomains),
    /// It has too many notice addresses.
    #[error(transparent)]
    TooManyNotices(#[from] TooManyNotices),
    /// It is there already, and its notice addresses are others. They do not change by the way either.
    #[error(
        "`{slug}` is there already, and copies of its letters go {known}; name no notice addresses here, or the same, and change \
         them with `byleave organization notice-addresses {slug}`"
    )]
    OtherNotices {
        /// Whose.
        slug: Slug,
        /// What is known, as people read it.
        known: String,
    },
    /// A tool's assets are where the organization would be.
    #[error("the assets of the tool `{tool}` are below `/{slug}`, so no organization can have this slug")]
    Assets {
        /// The slug.
        slug: Slug,
        /// The tool's.
        tool: Slug,
    },
}

impl From<NotWritten> for NotImported {
    fn from(why: NotWritten) -> Self {
        Self::NotCreated(why.into())
    }
}

impl App {
    /// Creates those of these organizations that are not there yet, all or none. They are written part by part, prepared beside
    /// the writer, so that others get their turn; nobody finds any of them before the last transaction, which is short.
    ///
    /// # Errors
    /// [`NotImported`].
    pub async fn organizations_import(&self, wanted: Vec<NewOrganization>) -> Result<Imported, NotImported> {
        let rows: Vec<_> = wanted.into_iter().map(|new| self.organization_row(new)).collect();
        let app = self.clone();
        let imported = self.to_its_end(async move {
            // What one has staged would stand in another's way.
            let mut staged = app.imports.clone().lock_owned().await;
            app.unstage(&mut staged).await?;
            let keyed = app.beside(move |app| {
                let (imported, new) = new_among(&app.world(), rows.clone())?;
                let made = app.shared.store.make_keys(&imported.created);
                made.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
                Ok::<_, NotImported>((rows, new, desk_keys(&app.world())))
            });
            let (rows, new, desk) = keyed.await??;
            *staged = new.iter().map(|row| row.id).collect();
            let imported = app.stage_and_make(rows, &new, desk).await;
            match &imported {
                Ok(imported) => {
                    staged.clear();
                    imported.created.iter().for_each(|id| app.enforcement.open(*id, 0));
                }
                Err(_) => {
                    // What cannot be cleared now is cleared before the next import, or with the next start.
                    let _ = app.unstage(&mut staged).await;
                }
            }
            imported
        });
        imported.await?
    }

    /// Those of these organizations that an import would create, in their order; it writes nothing.
    ///
    /// # Errors
    /// What does not fit, as an import says it.
    pub fn organizations_missing(
        &self,
        wanted: Vec<NewOrganization>,
    ) -> Result<Vec<NewOrganization>, NotImported> {
        let rows = wanted.into_iter().map(|new| self.organization_row(new)).collect();
        let (_, new) = new_among(&self.world(), rows)?;
        let wanted = new.into_iter().map(|row| {
            let OrganizationRow { name, slug, domains, notices, .. } = row;
            NewOrganization { name, slug, domains, notices: notices.addresses }
        });
        Ok(wanted.collect())
    }

    async fn stage_and_make(
        &self,
        rows: Vec<OrganizationRow>,
        new: &[OrganizationRow],
        desk: Vec<(DeskKey, String)>,
    ) -> Result<Imported, NotImported> {
        let mut opened = Vec::new();
        for part in new.chunks(STAGED_AT_ONCE) {
            opened.extend(self.stage(part.to_vec(), desk.clone()).await?);
        }
        self.jobs.command(move |writer| organizations_import(writer, rows, opened, &desk)).await?
    }

    /// Writes organizations of an import, where nobody finds them yet.
    async fn stage(
        &self,
        rows: Vec<OrganizationRow>,
        desk: Vec<(DeskKey, String)>,
    ) -> Result<Vec<Opened>, NotWritten> {
        let prepared = self.beside(move |app| {
            let staged = Change::ImportStaged(rows.iter().map(|row| row.id).collect());
            let (tenants, mut batch) = open(&app.shared, rows, &desk)?;
            batch.changes.push(staged);
            Ok::<_, NotWritten>((tenants, batch))
        });
        let (tenants, batch) = prepared.await??;
        self.jobs.command(move |writer| writer.commit(&batch)).await??;
        self.beside(move |app| opened(&app.shared, tenants)).await
    }

    /// What was staged goes, part by part.
    async fn unstage(&self, staged: &mut Vec<OrganizationId>) -> Result<(), NotWritten> {
        while !staged.is_empty() {
            let part = staged.len().saturating_sub(STAGED_AT_ONCE);
            let dropped = Change::ImportDropped(staged.iter().skip(part).copied().collect());
            let batch = Batch { changes: vec![dropped], ..Batch::default() };
            self.jobs.command(move |writer| writer.commit(&batch)).await??;
            staged.truncate(part);
        }
        Ok(())
    }
}

fn organizations_import(
    writer: &mut Writer,
    rows: Vec<OrganizationRow>,
    opened: Vec<Opened>,
    desk: &[(DeskKey, String)],
) -> Result<Imported, NotImported> {
    // Asked again where nobody else can be between.
    let (imported, _) = new_among(&writer.shared.world(), rows)?;
    let staged = opened.iter().map(|Opened { tenant, .. }| tenant.organization.id);
    if !staged.eq(imported.created.iter().copied()) || desk != desk_keys(&writer.shared.world()) {
        let why = "organizations or desk people are others than when it began; import again";
        return Err(NotWritten::Refused(why.to_owned()).into());
    }
    writer.commit(&Batch { changes: vec![Change::ImportMade], ..Batch::default() })?;
    enter(writer, opened);
    Ok(imported)
}

/// Which of these are to be created.
fn new_among(
    world: &World,
    rows: Vec<OrganizationRow>,
) -> Result<(Imported, Vec<OrganizationRow>), NotImported> {
    let known: BTreeMap<_, _> = world.organizations.values().map(|t| (&t.organization.slug, t)).collect();
    let mut seen = BTreeSet::new();
    let (mut imported, mut new, mut unfit) = (Imported::default(), Vec::new(), Vec::new());
    for (place, row) in rows.into_iter().enumerate() {
        let slug = &row.slug;
        let again = !seen.insert(slug.clone());
        let domains = domains_fit(row.domains.len()).map_err(Unfit::from);
        if let Err(why) = domains.and_then(|()| Ok(notices_fit(row.notices.addresses.len())?)) {
            unfit.push((place, why));
            continue;
        }
        match known.get(slug) {
            _ if again => unfit.push((place, Unfit::Taken(slug.clone()))),
            Some(known) if known.organization.name != row.name => {
                unfit.push((place, Unfit::Taken(slug.clone())));
            }
            // A line without domains says nothing about them, nor one without notice addresses.
            Some(known) if !row.domains.is_empty() && row.domains != known.domains => {
                let known = listed(&known.domains).unwrap_or_else(|| "nobody knows where".to_owned());
                unfit.push((place, Unfit::OtherDomains { slug: slug.clone(), known }));
            }
            Some(known)
                if !row.notices.addresses.is_empty() && row.notices.addresses != known.notices.addresses =>
            {
                let known =
                    listed(&known.notices.addresses).map_or("nowhere".to_owned(), |all| format!("to {all}"));
                unfit.push((place, Unfit::OtherNotices { slug: slug.clone(), known }));
            }
            Some(known) => imported.present.push(known.organization.id),
            None => match world.tools.values().find(|tool| !apart(tool, slug)) {
                Some(tool) => {
                    unfit.push((place, Unfit::Assets { slug: slug.clone(), tool: tool.slug.clone() }));
                }
                None => {
                    imported.created.push(row.id);
                    new.push(row);
                }
            },
        }
    }
    if unfit.is_empty() { Ok((imported, new)) } else { Err(NotImported::Unfit(unfit)) }
}

/// What is known, as people read it; none where nothing is.
fn listed(known: &BTreeSet<impl std::fmt::Display>) -> Option<String> {
    let listed: Vec<_> = known.iter().map(|one| format!("`{one}`")).collect();
    (!listed.is_empty()).then(|| listed.join(", "))
}
