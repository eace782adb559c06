//! A demo in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::client::{Server, bounded_body, http_client};
use crate::demo::ready::{Organization, Ready};
use crate::failure::{Context as _, Failure};

/// How long a demo may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// Most of an answer that the tour reads, bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A running demo. Killed when dropped.
pub struct Child {
    process: tokio::process::Child,
    /// Its data directory.
    pub data: PathBuf,
    /// What it said it is.
    pub ready: Ready,
    client: reqwest::Client,
}

/// An answer as the tour looks at it.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Child {
    /// Starts a demo over `data` on free ports and waits until it is ready.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(data: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(data).context(format_args!("`{}`", data.display()))?;
        let ready_file = data.join("ready.json");
        // One from an earlier start would be believed.
        let _ = std::fs::remove_file(&ready_file);
        let program = std::env::current_exe().context("this program")?;
        let mut process = Command::new(program)
            .args(["demo", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("a demo of its own")?;
        let waiting = tokio::time::timeout(START_MAX, async {
            while !ready_file.exists() {
                if let Some(status) = process.try_wait().map_err(Failure::new)? {
                    return Err(Failure::new(format_args!(
                        "the demo ended with {status} before it was ready"
                    )));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        });
        waiting.await.context("the demo did not become ready")??;
        let text = std::fs::read(&ready_file).context("the ready file")?;
        let ready = serde_json::from_slice(&text).context("the ready file")?;
        Ok(Self { process, data: data.to_owned(), ready, client: http_client()? })
    }

    /// Ends it as a power cut would, and gives its data directory back.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<PathBuf, Failure> {
        self.process.kill().await.context("the demo cannot be killed")?;
        Ok(self.data.clone())
    }

    /// A sample organization.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn organization(&self, slug: &str) -> Result<&Organization, Failure> {
        let found = self.ready.organizations.iter().find(|organization| organization.slug == slug);
        found.ok_or_else(|| Failure::new(format_args!("the demo has no organization `{slug}`")))
    }

    /// The organization's own programs at the control plane.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn server_of(&self, slug: &str) -> Result<Server, Failure> {
        Ok(Server::new(&self.ready.base_url, &self.organization(slug)?.api_token))
    }

    /// The key file of the organization's first security contact.
    ///
    /// # Errors
    /// When there is none.
    pub fn key_of(&self, slug: &str) -> Result<PathBuf, Failure> {
        let contact = self.organization(slug)?.contacts.first();
        contact
            .map(|contact| contact.key_file.clone().into())
            .ok_or_else(|| Failure::new("no security contact"))
    }

    /// The first support person's request for a tool of an organization, with a reason or without.
    ///
    /// # Errors
    /// When nothing answers at all.
    pub async fn tool(
        &self,
        organization: &str,
        path: &str,
        reason: Option<&str>,
    ) -> Result<reqwest::Response, Failure> {
        let person = self.ready.support_people.first().ok_or_else(|| Failure::new("no support person"))?;
        let address = format!("{}/t/system-log/{organization}/{path}", self.ready.gateway_url);
        let mut request = self.client.get(address).bearer_auth(&person.token);
        if let Some(reason) = reason {
            request = request.header("Byleave-Reason", reason);
        }
        request.send().await.context("the gateway was not reached")
    }

    /// The same, read whole.
    ///
    /// # Errors
    /// When nothing answers at all.
    pub async fn ask(&self, organization: &str, path: &str, reason: Option<&str>) -> Result<Answer, Failure> {
        answer(self.tool(organization, path, reason).await?).await
    }

    /// A page as the person sees it who signs in with `sign_in_url`.
    ///
    /// # Errors
    /// When nothing answers, or the link does not sign in.
    pub async fn page(&self, sign_in_url: &str, path: &str) -> Result<Answer, Failure> {
        let link = sign_in_url.split('#').next().unwrap_or_default();
        let signed_in = self.client.get(link).send().await.context("signing in")?;
        let cookie = signed_in.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let address = format!("{}{path}", link.split("/sign-in/").next().unwrap_or_default());
        answer(self.client.get(address).header("cookie", cookie).send().await.context("the page")?).await
    }

    /// Asks the control plane as whoever `token` stands for.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn post(&self, path: &str, token: &str) -> Result<Answer, Failure> {
        let address = format!("{}{path}", self.ready.base_url);
        let request = self.client.post(address).bearer_auth(token).json(&serde_json::json!({}));
        answer(request.send().await.context("the control plane was not reached")?).await
    }
}

async fn answer(response: reqwest::Response) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let body = bounded_body(response, ANSWER_BYTES_MAX).await?;
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}
