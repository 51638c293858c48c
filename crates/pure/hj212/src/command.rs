//! Command codes (CN): who sends them, in which editions, what they are called.

use crate::edition::Edition;

/// Who sends a command, and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandClass {
    /// The host asks or orders; the device answers 9011, acts, and reports 9012.
    Request,
    /// The host orders or starts; the device also sends data under the same code.
    RequestAndUpload,
    /// The device sends data; answered by 9014 if it asks for it.
    Upload,
    /// Either side tells something; answered by 9013.
    Notice,
    /// One of the answers themselves.
    Interaction,
}

/// What is known of a command code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    /// The code as written in CN.
    pub code: &'static str,
    /// Its class.
    pub class: CommandClass,
    /// The editions that have it.
    pub editions: &'static [Edition],
    /// 名称
    pub name_zh: &'static str,
    /// Name.
    pub name_en: &'static str,
}

const ALL: &[Edition] = &Edition::ALL;
const OLD: &[Edition] = &[Edition::Hjt2005];
const FROM_2017: &[Edition] = &[Edition::Hj2017, Edition::Hj2025];
const ONLY_2017: &[Edition] = &[Edition::Hj2017];
const ONLY_2025: &[Edition] = &[Edition::Hj2025];
const TO_2017: &[Edition] = &[Edition::Hjt2005, Edition::Hj2017];
const NO_EDITION: &[Edition] = &[];

const fn row(
    code: &'static str,
    class: CommandClass,
    editions: &'static [Edition],
    name_zh: &'static str,
    name_en: &'static str,
) -> CommandInfo {
    CommandInfo {
        code,
        class,
        editions,
        name_zh,
        name_en,
    }
}

use CommandClass::{Interaction, Notice, Request, RequestAndUpload, Upload};

