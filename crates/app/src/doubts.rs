//! Doubts: an organization says that it does not recognise a visit, every contact is told, and the desk has a day to answer.
//! A doubt moves no setting; stopping and disabling stand beside it.

use byleave_api::entry::Kind;
use byleave_api::payload::{DoubtAnswered, DoubtRaised};
use byleave_domain::doubt::{Doubt, DoubtAnswer, DoubtRefused};
use byleave_domain::ids::{ContactId, DeskPersonId, DoubtId, OrganizationId, VisitId};

use crate::catalog::{payload, vendor_entry};
use crate::change_requests::document;
use crate::evidence;
use crate::ports::{Change, VisitRow};
use crate::setting::NotChanged;
use crate::writer::Draft;
use crate::{App, NotWritten};

/// Why a doubt was not taken, or not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDoubted {
    /// The organization has no such visit.
    #[error("there is no visit `{0}` here")]
    UnknownVisit(VisitId),
    /// There is no such doubt.
    #[error("there is no doubt `{0}`")]
    Unknown(DoubtId),
    /// Not now, or not by them.
    #[error(transparent)]
    Refused(#[from] DoubtRefused),
    /// The text cannot be taken.
    #[error("{0}")]
    Text(String),
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// An organization does not recognise one of its visits: this contact says so, or without one a program of theirs, and
    /// perhaps why, in up to [`TEXT_MAX`](crate::change_requests::TEXT_MAX) characters.
    ///
    /// # Errors
    /// [`NotDoubted`].
    pub async fn doubt_raise(
        &self,
        organization: OrganizationId,
        visit: VisitId,
        by: Option<ContactId>,
        text: Option<&str>,
    ) -> Result<Doubt, NotDoubted> {
        let text = text.map(document).transpose().map_err(unfit)?;
        let row = self.known_visit(visit).await?.filter(|row| row.visit.organization == organization);
        let opened = row.ok_or(NotDoubted::UnknownVisit(visit))?.entry;
        let (id, at) = (DoubtId::from_bytes(self.random_bits()), self.now());
        let raised = self.jobs.command(move |writer| {
            {
                let world = writer.shared.world();
                let all = world.doubts.values().map(|(doubt, _)| doubt);
                Doubt::may_be_raised(all.filter(|other| other.visit == visit))?;
            }
            let row = text.map(|text| evidence::row(&writer.shared, organization, *id.as_bytes(), text));
            let text = row.as_ref().map(|row| row.id);
            let doubt = Doubt { id, organization, visit, by, at, text, answer: None };
            let entry =
                vendor_entry(writer, organization, Kind::DoubtRaised, payload(&DoubtRaised::from(&doubt))?);
            let actor = by.map_or_else(|| organization.as_bytes().to_vec(), |by| by.as_bytes().to_vec());
            let draft = Draft { request: *id.as_bytes(), actor, reference: Some(opened), ..entry };
            let indices =
                writer.write(vec![draft], |_| row.into_iter().map(Change::EvidencePut).collect())?;
            let entry = indices.first().copied().unwrap_or_default();
            writer.shared.world_mut().doubts.insert(id, (doubt, entry));
            Ok(doubt)
        });
        raised.await?
    }

    /// A desk person answers a doubt; every contact is told. Nobody answers for their own visit.
    ///
    /// # Errors
    /// [`NotDoubted`].
    pub async fn doubt_answer(&self, id: DoubtId, by: DeskPersonId, text: &str) -> Result<Doubt, NotDoubted> {
        let text = document(text).map_err(unfit)?;
        let doubted = self.world().doubts.get(&id).map(|(doubt, _)| doubt.visit);
        let visit = doubted.ok_or(NotDoubted::Unknown(id))?;
        let visitor = self.known_visit(visit).await?.map(|row| row.visit.subject);
        let at = self.now();
        let answered = self.jobs.command(move |writer| {
            let (doubt, raised) = {
                let world = writer.shared.world();
                let (doubt, raised) = world.doubts.get(&id).copied().ok_or(NotDoubted::Unknown(id))?;
                let visitor =
                    visitor.and_then(|visitor| world.subjects.get(&visitor)).map(|known| &known.email);
                let own = world.desk_people.get(&by).map(|person| &person.email);
                doubt.may_be_answered(own.is_some() && own == visitor)?;
                (doubt, raised)
            };
            let row = evidence::row(&writer.shared, doubt.organization, *id.as_bytes(), text);
            let answer = DoubtAnswer { by, at, text: row.id };
            let record = payload(&DoubtAnswered::new(id, &answer))?;
            let entry = vendor_entry(writer, doubt.organization, Kind::DoubtAnswered, record);
            let draft = Draft { actor: by.as_bytes().to_vec(), reference: Some(raised), ..entry };
            writer.write(vec![draft], |_| vec![Change::EvidencePut(row)])?;
            let doubt = Doubt { answer: Some(answer), ..doubt };
            writer.shared.world_mut().doubts.insert(id, (doubt, raised));
            Ok(doubt)
        });
        answered.await?
    }

    async fn known_visit(&self, id: VisitId) -> Result<Option<VisitRow>, NotWritten> {
        let row = self.beside(move |app| app.visit_row(id)).await?;
        row.map_err(|why| NotWritten::Unavailable(why.to_string()))
    }
}

fn unfit(why: NotChanged) -> NotDoubted {
    NotDoubted::Text(why.to_string())
}
