//! What clients see of TLS.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Authority, Files, Plan, TestServer, ask, client, client_of, connect};

async fn server(authority: &Authority) -> TestServer {
    let files = Files::new(&authority.issue(2030));
    let keeper = Some(files.keeper());
    TestServer::start(Plan {
        keeper,
        ..Plan::default()
    })
    .await
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_answered_and_told_to_stay_with_tls() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let mut stream = server.connect(&authority).await;
    assert_eq!(
        stream.get_ref().1.protocol_version(),
        Some(ProtocolVersion::TLSv1_3)
    );
    let answer = ask(&mut stream, "GET /who HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=86400\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("127.0.0.1 localhost:1"), "{answer}");
    let stranger = connect(server.address, client(&Authority::new(), &[])).await;
    let error = stranger.expect_err("another authority").to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
}

#[tokio::test]
async fn the_oldest_version_is_1_2() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let only_12 = client_of(&authority, &[&version::TLS12]);
    let mut stream = connect(server.address, only_12).await.unwrap();
    assert_eq!(
        stream.get_ref().1.protocol_version(),
        Some(ProtocolVersion::TLSv1_2)
    );
    assert!(
        ask(&mut stream, "GET /who HTTP/1.1")
            .await
            .contains("200 OK")
    );

    // a ClientHello of TLS 1.1 (RFC 4346, 7.4.1.2): version, random, no session, one
    // suite, no compression, signature_algorithms
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2f, 1, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&record).await.unwrap();
    let mut alert = [0; 7];
    stream.read_exact(&mut alert).await.unwrap();
    // a fatal alert (2): protocol_version (70), RFC 8446, 6.2
    assert_eq!((alert[0], alert[5], alert[6]), (21, 2, 70), "{alert:?}");
}

#[tokio::test]
async fn http_2_is_spoken_where_the_client_can_and_has_a_host() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let config = client(&authority, &[b"h2", b"http/1.1"]);
    let stream = connect(server.address, config).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    for _twice_on_one_connection in 0..2 {
        let request = Request::get("https://localhost:8443/who")
            .body(Empty::<Bytes>::new())
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "127.0.0.1 localhost:8443");
    }
}

#[tokio::test]
async fn plain_http_is_sent_on_to_tls_and_reaches_no_application() {
    let authority = Authority::new();
    let server = server(&authority).await;
    let port = server.address.port();
    for address in [server.address, server.redirect] {
        let answer = server.ask_plainly(address, "GET /who?a=1 HTTP/1.1").await;
        assert!(answer.starts_with("HTTP/1.1 301"), "{answer}");
        assert!(
            answer.contains(&format!("location: https://localhost:{port}/who?a=1\r\n")),
            "{answer}"
        );
        assert!(!answer.contains("strict-transport-security"), "{answer}");
        let answer = server.ask_plainly(address, "POST /who HTTP/1.1").await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}
