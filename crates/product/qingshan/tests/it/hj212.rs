//! `qingshan hj212 send` and `listen` against each other and against odd peers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use test_support::TestFolder;

const UPLOAD: &str = "QN=20260801085857001;ST=32;CN=2011;PW=123456;\
    MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20260801085800;w01018-Rtd=20.1,w01018-Flag=N&&";

fn qingshan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qingshan"));
    command.arg("hj212").args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn send(arguments: &[&str]) -> Output {
    let mut all = vec!["send"];
    all.extend(arguments);
    qingshan(&all).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A running `listen --json`.
struct Listening {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
}

impl Listening {
    fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["listen", "127.0.0.1:0", "--json"];
        all.extend(arguments);
        let mut child = qingshan(&all).spawn().unwrap();
        let mut listening = Self {
            out: BufReader::new(child.stdout.take().unwrap()),
            child,
            address: String::new(),
        };
        let first = listening.next();
        first["listening"]
            .as_str()
            .unwrap()
            .clone_into(&mut listening.address);
        listening
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    /// Ctrl-C: the rest of what it says, and whether it ended well.
    fn interrupt(mut self) -> (Vec<Value>, bool) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let rest = rest
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (rest, self.child.wait().unwrap().success())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // it has ended already in a test that passes
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_packet_is_sent_acknowledged_and_explained_on_both_sides() {
    let mut listening = Listening::start(&["--acknowledge"]);
    let address = listening.address.clone();
    let output = send(&[&address, "--segment", UPLOAD, "--json", "--wait", "1"]);
    assert!(output.status.success(), "{output:?}");
    let said = lines(&output);
    assert_eq!(said[0]["direction"], "sent");
    assert_eq!(said[0]["message"]["CN"], "2011");
    assert_eq!(
        (&said[1]["direction"], &said[1]["message"]["CN"]),
        (&"received".into(), &"9014".into())
    );
    assert_eq!(said[1]["message"]["QN"], "20260801085857001");
    assert_eq!(said[2]["unanswered"], 0);
    let came = listening.next();
    assert_eq!(
        (&came["valid"], &came["message"]["CN"]),
        (&true.into(), &"2011".into())
    );
    assert!(came["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    let answered = listening.next();
    assert_eq!(answered["direction"], "sent");
    let (rest, is_clean) = listening.interrupt();
    assert!(is_clean);
    assert_eq!(rest, [serde_json::json!({ "packets": 1 })]);
}

#[test]
fn a_listener_that_does_not_acknowledge_says_nothing() {
    let mut listening = Listening::start(&["--count", "2"]);
    let address = listening.address.clone();
    let folder = TestFolder::new();
    let file = folder.path().join("packets.log");
    let sound = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;\
        Flag=5;CP=&&RtdInterval=30&&1C80";
    let damaged = sound.replace("1C80", "1C81");
    std::fs::write(&file, format!("08:00 rx {sound}\n08:01 rx {damaged}\n")).unwrap();
    let output = send(&[&address, file.to_str().unwrap(), "--json", "--wait", "0"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "two packets asked for an answer"
    );
    assert_eq!(lines(&output).last().unwrap()["unanswered"], 2);
    assert_eq!(listening.next()["crc_ok"], true);
    // a damaged packet goes out as it stands
    assert_eq!(listening.next()["crc_ok"], false);
    assert_eq!(listening.next(), serde_json::json!({ "packets": 2 }));
    assert!(listening.child.wait().unwrap().success());
}

#[test]
fn a_listener_survives_garbage_and_too_many_connections() {
    let mut listening = Listening::start(&["--connections", "1"]);
    let mut first = TcpStream::connect(&listening.address).unwrap();
    first.write_all(&vec![b'x'; 200_000]).unwrap();
    first
        .write_all(format!("##{:04}{UPLOAD}", UPLOAD.len()).as_bytes())
        .unwrap();
    // the first connection is served: a second one is closed at once
    let garbage = listening.next();
    assert!(garbage["garbage_bytes"].as_u64().unwrap() > 0, "{garbage}");
    let mut second = TcpStream::connect(&listening.address).unwrap();
    second
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let closed = second.read(&mut [0; 8]);
    assert!(!matches!(closed, Ok(count) if count > 0), "{closed:?}");
    drop(first);
    let (_rest, is_clean) = listening.interrupt();
    assert!(is_clean);
}

#[test]
fn a_peer_that_hangs_up_or_is_not_there_is_named() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let hanging_up = std::thread::spawn(move || {
        let (mut stream, _) = silent.accept().unwrap();
        let mut heard = [0; 16];
        stream.read_exact(&mut heard).unwrap();
        silent
    });
    let output = send(&[&address, "--segment", UPLOAD, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).last().unwrap()["closed_by_peer"], true);
    drop(hanging_up.join().unwrap());
    let output = send(&[&address, "--segment", UPLOAD]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("cannot connect to {address}")),
        "{said}"
    );
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() {
    let long = format!("{UPLOAD}{}", "x".repeat(2000));
    let folder = TestFolder::new();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "nothing in it").unwrap();
    for (arguments, part) in [
        (vec!["127.0.0.1:1", "--segment", &long], "at most 1024"),
        (vec!["127.0.0.1:1", empty.to_str().unwrap()], "no packet"),
        (vec!["127.0.0.1:1", "/no/such/file"], "cannot read"),
        (vec!["127.0.0.1:1"], "required"),
    ] {
        let output = send(&arguments);
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn explanations_name_the_fields_in_words() {
    let mut listening = Listening::start(&["--acknowledge"]);
    let output = send(&[
        &listening.address,
        "--segment",
        UPLOAD,
        "--wait",
        "1",
        "--language",
        "en",
    ]);
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [">> sent", "<< received", "9014", "******", "unanswered 0"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    listening.next();
    assert!(listening.interrupt().1);
}
