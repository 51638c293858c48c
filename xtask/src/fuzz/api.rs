//! `cargo xtask fuzz api`: requests made from the OpenAPI document, right ones and wrong ones, to a
//! running server as several people. No answer may be a failure of the server, undocumented, or
//! other than its schema says.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use xshell::cmd;

use crate::project::{Project, find_program, run_command};
use crate::rig::{DatabaseKind, Profile, Rig};

/// The version whose findings are known.
const VERSION: &str = "schemathesis==4.32.5";
const HOOKS: &str = "xtask/src/fuzz/api_hooks.py";
const DOCUMENT: &str = "crates/edges/http-api/openapi.json";
const PASSWORD: &str = "Green-Hills-2016";
/// Who asks: between them they may ask for everything, and the last for little.
const PEOPLE: [(&str, &[&str]); 4] = [
    ("fuzz-keeper", &["monitoring_manager", "plan_manager"]),
    ("fuzz-auditor", &["auditor"]),
    ("fuzz-administrator", &["administrator"]),
    ("fuzz-officer", &["grid_officer"]),
];
/// What would end the session that asks, or has no end itself.
const NOT_ASKED: [&str; 5] = [
    "delete_session",
    "revoke_session",
    "reset_password",
    "update_account",
    "stream_live",
];
/// What every answer must be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      negative_data_rejection";
/// What the document itself gives as an example, the edge cases of each parameter and field, and
/// what chance makes of them.
const PHASES: &str = "examples,coverage,fuzzing";
/// Packets of the simulated city that are in before anything is asked.
const PACKETS: u64 = 300;
/// How long the server may take to start, and the city to arrive.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(50);

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Requests of each operation, besides those of its edge cases.
    pub(crate) examples: u64,
    /// How long each person asks at the most.
    pub(crate) seconds: u64,
    /// What the requests follow from.
    pub(crate) seed: u64,
}

