//! Commands, read strictly.

/// Longest address, bytes.
const PATH_BYTES_MAX: usize = 256;

/// Longest name in a greeting, bytes.
const NAME_BYTES_MAX: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `EHLO`, `HELO` or `LHLO`, and whether extensions are wanted.
    Hello(Greeting, String),
    /// `None` for `<>`.
    Mail(Option<String>, Option<usize>),
    Rcpt(String),
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    StartTls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greeting {
    Helo,
    Ehlo,
    Lhlo,
}

/// Why a line is no command, as a reply.
pub(super) type Refusal = &'static str;

pub(super) fn parse(line: &[u8]) -> Result<Command, Refusal> {
    let line = std::str::from_utf8(line).ok().filter(|line| line.is_ascii()).ok_or("500 5.5.2 ASCII only")?;
    if line.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err("500 5.5.2 control characters");
    }
    let line = line.trim_end();
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let alone = |command: Command| {
        if rest.is_empty() { Ok(command) } else { Err("501 5.5.4 no arguments are taken here") }
    };
    match verb.to_ascii_uppercase().as_str() {
        "HELO" => hello(Greeting::Helo, rest),
        "EHLO" => hello(Greeting::Ehlo, rest),
        "LHLO" => hello(Greeting::Lhlo, rest),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "STARTTLS" => alone(Command::StartTls),
        "QUIT" => alone(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "VRFY" => Ok(Command::Vrfy),
        _ => Err("500 5.5.1 no such command"),
    }
}

fn hello(greeting: Greeting, rest: &str) -> Result<Command, Refusal> {
    let name = rest.trim();
    let sound =
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    if sound { Ok(Command::Hello(greeting, name.to_owned())) } else { Err("501 5.5.4 say who you are") }
}

fn mail(rest: &str) -> Result<Command, Refusal> {
    let (path, parameters) = path(rest, "FROM:")?;
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", value) => size = Some(value.parse().map_err(|_| "501 5.5.4 SIZE is a number")?),
            ("BODY", "7BIT" | "8BITMIME") => {}
            _ => return Err("555 5.5.4 this parameter is not known here"),
        }
    }
    let sender =
        if path.is_empty() { None } else { Some(address(path).ok_or("553 5.1.7 this is no address")?) };
    Ok(Command::Mail(sender, size))
}

fn rcpt(rest: &str) -> Result<Command, Refusal> {
    let (path, parameters) = path(rest, "TO:")?;
    if !parameters.trim().is_empty() {
        return Err("555 5.5.4 no parameters are known here");
    }
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(Command::Rcpt("postmaster".to_owned()));
    }
    Ok(Command::Rcpt(address(path).ok_or("553 5.1.3 this is no address")?))
}

/// What stands between `<` and `>`, and what follows.
fn path<'l>(rest: &'l str, keyword: &str) -> Result<(&'l str, &'l str), Refusal> {
    let refusal = "501 5.5.4 an address in angle brackets is wanted";
    let rest = rest.trim_start();
    let word = rest.get(..keyword.len()).filter(|word| word.eq_ignore_ascii_case(keyword)).ok_or(refusal)?;
    let path = rest.get(word.len()..).unwrap_or_default().trim_start().strip_prefix('<').ok_or(refusal)?;
    let (path, parameters) = path.split_once('>').ok_or(refusal)?;
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return Err(refusal);
    }
    Ok((path, parameters))
}

/// An address without a route: whoever wants us to send it on somewhere is refused.
fn address(path: &str) -> Option<String> {
    let (local, domain) = path.rsplit_once('@')?;
    let sound = path.len() <= PATH_BYTES_MAX
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.starts_with('@')
        && !local.is_empty()
        && !domain.is_empty()
        && !path.contains([',', '<', '>', '\\']);
    sound.then(|| path.to_owned())
}
