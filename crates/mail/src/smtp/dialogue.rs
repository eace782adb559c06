//! The dialogue: bytes in, replies and deliveries out. No socket, no clock.

use std::net::IpAddr;

use super::command::{Command, Greeting, parse};
use super::content::{Content, End};
use super::{Delivery, ERRORS_MAX, LINE_BYTES_MAX, Protocol, RECIPIENTS_MAX, Receipt, Terms};
use crate::envelope::{Envelope, Sender};

/// Replies that recur.
const OK: &str = "250 2.0.0 ok";
const BAD_SEQUENCE: &str = "503 5.5.1 not now; EHLO, MAIL, RCPT, DATA is the order";
const NO_RELAY: &str = "550 5.7.1 no such address here, and nothing is relayed";
const CLOSING: &str = "221 2.0.0 goodbye";

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this.
    Reply(String),
    /// Have the message taken, then say so to [`Dialogue::taken`].
    Deliver(Delivery),
    /// Begin TLS, then say so to [`Dialogue::encrypted`].
    StartTls,
    /// Close.
    Close,
}

/// One session.
#[derive(Debug)]
pub struct Dialogue {
    terms: Terms,
    peer: IpAddr,
    offers_tls: bool,
    tls: Option<String>,
    waiting: Vec<u8>,
    state: State,
    helo: Option<String>,
    sender: Sender,
    recipients: Vec<String>,
    errors: usize,
}

#[derive(Debug)]
enum State {
    Commands,
    /// `MAIL` was taken.
    Recipients,
    Content(Content),
    /// A delivery or a handshake is under way.
    Busy,
    /// The last reply is said; then the end.
    Closing,
    Closed,
}

impl Dialogue {
    /// A session with a peer that has just come, and what it is greeted with.
    #[must_use]
    pub fn new(terms: &Terms, peer: IpAddr, offers_tls: bool) -> (Self, String) {
        let word = if terms.protocol == Protocol::Smtp { "ESMTP" } else { "LMTP" };
        let greeting = format!("220 {} {word}\r\n", terms.hostname);
        let dialogue = Self {
            terms: terms.clone(),
            peer,
            offers_tls,
            tls: None,
            waiting: Vec::new(),
            state: State::Commands,
            helo: None,
            sender: Sender::Null,
            recipients: Vec::new(),
            errors: 0,
        };
        (dialogue, greeting)
    }

    /// Bytes have come.
    pub fn take(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// Bytes of a message that are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        if let State::Content(content) = &self.state { content.kept() } else { 0 }
    }

    /// What to do now; nothing until more bytes come, or until what is under way is done.
    pub fn step(&mut self) -> Option<Step> {
        match &mut self.state {
            State::Busy | State::Closed => None,
            State::Closing => {
                self.state = State::Closed;
                Some(Step::Close)
            }
            State::Content(content) => {
                let (taken, end) = content.take(&self.waiting);
                let endless = content.is_endless();
                self.waiting.drain(..taken);
                match end {
                    Some(end) => Some(self.ended(end)),
                    None if endless => Some(self.close("552 5.3.4 the message does not end")),
                    None => None,
                }
            }
            State::Commands | State::Recipients => self.line(),
        }
    }

    /// The delivery was taken, or not. Before this nothing that waits is looked at.
    pub fn taken(&mut self, receipt: &Receipt) -> Step {
        let reply = match receipt {
            Receipt::Taken => OK.to_owned(),
            Receipt::Refused(why) => format!("554 5.7.1 {}", plain(why)),
            Receipt::NotNow(why) => format!("451 4.3.0 {}", plain(why)),
        };
        self.finish(&reply)
    }

    /// TLS has begun. What was said before it does not count any more.
    pub fn encrypted(&mut self, protocol: String) {
        self.tls = Some(protocol);
        self.helo = None;
        self.reset();
    }

    fn line(&mut self) -> Option<Step> {
        let Some(at) = self.waiting.iter().position(|byte| *byte == b'\n') else {
            let long = self.waiting.len() > LINE_BYTES_MAX;
            return long.then(|| self.close("500 5.5.2 the line is too long"));
        };
        if at >= LINE_BYTES_MAX {
            return Some(self.close("500 5.5.2 the line is too long"));
        }
        let line: Vec<u8> = self.waiting.drain(..=at).collect();
        let Some(line) = line.strip_suffix(b"\r\n").filter(|line| !line.contains(&b'\r')) else {
            return Some(self.close("500 5.5.2 lines end in CR LF"));
        };
        Some(match parse(line) {
            Ok(command) => self.command(command),
            Err(refusal) => self.refuse(refusal),
        })
    }

