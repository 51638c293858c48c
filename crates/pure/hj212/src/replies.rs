//! The answers 9011 to 9014, in the form of the edition they answer.

use crate::edition::{Edition, Flag};
use crate::envelope::Envelope;
use crate::frame::encode_frame;
use bytes::Bytes;
use std::fmt::Write;

macro_rules! result_codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A number outside the table.
            Other(u16),
        }

        impl $name {
            /// The number as sent.
            pub const fn code(self) -> u16 {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Other(code) => code,
                }
            }

            /// The result of that number.
            pub const fn from_code(code: u16) -> Self {
                match code {
                    $($code => Self::$variant,)+
                    other => Self::Other(other),
                }
            }

            /// 含义
            pub const fn name_zh(self) -> &'static str {
                match self {
                    $(Self::$variant => $zh,)+
                    Self::Other(_) => "标准之外的结果",
                }
            }

            /// Meaning.
            pub const fn name_en(self) -> &'static str {
                match self {
                    $(Self::$variant => $en,)+
                    Self::Other(_) => "a result outside the standard",
                }
            }
        }
    };
}

result_codes! {
    /// 请求命令返回 `QnRtn` (HJ 212-2017, 6.6.3).
    RequestResult {
        /// 准备执行请求
        Ready = 1, "准备执行请求", "ready to execute";
        /// 请求被拒绝
        Refused = 2, "请求被拒绝", "refused";
        /// PW 错误
        WrongPassword = 3, "PW 错误", "wrong PW";
        /// MN 错误
        WrongIdentifier = 4, "MN 错误", "wrong MN";
        /// ST 错误
        WrongSystem = 5, "ST 错误", "wrong ST";
        /// Flag 错误
        WrongFlag = 6, "Flag 错误", "wrong Flag";
        /// QN 错误
        WrongRequestNumber = 7, "QN 错误", "wrong QN";
        /// CN 错误
        WrongCommand = 8, "CN 错误", "wrong CN";
        /// CRC 校验错误
        WrongChecksum = 9, "CRC 校验错误", "wrong CRC";
        /// 未知错误
        Unknown = 100, "未知错误", "unknown error";
    }
}

result_codes! {
    /// 执行结果 `ExeRtn` (HJ 212-2017, 6.6.2).
    ExecutionResult {
        /// 执行成功
        Done = 1, "执行成功", "done";
        /// 执行失败，但不知道原因
        Failed = 2, "执行失败，原因不明", "failed for an unknown reason";
        /// 命令请求条件错误
        WrongCondition = 3, "命令请求条件错误", "wrong condition";
        /// 通讯超时
        TimedOut = 4, "通讯超时", "communication timed out";
        /// 系统繁忙不能执行
        Busy = 5, "系统繁忙不能执行", "busy";
        /// 系统故障
        SystemFault = 6, "系统故障", "system fault";
        /// 没有数据
        NoData = 100, "没有数据", "no data";
    }
}

/// An answer to a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    /// 9011 请求应答: the device takes a request, or refuses it.
    Request(RequestResult),
    /// 9012 执行结果: the device reports how the request ended.
    Execution(ExecutionResult),
    /// 9013 通知应答.
    Notice,
    /// 9014 数据应答.
    Data,
}

impl Reply {
    /// The command code of the answer.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Request(_) => "9011",
            Self::Execution(_) => "9012",
            Self::Notice => "9013",
            Self::Data => "9014",
        }
    }
}

/// Builds the answer to a packet, in the form of its edition, ready to send.
///
/// PW and MN are copied from the packet. In 2005 the request number stands in the data area and
/// 9014 carries neither PW nor MN (HJ/T 212-2005, examples of appendix C); from 2017 on it stands
/// in the head. The version bits of Flag are the packet's own, so that the surface-water dialect
/// is answered in kind; the answer asks for no answer.
pub fn build_reply(to: &Envelope<'_>, reply: Reply) -> Bytes {
    build_reply_as(to, to.edition(), reply)
}

/// The same for a device whose edition is set by hand.
pub fn build_reply_as(to: &Envelope<'_>, edition: Edition, reply: Reply) -> Bytes {
    let mut segment = String::with_capacity(128);
    // Writing to a String cannot fail.
    let _ = match edition {
        Edition::Hjt2005 => write_2005(&mut segment, to, reply),
        Edition::Hj2017 | Edition::Hj2025 => write_2017(&mut segment, to, edition, reply),
    };
    encode_frame(segment.as_bytes())
}

