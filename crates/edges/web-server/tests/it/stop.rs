//! A stop lets answers end and cuts streams.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{Authority, Files, PATIENCE, Plan, TestServer, is_hung_up, read_until};

async fn server(authority: &Authority, last_answers: Duration) -> TestServer {
    let files = Files::new(&authority.issue(2030));
    TestServer::start(Plan {
        keeper: Some(files.keeper()),
        last_answers,
        ..Plan::default()
    })
    .await
}

#[tokio::test]
async fn an_answer_that_is_under_way_comes_to_its_end() {
    let authority = Authority::new();
    let server = server(&authority, PATIENCE).await;
    let mut stream = server.connect(&authority).await;
    stream
        .write_all(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    server.held.notified().await;
    server.stop.cancel();
    server.release.notify_one();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.ends_with("let go"), "{answer}");
    tokio::time::timeout(PATIENCE, server.running)
        .await
        .expect("stopped")
        .unwrap();
}

#[tokio::test]
async fn a_live_stream_goes_over_tls_and_does_not_hold_up_the_stop() {
    let authority = Authority::new();
    let server = server(&authority, Duration::from_millis(100)).await;
    let mut stream = server.connect(&authority).await;
    stream
        .write_all(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut stream, "data: 1\n\n").await;
    // one that idles between requests, and one in the middle of its handshake
    let mut idle = server.connect(&authority).await;
    let mut silent = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    server.stop.cancel();
    tokio::time::timeout(PATIENCE, server.running)
        .await
        .expect("stopped")
        .unwrap();
    assert!(is_hung_up(&mut stream).await);
    assert!(is_hung_up(&mut idle).await);
    assert!(is_hung_up(&mut silent).await);
}
