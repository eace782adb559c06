//! The monthly statement: what the last month brought each organization, counted from its visits and its log, in one letter to
//! all its contacts.
//!
//! What is written is a row, in the transaction of the letters. So there is one for an organization and month, whatever
//! restarts or clocks do; and whoever was down over the first writes of the last month alone. Organizations come one after the
//! other, a few each second and none while letters pile up, and all counting is done beside the writer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use byleave_api::entry::{Kind, Leaf};
use byleave_domain::ids::{OrganizationId, ToolId};
use byleave_domain::month::Month;
use byleave_domain::support_access::SupportAccess;
use jiff::Timestamp;

use super::facts::lines;
use crate::ports::{Change, StoreError, VisitSum};
use crate::world::Tenant;
use crate::{App, NotWritten, Shared};

/// How often it is looked for organizations that lack a statement.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Statements written before it is looked again.
const AT_ONCE: u64 = 20;

/// Letters that wait while statements are written, at most: what tells of a step is not to stand behind thousands of them.
const WAITING_MAX: usize = 500;

/// Leaves that are read at once.
const LEAVES_AT_ONCE: u64 = 1_024;

/// Changes that are named at most.
const CHANGES_SHOWN_MAX: usize = 20;

/// The last month of which every organization has its statement, so that it is not looked for them each second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Option<Month>>>);

impl Written {
    fn is_whole(&self, month: Month) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(month)
    }

    fn whole(&self, month: Month) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(month);
    }
}

impl App {
    /// Writes statements as months end. Runs until it is dropped.
    pub async fn keep_statements(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Err(why) = self.statements_write().await {
                tracing::warn!("the monthly statements wait: {why}");
            }
        }
    }

    /// Writes the next statements of the month that is over, if any are wanted.
    ///
    /// # Errors
    /// [`NotWritten`]; what was not written is later.
    pub async fn statements_write(&self) -> Result<(), NotWritten> {
        let quiet = self.shared.quiet.load(std::sync::atomic::Ordering::SeqCst);
        let wanted = self.shared.process.post.as_ref().is_some_and(|post| post.statements) && !quiet;
        let month = Month::before(self.now());
        // Over a copy, the original may have written them.
        if !wanted || self.world().closed.is_some() || self.months.is_whole(month) {
            return Ok(());
        }
        if self.letters_waiting().0 >= WAITING_MAX {
            return Ok(());
        }
        let due = self.beside(move |app| app.shared.store.statements_due(month, AT_ONCE)).await?;
        let due = due.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
        if due.is_empty() {
            self.months.whole(month);
        }
        for organization in due {
            let facts = self.beside(move |app| facts(&app.shared, organization, month)).await?;
            let facts = facts.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
            let written = self.jobs.command(move |writer| {
                let mut changes = super::of_month(&writer.shared, organization, facts);
                changes.push(Change::StatementPut(organization, month));
                writer.write(Vec::new(), |_| changes).map(drop)
            });
            written.await??;
        }
        Ok(())
    }
}

/// What the statement tells. The world is held only as long as it takes to copy from it.
fn facts(
    shared: &Shared,
    organization: OrganizationId,
    month: Month,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut facts = BTreeMap::from([("month".to_owned(), month.to_string())]);
    let mut put = |name: &str, value: String| drop(facts.insert(name.to_owned(), value));
    let sums = shared.store.visits_summed(organization, month)?;
    let Some((size, setting_entry, created_at)) = ({
        let world = shared.world();
        let tenant = world.organizations.get(&organization);
        if let Some(tenant) = tenant {
            put("setting", setting(tenant).to_owned());
        }
        let named = |id| world.tools.get(&id).map(|tool| tool.name.to_string()).unwrap_or_default();
        put("tools", lines(&by_tool(&sums, named)));
        let of = |t: &Tenant| (t.log.edge.size(), t.log.setting_entry, t.organization.created_at);
        tenant.map(of)
    }) else {
        return Ok(facts);
    };
    let people: BTreeSet<_> = sums.iter().map(|sum| sum.subject).collect();
    put("visits", sums.iter().map(|sum| sum.visits).sum::<u64>().to_string());
    put("people", people.len().to_string());
    put("lasted", hours(sums.iter().map(|sum| sum.lasted_us).sum()));
    let log = LogOf { shared, organization, size };
    let since = setting_entry.map(|entry| log.leaf(entry)).transpose()?.flatten();
    let since = since.and_then(|leaf| Timestamp::from_microsecond(leaf.time_us).ok());
    put("since", shared.process.office_hours.local(since.unwrap_or(created_at)));
    let (refused, changes) = log.of(month)?;
    put("refused", refused.to_string());
    put("changes", lines(&changes));
    Ok(facts)
}

