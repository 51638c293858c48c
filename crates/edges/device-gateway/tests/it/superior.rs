//! A superior platform on a socket of its own, of any temper.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use hj212::{Decoded, FrameDecoder, FrameSettings, Reply, build_reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::world::wait_until;

/// How it answers to packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temper {
    /// 9014 to everything.
    Acknowledges,
    /// Nothing at all.
    Silent,
    /// 9014 to all MN but one.
    Ignores(&'static str),
    /// Bytes that are no packets.
    Garbage,
}

#[derive(Debug)]
pub(crate) struct Superior {
    pub(crate) address: SocketAddr,
    temper: Arc<Mutex<Temper>>,
    /// Data segments in the order they came.
    heard: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    requests: mpsc::UnboundedSender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Superior {
    pub(crate) async fn start(temper: Temper) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), temper).await
    }

    /// At an address where another one was before.
    pub(crate) async fn start_at(address: SocketAddr, temper: Temper) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let temper = Arc::new(Mutex::new(temper));
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let connections = Arc::<Mutex<usize>>::default();
        let (requests, asked) = mpsc::unbounded_channel();
        let task = tokio::spawn(accept(
            listener,
            Arc::clone(&temper),
            Arc::clone(&heard),
            Arc::clone(&connections),
            asked,
        ));
        Self {
            address,
            temper,
            heard,
            connections,
            requests,
            task,
        }
    }

    pub(crate) fn set(&self, temper: Temper) {
        *self.temper.lock().unwrap() = temper;
    }

    /// Goes away with its connections, as a crashed host does.
    pub(crate) async fn crash(self) -> SocketAddr {
        self.task.abort();
        let _ = self.task.await;
        self.address
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// The numbers of the packets of an MN, in the order they came.
    pub(crate) fn numbers_of(&self, mn: &str) -> Vec<u32> {
        let mn = format!("MN={mn};");
        self.heard()
            .iter()
            .filter(|segment| segment.contains(&mn))
            .filter_map(|segment| {
                segment
                    .split_once("QN=20260801085857")?
                    .1
                    .get(..3)?
                    .parse()
                    .ok()
            })
            .collect()
    }

    /// Sends a packet down, on the connection that is open.
    pub(crate) fn ask(&self, segment: &str) {
        let packet = hj212::encode_frame(segment.as_bytes());
        self.requests.send(packet.to_vec()).unwrap();
    }

    /// Waits until a segment with all these pieces came, and returns it.
    pub(crate) async fn expect(&self, pieces: &[&str]) -> String {
        let find = || {
            let heard = self.heard();
            heard
                .into_iter()
                .find(|segment| pieces.iter().all(|piece| segment.contains(piece)))
        };
        wait_until(&format!("{pieces:?}"), async || find().is_some()).await;
        find().unwrap()
    }
}

async fn accept(
    listener: TcpListener,
    temper: Arc<Mutex<Temper>>,
    heard: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    mut asked: mpsc::UnboundedReceiver<Vec<u8>>,
) {
    loop {
        let (stream, _peer) = listener.accept().await.unwrap();
        *connections.lock().unwrap() += 1;
        serve(stream, &temper, &heard, &mut asked).await;
    }
}

async fn serve(
    mut stream: TcpStream,
    temper: &Mutex<Temper>,
    heard: &Mutex<Vec<String>>,
    asked: &mut mpsc::UnboundedReceiver<Vec<u8>>,
) {
    let mut decoder = FrameDecoder::new(FrameSettings::strict());
    let mut buffer = BytesMut::new();
    loop {
        tokio::select! {
            read = stream.read_buf(&mut buffer) => {
                if !matches!(read, Ok(count) if count > 0) {
                    return;
                }
            }
            Some(request) = asked.recv() => {
                if stream.write_all(&request).await.is_err() { return }
            }
        }
        while let Some(decoded) = decoder.decode(&mut buffer) {
            let Decoded::Frame(frame) = decoded else {
                panic!("{decoded:?}")
            };
            assert!(frame.is_strictly_valid(), "{frame:?}");
            heard.lock().unwrap().push(frame.text().into_owned());
            let envelope = frame.envelope();
            let answer = match *temper.lock().unwrap() {
                Temper::Silent => None,
                Temper::Ignores(mn) if envelope.mn == Some(mn) => None,
                Temper::Garbage => Some(b"HTTP/1.1 400 Bad Request\r\n\r\n##0000ZZ".to_vec()),
                _ if envelope.cn == Some("9015") => {
                    Some(build_reply(&envelope, Reply::Notice).to_vec())
                }
                _ if envelope.cn.is_some_and(|cn| cn.starts_with("901")) => None,
                _ => Some(build_reply(&envelope, Reply::Data).to_vec()),
            };
            if let Some(answer) = answer
                && stream.write_all(&answer).await.is_err()
            {
                return;
            }
        }
    }
}
