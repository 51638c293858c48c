//! A device on a socket.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Nothing takes longer than this in a test that passes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a test listens for what must not come.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    decoder: FrameDecoder,
    buffer: BytesMut,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            decoder: FrameDecoder::new(FrameSettings::standard()),
            buffer: BytesMut::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next packet from the server; `None` when it has closed the connection.
    pub(crate) async fn receive(&mut self) -> Option<Frame> {
        tokio::time::timeout(PATIENCE, self.next()).await.unwrap()
    }

    async fn next(&mut self) -> Option<Frame> {
        loop {
            match self.decoder.decode(&mut self.buffer) {
                Some(Decoded::Frame(frame)) => {
                    assert!(frame.is_accepted(), "{frame:?}");
                    return Some(frame);
                }
                Some(Decoded::Garbage(garbage)) => panic!("{garbage:?}"),
                None => {}
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next packet as text without length and checksum.
    pub(crate) async fn receive_text(&mut self) -> String {
        self.receive().await.unwrap().text().into_owned()
    }

    /// Waits until the server has closed the connection.
    pub(crate) async fn wait_for_close(&mut self) {
        let next = self.receive().await;
        assert!(next.is_none(), "{next:?}");
    }

    /// Nothing comes, and the connection stays open.
    pub(crate) async fn expect_silence(&mut self) {
        self.expect_to_stay(SILENCE).await;
    }

    /// Nothing comes for a while, and the connection stays open.
    pub(crate) async fn expect_to_stay(&mut self, how_long: Duration) {
        let got = tokio::time::timeout(how_long, self.next()).await;
        assert!(got.is_err(), "{got:?}");
    }
}
