//! A data segment as a message: its head fields and its data area.

mod area;
mod encode;
mod parse;

pub use area::{DataArea, Field};
pub use parse::{ParseSettings, parse_message, parse_message_strict};

use crate::edition::{Dialect, Edition, Flag};

/// A message: the data segment of one packet, read.
///
/// It borrows from the segment's text; every value keeps the text the device sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Request number (请求编码 QN).
    pub qn: Option<&'a str>,
    /// System code (系统编码 ST).
    pub st: Option<&'a str>,
    /// Command code (命令编码 CN).
    pub cn: Option<&'a str>,
    /// Password (访问密码 PW).
    pub pw: Option<&'a str>,
    /// Device identifier (设备唯一标识 MN).
    pub mn: Option<&'a str>,
    /// Version bits, packet numbers, answer wanted (拆分包及应答标志 Flag).
    pub flag: Option<Flag>,
    /// Number of packets (总包数 PNUM), as written.
    pub pnum: Option<&'a str>,
    /// Number of this packet (包号 PNO), as written.
    pub pno: Option<&'a str>,
    /// Re-sent data (补传 RF), as written; 2025 only.
    pub rf: Option<&'a str>,
    /// The edition the message is written in.
    pub edition: Edition,
    /// Whether it is a known dialect of that edition.
    pub dialect: Dialect,
    /// The data area (数据区 CP).
    pub data_area: DataArea<'a>,
}

impl<'a> Message<'a> {
    /// A message without head fields and data: to be filled and encoded.
    pub const fn new(edition: Edition) -> Self {
        Self {
            qn: None,
            st: None,
            cn: None,
            pw: None,
            mn: None,
            flag: None,
            pnum: None,
            pno: None,
            rf: None,
            edition,
            dialect: Dialect::Standard,
            data_area: DataArea::empty(),
        }
    }

    /// The first value of a data area field of this exact name.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.data_area.value(name)
    }

    /// PNO and PNUM as numbers, if both are there and fit each other.
    pub fn packet_number(&self) -> Option<(u32, u32)> {
        let number = self.pno?.trim().parse().ok()?;
        let total = self.pnum?.trim().parse().ok()?;
        (number >= 1 && number <= total).then_some((number, total))
    }

    /// Whether the sender asks for an answer.
    pub fn wants_answer(&self) -> bool {
        self.flag.is_some_and(Flag::wants_answer)
    }

    /// Whether the message is marked as re-sent (`RF=1`, 2025).
    pub fn is_resent(&self) -> bool {
        self.rf.is_some_and(|rf| rf.trim() == "1")
    }
}
