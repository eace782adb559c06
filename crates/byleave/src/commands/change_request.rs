//! `byleave change-request`: the article's journeys at the vendor's desk.

use std::path::{Path, PathBuf};

use byleave_api::v1::{
    Call, CallCreate, CallOutcome, Change, ChangeRequest, ChangeRequestCreate, FindingCreate, MatchCreate,
    MeetingSet, Proposal, ProposalDecline, Receipt, ReviewCreate,
};
use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use byleave_domain::approval::Approval;
use byleave_domain::ids::DeskPersonId;
use byleave_domain::statement::Wish;
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::{Context as _, Failure};
use crate::key_file;

/// What to do with change requests.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists change requests, oldest first
    #[command(after_help = "Example:\n  byleave change-request list --state received")]
    List {
        /// Only those in this state
        #[arg(long)]
        state: Option<String>,
    },
    /// Shows one change request, and what comes next
    #[command(after_help = "Example:\n  byleave change-request show change_…")]
    Show {
        /// The change request's id
        id: String,
    },
    /// Takes in a message from a file; it counts as unauthenticated and decides nothing
    #[command(after_help = "Example:\n  byleave change-request open --organization acme --action disable \
                            --message mail.txt --has-name --has-confirmation --has-contact")]
    Open(Open),
    /// Reviews a request
    #[command(after_help = "Example:\n  byleave change-request review change_… --proceed")]
    Review(Review),
    /// Moves the meeting, or calls it off
    #[command(
        after_help = "Example:\n  byleave change-request meeting change_… --start 2026-12-01T10:00:00Z"
    )]
    Meeting {
        /// The change request's id
        id: String,
        /// When it begins; without, it is called off
        #[arg(long)]
        start: Option<String>,
    },
    /// Declines another time that the invited contact proposes; the meeting stays
    #[command(after_help = "Example:\n  byleave change-request decline-time change_… evidence_…")]
    DeclineTime {
        /// The change request's id
        id: String,
        /// The message that proposes it, as `show` names it
        evidence: String,
    },
    /// Answers one of the meeting's two questions
    #[command(
        after_help = "Example:\n  byleave change-request find change_… identity --yes --note 'passport, on video'"
    )]
    Find {
        /// The change request's id
        id: String,
        /// `identity` or `understanding`
        question: String,
        #[command(flatten)]
        answer: YesOrNo,
        /// How it was found
        #[arg(long)]
        note: String,
    },
    /// Takes in the form that came back
    #[command(after_help = "Example:\n  byleave change-request return change_… signed.pdf")]
    Return {
        /// The change request's id
        id: String,
        /// The file
        file: PathBuf,
    },
    /// Saves the form as it was sent
    #[command(after_help = "Example:\n  byleave change-request form change_… --output form.pdf")]
    Form {
        /// The change request's id
        id: String,
        /// File to write
        #[arg(long)]
        output: PathBuf,
    },
    /// Saves the meeting's invitation, for a calendar
    #[command(after_help = "Example:\n  byleave change-request invitation change_… --output meeting.ics")]
    Invitation {
        /// The change request's id
        id: String,
        /// File to write
        #[arg(long)]
        output: PathBuf,
    },
    /// Saves a document or note that a request rests on; that it was read is told in the organization's log
    #[command(after_help = "Example:\n  byleave change-request evidence evidence_… --output message.eml")]
    Evidence {
        /// The evidence's id, as the request's page and the organization's own file have it
        evidence: String,
        /// File to write
        #[arg(long)]
        output: PathBuf,
    },
    /// Says whether the returned form is this request's, signed
    #[command(after_help = "Example:\n  byleave change-request match change_… --yes")]
    Match {
        /// The change request's id
        id: String,
        #[command(flatten)]
        answer: YesOrNo,
        /// What was seen
        #[arg(long)]
        note: Option<String>,
    },
    /// Begins a call to the number on file, and prints what to say; what they answer stands on their own page alone
    #[command(after_help = "Example:\n  byleave change-request call change_… --contact contact_…")]
    Call {
        /// The change request's id
        id: String,
        /// The security contact to call
        #[arg(long)]
        contact: String,
    },
    /// Says what came of the call
    #[command(
        after_help = "Example:\n  byleave change-request called change_… confirmed --words 'copper lantern acorn' --note 'asked for \
                      the trial'"
    )]
    Called {
        /// The change request's id
        id: String,
        #[command(flatten)]
        said: Said,
    },
    /// Disables support access at once, provisionally, on a request that was reviewed
    #[command(after_help = "Example:\n  byleave change-request provisional change_… --key dana.key")]
    Provisional(Signing),
    /// Approves a request, signed with the desk person's key
    #[command(after_help = "Example:\n  byleave change-request approve change_… --key dana.key")]
    Approve(Signing),
}

