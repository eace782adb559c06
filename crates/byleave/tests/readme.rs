//! What the README tells a newcomer to type works as it stands there, from the configuration to the verified log.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod source;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use source::root;

/// How long the server may take to start.
const START_MAX: Duration = Duration::from_secs(60);

#[test]
fn the_way_to_a_real_tool_is_as_written() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, told) = readme.split_once("\n## Put a real tool behind it").expect("the README has the section");
    let ports = [free_port(), free_port()];
    let told = told.replace("8080", &ports[0]).replace("8081", &ports[1]);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("byleave.toml"), blocks(&told, "toml").concat()).unwrap();
    let lines = blocks(&told, "sh").concat().replace("\\\n", " ");
    let commands: Vec<_> = lines.lines().filter(|line| line.starts_with("byleave ")).collect();
    let (serve, commands) = commands.split_first().unwrap();
    assert_eq!(*serve, "byleave serve --config byleave.toml");
    let mut server = Server(shell(folder.path(), &ports[0], "", &format!("exec {serve}")).spawn().unwrap());
    let token = token(&mut server, &folder.path().join("byleave-data/first-steps.txt"));

    let run = |line: &str| {
        let output = shell(folder.path(), &ports[0], &token, line).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let placeholder = |line: &&&str| !line.contains('…');
    let tried: Vec<_> = commands.iter().filter(placeholder).map(|line| (*line, run(line))).collect();
    assert!(tried.len() >= 6, "the commands are read: {tried:?}");
    // What follows is told in a sentence, not in a block.
    let disable = "byleave access disable --organization acme --key sam.key";
    assert!(told.contains(disable), "the README has `{disable}`");
    run(disable);
    let shown = run("byleave organization show acme");
    let (_, verify) = shown.split_once("byleave verify ").expect("the whole command is printed");
    let said = run(&format!("byleave verify {verify}"));
    assert!(said.starts_with("no visits; disabled at ") && said.ends_with("nothing missing.\n"), "{said}");
}

/// The blocks of code in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("\n```{language}\n");
    let blocks = text.split(&opening).skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.map(|block| format!("{block}\n")).collect()
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// A command line in `folder`, with the program of this build.
fn shell(folder: &Path, port: &str, token: &str, line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_byleave")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).env("PATH", path);
    command.env("BYLEAVE_URL", format!("http://localhost:{port}")).env("BYLEAVE_TOKEN", token);
    command.stdin(Stdio::null());
    command
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The administrator's token, from the file that the first start leaves.
fn token(server: &mut Server, file: &Path) -> String {
    let began = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if let Some(token) = text.lines().find(|line| line.starts_with("bl_")) {
            return token.to_owned();
        }
        let over = server.0.try_wait().unwrap();
        assert!(over.is_none() && began.elapsed() < START_MAX, "the server did not start: {over:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