    fn command(&mut self, command: Command) -> Step {
        match command {
            Command::Hello(greeting, name) => self.hello(greeting, name),
            Command::Mail(sender, size) => self.mail(sender, size),
            Command::Rcpt(recipient) => self.rcpt(recipient),
            Command::Data => match self.state {
                State::Recipients if !self.recipients.is_empty() => {
                    self.state = State::Content(Content::new(self.terms.message_bytes_max));
                    reply("354 go on; CR LF . CR LF ends it")
                }
                State::Recipients => self.refuse("554 5.5.1 nobody to give it to"),
                _ => self.refuse(BAD_SEQUENCE),
            },
            Command::Rset => {
                self.reset();
                reply(OK)
            }
            Command::Noop => reply(OK),
            Command::Help => reply("214 2.0.0 RFC 5321"),
            Command::Vrfy => reply("252 2.5.0 send, and see"),
            Command::Quit => self.close(CLOSING),
            Command::StartTls => {
                if !self.offers_tls || self.tls.is_some() {
                    return self.refuse("503 5.5.1 no TLS to begin");
                }
                // Whatever stands in the clear behind the command would be taken for something that came by TLS.
                if !self.waiting.is_empty() {
                    return self.close("554 5.5.1 wait for the answer before going on");
                }
                self.state = State::Busy;
                Step::StartTls
            }
        }
    }

    fn hello(&mut self, greeting: Greeting, name: String) -> Step {
        if (greeting == Greeting::Lhlo) != (self.terms.protocol == Protocol::Lmtp) {
            return self.refuse("500 5.5.1 this is not how one greets here");
        }
        self.reset();
        self.helo = Some(name);
        if greeting == Greeting::Helo {
            return Step::Reply(format!("250 {}\r\n", self.terms.hostname));
        }
        let tls = if self.offers_tls && self.tls.is_none() { "250-STARTTLS\r\n" } else { "" };
        Step::Reply(format!(
            "250-{}\r\n250-PIPELINING\r\n250-8BITMIME\r\n{tls}250-ENHANCEDSTATUSCODES\r\n250 SIZE {}\r\n",
            self.terms.hostname, self.terms.message_bytes_max
        ))
    }

    fn mail(&mut self, sender: Option<String>, size: Option<usize>) -> Step {
        if self.helo.is_none() || !matches!(self.state, State::Commands) {
            return self.refuse(BAD_SEQUENCE);
        }
        if size.is_some_and(|size| size > self.terms.message_bytes_max) {
            return self.refuse("552 5.3.4 the message is too long");
        }
        self.sender = sender.map_or(Sender::Null, Sender::Address);
        self.state = State::Recipients;
        reply("250 2.1.0 ok")
    }

    fn rcpt(&mut self, recipient: String) -> Step {
        if !matches!(self.state, State::Recipients) {
            return self.refuse(BAD_SEQUENCE);
        }
        if !self.is_ours(&recipient) {
            return self.refuse(NO_RELAY);
        }
        if self.recipients.len() >= RECIPIENTS_MAX {
            return reply("452 4.5.3 no more recipients in one go");
        }
        // LMTP answers for each of them, the same one twice included.
        self.recipients.push(recipient);
        reply("250 2.1.5 ok")
    }

    /// An address of the intake, or whoever answers for the server (RFC 5321 §4.5.1).
    fn is_ours(&self, recipient: &str) -> bool {
        let postmaster = |intake: &String| {
            let domain = intake.rsplit_once('@').map_or("", |(_, domain)| domain);
            recipient.eq_ignore_ascii_case(&format!("postmaster@{domain}"))
        };
        recipient == "postmaster"
            || self
                .terms
                .intake
                .iter()
                .any(|intake| recipient.eq_ignore_ascii_case(intake) || postmaster(intake))
    }

    fn ended(&mut self, end: End) -> Step {
        match end {
            End::TooLong => self.finish("552 5.3.4 the message is too long"),
            End::Bare => self.finish("554 5.6.0 lines end in CR LF, and in nothing else"),
            End::Whole(message) => {
                self.state = State::Busy;
                let envelope = Envelope {
                    sender: self.sender.clone(),
                    recipients: self.recipients.clone(),
                    peer: Some(self.peer),
                    helo: self.helo.clone().unwrap_or_default(),
                    tls: self.tls.clone(),
                };
                Step::Deliver(Delivery { envelope, message })
            }
        }
    }

    /// The answer to a message: one, or by LMTP one for each recipient.
    fn finish(&mut self, answer: &str) -> Step {
        let times = if self.terms.protocol == Protocol::Lmtp { self.recipients.len() } else { 1 };
        self.reset();
        Step::Reply(format!("{answer}\r\n").repeat(times))
    }

    fn reset(&mut self) {
        self.state = State::Commands;
        self.sender = Sender::Null;
        self.recipients.clear();
    }

    fn refuse(&mut self, refusal: &str) -> Step {
        self.errors += 1;
        if self.errors >= ERRORS_MAX {
            return self.close("421 4.7.0 too many errors");
        }
        reply(refusal)
    }

    fn close(&mut self, answer: &str) -> Step {
        self.waiting.clear();
        self.state = State::Closing;
        reply(answer)
    }
}

fn reply(line: &str) -> Step {
    Step::Reply(format!("{line}\r\n"))
}

/// On one line.
fn plain(why: &str) -> String {
    why.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(200).collect()
}

#[cfg(test)]
mod tests;
