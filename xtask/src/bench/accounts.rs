//! `cargo xtask bench accounts`: what signing in costs, and what a session, a token and a role of the
//! bureau's own add to a request. The same question is asked of a server without accounts first.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::machine::Machine;
use super::results::write_report;
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile, Rig};

/// The options of `cargo xtask bench accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArguments {
    /// How often each request is sent, one after the other.
    #[arg(long, default_value_t = 3000)]
    times: usize,
    /// How often somebody signs in, one after the other and then by several at once.
    #[arg(long, default_value_t = 60)]
    sign_ins: usize,
    /// How many sign in at once.
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
    /// Takes programs as the tests have them: to try this command, not to measure.
    #[arg(long)]
    development: bool,
}

const PASSWORD: &str = "Green-Hills-2016";
const QUESTION: &str = "/api/v1/regions?limit=1";
const ROLE: &str = "bench_reader";
const PATIENCE: Duration = Duration::from_mins(1);

/// How long something took.
#[derive(Debug, Serialize)]
struct Row {
    what: &'static str,
    times: usize,
    p50_ms: f64,
    p95_ms: f64,
    longest_ms: f64,
    per_second: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    rows: Vec<Row>,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &AccountsArguments) -> Result<()> {
    let profile = if arguments.development {
        Profile::Development
    } else {
        Profile::Release
    };
    if !arguments.no_build {
        profile.build(project, &["qingshan"])?;
    }
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, (kind, profile))?;
        let name = format!("accounts-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
    }
    Ok(())
}

fn measure(
    project: &Project,
    arguments: &AccountsArguments,
    (kind, profile): (DatabaseKind, Profile),
) -> Result<Report> {
    let machine = Machine::read();
    let rig = Rig::open(project, "bench-accounts", (kind, profile))?;
    rig::finish(rig.qingshan(&["migrate"]))?;
    let times = arguments.times;
    let without = rig.serve()?;
    let open = Client::of(rig.http(), None);
    let mut rows = vec![repeat("a question, accounts off", times, || open.ask())?];
    without.stop()?;

    make_account(&rig, "administrator", "administrator")?;
    make_account(&rig, "reader", "leader")?;
    make_account(&rig, "own-role", "data_consumer")?;
    let token = make_token(&rig)?;
    let server = rig.serve_with_accounts()?;
    let stranger = Client::of(rig.http(), None);
    let door = repeat(
        "the sign-in page's question, nobody signed in",
        times,
        || stranger.get("/api/v1/session").map(drop),
    );
    rows.push(door?);
    let session = stranger.sign_in("reader")?;
    let signed_in = Client::of(rig.http(), Some(("cookie", session)));
    rows.push(repeat("a question, in a session", times, || {
        signed_in.ask()
    })?);
    let bearer = Some(("authorization", format!("Bearer {token}")));
    let machine_client = Client::of(rig.http(), bearer);
    rows.push(repeat("a question, with a token", times, || {
        machine_client.ask()
    })?);
    give_own_role(&stranger, rig.http())?;
    let session = stranger.sign_in("own-role")?;
    let own = Client::of(rig.http(), Some(("cookie", session)));
    rows.push(repeat(
        "a question, in a session with a role of one's own",
        times,
        || own.ask(),
    )?);
    rows.push(repeat(
        "sign-in, one after the other",
        arguments.sign_ins,
        || stranger.sign_in("reader").map(drop),
    )?);
    rows.push(sign_in_at_once(rig.http(), arguments)?);
    server.stop()?;
    rig.clear()?;
    Ok(Report {
        database: kind.name(),
        machine,
        rows,
    })
}

/// Several people sign in at once, each under a name of their own.
fn sign_in_at_once(http: SocketAddr, arguments: &AccountsArguments) -> Result<Row> {
    let each = arguments.sign_ins.div_ceil(arguments.at_once.max(1));
    let begin = Instant::now();
    let threads: Vec<_> = (0..arguments.at_once)
        .map(|_one| {
            std::thread::spawn(move || {
                let client = Client::of(http, None);
                let one = || client.sign_in("reader").map(drop);
                (0..each)
                    .map(|_time| timed(one))
                    .collect::<Result<Vec<_>>>()
            })
        })
        .collect();
    let mut all = Vec::new();
    for thread in threads {
        match thread.join() {
            Ok(taken) => all.extend(taken?),
            Err(_panic) => bail!("a thread ended"),
        }
    }
    Ok(Row::new("sign-in, several at once", all, begin.elapsed()))
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed())
}

fn repeat(what: &'static str, times: usize, work: impl Fn() -> Result<()>) -> Result<Row> {
    // the first ones find cold caches
    for _warm_up in 0..times.div_ceil(20) {
        work().context(what)?;
    }
    let begin = Instant::now();
    let all = (0..times).map(|_time| timed(&work));
    let all = all.collect::<Result<Vec<_>>>().context(what)?;
    Ok(Row::new(what, all, begin.elapsed()))
}

