//! Mail between the demo's parties, with no network: DNS that knows their domains alone, and the mail server of everybody
//! but the vendor. What it gets from the vendor it keeps in mailboxes, which are folders; what it gets for the intake it signs
//! as the author's domain and hands over, as a customer's own server does.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use byleave_mail::fields::MESSAGE_BYTES_MAX;
use byleave_mail::relay::{Relay, Sent};
use byleave_mail::sign::Signer;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::ready::{DnsRecord, Mailboxes};
use crate::failure::{Context as _, Failure};
use crate::letters::{SELECTOR, kept_signer};

/// How long records hold, seconds.
const TTL: u32 = 60;
/// Longest command, bytes.
const LINE_BYTES_MAX: u64 = 2048;
/// How long a peer may be silent.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Longest datagram that is read, bytes.
const DATAGRAM_BYTES_MAX: usize = 4096;

/// Where the parties' mail goes.
pub struct PostOffice {
    /// Answers for their domains.
    pub resolver: SocketAddr,
    /// Takes their mail.
    pub smtp: SocketAddr,
    /// Folder with a folder for each address that was written to.
    pub mailboxes: PathBuf,
}

/// The parties.
pub struct Parties<'a> {
    /// Domains of the customers.
    pub domains: &'a [String],
    /// The vendor's record for its signatures.
    pub vendor: &'a DnsRecord,
    /// The address of the intake.
    pub intake: &'a str,
    /// Where the intake listens.
    pub intake_smtp: SocketAddr,
}

struct Server {
    relay: Relay,
    intake: String,
    signers: Vec<(String, Signer)>,
    mailboxes: PathBuf,
}

impl From<PostOffice> for Mailboxes {
    fn from(office: PostOffice) -> Self {
        Self { smtp_addr: office.smtp.to_string(), folder: office.mailboxes.display().to_string() }
    }
}

impl PostOffice {
    /// Starts both on free ports of this machine. The customers' key, and the mailboxes, are kept in `data`.
    ///
    /// # Errors
    /// A port or a key is not to be had.
    pub async fn start(data: &Path, parties: &Parties<'_>) -> Result<Self, Failure> {
        let mut zone = vec![(parties.vendor.name.clone(), parties.vendor.text.clone())];
        let mut signers = Vec::new();
        for domain in parties.domains {
            let signer = kept_signer(&data.join("customers.pem"), domain, SELECTOR)?;
            zone.push(signer.record().map_err(Failure::new)?);
            zone.push((domain.clone(), "v=spf1 ip4:127.0.0.1 -all".to_owned()));
            zone.push((format!("_dmarc.{domain}"), "v=DMARC1; p=reject".to_owned()));
            signers.push((domain.clone(), signer));
        }
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let dns = UdpSocket::bind(here).await.context("DNS of the demo")?;
        let listener = TcpListener::bind(here).await.context("mailboxes of the demo")?;
        let resolver = dns.local_addr().map_err(Failure::new)?;
        let smtp = listener.local_addr().map_err(Failure::new)?;
        let (host, port) = (parties.intake_smtp.ip().to_string(), parties.intake_smtp.port());
        let relay = Relay::new(&host, port, None, rustls::RootCertStore::empty()).map_err(Failure::new)?;
        let mailboxes = data.join("mailboxes");
        let (intake, kept) = (parties.intake.to_owned(), mailboxes.clone());
        let server = Arc::new(Server { relay, intake, signers, mailboxes: kept });
        tokio::spawn(answer(dns, zone));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                // Whoever breaks off has sent nothing.
                tokio::spawn(async move { server.talk(stream).await.ok() });
            }
        });
        Ok(Self { resolver, smtp, mailboxes })
    }
}

async fn answer(socket: UdpSocket, zone: Vec<(String, String)>) {
    let mut datagram = [0; DATAGRAM_BYTES_MAX];
    while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
        let asked = datagram.get(..length).and_then(|bytes| Message::from_vec(bytes).ok());
        if let Some(said) = asked.and_then(|asked| said(&asked, &zone)) {
            // Whoever does not get it asks again.
            let _ = socket.send_to(&said, from).await;
        }
    }
}

fn said(asked: &Message, zone: &[(String, String)]) -> Option<Vec<u8>> {
    let query = asked.queries.first()?;
    let name = query.name().to_ascii();
    let found = zone.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim_end_matches('.')));
    let mut answer = asked.clone().into_response();
    match found {
        Some((_, text)) if query.query_type() == RecordType::TXT => {
            // A string of a record has 255 bytes at most (RFC 1035 §3.3.14).
            let strings = text.as_bytes().chunks(255).map(|part| String::from_utf8_lossy(part).into_owned());
            let data = RData::TXT(TXT::new(strings.collect()));
            answer.add_answer(Record::from_rdata(query.name().clone(), TTL, data));
        }
        Some(_) => {}
        None => {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
    }
    answer.to_vec().ok()
}

