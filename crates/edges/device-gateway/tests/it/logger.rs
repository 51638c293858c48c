//! A simulated logger on a socket: it answers commands by its manner.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use beijing_time::Timestamp;
use bytes::{Bytes, BytesMut};
use hj212::{
    Decoded, Edition, FrameDecoder, FrameSettings, Message, ParseSettings, encode_frame,
    parse_message,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::world::{MN, PASSWORD, wait_until};

/// How a logger takes commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It does what it is told.
    Obedient,
    /// It hears and says nothing.
    Silent,
    /// 9011 with `QnRtn=2`.
    Refusing,
    /// It takes requests for history and has none.
    Forgetful,
    /// It takes requests and never reports.
    Vague,
}

pub(crate) struct Logger {
    say: mpsc::UnboundedSender<Bytes>,
    task: JoinHandle<()>,
    state: Arc<State>,
}

struct State {
    edition: Edition,
    manner: Manner,
    password: Mutex<String>,
    /// The hours that it can send again.
    hours: Mutex<BTreeSet<Timestamp>>,
    heard: Mutex<Vec<String>>,
}

impl Drop for Logger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Logger {
    pub(crate) async fn connect(address: SocketAddr, edition: Edition, manner: Manner) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (say, said) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            edition,
            manner,
            password: Mutex::new(PASSWORD.to_owned()),
            hours: Mutex::default(),
            heard: Mutex::default(),
        });
        let task = tokio::spawn(live(stream, said, Arc::clone(&state)));
        Self { say, task, state }
    }

    /// What it can send again.
    pub(crate) fn keep_hours(&self, hours: impl IntoIterator<Item = Timestamp>) {
        self.state.hours.lock().unwrap().extend(hours);
    }

    pub(crate) fn set_password(&self, password: &str) {
        password.clone_into(&mut self.state.password.lock().unwrap());
    }

    pub(crate) fn password(&self) -> String {
        self.state.password.lock().unwrap().clone()
    }

    /// The segments of the requests that it heard.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.state.heard.lock().unwrap().clone()
    }

    /// The requests that it heard, once there are so many.
    pub(crate) async fn wait_for_requests(&self, count: usize) -> Vec<String> {
        wait_until("requests", async || self.heard().len() >= count).await;
        self.heard()
    }

    /// A live value, so that it is known.
    pub(crate) fn say_hello(&self, now: Timestamp) {
        let area = format!(
            "DataTime={};w01018-Rtd=1.0,w01018-Flag=N",
            now.civil().to_compact()
        );
        self.state.upload(&self.say, "2011", &number(now), &area);
    }

    /// An hour by itself.
    pub(crate) fn send_hour(&self, hour: Timestamp) {
        self.state.upload(
            &self.say,
            "2061",
            &number(hour.plus_ms(1)),
            &hour_area(hour),
        );
    }

    pub(crate) fn send(&self, segment: &str) {
        self.say.send(encode_frame(segment.as_bytes())).unwrap();
    }
}

fn number(time: Timestamp) -> String {
    time.civil().to_compact_milliseconds()
}

fn hour_area(hour: Timestamp) -> String {
    let label = hour.civil().to_compact();
    format!("DataTime={label};w01018-Avg=20.5,w01018-Flag=N")
}

async fn live(mut stream: TcpStream, mut said: mpsc::UnboundedReceiver<Bytes>, state: Arc<State>) {
    let mut decoder = FrameDecoder::new(FrameSettings::standard());
    let mut buffer = BytesMut::new();
    let (reply, mut replies) = mpsc::unbounded_channel::<Bytes>();
    loop {
        tokio::select! {
            Some(bytes) = said.recv() => stream.write_all(&bytes).await.unwrap(),
            Some(bytes) = replies.recv() => stream.write_all(&bytes).await.unwrap(),
            count = stream.read_buf(&mut buffer) => {
                if !matches!(count, Ok(count) if count > 0) {
                    return;
                }
                while let Some(found) = decoder.decode(&mut buffer) {
                    if let Decoded::Frame(frame) = found {
                        state.hear(&frame.text(), &reply);
                    }
                }
            }
        }
    }
}

