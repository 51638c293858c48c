//! Handshakes that never end hold up nobody.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use web_server::HandshakeLimits;

use crate::world::{Authority, Files, Plan, TestServer, ask, is_hung_up};

async fn server(authority: &Authority, handshakes: HandshakeLimits) -> TestServer {
    let files = Files::new(&authority.issue(2030));
    TestServer::start(Plan {
        keeper: Some(files.keeper()),
        handshakes,
        ..Plan::default()
    })
    .await
}

#[tokio::test]
async fn a_handshake_that_goes_nowhere_is_ended_and_holds_up_nobody() {
    let authority = Authority::new();
    let limits = HandshakeLimits {
        patience: Duration::from_millis(300),
        ..HandshakeLimits::default()
    };
    let server = server(&authority, limits).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut halfway = TcpStream::connect(server.address).await.unwrap();
    halfway.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    let mut stream = server.connect(&authority).await;
    assert!(
        ask(&mut stream, "GET /who HTTP/1.1")
            .await
            .contains("200 OK")
    );
    assert!(is_hung_up(&mut silent).await);
    assert!(is_hung_up(&mut halfway).await);
}

#[tokio::test]
async fn handshakes_of_one_address_are_bounded_and_come_free_again() {
    let authority = Authority::new();
    let limits = HandshakeLimits {
        most: 10,
        most_each: 3,
        patience: Duration::from_hours(1),
    };
    let server = server(&authority, limits).await;
    let mut half_open = Vec::new();
    for _one in 0..3 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&[22, 3, 1]).await.unwrap();
        half_open.push(stream);
    }
    // whoever comes now is hung up on; the three may still end their handshakes
    let mut refused = TcpStream::connect(server.address).await.unwrap();
    assert!(is_hung_up(&mut refused).await);
    drop(half_open);
    // the server sees them go, and then there is room
    let mut stream = loop {
        let config = crate::world::client(&authority, &[]);
        match crate::world::connect(server.address, config).await {
            Ok(stream) => break stream,
            Err(_hung_up) => tokio::task::yield_now().await,
        }
    };
    assert!(
        ask(&mut stream, "GET /who HTTP/1.1")
            .await
            .contains("200 OK")
    );
}

#[tokio::test]
async fn connections_are_bounded_too() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(2030));
    let server = TestServer::start(Plan {
        keeper: Some(files.keeper()),
        max_connections: 2,
        ..Plan::default()
    })
    .await;
    let first = server.connect(&authority).await;
    let _second = server.connect(&authority).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert!(is_hung_up(&mut third).await);
    drop(first);
    let mut stream = loop {
        let config = crate::world::client(&authority, &[]);
        match crate::world::connect(server.address, config).await {
            Ok(stream) => break stream,
            Err(_hung_up) => tokio::task::yield_now().await,
        }
    };
    assert!(
        ask(&mut stream, "GET /who HTTP/1.1")
            .await
            .contains("200 OK")
    );
}