impl Server {
    /// Speaks SMTP (RFC 5321) with one peer, as far as it takes to send mail.
    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut sender, mut recipients) = (String::new(), Vec::new());
        reply(&mut stream, "220 mailboxes of the demo").await?;
        loop {
            let line = line(&mut stream).await?;
            let (verb, argument) = line.split_once([' ', ':']).unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => reply(&mut stream, "250 demo").await?,
                "MAIL" => {
                    address(argument).clone_into(&mut sender);
                    recipients.clear();
                    reply(&mut stream, "250 ok").await?;
                }
                "RCPT" => {
                    recipients.push(address(argument).to_owned());
                    reply(&mut stream, "250 ok").await?;
                }
                "DATA" if recipients.is_empty() => reply(&mut stream, "503 for whom?").await?,
                "DATA" => {
                    reply(&mut stream, "354 end it with a dot").await?;
                    let message = message(&mut stream).await?;
                    let said = match self.deliver(&sender, &recipients, &message).await {
                        Sent::Taken(_) => "250 taken".to_owned(),
                        Sent::Never(why) => format!("554 {}", why.replace(['\r', '\n'], " ")),
                        Sent::NotNow(why) | Sent::Unreachable(why) => {
                            format!("451 {}", why.replace(['\r', '\n'], " "))
                        }
                    };
                    reply(&mut stream, &said).await?;
                }
                "RSET" | "NOOP" => reply(&mut stream, "250 ok").await?,
                "QUIT" => return reply(&mut stream, "221 bye").await,
                _ => reply(&mut stream, "502 that is not spoken here").await?,
            }
        }
    }

    async fn deliver(&self, sender: &str, recipients: &[String], message: &[u8]) -> Sent {
        let mut sent = Sent::Taken(String::new());
        for recipient in recipients {
            sent = if recipient.eq_ignore_ascii_case(&self.intake) {
                self.hand_over(sender, message).await
            } else {
                self.keep(recipient, message)
            };
            if !matches!(sent, Sent::Taken(_)) {
                break;
            }
        }
        sent
    }

    /// Adds what programs leave to their server (RFC 6409 §8), signs it if its author is one of ours, and gives it to the
    /// intake.
    async fn hand_over(&self, sender: &str, message: &[u8]) -> Sent {
        let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let author = field(message, "From").and_then(|from| domain(address(&from)));
        let mut complete = Vec::new();
        if field(message, "Date").is_none() {
            let date = SystemClock.now().strftime("Date: %a, %d %b %Y %H:%M:%S +0000\r\n").to_string();
            complete.extend(date.into_bytes());
        }
        if field(message, "Message-ID").is_none() {
            let at = author.as_deref().unwrap_or("localhost");
            let id = SystemClock.now().as_nanosecond();
            complete.extend(format!("Message-ID: <{id}@{at}>\r\n").into_bytes());
        }
        // The library hashes white space at the end in another way than verifiers do.
        complete.extend(message.trim_ascii_end());
        complete.extend(b"\r\n");
        let signer = self.signers.iter().find(|(known, _)| Some(known) == author.as_ref());
        let signed = match signer.map(|(_, signer)| signer.sign(&complete)) {
            Some(Ok(signed)) => signed,
            Some(Err(why)) => return Sent::NotNow(why.to_string()),
            None => complete,
        };
        self.relay.send("demo", sender, &self.intake, &signed).await
    }

    /// The same message has the same file.
    fn keep(&self, recipient: &str, message: &[u8]) -> Sent {
        let folder = self.mailboxes.join(file_name(&recipient.to_lowercase()));
        let id = field(message, "Message-ID").unwrap_or_default();
        let local = address(&id).split('@').next().unwrap_or_default();
        let file = folder.join(format!("{}.eml", file_name(local)));
        match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, message)) {
            Ok(()) => Sent::Taken(String::new()),
            Err(why) => Sent::NotNow(format!("`{}` cannot be written: {why}", file.display())),
        }
    }
}

async fn reply(stream: &mut BufReader<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await
}

async fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = Vec::new();
    tokio::time::timeout(IDLE_MAX, stream.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)).await??;
    if !line.ends_with(b"\n") {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
}

/// The message's bytes, without the dots that SMTP puts before lines.
async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message: Vec<u8> = Vec::new();
    loop {
        let begun = message.len();
        let left = (MESSAGE_BYTES_MAX - begun) as u64;
        tokio::time::timeout(IDLE_MAX, stream.take(left).read_until(b'\n', &mut message)).await??;
        let line = message.get(begun..).unwrap_or_default();
        if !line.ends_with(b"\n") {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            message.truncate(begun);
            return Ok(message);
        }
        if line.starts_with(b".") {
            message.remove(begun);
        }
    }
}

/// What stands between `<` and `>`; without them the last word.
fn address(text: &str) -> &str {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(|| text.split_whitespace().last().unwrap_or_default(), |(inner, _)| inner)
}

/// The first field of that name, on its first line.
fn field(message: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let mut header = text.lines().take_while(|line| !line.is_empty());
    header.find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// What names a file and leads nowhere else.
fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_@+".contains(c) { c } else { '.' };
    text.chars().take(100).map(plain).collect::<String>().trim_start_matches('.').to_owned()
}