/// What came of a call.
#[derive(Debug, Args)]
pub struct Said {
    /// `confirmed`, `not_reached` or `denied`
    outcome: String,
    /// The three words that the contact answered, as you heard them; case and spacing do not count
    #[arg(long, conflicts_with = "without_words")]
    words: Option<String>,
    /// Why it was confirmed without words: `cannot_sign_in`, `no_screen`, `portal_away` or `other`; everybody sees it
    #[arg(long, value_name = "WHY")]
    without_words: Option<String>,
    /// What was said, but for the words
    #[arg(long)]
    note: String,
}

impl From<Said> for CallOutcome {
    fn from(said: Said) -> Self {
        let Said { outcome, words, without_words, note } = said;
        Self { outcome, words, without_words, note }
    }
}

/// A message to take in.
#[derive(Debug, Args)]
pub struct Open {
    /// The organization's id or slug
    #[arg(long)]
    organization: String,
    /// `disable` or `enable`
    #[arg(long)]
    action: String,
    /// File with the message
    #[arg(long)]
    message: PathBuf,
    /// The security contact whose address it bears
    #[arg(long)]
    contact: Option<String>,
    /// It has the customer's name
    #[arg(long)]
    has_name: bool,
    /// It has the confirmation
    #[arg(long)]
    has_confirmation: bool,
    /// It says whom to contact
    #[arg(long)]
    has_contact: bool,
}

/// A review.
#[derive(Debug, Args)]
pub struct Review {
    /// The change request's id
    id: String,
    #[command(flatten)]
    outcome: Outcome,
    /// With --proceed, for a disable: when the meeting begins; else the first time that is free
    #[arg(long)]
    meeting: Option<String>,
}

/// What a review comes to; without any, the request is taken up.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Outcome {
    /// Let it go on; for a disable the form is made and the meeting set
    #[arg(long)]
    proceed: bool,
    /// Ask the sender for what is missing
    #[arg(long, value_name = "TEXT")]
    ask: Option<String>,
    /// Refuse it, with a reason
    #[arg(long, value_name = "TEXT")]
    refuse: Option<String>,
}

/// An answer.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct YesOrNo {
    /// It is so
    #[arg(long)]
    yes: bool,
    /// It is not
    #[arg(long)]
    no: bool,
}

/// A signed decision.
#[derive(Debug, Args)]
pub struct Signing {
    /// The change request's id
    id: String,
    /// The desk person's secret key file
    #[arg(long)]
    key: PathBuf,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        let post = async |id: &str, step: &str, body: serde_json::Value| {
            let request: ChangeRequest = server.post(&path(id, step), &body).await?;
            print(json, &request, text)
        };
        let value = |body: &dyn Fn() -> serde_json::Result<serde_json::Value>| body().context("the request");
        match self {
            Self::List { state } => {
                let query = state.map(|state| format!("?state={}", segment(&state))).unwrap_or_default();
                let all: Vec<ChangeRequest> = server.list(&format!("/v1/change-requests{query}")).await?;
                print_list(json, &all, text)
            }
            Self::Show { id } => print(json, &show(server, &id).await?, text),
            Self::Open(open) => {
                let message = std::fs::read_to_string(&open.message)
                    .context(format_args!("`{}`", open.message.display()))?;
                let body = ChangeRequestCreate {
                    organization: open.organization,
                    action: open.action,
                    text: message,
                    contact: open.contact,
                    has_name: open.has_name,
                    has_confirmation: open.has_confirmation,
                    has_contact: open.has_contact,
                };
                let request: ChangeRequest = server.post("/v1/change-requests", &body).await?;
                print(json, &request, text)
            }
            Self::Review(review) => {
                let Outcome { proceed, ask, refuse } = review.outcome;
                let (outcome, text) = match (proceed, ask, refuse) {
                    (true, ..) => ("proceed", None),
                    (_, Some(text), _) => ("ask", Some(text)),
                    (_, _, Some(text)) => ("refuse", Some(text)),
                    _ => ("begin", None),
                };
                let (outcome, meeting) = (outcome.to_owned(), review.meeting);
                let body = ReviewCreate { outcome, text, meeting };
                post(&review.id, "review", value(&|| serde_json::to_value(&body))?).await
            }
            Self::Meeting { id, start } => {
                let body = MeetingSet { start };
                post(&id, "meeting", value(&|| serde_json::to_value(&body))?).await
            }
            Self::DeclineTime { id, evidence } => {
                let body = ProposalDecline { evidence };
                post(&id, "meeting/decline", value(&|| serde_json::to_value(&body))?).await
            }
            Self::Find { id, question, answer, note } => {
                let body = FindingCreate { question, holds: answer.yes, note };
                post(&id, "findings", value(&|| serde_json::to_value(&body))?).await
            }
            Self::Return { id, file } => {
                let bytes = std::fs::read(&file).context(format_args!("`{}`", file.display()))?;
                let request: ChangeRequest = server.post_bytes(&path(&id, "returns"), bytes).await?;
                print(json, &request, text)
            }
            Self::Form { id, output } => save(server, &path(&id, "form"), &output).await,
            Self::Invitation { id, output } => save(server, &path(&id, "invitation"), &output).await,
            Self::Evidence { evidence, output } => {
                save(server, &format!("/v1/evidence/{}", segment(&evidence)), &output).await
            }
            Self::Match { id, answer, note } => {
                let body = MatchCreate { accepted: answer.yes, note };
                post(&id, "match", value(&|| serde_json::to_value(&body))?).await
            }
            Self::Call { id, contact } => {
                let call: Call = server.post(&path(&id, "calls"), &CallCreate { contact }).await?;
                print(json, &call, call_text)
            }
            Self::Called { id, said } => {
                let body = CallOutcome::from(said);
                post(&id, "calls/outcome", value(&|| serde_json::to_value(&body))?).await
            }
            Self::Provisional(signing) => {
                let signed = signed(server, &signing.id, &signing.key).await?;
                let receipt: Receipt = server.post(&path(&signing.id, "provisional"), &signed).await?;
                print(json, &receipt, super::access::receipt_text)
            }
            Self::Approve(signing) => {
                let request = approve(server, &signing.id, &signing.key).await?;
                print(json, &request, text)
            }
        }
    }
}

