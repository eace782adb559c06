//! `byleave doubt`: a visit is not recognised, and the desk answers.

use byleave_api::v1::{Doubt, DoubtAnswer, DoubtCreate};
use clap::Subcommand;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with doubts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says, with a token of the organization, that it does not recognise a visit. It changes no setting; the desk has a day
    /// to answer
    #[command(after_help = "Example:\n  byleave doubt raise --organization acme visit_… \
                            --text 'nobody of ours has this case'")]
    Raise {
        /// The visit's id
        visit: String,
        /// The organization's id or slug
        #[arg(long)]
        organization: String,
        /// What seems wrong
        #[arg(long)]
        text: Option<String>,
    },
    /// Lists doubts, oldest first
    #[command(after_help = "Example:\n  byleave doubt list")]
    List,
    /// Shows one
    #[command(after_help = "Example:\n  byleave doubt show doubt_…")]
    Show {
        /// Id
        doubt: String,
    },
    /// Answers one as a desk person; every security contact of the organization is told
    #[command(after_help = "Example:\n  byleave doubt answer doubt_… --text 'it was about your case 4711'")]
    Answer {
        /// Id
        doubt: String,
        /// The answer
        #[arg(long)]
        text: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Raise { visit, organization, text: said } => {
                let path = format!("/v1/organizations/{}/doubts", segment(&organization));
                let raised: Doubt = server.post(&path, &DoubtCreate { visit, text: said }).await?;
                print(json, &raised, text)
            }
            Self::List => {
                let all: Vec<Doubt> = server.list("/v1/doubts").await?;
                print_list(json, &all, |doubt| {
                    let Doubt { id, state, due, organization, visit, .. } = doubt;
                    format!("{id}  {state}  due {due}  {organization}  {visit}")
                })
            }
            Self::Show { doubt } => print(json, &server.get(&path(&doubt, "")).await?, text),
            Self::Answer { doubt, text: said } => {
                print(json, &server.post(&path(&doubt, "/answer"), &DoubtAnswer { text: said }).await?, text)
            }
        }
    }
}

fn path(doubt: &str, step: &str) -> String {
    format!("/v1/doubts/{}{step}", segment(doubt))
}

fn text(doubt: &Doubt) -> String {
    let Doubt { id, organization, visit, at, state, due, .. } = doubt;
    let by = doubt.by.as_deref().unwrap_or("a program of the organization");
    let said = doubt.text.as_deref().map(|text| format!("\n  text          {text}")).unwrap_or_default();
    let answered = doubt.answered_by.as_deref().zip(doubt.answer.as_deref());
    let answer = answered.map(|(by, text)| format!("\n  answered by   {by}\n  answer        {text}"));
    format!(
        "{id}\n  organization  {organization}\n  visit         {visit}\n  raised        {at}, by {by}{said}\n  \
         state         {state}\n  due           {due}{}",
        answer.unwrap_or_default()
    )
}
