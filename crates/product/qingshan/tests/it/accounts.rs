//! Accounts of the built program: the first link, the command line, a demonstration, what is refused.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{Installation, Server};

const PASSWORD: &str = "Green-Hills-2016";
const ON: [(&str, &str); 1] = [("QINGSHAN__ACCOUNTS__ENABLED", "true")];

/// Asks the API; status, the cookie that it sets, body.
fn call(
    server: &Server,
    method: &str,
    path: &str,
    cookie: &str,
    body: Option<&Value>,
) -> (u16, String, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let url = format!("http://{}{path}", server.http);
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("cookie", cookie)
        .header("content-type", "application/json")
        .body(body.map(Value::to_string).unwrap_or_default())
        .unwrap();
    let mut response = agent.run(request).unwrap();
    let set = response
        .headers()
        .get("set-cookie")
        .map(|value| value.to_str().unwrap().split(';').next().unwrap())
        .unwrap_or_default()
        .to_owned();
    let text = response.body_mut().read_to_string().unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    (response.status().as_u16(), set, body)
}

fn sign_in(server: &Server, name: &str, password: &str) -> (u16, String) {
    let body = json!({ "name": name, "password": password });
    let (status, cookie, _body) = call(server, "POST", "/api/v1/session", "", Some(&body));
    (status, cookie)
}

#[test]
fn the_first_administrator_comes_by_the_printed_link_which_holds_once() {
    let installation = Installation::new();
    let server = installation.serve_with(&ON);
    assert_eq!(call(&server, "GET", "/api/v1/system", "", None).0, 401);
    assert_eq!(call(&server, "GET", "/readyz", "", None).0, 200);
    let printed = server.wait_for_printed("/first-run#");
    let token = printed.split('#').nth(1).unwrap().trim().to_owned();
    let body = json!({
        "token": token, "name": "admin", "display_name": "管理员", "password": PASSWORD,
    });
    let path = "/api/v1/first-administrator";
    assert_eq!(call(&server, "POST", path, "", Some(&body)).0, 204);
    assert_eq!(call(&server, "POST", path, "", Some(&body)).0, 403, "once");
    let (status, cookie) = sign_in(&server, "admin", PASSWORD);
    assert_eq!(status, 201);
    assert_eq!(call(&server, "GET", "/api/v1/system", &cookie, None).0, 200);
    let log = server.stop();
    assert!(
        !log.iter().any(|line| line.contains(&token)),
        "the token stands in the log"
    );

    let again = installation.serve_with(&ON);
    let (status, _set, _body) = call(&again, "GET", "/api/v1/system", &cookie, None);
    assert_eq!(status, 200, "the session outlives a restart");
    assert!(!again.has_printed("/first-run#"), "there is an account now");
    again.stop();
}

#[test]
fn accounts_and_tokens_are_made_at_the_servers_own_command_line() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let mut command = installation.command(&[
        "accounts",
        "create",
        "li",
        "--role",
        "leader",
        "--password-stdin",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let typed = format!("{PASSWORD}\n");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    assert!(child.wait().unwrap().success());
    let said = installation.fail(&["accounts", "create", "x", "--role", "sorcerer"], &[]);
    assert!(said.contains("there is no role sorcerer"), "{said}");
    let said = installation.fail(&["accounts", "reset-password", "nobody"], &[]);
    assert!(said.contains("there is no account nobody"), "{said}");
    let words = [
        "accounts",
        "token",
        "li",
        "--for",
        "board",
        "--permission",
        "system.read",
    ];
    let output = installation.command(&words).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let token = text.lines().next().unwrap().to_owned();

    let server = installation.serve_with(&ON);
    assert_eq!(sign_in(&server, "li", PASSWORD).0, 201);
    let url = format!("http://{}/metrics", server.http);
    let answer = ureq::get(&url)
        .header("authorization", &format!("Bearer {token}"))
        .call();
    assert_eq!(answer.unwrap().status(), 200);
    server.stop();
}

#[test]
fn a_demonstrations_accounts_open_no_other_server() {
    let installation = Installation::new();
    let demo = installation.serve_with(&[ON[0], ("QINGSHAN__DEMO", "true")]);
    let printed = demo.wait_for_printed("Password of all of them: ");
    let password = printed.rsplit(' ').next().unwrap().to_owned();
    let (status, cookie) = sign_in(&demo, "leader", &password);
    assert_eq!(status, 201);
    demo.stop();

    let real = installation.serve_with(&ON);
    assert_eq!(sign_in(&real, "leader", &password).0, 401);
    let (status, _set, _body) = call(&real, "GET", "/api/v1/system", &cookie, None);
    assert_eq!(status, 401, "nor does a session from there");
    real.stop();
    let said = installation.fail(
        &["serve"],
        &[
            ON[0],
            ("QINGSHAN__DEMO", "true"),
            ("QINGSHAN__HTTP__LISTEN", "0.0.0.0:0"),
        ],
    );
    assert!(said.contains("demo_beyond_loopback"), "{said}");
}

#[test]
fn the_trail_is_verified_and_written_at_the_servers_own_command_line() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let export = ["audit", "export", "trail.csv"];
    installation.run(&export);
    let text = std::fs::read_to_string(installation.path().join("trail.csv")).unwrap();
    assert!(text.starts_with("\u{feff}sequence,at,actor"), "{text}");
    assert!(
        text.contains("system:command_line,,accounts.export_audit"),
        "{text}"
    );
    let said = installation.fail(&export, &[]);
    assert!(said.contains("cannot make trail.csv"), "{said}");
    let output = installation.command(&["audit", "verify"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("the audit trail is whole: 1 entries"),
        "{said}"
    );
}

#[test]
fn a_name_that_is_locked_stays_locked_over_a_restart() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let mut command = installation.command(&[
        "accounts",
        "create",
        "li",
        "--role",
        "leader",
        "--password-stdin",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
    let server = installation.serve_with(&ON);
    let refused: Vec<_> = (0..6)
        .map(|_attempt| sign_in(&server, "li", "wrong").0)
        .collect();
    assert_eq!(refused, [401, 401, 401, 401, 401, 429]);
    server.stop();
    let again = installation.serve_with(&ON);
    let (status, _cookie) = sign_in(&again, "li", PASSWORD);
    assert_eq!(status, 429, "a restart opens nothing");
    again.stop();
}
