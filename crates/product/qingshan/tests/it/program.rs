//! The built program: its commands, its server, what it says.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use city_simulator::{City, write_register};
use serde_json::Value;
use test_support::TestFolder;

/// Nothing takes longer than this in a test that passes.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder with a configuration of its own.
pub(crate) struct Installation {
    folder: TestFolder,
    url: String,
}

impl Installation {
    /// On SQLite.
    pub(crate) fn new() -> Self {
        let folder = TestFolder::new();
        let url = folder.path().join("qingshan.sqlite");
        let url = url.to_str().unwrap().to_owned();
        Self { folder, url }
    }

    /// On a database that is there.
    pub(crate) fn on(url: &str) -> Self {
        Self {
            folder: TestFolder::new(),
            url: url.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the program, with any free ports.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qingshan"));
        command
            .args(words)
            .current_dir(self.path())
            .env("QINGSHAN__DATABASE__URL", &self.url)
            .env("QINGSHAN__HTTP__LISTEN", "127.0.0.1:0")
            .env("QINGSHAN__GATEWAY__LISTEN", "127.0.0.1:0")
            .env("QINGSHAN__GATEWAY__MAX_CONNECTIONS", "500")
            // these tests are about data; those of accounts switch them on
            .env("QINGSHAN__ACCOUNTS__ENABLED", "false")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed.
    pub(crate) fn run(&self, words: &[&str]) {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", text(&output));
    }

    /// Runs a command that must fail, without a fault of ours; returns what it says.
    pub(crate) fn fail(&self, words: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        let output = end(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(said.contains("error: "), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    /// Makes the tables and registers the simulated city.
    pub(crate) fn register(&self, city: &City) {
        let register = self.path().join("register");
        write_register(city, &register).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let regions: PathBuf = root.join("cities/hengyang/regions.toml");
        self.run(&["migrate"]);
        self.run(&["sites", "import", regions.to_str().unwrap()]);
        self.run(&["sites", "import", register.to_str().unwrap()]);
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn serve(&self) -> Server {
        start(self.command(&["serve"]))
    }

    /// The same with settings of its own.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["serve"]);
        command.envs(variables.iter().copied());
        start(command)
    }

    /// The same, with a server that does not end when a file may not grow: see
    /// [`Server::limit_files`].
    pub(crate) fn serve_with_limits(&self) -> Server {
        let serve = self.command(&["serve"]);
        let mut command = Command::new("env");
        command
            .arg("--ignore-signal=XFSZ")
            .arg(serve.get_program())
            .args(serve.get_args())
            .envs(
                serve
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(self.path())
            .stdin(Stdio::null());
        start(command)
    }
}

fn start(mut command: Command) -> Server {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let printed = Arc::new(Mutex::new(String::new()));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn({
        let printed = Arc::clone(&printed);
        move || {
            let mut line = String::new();
            while matches!(stdout.read_line(&mut line), Ok(read) if read > 0) {
                printed.lock().unwrap().push_str(&line);
                line.clear();
            }
        }
    });
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut server = Server {
        child,
        lines,
        printed,
        log: Vec::new(),
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        gateway: SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    server.gateway = server.wait_for_address("listening for HJ 212 devices on ");
    let opened = server.wait_for_line("open http");
    let (_, address) = opened.split_once("://").unwrap();
    server.http = address.split_whitespace().next().unwrap().parse().unwrap();
    server
}

/// The running server.
pub(crate) struct Server {
    child: Child,
    lines: mpsc::Receiver<String>,
    printed: Arc<Mutex<String>>,
    log: Vec<String>,
    pub(crate) http: SocketAddr,
    pub(crate) gateway: SocketAddr,
}

impl Server {
    fn wait_for_address(&mut self, before: &str) -> SocketAddr {
        let line = self.wait_for_line(before);
        let (_, rest) = line.split_once(before).unwrap();
        let word = rest.split_whitespace().next().unwrap();
        word.parse().unwrap()
    }

    /// Whether it has printed a line with this text.
    pub(crate) fn has_printed(&self, with: &str) -> bool {
        self.printed.lock().unwrap().contains(with)
    }

    /// Waits until it has printed a line with this text, and returns it.
    pub(crate) fn wait_for_printed(&self, with: &str) -> String {
        let begin = Instant::now();
        loop {
            let printed = self.printed.lock().unwrap().clone();
            if let Some(line) = printed.lines().find(|line| line.contains(with)) {
                return line.to_owned();
            }
            assert!(begin.elapsed() < PATIENCE, "not printed: {with}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the log has a line with this text.
    pub(crate) fn wait_for_line(&mut self, with: &str) -> String {
        let begin = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with `{with}` in the log:\n{}", self.log.join("\n"));
            };
            self.log.push(line.clone());
            if line.contains(with) {
                return line;
            }
        }
    }

    /// What `/api/v1/system` says.
    pub(crate) fn system(&self) -> Value {
        let url = format!("http://{}/api/v1/system", self.http);
        let mut response = ureq::get(&url).call().unwrap();
        let body: Value =
            serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        body["system"].clone()
    }

    /// Waits until the state of the system is as it should be, and returns it.
    pub(crate) fn wait_for(&self, what: &str, is_met: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let system = self.system();
            if is_met(&system) {
                return system;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "waited in vain for {what}: {system}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets no file grow beyond a size, in bytes or `unlimited`: to the server the disk is full.
    pub(crate) fn limit_files(&self, most: &str) {
        let limited = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string()])
            .arg(format!("--fsize={most}:unlimited"))
            .status()
            .unwrap();
        assert!(limited.success());
    }

    /// Ends it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop; returns its whole log.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.signal("-TERM");
        let status = wait(&mut self.child);
        self.log.extend(self.lines.iter());
        assert!(status.success(), "{status}:\n{}", self.log.join("\n"));
        std::mem::take(&mut self.log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ended = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begin.elapsed() < PATIENCE, "the program does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a program that should end by itself and ends it when it does not.
fn end(command: &mut Command) -> Output {
    let mut child = command.spawn().unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