/// The command table of the three editions, sorted by code (HJ 212-2017, 6.6.5).
pub const COMMANDS: &[CommandInfo] = &[
    row(
        "1000",
        Request,
        ALL,
        "设置超时时间及重发次数",
        "set time-out and number of resends",
    ),
    row(
        "1001",
        Request,
        OLD,
        "设置超限报警时间",
        "set the alarm delay",
    ),
    row(
        "1001",
        Notice,
        ONLY_2025,
        "上传数采仪硬件序列号",
        "upload the logger's hardware serial",
    ),
    row(
        "1002",
        Request,
        ONLY_2025,
        "设置数采仪入网编码",
        "set the logger's network identifier",
    ),
    row(
        "1011",
        RequestAndUpload,
        ALL,
        "提取现场机时间",
        "read the device's clock",
    ),
    row(
        "1012",
        Request,
        ALL,
        "设置现场机时间",
        "set the device's clock",
    ),
    row(
        "1013",
        Notice,
        FROM_2017,
        "现场机时间校准请求",
        "ask for the clock to be set",
    ),
    row("1014", Notice, ONLY_2025, "密钥更新", "renew the key"),
    row(
        "1021",
        RequestAndUpload,
        OLD,
        "提取污染物报警门限值",
        "read alarm limits",
    ),
    row(
        "1022",
        Request,
        OLD,
        "设置污染物报警门限值",
        "set alarm limits",
    ),
    row(
        "1031",
        RequestAndUpload,
        OLD,
        "提取上位机地址",
        "read the host's address",
    ),
    row(
        "1032",
        Request,
        OLD,
        "设置上位机地址",
        "set the host's address",
    ),
    row(
        "1041",
        RequestAndUpload,
        OLD,
        "提取数据上报时间",
        "read the report time",
    ),
    row(
        "1042",
        Request,
        OLD,
        "设置数据上报时间",
        "set the report time",
    ),
    row(
        "1061",
        RequestAndUpload,
        ALL,
        "提取实时数据间隔",
        "read the real-time interval",
    ),
    row(
        "1062",
        Request,
        ALL,
        "设置实时数据间隔",
        "set the real-time interval",
    ),
    row(
        "1063",
        RequestAndUpload,
        FROM_2017,
        "提取分钟数据间隔",
        "read the minute interval",
    ),
    row(
        "1064",
        Request,
        FROM_2017,
        "设置分钟数据间隔",
        "set the minute interval",
    ),
    row("1072", Request, ALL, "设置访问密码", "set the password"),
    row("2011", RequestAndUpload, ALL, "实时数据", "real-time data"),
    row(
        "2012",
        Notice,
        ALL,
        "停止察看实时数据",
        "stop real-time data",
    ),
    row(
        "2013",
        RequestAndUpload,
        ONLY_2025,
        "周期原始数据",
        "raw data of a period",
    ),
    row(
        "2021",
        RequestAndUpload,
        ALL,
        "设备运行状态数据",
        "device state",
    ),
    row(
        "2022",
        Notice,
        ALL,
        "停止察看设备运行状态",
        "stop device state",
    ),
    row("2031", RequestAndUpload, ALL, "日历史数据", "day data"),
    row(
        "2041",
        RequestAndUpload,
        ALL,
        "设备运行时间日历史数据",
        "device running time by day",
    ),
    row("2051", RequestAndUpload, ALL, "分钟数据", "minute data"),
    row(
        "2052",
        RequestAndUpload,
        ONLY_2025,
        "噪声单次测量数据",
        "noise single measurement",
    ),
    row("2061", RequestAndUpload, ALL, "小时数据", "hour data"),
    row(
        "2062",
        RequestAndUpload,
        ONLY_2025,
        "自动标样核查数据",
        "automatic standard check",
    ),
    row("2071", RequestAndUpload, OLD, "报警记录", "alarm record"),
    row("2072", Notice, OLD, "报警事件", "alarm event"),
    row(
        "2081",
        Upload,
        FROM_2017,
        "数采仪开机时间",
        "logger start time",
    ),
    row(
        "2111",
        Upload,
        ONLY_2025,
        "炉膛温度 5 分钟均值",
        "furnace temperature, 5-minute mean",
    ),
    row(
        "3011",
        Request,
        ALL,
        "零点校准、量程校准",
        "zero and span calibration",
    ),
    row("3012", Request, ALL, "即时采样", "sample now"),
    row(
        "3013",
        Request,
        ALL,
        "启动清洗或反吹（2005：设备操作）",
        "clean or back-flush (2005: operate)",
    ),
    row(
        "3014",
        Request,
        TO_2017,
        "比对采样（2005：设置采样周期）",
        "comparison sample (2005: sampling hours)",
    ),
    row(
        "3015",
        RequestAndUpload,
        FROM_2017,
        "超标留样",
        "keep a sample on exceedance",
    ),
    row(
        "3016",
        Request,
        ONLY_2017,
        "设置采样时间周期",
        "set the sampling period",
    ),
    row(
        "3017",
        RequestAndUpload,
        ONLY_2017,
        "提取采样时间周期",
        "read the sampling period",
    ),
    row(
        "3018",
        RequestAndUpload,
        FROM_2017,
        "提取出样时间",
        "read the time to result",
    ),
    row(
        "3019",
        RequestAndUpload,
        FROM_2017,
        "提取设备唯一标识",
        "read the serial number",
    ),
    row(
        "3020",
        RequestAndUpload,
        FROM_2017,
        "提取现场机信息",
        "read device information",
    ),
    row(
        "3021",
        Request,
        FROM_2017,
        "设置现场机参数",
        "set a device parameter",
    ),
    row("3022", Request, ONLY_2025, "即时留样", "keep a sample now"),
    row(
        "3024",
        Request,
        ONLY_2025,
        "启动自动标样核查",
        "start the automatic standard check",
    ),
    row("9011", Interaction, ALL, "请求应答", "answer to a request"),
    row(
        "9012",
        Interaction,
        ALL,
        "执行结果",
        "result of the execution",
    ),
    row("9013", Interaction, ALL, "通知应答", "answer to a notice"),
    row("9014", Interaction, ALL, "数据应答", "answer to data"),
    row("9015", Notice, ONLY_2025, "心跳包", "heartbeat"),
    row(
        "9021",
        Notice,
        NO_EDITION,
        "登录或心跳（标准之外）",
        "login or heartbeat (outside the standard)",
    ),
    row(
        "9022",
        Interaction,
        NO_EDITION,
        "登录应答（标准之外）",
        "answer to a login (outside the standard)",
    ),
];

/// Looks a command up; where editions differ, the row of the given edition comes first.
pub fn find_command(code: &str, edition: Edition) -> Option<&'static CommandInfo> {
    let mut rows = COMMANDS.iter().filter(|row| row.code == code);
    let first = rows.next()?;
    if first.editions.contains(&edition) {
        return Some(first);
    }
    Some(
        rows.find(|row| row.editions.contains(&edition))
            .unwrap_or(first),
    )
}

/// Whether a code has the shape of the codes that came with 2017: a letter and five digits
/// (HJ 524, HJ 525 and the standard's own e, g, i codes; p and d of 2025).
pub(crate) fn is_code_of_2017(code: &[u8]) -> bool {
    matches!(code, [b'a' | b'w' | b'e' | b'g' | b'i' | b'p' | b'd', digits @ ..]
        if digits.len() == 5 && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_found_by_edition() {
        assert!(COMMANDS.is_sorted_by_key(|row| row.code));
        let name = |code, edition| find_command(code, edition).map(|row| row.class);
        assert_eq!(name("1001", Edition::Hjt2005), Some(Request));
        assert_eq!(name("1001", Edition::Hj2025), Some(Notice));
        assert_eq!(name("2072", Edition::Hj2025), Some(Notice));
        assert_eq!(name("4711", Edition::Hj2017), None);
    }
}
