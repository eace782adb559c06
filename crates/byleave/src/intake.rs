//! Mail in: the listener with its door to the application, and the one who asks DNS.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use byleave_app::intake::Mail;
use byleave_app::ports::MailChecks;
use byleave_app::{App, NotWritten};
use byleave_mail::checks::{Checks, Resolver};
use byleave_mail::envelope::Envelope;
use byleave_mail::smtp::{self, Delivery, Limits, Protocol, Receipt, Terms};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::certificate::{Certificate, Files};
use crate::failure::{Context as _, Failure};

/// How mail comes in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the listener is; without one, mail comes through the pipe alone.
    pub listen: Option<SocketAddr>,
    /// Which protocol it speaks.
    pub protocol: Protocol,
    /// What it calls itself.
    pub hostname: String,
    /// The intake's addresses.
    pub addresses: Vec<String>,
    /// The DNS server that is asked about senders, which need not answer yet; without one the machine's.
    pub resolver: Option<SocketAddr>,
    /// Longest mail, bytes.
    pub message_bytes_max: usize,
    /// How much is taken at once, and from one network.
    pub limits: Limits,
    /// With it STARTTLS is offered.
    pub tls: Option<Files>,
}

impl Settings {
    /// What the application has to know.
    ///
    /// # Errors
    /// The machine names no resolver, and neither do the settings.
    pub fn mail(&self) -> Result<Mail, Failure> {
        let resolver =
            Resolver::new(self.resolver).context("give `mail.resolver`, a DNS server's address")?;
        Ok(Mail { addresses: self.addresses.clone(), checks: Arc::new(Dns(resolver)) })
    }

    /// Takes mail until it is dropped.
    ///
    /// # Errors
    /// The certificate cannot be read.
    pub fn serve(
        &self,
        listener: TcpListener,
        app: App,
    ) -> Result<impl Future<Output = ()> + Send + use<>, Failure> {
        let certificate = self.tls.as_ref().map(Certificate::watched).transpose()?;
        let tls = certificate.map(|certificate| certificate.server(&[])).transpose()?.map(TlsAcceptor::from);
        let terms = Terms {
            protocol: self.protocol,
            hostname: self.hostname.clone(),
            intake: self.addresses.clone(),
            message_bytes_max: self.message_bytes_max,
        };
        Ok(smtp::serve(listener, terms, tls, self.limits.clone(), Arc::new(Door(app))))
    }
}

/// Asks DNS as a mail arrives.
struct Dns(Resolver);

#[async_trait]
impl MailChecks for Dns {
    async fn check(&self, envelope: &Envelope, mail: &[u8], from: Option<&str>) -> Checks {
        self.0.check(envelope, mail, from).await
    }
}

/// Where messages go in.
struct Door(App);

impl smtp::Intake for Door {
    async fn take(&self, delivery: Delivery) -> Receipt {
        match self.0.mail_receive(delivery.envelope, delivery.message).await {
            Ok(mail) if mail.record.disposition == "rejected" => {
                let why = mail.record.reasons.first().map_or("it cannot be read", |note| note.text.as_str());
                Receipt::Refused(why.to_owned())
            }
            Ok(_) => Receipt::Taken,
            Err(why @ NotWritten::Refused(_)) => Receipt::Refused(why.to_string()),
            Err(why) => {
                tracing::warn!("mail is put off: {why}");
                Receipt::NotNow("it cannot be taken now; try again later".to_owned())
            }
        }
    }
}