pub(super) fn call_text(call: &Call) -> String {
    format!(
        "call {} (on file since {})\nyou say: {}\nthey answer with the words on their own page, good until {}",
        call.phone, call.on_file_since, call.desk_words, call.until
    )
}

pub(super) async fn save(server: &Server, path: &str, output: &Path) -> Result<(), Failure> {
    let bytes = server.get_bytes(path).await?;
    std::fs::write(output, bytes).context(format_args!("`{}`", output.display()))
}

/// Approves a request with a desk person's key file.
///
/// # Errors
/// What the server refused.
pub async fn approve(server: &Server, id: &str, key: &Path) -> Result<ChangeRequest, Failure> {
    let signed = signed(server, id, key).await?;
    server.post(&path(id, "approve"), &signed).await
}

/// Lets a request go on.
///
/// # Errors
/// What the server refused.
pub async fn proceed(server: &Server, id: &str) -> Result<ChangeRequest, Failure> {
    let body = ReviewCreate { outcome: "proceed".to_owned(), text: None, meeting: None };
    server.post(&path(id, "review"), &body).await
}

/// The approval that the request takes now, signed with the desk person's own key. The key never leaves this process.
async fn signed(server: &Server, id: &str, key: &Path) -> Result<Change, Failure> {
    let seed = key_file::read_seed(key)?;
    let request = show(server, id).await?;
    let person: serde_json::Value = server.get("/v1/me").await?;
    let by: DeskPersonId = person
        .get("id")
        .and_then(serde_json::Value::as_str)
        .ok_or_else(|| Failure::new("the token is not a desk person's"))?
        .parse()
        .context("the server's answer")?;
    let approval = Approval {
        organization: request.organization.parse().context("the server's answer")?,
        epoch: request.epoch,
        wish: if request.action == "enable" { Wish::Enabled } else { Wish::Disabled },
        change_request: request.id.parse().context("the server's answer")?,
        call: request.call_entry,
        by,
        issued: Timestamp::from_second(SystemClock.now().as_second()).context("the clock")?,
    };
    Ok(key_file::signed(approval.to_text(), &seed))
}

async fn show(server: &Server, id: &str) -> Result<ChangeRequest, Failure> {
    server.get(&format!("/v1/change-requests/{}", segment(id))).await
}

fn path(id: &str, step: &str) -> String {
    format!("/v1/change-requests/{}/{step}", segment(id))
}

pub(super) fn text(request: &ChangeRequest) -> String {
    let next = request.next.as_deref().map(|next| format!("\n  next: {next}")).unwrap_or_default();
    let meeting = request.meeting.as_deref().zip(request.invitation.as_ref()).map(|(start, invitation)| {
        let answer = invitation.answer.as_deref().unwrap_or("not answered");
        let other =
            |proposal: &Proposal| format!("\n  proposed: {} in {}", proposal.start, proposal.evidence);
        let proposed = invitation.proposal.as_ref().map(other).unwrap_or_default();
        format!("\n  meeting: {start}, {answer}{proposed}")
    });
    let ChangeRequest { id, number, action, state, call_wrong_tries: wrong, .. } = request;
    let called = request.call_words.as_deref().map(|words| match words {
        "matched" => "\n  called: with words".to_owned(),
        why => format!("\n  called: without words ({why})"),
    });
    let wrong = if *wrong > 0 { format!("\n  wrong words heard: {wrong} times") } else { String::new() };
    let (meeting, called) = (meeting.unwrap_or_default(), called.unwrap_or_default());
    format!("{id} ({number}) to {action} is {state}{meeting}{called}{wrong}{next}")
}
