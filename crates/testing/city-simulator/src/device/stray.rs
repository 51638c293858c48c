//! What comes to a real port beside the known devices: loggers that nobody registered, and frames
//! that are not sound.

use std::time::Duration;

use beijing_time::{Clock, SystemClock};
use hj212::{Edition, encode_frame};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::World;
use crate::city::{Logger, Memory};
use crate::packet::encode_upload;

/// Pause between two packets of a stray.
const PAUSE: Duration = Duration::from_secs(45);

/// Runs two unregistered loggers and one whose line is bad, until `stop`.
pub async fn run_strays(world: &World, stop: CancellationToken) {
    tokio::join!(
        run(world, &stop, stranger(1)),
        run(world, &stop, stranger(2)),
        run(world, &stop, bad_line()),
    );
}

fn stranger(number: u32) -> impl FnMut(u64) -> Vec<u8> {
    let logger = Logger {
        mn: format!("SIMSTRANGER{number:013}"),
        password: "123456".to_owned(),
        edition: Edition::Hj2017,
        points: Vec::new(),
        memory: Memory::SendsByItself,
    };
    move |_turn| {
        let now = SystemClock.now().civil();
        let area = format!(
            "DataTime={};w01018-Rtd=42.{number},w01018-Flag=N;w01001-Rtd=7.2,w01001-Flag=N",
            now.to_compact()
        );
        let number = now.to_compact_milliseconds();
        encode_upload(&logger, ("32", "2011"), &number, None, &area, false).to_vec()
    }
}

fn bad_line() -> impl FnMut(u64) -> Vec<u8> {
    move |turn| {
        let segment = "QN=20160504150000000;ST=32;CN=2011;PW=123456;MN=SIMBADLINE0000000000001;\
                       Flag=5;CP=&&DataTime=20160504150000;w01018-Rtd=1.0,w01018-Flag=N&&";
        let mut frame = encode_frame(segment.as_bytes()).to_vec();
        match turn % 3 {
            // a bit flipped on the way
            0 => {
                if let Some(byte) = frame.get_mut(40) {
                    *byte ^= 1;
                }
                frame
            }
            // a modem that speaks to itself
            1 => b"NO CARRIER\r\nRING\r\n\0\x7f\xff".to_vec(),
            // cut off in the middle
            _ => {
                frame.truncate(90);
                frame
            }
        }
    }
}

async fn run(world: &World, stop: &CancellationToken, mut next: impl FnMut(u64) -> Vec<u8>) {
    let mut connection: Option<TcpStream> = None;
    for turn in 0.. {
        if connection.is_none() {
            connection = TcpStream::connect(&world.server).await.ok();
        }
        if let Some(stream) = &mut connection
            && stream.write_all(&next(turn)).await.is_err()
        {
            connection = None;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
