//! Behind a reverse proxy.

use crate::world::{Plan, TestServer};

#[tokio::test]
async fn the_word_of_a_trusted_proxy_counts_and_nobody_elses() {
    let head = "GET /who HTTP/1.1\r\nX-Forwarded-For: 8.8.8.8, 192.0.2.7";
    let trusting = TestServer::start(Plan {
        proxies: "127.0.0.0/8",
        ..Plan::default()
    })
    .await;
    let answer = trusting.ask_plainly(trusting.address, head).await;
    assert!(answer.ends_with("192.0.2.7 localhost:1"), "{answer}");
    let other = TestServer::start(Plan {
        proxies: "10.0.0.1",
        ..Plan::default()
    })
    .await;
    let answer = other.ask_plainly(other.address, head).await;
    assert!(answer.ends_with("127.0.0.1 localhost:1"), "{answer}");
}

/// Beyond loopback and without TLS nobody but the proxies and this machine is served.
#[tokio::test]
async fn without_tls_only_proxies_are_served_beyond_loopback() {
    let Some(own) = own_address().await else {
        // a machine without any network has no address beyond loopback
        return;
    };
    let server = TestServer::start(Plan {
        proxies: "192.0.2.1",
        listen: "0.0.0.0:0",
        ..Plan::default()
    })
    .await;
    let from_elsewhere = std::net::SocketAddr::new(own, server.address.port());
    let answer = server
        .ask_plainly(from_elsewhere, "GET /who HTTP/1.1")
        .await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("http.trusted_proxies"), "{answer}");
    let answer = server
        .ask_plainly(server.address, "GET /who HTTP/1.1")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// This machine's address on its network, if it has one: nothing is sent to find it.
async fn own_address() -> Option<std::net::IpAddr> {
    let socket = tokio::net::UdpSocket::bind("0.0.0.0:0").await.ok()?;
    socket.connect("192.0.2.1:9").await.ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
