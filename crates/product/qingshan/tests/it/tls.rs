//! TLS of the built program: first sign-in, live stream, new certificates, the platform's own watch.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use beijing_time::{Clock, SystemClock};
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

use crate::program::{Installation, Server};

const PASSWORD: &str = "Green-Hills-2016";
const DAY_MS: i64 = 86_400_000;

/// A certificate for `localhost` that signs itself.
struct Pair {
    certificate: CertificateDer<'static>,
    pem: String,
    key: String,
}

impl Pair {
    fn until_in(days: i64) -> Self {
        let end = SystemClock.now().plus_ms(days * DAY_MS).to_string();
        let number = |from: usize, to: usize| end[from..to].parse::<u8>().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after =
            rcgen::date_time_ymd(end[..4].parse().unwrap(), number(5, 7), number(8, 10));
        let key = KeyPair::generate().unwrap();
        assert!(!key.der_bytes().is_empty());
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    fn put(&self, installation: &Installation) {
        std::fs::write(installation.path().join("chain.pem"), &self.pem).unwrap();
        std::fs::write(installation.path().join("key.pem"), &self.key).unwrap();
    }
}

const TLS: [(&str, &str); 3] = [
    ("QINGSHAN__HTTP__TLS__ENABLED", "true"),
    ("QINGSHAN__HTTP__TLS__CERTIFICATE_FILE", "chain.pem"),
    ("QINGSHAN__HTTP__TLS__KEY_FILE", "key.pem"),
];
const ACCOUNTS: (&str, &str) = ("QINGSHAN__ACCOUNTS__ENABLED", "true");

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A connection of a client that trusts this certificate only.
fn connect(server: &Server, trusted: &Pair) -> Result<Stream, String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(server.http).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_mins(2)))
        .unwrap();
    connection
        .complete_io(&mut socket)
        .map_err(|error| error.to_string())?;
    Ok(StreamOwned::new(connection, socket))
}

/// Asks once; status, head, body.
fn ask(stream: &mut Stream, head: &str, body: &str) -> (u16, String, Value) {
    let length = body.len();
    write!(
        stream,
        "{head}\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\
         \r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head[9..12].parse().unwrap();
    (
        status,
        head.to_owned(),
        serde_json::from_str(body).unwrap_or_default(),
    )
}

#[test]
fn people_sign_in_over_tls() {
    let installation = Installation::new();
    let pair = Pair::until_in(300);
    pair.put(&installation);
    let server = installation.serve_with(&[TLS[0], TLS[1], TLS[2], ACCOUNTS]);
    let link = server.wait_for_printed("/first-run#");
    assert!(link.trim().starts_with("https://"), "{link}");
    let token = link.split('#').nth(1).unwrap().trim();
    let admin = json!({
        "token": token, "name": "admin", "display_name": "管理员", "password": PASSWORD,
    });
    let post = |path: &str, body: &Value| {
        let mut stream = connect(&server, &pair).unwrap();
        ask(
            &mut stream,
            &format!("POST /api/v1/{path} HTTP/1.1"),
            &body.to_string(),
        )
    };
    assert_eq!(post("first-administrator", &admin).0, 204);
    let typed = json!({ "name": "admin", "password": PASSWORD });
    let (status, head, _body) = post("session", &typed);
    assert_eq!(status, 201);
    let cookie = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(cookie.starts_with("__Host-qingshan_session="), "{cookie}");
    for word in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(
        head.contains("strict-transport-security: max-age=31536000"),
        "{head}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let mut stream = connect(&server, &pair).unwrap();
    let head = format!("GET /api/v1/session HTTP/1.1\r\nCookie: {cookie}");
    let (status, _head, body) = ask(&mut stream, &head, "");
    assert_eq!(
        (status, &body["session"]["account"]["name"]),
        (200, &json!("admin")),
        "{body}"
    );
    server.stop();
}

#[test]
fn a_live_stream_goes_over_tls_and_ends_with_the_server() {
    let installation = Installation::new();
    let pair = Pair::until_in(300);
    pair.put(&installation);
    let server = installation.serve_with(&TLS);
    let mut stream = connect(&server, &pair).unwrap();
    write!(
        stream,
        "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "HTTP/1.1 200 OK");
    let log = server.stop();
    assert!(
        !log.iter().any(|line| line.contains("panicked")),
        "{log:#?}"
    );
    assert!(log.iter().any(|line| line.contains("stopped")), "{log:#?}");
}

#[test]
fn a_new_certificate_is_taken_on_a_hangup_and_a_bad_one_is_not() {
    let installation = Installation::new();
    let (old, new) = (Pair::until_in(200), Pair::until_in(300));
    old.put(&installation);
    let mut server = installation.serve_with(&TLS);
    assert!(connect(&server, &old).is_ok());
    std::fs::write(installation.path().join("key.pem"), &new.key).unwrap();
    server.signal("-HUP");
    let said = server.wait_for_line("is not that of the first certificate");
    assert!(said.contains("ERROR") && said.contains("key.pem"), "{said}");
    assert!(connect(&server, &old).is_ok(), "the old one stays in force");
    new.put(&installation);
    server.signal("-HUP");
    server.wait_for_line("new certificate from chain.pem");
    assert!(connect(&server, &new).is_ok());
    assert!(connect(&server, &old).is_err(), "it is not shown any more");
    server.stop();
}

#[test]
fn without_tls_a_hangup_ends_nothing() {
    let installation = Installation::new();
    let mut server = installation.serve_with(&[]);
    server.signal("-HUP");
    server.wait_for_line("there is no certificate to read again");
    assert_eq!(
        server.system()["jobs"].as_array().map(Vec::is_empty),
        Some(false)
    );
    server.stop();
}

#[test]
fn a_certificate_that_ends_soon_is_an_alarm_of_the_platform() {
    let installation = Installation::new();
    let pair = Pair::until_in(20);
    pair.put(&installation);
    let server = installation.serve_with(&TLS);
    let begin = std::time::Instant::now();
    loop {
        let mut stream = connect(&server, &pair).unwrap();
        let (status, _head, body) = ask(&mut stream, "GET /api/v1/alarms HTTP/1.1", "");
        assert_eq!(status, 200);
        let alarms = body["alarms"].as_array().unwrap();
        if alarms
            .iter()
            .any(|alarm| alarm["rule_name_en"] == "Certificate about to expire")
        {
            break;
        }
        assert!(begin.elapsed() < Duration::from_mins(2), "no alarm: {body}");
        std::thread::sleep(Duration::from_millis(100));
    }
    server.stop();
}

#[test]
fn a_certificate_that_is_no_good_is_named_at_the_start() {
    let installation = Installation::new();
    let said = installation.fail(&["serve"], &TLS);
    assert!(said.contains("cannot read chain.pem"), "{said}");
    let (one, other) = (Pair::until_in(200), Pair::until_in(200));
    one.put(&installation);
    std::fs::write(installation.path().join("key.pem"), &other.key).unwrap();
    let said = installation.fail(&["serve"], &TLS);
    assert!(
        said.contains("http.tls") && said.contains("key.pem"),
        "{said}"
    );
}
