//! A device on a socket, in plain blocking code.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use city_simulator::City;
use hj212::{Edition, encode_frame};

/// Nothing takes longer than this in a test that passes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a test listens for what must not come.
const SILENCE: Duration = Duration::from_millis(500);

pub(crate) struct Device {
    stream: BufReader<TcpStream>,
    mn: String,
    password: String,
}

impl Device {
    /// The first logger of the city that speaks the edition of 2017.
    pub(crate) fn connect(city: &City, gateway: SocketAddr) -> Self {
        let logger = city
            .loggers
            .iter()
            .find(|logger| logger.edition == Edition::Hj2017)
            .unwrap();
        let stream = TcpStream::connect(gateway).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
            mn: logger.mn.clone(),
            password: logger.password.clone(),
        }
    }

    /// Sends a real-time packet with a number.
    pub(crate) fn send(&mut self, number: u32) {
        let (mn, password) = (&self.mn, &self.password);
        let segment = format!(
            "QN=20260801085857{number:03};ST=31;CN=2011;PW={password};MN={mn};Flag=5;\
             CP=&&DataTime=20260801085800;a21026-Rtd={number}.1,a21026-Flag=N&&"
        );
        let stream = self.stream.get_mut();
        stream
            .write_all(encode_frame(segment.as_bytes()).as_ref())
            .unwrap();
    }

    /// The next answer acknowledges the packet with this number.
    pub(crate) fn expect_acknowledgement(&mut self, number: u32) {
        let line = self.read(PATIENCE).unwrap();
        assert!(line.contains("CN=9014"), "{line}");
        assert!(
            line.contains(&format!("QN=20260801085857{number:03};")),
            "{line}"
        );
    }

    /// Nothing comes, and the connection stays open.
    pub(crate) fn expect_silence(&mut self) {
        let got = self.read(SILENCE);
        assert_eq!(got, None);
    }

    fn read(&mut self, patience: Duration) -> Option<String> {
        self.stream
            .get_ref()
            .set_read_timeout(Some(patience))
            .unwrap();
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => panic!("the server has closed the connection"),
            Ok(_) => Some(line),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                assert_eq!(line, "", "half an answer");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }
}