fn write_2017(
    out: &mut String,
    to: &Envelope<'_>,
    edition: Edition,
    reply: Reply,
) -> std::fmt::Result {
    if let Some(qn) = to.qn {
        write!(out, "QN={qn};")?;
    }
    let version = to
        .parsed_flag()
        .map(Flag::version)
        .filter(|version| *version > 0);
    let flag = version.map_or(Flag::of(edition), |version| Flag(version << 2));
    write!(out, "ST=91;CN={};", reply.command())?;
    write!(
        out,
        "PW={};MN={};",
        to.pw.unwrap_or_default(),
        to.mn.unwrap_or_default()
    )?;
    write!(out, "Flag={};CP=&&", flag.0)?;
    match reply {
        Reply::Request(result) => write!(out, "QnRtn={}", result.code())?,
        Reply::Execution(result) => write!(out, "ExeRtn={}", result.code())?,
        Reply::Notice | Reply::Data => {}
    }
    out.write_str("&&")
}

fn write_2005(out: &mut String, to: &Envelope<'_>, reply: Reply) -> std::fmt::Result {
    write!(out, "ST=91;CN={};", reply.command())?;
    if reply != Reply::Data {
        write!(
            out,
            "PW={};MN={};",
            to.pw.unwrap_or_default(),
            to.mn.unwrap_or_default()
        )?;
    }
    if matches!(reply, Reply::Request(_)) {
        out.write_str("Flag=0;")?;
    }
    out.write_str("CP=&&")?;
    let qn = to.qn.map(|qn| format!("QN={qn};")).unwrap_or_default();
    match reply {
        Reply::Request(result) => write!(out, "{qn}QnRtn={}", result.code())?,
        Reply::Execution(result) => write!(out, "{qn}ExeRtn={}", result.code())?,
        Reply::Notice => out.write_str(qn.trim_end_matches(';'))?,
        Reply::Data => {
            write!(out, "{qn}CN={}", to.cn.unwrap_or_default())?;
            if let (Some(number), Some(total)) = (to.pno, to.pnum) {
                write!(out, ";PNO={number};PNUM={total};")?;
            }
        }
    }
    out.write_str("&&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, reply: Reply, expect: &str) {
        let packet = build_reply(&Envelope::scan(request.as_bytes()), reply);
        assert_eq!(
            std::str::from_utf8(&packet),
            Ok(format!("{expect}\r\n").as_str())
        );
    }

    const REQUEST_2005: &str =
        "QN=20040516010101001;ST=32;CN=2051;PW=123456;MN=88888880000001;Flag=3;CP=&&&&";
    const DATA_2017: &str = "QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857&&";
    const DATA_2025: &str = "QN=20240601085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20240601085857&&";

    #[test]
    fn answers_in_the_form_of_each_edition() {
        check(
            DATA_2017,
            Reply::Data,
            "##0087QN=20160801085857223;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&3240",
        );
        check(
            DATA_2017,
            Reply::Request(RequestResult::Ready),
            "##0094QN=20160801085857223;ST=91;CN=9011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&QnRtn=1&&1B00",
        );
        check(
            DATA_2017,
            Reply::Execution(ExecutionResult::Done),
            "##0095QN=20160801085857223;ST=91;CN=9012;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&ExeRtn=1&&6240",
        );
        check(
            DATA_2025,
            Reply::Data,
            "##0087QN=20240601085857223;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=8;CP=&&&&21C0",
        );
        check(
            REQUEST_2005,
            Reply::Request(RequestResult::Ready),
            "##0084ST=91;CN=9011;PW=123456;MN=88888880000001;Flag=0;CP=&&QN=20040516010101001;QnRtn=1&&7200",
        );
        check(
            REQUEST_2005,
            Reply::Notice,
            "##0069ST=91;CN=9013;PW=123456;MN=88888880000001;CP=&&QN=20040516010101001&&0500",
        );
        check(
            "QN=20040516010101001;ST=91;CN=9012;PW=1;MN=2;Flag=1;CP=&&&&",
            Reply::Data,
            "##0049ST=91;CN=9014;CP=&&QN=20040516010101001;CN=9012&&6AC0",
        );
        check(
            "ST=32;CN=2051;QN=20040516010101001;PW=123456;MN=88888880000001;PNO=1;PNUM=1;CP=&&&&",
            Reply::Data,
            "##0063ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051;PNO=1;PNUM=1;&&2700",
        );
    }

    #[test]
    fn result_codes_go_both_ways() {
        for code in [1, 2, 3, 4, 5, 6, 7, 8, 9, 42, 100] {
            assert_eq!(RequestResult::from_code(code).code(), code);
            assert_eq!(ExecutionResult::from_code(code).code(), code);
        }
        assert_eq!(RequestResult::from_code(3), RequestResult::WrongPassword);
    }
}