/// What `schemathesis` says of a run.
#[derive(Debug, Deserialize)]
struct Report {
    operations: Option<Operations>,
    test_cases: TestCases,
    failures: Vec<Failure>,
    errors: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Operations {
    selected: u64,
    tested: u64,
}

#[derive(Debug, Deserialize)]
struct TestCases {
    generated: u64,
}

#[derive(Debug, Deserialize)]
struct Failure {
    title: String,
    count: u64,
    operations: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    title: String,
    count: u64,
}

/// Asks as each of the people, and fails when an answer was not what it must be.
pub(crate) fn run(project: &Project, extent: Extent) -> Result<()> {
    let program = ensure_schemathesis(project)?;
    crate::web::build(project)?;
    Profile::Development.build(project, &["qingshan", "city-simulator"])?;
    ask_everything(project, &program, extent)
}

/// The program, installed into `target/tools` when it is not there.
fn ensure_schemathesis(project: &Project) -> Result<PathBuf> {
    let folder = project.path("target/tools/schemathesis");
    let program = folder.join("bin/st");
    if program.exists() {
        return Ok(program);
    }
    if find_program("python3").is_none() {
        bail!("python3 is missing");
    }
    let shell = &project.shell;
    let pip = folder.join("bin/pip");
    run_command(cmd!(shell, "python3 -m venv {folder}")).context("no virtual environment")?;
    run_command(cmd!(shell, "{pip} install --quiet {VERSION}"))
        .context("no package registry, or not this package")?;
    Ok(program)
}

fn ask_everything(project: &Project, program: &Path, extent: Extent) -> Result<()> {
    let rig = Rig::open(
        project,
        "fuzz-api",
        (DatabaseKind::Sqlite, Profile::Development),
    )?;
    rig.register_city(project)?;
    for (name, roles) in PEOPLE {
        enrol(&rig, name, roles)?;
    }
    let mut server = start(&rig)?;
    let result = ask_as_each(project, program, (&rig, &mut server), extent);
    server.child.kill()?;
    server.child.wait()?;
    result
}

fn ask_as_each(
    project: &Project,
    program: &Path,
    (rig, server): (&Rig, &mut Running),
    extent: Extent,
) -> Result<()> {
    server.wait_until_ready()?;
    let first = server.sign_in(PEOPLE.map(|(name, _roles)| name)[0])?;
    let mut city = rig.simulator(&[
        "run",
        "--backfill-days",
        "1",
        "--backfill-minute-hours",
        "1",
    ]);
    city.args(["--server", &rig.gateway().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut city = city.spawn().context("the simulated city")?;
    let is_in = server.wait_for_packets(&first);
    city.kill()?;
    city.wait()?;
    is_in?;
    let mut found = BTreeMap::new();
    let (mut requests, mut troubles) = (0, 0);
    for (name, _roles) in PEOPLE {
        let report = ask(project, program, server, (name, extent))?;
        let operations = report.operations.as_ref();
        println!(
            "{name}: {} of {} operations, {} requests, {} kinds of failures",
            operations.map_or(0, |operations| operations.tested),
            operations.map_or(0, |operations| operations.selected),
            report.test_cases.generated,
            report.failures.len(),
        );
        requests += report.test_cases.generated;
        for trouble in &report.errors {
            println!("  {}: {}", trouble.title, trouble.count);
            troubles += trouble.count;
        }
        for failure in report.failures {
            println!("  {}: {}", failure.title, failure.count);
            let operations: &mut Vec<String> = found.entry(failure.title).or_default();
            operations.extend(failure.operations);
        }
    }
    println!("{requests} requests in all");
    if found.is_empty() && troubles == 0 {
        return Ok(());
    }
    for (title, mut operations) in found {
        operations.sort();
        operations.dedup();
        println!("{title}:\n  {}", operations.join("\n  "));
    }
    bail!("answers are not as documented\nhint: the requests stand in target/fuzz-api-sqlite/*.log")
}

/// Makes an account whose password is its owner's.
fn enrol(rig: &Rig, name: &str, roles: &[&str]) -> Result<()> {
    let mut command = rig.qingshan(&["accounts", "create", name, "--password-stdin"]);
    for role in roles {
        command.args(["--role", role]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{PASSWORD}")?;
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("no account {name}: {status}");
    }
    Ok(())
}

/// A server with accounts.
#[derive(Debug)]
struct Running {
    child: Child,
    http: SocketAddr,
    agent: ureq::Agent,
}

fn start(rig: &Rig) -> Result<Running> {
    let log = File::create(rig.folder.join("server.log"))?;
    let mut command = rig.qingshan(&["serve"]);
    command
        .env("QINGSHAN__ACCOUNTS__ENABLED", "true")
        .env("QINGSHAN__ACCOUNTS__ATTEMPTS_A_MINUTE", "100000")
        .env("QINGSHAN__ACCOUNTS__STRANGERS_A_MINUTE", "100000")
        .stdout(log.try_clone()?)
        .stderr(log);
    let configuration = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false);
    Ok(Running {
        child: command.spawn().context("the server")?,
        http: rig.http(),
        agent: configuration.build().into(),
    })
}

impl Running {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            let answer = self.agent.get(self.url("/readyz")).call();
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if begin.elapsed() > PATIENCE {
                bail!("the server does not answer on {}", self.http);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Signs in; the cookie of the session.
    fn sign_in(&self, name: &str) -> Result<String> {
        let body = serde_json::json!({ "name": name, "password": PASSWORD });
        let answer = self
            .agent
            .post(self.url("/api/v1/session"))
            .header("content-type", "application/json")
            .send(body.to_string())?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.split(';').next());
        cookie
            .map(str::to_owned)
            .with_context(|| format!("{name} cannot sign in: {}", answer.status()))
    }

    fn wait_for_packets(&self, cookie: &str) -> Result<()> {
        let begin = Instant::now();
        loop {
            let mut answer = self
                .agent
                .get(self.url("/api/v1/system"))
                .header("cookie", cookie)
                .call()?;
            let body: serde_json::Value =
                serde_json::from_str(&answer.body_mut().read_to_string()?)?;
            let packets = body.pointer("/system/interpreter/packets");
            if packets.and_then(serde_json::Value::as_u64) >= Some(PACKETS) {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                bail!("the simulated city does not arrive: {body}");
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// Asks as one person.
fn ask(
    project: &Project,
    program: &Path,
    server: &Running,
    (name, extent): (&str, Extent),
) -> Result<Report> {
    let folder = project.path("target/fuzz-api-sqlite");
    let report = folder.join(format!("{name}.json"));
    let log = File::create(folder.join(format!("{name}.log")))?;
    let mut command = Command::new(program);
    command
        .arg("run")
        .arg(project.path(DOCUMENT))
        .args(["--url", &server.url("")])
        .args(["--header", &format!("Cookie: {}", server.sign_in(name)?)])
        .args(["--checks", CHECKS])
        .args(["--max-examples", &extent.examples.to_string()])
        .args(["--max-time", &extent.seconds.to_string()])
        .args(["--seed", &extent.seed.to_string()])
        .args(["--request-timeout", "20", "--continue-on-failure"])
        .args(["--report", "json", "--report-json-path"])
        .arg(&report)
        .args(["--phases", PHASES])
        .env("SCHEMATHESIS_HOOKS", project.path(HOOKS))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    for operation in NOT_ASKED {
        command.args(["--exclude-operation-id", operation]);
    }
    let status = command.status().context("schemathesis")?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("no report of {name} ({status}): see {}", folder.display()))?;
    serde_json::from_str(&text).context("an unknown report")
}