impl Row {
    fn new(what: &'static str, mut all: Vec<Duration>, whole: Duration) -> Self {
        all.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place in a short list"
            )]
            let place = ((all.len() as f64 - 1.0) * share).round() as usize;
            all.get(place)
                .map_or(f64::NAN, |one| one.as_secs_f64() * 1000.0)
        };
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let per_second = all.len() as f64 / whole.as_secs_f64();
        Self {
            what,
            times: all.len(),
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            longest_ms: at(1.0),
            per_second,
        }
    }
}

/// A client that keeps its connection.
struct Client {
    agent: ureq::Agent,
    base: String,
    header: Option<(&'static str, String)>,
}

impl Client {
    fn of(http: SocketAddr, header: Option<(&'static str, String)>) -> Self {
        let configuration = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
        Self {
            agent: configuration.build().into(),
            base: format!("http://{http}"),
            header,
        }
    }

    fn ask(&self) -> Result<()> {
        self.get(QUESTION).map(drop)
    }

    fn get(&self, path: &str) -> Result<Vec<u8>> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let mut answer = request.call().with_context(|| path.to_owned())?;
        Ok(answer.body_mut().read_to_vec()?)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<ureq::http::Response<ureq::Body>> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json");
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let request = request.body(body.to_string())?;
        self.agent.run(request).with_context(|| path.to_owned())
    }

    /// Signs in; the cookie of the session.
    fn sign_in(&self, name: &str) -> Result<String> {
        let typed = json!({ "name": name, "password": PASSWORD });
        let mut answer = self.send("POST", "/api/v1/session", &typed)?;
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.context("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        answer.body_mut().read_to_vec()?;
        Ok(cookie)
    }
}

fn make_account(rig: &Rig, name: &str, role: &str) -> Result<()> {
    let words = [
        "accounts",
        "create",
        name,
        "--role",
        role,
        "--password-stdin",
    ];
    let mut command = rig.qingshan(&words);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut typed = child.stdin.take().context("no way in")?;
    writeln!(typed, "{PASSWORD}")?;
    drop(typed);
    ensure!(child.wait()?.success(), "no account {name}");
    Ok(())
}

fn make_token(rig: &Rig) -> Result<String> {
    let words = [
        "accounts",
        "token",
        "reader",
        "--for",
        "bench",
        "--permission",
        "sites.read",
    ];
    let output = rig.qingshan(&words).output()?;
    ensure!(output.status.success(), "no token");
    let text = String::from_utf8(output.stdout)?;
    let first = text.lines().next().context("no token")?;
    Ok(first.to_owned())
}

/// A role of the bureau's own for the account that has it: its permissions stand in the database.
fn give_own_role(stranger: &Client, http: SocketAddr) -> Result<()> {
    let session = stranger.sign_in("administrator")?;
    let administrator = Client::of(http, Some(("cookie", session)));
    let role = json!({
        "title_zh": "读者", "title_en": "Reader", "permissions": ["sites.read"], "revision": 0,
    });
    administrator.send("PUT", &format!("/api/v1/roles/{ROLE}"), &role)?;
    let listed: Value =
        serde_json::from_slice(&administrator.get("/api/v1/accounts?search=own-role")?)?;
    let account = listed.pointer("/accounts/0").context("no account")?;
    let part = |name: &str| account.get(name).cloned().unwrap_or_default();
    let changed = json!({
        "name": part("name"), "display_name": part("display_name"), "roles": [ROLE],
        "scope": part("scope"), "is_enabled": true, "revision": part("revision"),
    });
    let path = format!("/api/v1/accounts/{}", part("id"));
    administrator.send("PUT", &path, &changed)?;
    Ok(())
}

impl Report {
    fn markdown(&self) -> String {
        let mut text = format!(
            "### bench accounts, {}: {}\n\nOne client on one connection, `GET {QUESTION}` of an empty \
             register; times as the client sees them.\n\n| what | times | p50 | p95 | longest | a \
             second |\n| --- | --- | --- | --- | --- | --- |\n",
            self.database,
            self.machine.text(),
        );
        for row in &self.rows {
            let _ = writeln!(
                text,
                "| {} | {} | {:.2} ms | {:.2} ms | {:.2} ms | {:.0} |",
                row.what, row.times, row.p50_ms, row.p95_ms, row.longest_ms, row.per_second
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_the_middle_and_the_tail() {
        let all = (1..=100).rev().map(Duration::from_millis).collect();
        let row = Row::new("x", all, Duration::from_secs(2));
        assert_eq!((row.times, row.longest_ms), (100, 100.0));
        assert!((row.p50_ms - 51.0).abs() < 1.1, "{row:?}");
        assert!((row.p95_ms - 95.0).abs() < 1.1, "{row:?}");
        assert!((row.per_second - 50.0).abs() < 1e-9);
    }
}