/// What holds; `closed` where the stored setting is unproven.
const fn setting(tenant: &Tenant) -> &'static str {
    if tenant.organization.closed.is_some() {
        return "closed";
    }
    match tenant.organization.setting.access {
        SupportAccess::Enabled => "enabled",
        SupportAccess::ApprovalRequired => "approval_required",
        SupportAccess::Disabled { .. } => "disabled",
    }
}

/// A line for each tool, in the order of their names: how many visits, and how long.
fn by_tool(sums: &[VisitSum], named: impl Fn(ToolId) -> String) -> Vec<String> {
    let mut tools: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for sum in sums {
        let (visits, lasted) = tools.entry((named(sum.tool), sum.tool)).or_default();
        *visits += sum.visits;
        *lasted += sum.lasted_us;
    }
    tools
        .iter()
        .map(|((name, _), (visits, lasted))| format!("{name}: {visits} ({})", hours(*lasted)))
        .collect()
}

/// Hours and minutes, such as `12:05`; begun minutes count.
fn hours(us: u64) -> String {
    let minutes = us.div_ceil(60_000_000);
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// One log, as far as it was written when it was looked at.
struct LogOf<'a> {
    shared: &'a Shared,
    organization: OrganizationId,
    size: u64,
}

impl LogOf<'_> {
    /// Those that cannot be read are the start's and the verifier's to name.
    fn leaves(&self, first: u64, count: u64) -> Result<Vec<Option<Leaf>>, StoreError> {
        let leaves = self.shared.store.leaves(self.organization, first, count)?;
        Ok(leaves.iter().map(|leaf| Leaf::decode(leaf).ok()).collect())
    }

    fn leaf(&self, index: u64) -> Result<Option<Leaf>, StoreError> {
        Ok(self.leaves(index, 1)?.into_iter().flatten().next())
    }

    /// Place of the first entry that is not before `at`: times in a log never go back.
    fn first_at(&self, at: Timestamp) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, self.size);
        while low < high {
            let middle = low + (high - low) / 2;
            let before = self.leaf(middle)?.is_none_or(|leaf| leaf.time_us < at.as_microsecond());
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// How many attempts were refused in a month, and what was changed.
    fn of(&self, month: Month) -> Result<(u64, Vec<String>), StoreError> {
        let (mut next, end) = (self.first_at(month.begin())?, self.first_at(month.end())?);
        let (mut refused, mut changes, mut further) = (0, Vec::new(), 0);
        while next < end {
            let count = LEAVES_AT_ONCE.min(end - next);
            for (leaf, index) in self.leaves(next, count)?.iter().zip(next..) {
                let Some(leaf) = leaf else { continue };
                refused += u64::from(leaf.kind == Kind::AccessDenied);
                if !is_change(leaf.kind) {
                    continue;
                }
                if changes.len() == CHANGES_SHOWN_MAX {
                    further += 1;
                    continue;
                }
                let at = Timestamp::from_microsecond(leaf.time_us).unwrap_or(Timestamp::MIN);
                let at = self.shared.process.office_hours.local(at);
                // Without the weekday, which is a word.
                let (_, at) = at.split_once(' ').unwrap_or(("", &at));
                changes.push(format!("{at}: {} ({index})", leaf.kind.as_str()));
            }
            next += count;
        }
        if further > 0 {
            changes.push(format!("+ {further}"));
        }
        Ok((refused, changes))
    }
}

/// What changes who may enter, or who is told.
const fn is_change(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SupportAccessDisabled
            | Kind::SupportAccessConfirmed
            | Kind::SupportAccessEnabled
            | Kind::ChangeRequestCalledWithoutWords
            | Kind::ContactCalledWithoutWords
            | Kind::ContactAdded
            | Kind::ContactChangeMade
            | Kind::NoticeAddressesChanged
            | Kind::FreezeBegin
            | Kind::FreezeBeginEmployer
            | Kind::FreezeLift
    )
}