impl State {
    fn hear(&self, text: &str, reply: &mpsc::UnboundedSender<Bytes>) {
        let (message, _) = parse_message(text, &ParseSettings::default());
        let cn = message.cn.unwrap_or_default();
        if matches!(cn, "9013" | "9014") {
            return;
        }
        self.heard.lock().unwrap().push(text.to_owned());
        let qn = message.qn.unwrap_or_default();
        let answer = |cn: &str, area: &str| {
            reply.send(self.answer(cn, qn, area)).unwrap();
        };
        match self.manner {
            Manner::Silent => return,
            Manner::Refusing => return answer("9011", "QnRtn=2"),
            Manner::Obedient | Manner::Forgetful | Manner::Vague => {}
        }
        if matches!(cn, "2012" | "2022") {
            return answer("9013", "");
        }
        answer("9011", "QnRtn=1");
        if self.manner == Manner::Vague {
            return;
        }
        if message.data_area.value("BeginTime").is_some() && cn != "3020" {
            let count = self.tell_history(cn, &message, reply);
            return answer("9012", if count == 0 { "ExeRtn=100" } else { "ExeRtn=1" });
        }
        if let Some(area) = value_of(cn) {
            reply.send(self.data("32", cn, qn, area)).unwrap();
        }
        if cn == "1072" {
            let new = message
                .data_area
                .value("NewPW")
                .or(message.data_area.value("PW"));
            // the change is done: the result bears the new password
            new.unwrap().clone_into(&mut self.password.lock().unwrap());
        }
        answer("9012", "ExeRtn=1");
    }

    fn tell_history(
        &self,
        cn: &str,
        message: &Message<'_>,
        reply: &mpsc::UnboundedSender<Bytes>,
    ) -> usize {
        let label = |name: &str| message.data_area.value(name).unwrap().to_owned();
        let (begin, end) = (label("BeginTime"), label("EndTime"));
        if self.manner == Manner::Forgetful || cn != "2061" {
            return 0;
        }
        let hours = self.hours.lock().unwrap();
        let asked: Vec<_> = hours
            .iter()
            .filter(|hour| (begin.clone()..=end.clone()).contains(&hour.civil().to_compact()))
            .collect();
        for hour in &asked {
            self.upload(reply, "2061", &number(hour.plus_ms(2)), &hour_area(**hour));
        }
        asked.len()
    }

    fn flag(&self) -> u8 {
        match self.edition {
            Edition::Hjt2005 => 0,
            Edition::Hj2017 => 4,
            Edition::Hj2025 => 8,
        }
    }

    fn upload(&self, to: &mpsc::UnboundedSender<Bytes>, cn: &str, qn: &str, area: &str) {
        let (flag, password) = (self.flag() + 1, self.password.lock().unwrap());
        let segment =
            format!("QN={qn};ST=32;CN={cn};PW={password};MN={MN};Flag={flag};CP=&&{area}&&");
        to.send(encode_frame(segment.as_bytes())).unwrap();
    }

    fn answer(&self, cn: &str, qn: &str, area: &str) -> Bytes {
        self.data("91", cn, qn, area)
    }

    /// What bears a request's number: in 2005 it stands in the data area.
    fn data(&self, st: &str, cn: &str, qn: &str, area: &str) -> Bytes {
        let (flag, password) = (self.flag(), self.password.lock().unwrap());
        let segment = if self.edition == Edition::Hjt2005 {
            let between = if area.is_empty() { "" } else { ";" };
            format!("ST={st};CN={cn};PW={password};MN={MN};CP=&&QN={qn}{between}{area}&&")
        } else {
            format!("QN={qn};ST={st};CN={cn};PW={password};MN={MN};Flag={flag};CP=&&{area}&&")
        };
        encode_frame(segment.as_bytes())
    }
}

/// What it answers to a command that asks for a value (HJ 212-2017, C.4 and following).
fn value_of(cn: &str) -> Option<&'static str> {
    Some(match cn {
        "1011" => "SystemTime=20260302143000",
        "1061" => "RtdInterval=30",
        "1063" => "MinInterval=10",
        "3015" => "DataTime=20260302143000;VaseNo=1",
        "3017" => "PolId=w01018;CstartTime=000000;CTime=2",
        "3018" => "PolId=w01018;Stime=30",
        "3019" => "PolId=w01018;w01018-SN=010000A8900016F000169DC0",
        "3020" => "DataTime=20260302143000;PolId=w01018;i12001-Info=1",
        _ => return None,
    })
}
