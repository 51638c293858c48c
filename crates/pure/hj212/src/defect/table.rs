//! Code, severity, place and advice of every defect: one row each.

use super::{Defect, Language, Severity};
use std::borrow::Cow;

pub(super) struct Entry {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) clause: &'static str,
    pub(super) advice_english: &'static str,
    pub(super) advice_chinese: &'static str,
}

const fn row(
    code: &'static str,
    severity: Severity,
    clause: &'static str,
    advice_english: &'static str,
    advice_chinese: &'static str,
) -> Entry {
    Entry {
        code,
        severity,
        clause,
        advice_english,
        advice_chinese,
    }
}

impl Defect {
    #[expect(
        clippy::too_many_lines,
        reason = "a table with one row for each defect"
    )]
    pub(super) fn entry(&self) -> Entry {
        use Severity::{Blemish, Fault, Note};
        match self {
            Self::LengthDigits { .. } => row(
                "length_digits",
                Blemish,
                "6.3.1",
                "pad the length with zeros to four digits",
                "长度补零到四位",
            ),
            Self::LengthWrong { .. } => row(
                "length_wrong",
                Fault,
                "6.3.1",
                "count the bytes (not the characters) from QN= to the closing && and send that number",
                "按字节（不是按字符）计算从 QN= 到结尾 && 的长度",
            ),
            Self::SegmentTooLong { .. } => row(
                "segment_too_long",
                Fault,
                "6.3.1",
                "split the packet (PNUM, PNO), or allow longer ones in the device's settings",
                "分包发送（PNUM、PNO），或在设备设置中放宽上限",
            ),
            Self::ChecksumWrong {
                looks_like: Some(_),
                ..
            } => row(
                "checksum_wrong",
                Fault,
                "6.3.1, A",
                "the sender uses another checksum: correct it, or set the device's checksum rule",
                "发送方用了别的校验算法：更正，或在设备设置中选择该算法",
            ),
            Self::ChecksumWrong {
                looks_like: None, ..
            } => row(
                "checksum_wrong",
                Fault,
                "6.3.1, A",
                "the data were damaged or changed after the checksum was computed: send again",
                "数据在计算校验码之后被损坏或改动：请重发",
            ),
            Self::ChecksumShort { .. } => row(
                "checksum_short",
                Fault,
                "6.3.1",
                "write the checksum with four digits, zeros included",
                "校验码写满四位，包括前导零",
            ),
            Self::ChecksumMissing { .. } => row(
                "checksum_missing",
                Fault,
                "6.3.1",
                "write the checksum as four hexadecimal digits right after &&",
                "在 && 之后紧接四位十六进制校验码",
            ),
            Self::ChecksumLowerCase => row(
                "checksum_lower_case",
                Note,
                "6.3.1",
                "nothing need be done",
                "无需处理",
            ),
            Self::SegmentNotClosed => row(
                "segment_not_closed",
                Fault,
                "6.3.2",
                "close the data area with &&",
                "数据区以 && 结束",
            ),
            Self::TerminatorLineFeed => row(
                "terminator_line_feed",
                Blemish,
                "6.3.1",
                "end the packet with CR LF",
                "包尾用 CR LF",
            ),
            Self::TerminatorMissing => row(
                "terminator_missing",
                Blemish,
                "6.3.1",
                "end the packet with CR LF",
                "包尾用 CR LF",
            ),
            Self::FrameCut { .. } => row(
                "frame_cut",
                Fault,
                "6.3.1",
                "the line broke or the sender stopped in the middle: the packet will be sent again",
                "线路中断或发送方中途停止：等待重发",
            ),
            Self::Garbage { .. } => row(
                "garbage",
                Note,
                "6.3.1",
                "look at the bytes: a modem's banner, a keep-alive byte or line noise",
                "查看内容：DTU 注册包、心跳字节或线路噪声",
            ),
            Self::NotThisProtocol { .. } => row(
                "not_this_protocol",
                Fault,
                "6.3.1",
                "close the connection and look who connects",
                "断开连接，查明对方身份",
            ),
            Self::DataAreaNotOpened => row(
                "data_area_not_opened",
                Fault,
                "6.3.2",
                "write CP=&&...&&",
                "写作 CP=&&...&&",
            ),
            Self::CommandMissing => row(
                "command_missing",
                Fault,
                "6.3.2",
                "send CN with its four digits, as a field of its own",
                "发送四位命令编码 CN，独立成字段",
            ),
            Self::DeviceMissing => row(
                "device_missing",
                Fault,
                "6.3.2",
                "send the MN; only a device of 2025 that waits for its MN and an answer of 2005 may go without",
                "发送 MN；只有 2025 版待激活的设备和 2005 版应答可以没有",
            ),
            Self::HeadFieldMissing { .. } => row(
                "head_field_missing",
                Note,
                "6.3.2",
                "the edition of 2017 asks for it",
                "2017 版要求该字段",
            ),
            Self::HeadFieldRepeated { .. } => row(
                "head_field_repeated",
                Blemish,
                "6.3.2",
                "send it once",
                "只发送一次",
            ),
            Self::HeadFieldUnknown { .. } => row(
                "head_field_unknown",
                Blemish,
                "6.3.2",
                "leave vendor fields out, or put them into the data area",
                "厂商自定字段不要放在此处",
            ),
            Self::HeadSeparator { .. } => row(
                "head_separator",
                Blemish,
                "6.3.2",
                "separate the fields with semicolons",
                "字段之间用分号",
            ),
            Self::HeadBlank { .. } => row(
                "head_blank",
                Blemish,
                "6.3.2",
                "leave the blank out",
                "去掉空格",
            ),
            Self::HeadOrder { .. } => row(
                "head_order",
                Note,
                "6.3.2",
                "nothing need be done",
                "无需处理",
            ),
            Self::HeadFieldForm { .. } => row(
                "head_field_form",
                Note,
                "6.3.2",
                "compare with the table of the data segment",
                "对照数据段结构表",
            ),
            Self::PacketNumbersMissing => row(
                "packet_numbers_missing",
                Note,
                "6.3.2",
                "set bit 1 of Flag only on split packets",
                "只在分包时置 Flag 第 1 位",
            ),
            Self::PacketNumbersUnannounced => row(
                "packet_numbers_unannounced",
                Note,
                "6.3.2",
                "set bit 1 of Flag on split packets",
                "分包时置 Flag 第 1 位",
            ),
            Self::PacketNumberRange { .. } => row(
                "packet_number_range",
                Blemish,
                "6.3.2",
                "number the packets from 1 to PNUM",
                "包号从 1 到 PNUM",
            ),
            Self::SurfaceWaterDialect => row(
                "surface_water_dialect",
                Note,
                "6.3.2",
                "nothing need be done; if it is a device of 2025, set its edition",
                "无需处理；若确为 2025 版设备，请设置其版本",
            ),
            Self::CommandUnknown { .. } => row(
                "command_unknown",
                Blemish,
                "6.6",
                "look the command up in the vendor's document",
                "查厂商说明",
            ),
            Self::TextGbk => row(
                "text_gbk",
                Blemish,
                "6.3.1",
                "send Chinese text as UTF-8",
                "中文用 UTF-8 编码",
            ),
            Self::TextUnreadable => row(
                "text_unreadable",
                Fault,
                "6.3.1",
                "send Chinese text as UTF-8",
                "中文用 UTF-8 编码",
            ),
            Self::Encrypted => row(
                "encrypted",
                Fault,
                "2025: 6.4",
                "give the device's SM4 key",
                "提供设备的 SM4 密钥",
            ),
            Self::EmptyItem => row(
                "empty_item",
                Note,
                "6.3.3",
                "leave the separator out",
                "去掉多余的分隔符",
            ),
            Self::FieldBlank { .. } => row(
                "field_blank",
                Note,
                "6.3.3",
                "leave the blank out",
                "去掉空格",
            ),
            Self::FieldWithoutValue { .. } => row(
                "field_without_value",
                Blemish,
                "6.3.3",
                "write name=value",
                "写作 字段名=值",
            ),
            Self::FieldRepeated { .. } => row(
                "field_repeated",
                Blemish,
                "6.3.3",
                "send it once; both values are kept",
                "只发送一次；两个值都已保留",
            ),
            Self::FieldMissing { .. } => row(
                "field_missing",
                Blemish,
                "6.6, C",
                "compare with the command's example in appendix C",
                "对照附录 C 中该命令的示例",
            ),
            Self::FieldForm { .. } => row(
                "field_form",
                Blemish,
                "6.6, C",
                "compare with the table of data area fields",
                "对照数据区字段对照表",
            ),
            Self::TimeMalformed { .. } => row(
                "time_malformed",
                Blemish,
                "6.3.3",
                "write YYYYMMDDhhmmss",
                "写作 YYYYMMDDhhmmss",
            ),
            Self::TimeDigits { .. } => row(
                "time_digits",
                Note,
                "6.3.3",
                "write YYYYMMDDhhmmss",
                "写作 YYYYMMDDhhmmss",
            ),
            Self::NumberMalformed { .. } => row(
                "number_malformed",
                Blemish,
                "6.3.3",
                "send a decimal number, and tell an invalid value by its flag",
                "发送十进制数；无效数据用数据标记表示",
            ),
            Self::NumberEmpty { .. } => row(
                "number_empty",
                Blemish,
                "6.3.3",
                "leave the field out if there is no value",
                "没有值时不发送该字段",
            ),
            Self::DataFlagUnknown { .. } => row(
                "data_flag_unknown",
                Blemish,
                "6.6.4",
                "use N F M S D C T B",
                "使用 N F M S D C T B",
            ),
            Self::BareFlag => row(
                "bare_flag",
                Note,
                "6.3.3",
                "send one flag for each factor",
                "每个因子各带标记",
            ),
            Self::SuffixUnknown { .. } => row(
                "suffix_unknown",
                Note,
                "6.3.3",
                "nothing need be done: the field is kept",
                "无需处理：字段已保留",
            ),
            Self::FactorSplit { .. } => row(
                "factor_split",
                Note,
                "6.3.3",
                "join the fields of one factor with commas",
                "同一因子的字段用逗号连接",
            ),
            Self::More { .. } => row("more", Note, "", "mend the first ones", "先处理前面的缺陷"),
        }
    }

    /// Which part of the packet it concerns.
    pub(super) fn place(&self, language: Language) -> Cow<'static, str> {
        let named = match self {
            Self::HeadFieldMissing { field }
            | Self::HeadOrder { field }
            | Self::HeadFieldForm { field, .. }
            | Self::FieldMissing { field } => Some((*field).to_owned()),
            Self::HeadFieldRepeated { field }
            | Self::HeadFieldUnknown { field }
            | Self::HeadSeparator { field }
            | Self::HeadBlank { field }
            | Self::FieldBlank { field }
            | Self::FieldRepeated { field }
            | Self::FieldForm { field, .. }
            | Self::TimeMalformed { field, .. }
            | Self::TimeDigits { field, .. }
            | Self::NumberMalformed { field, .. }
            | Self::NumberEmpty { field }
            | Self::DataFlagUnknown { field, .. }
            | Self::SuffixUnknown { field } => Some(field.to_string()),
            Self::FieldWithoutValue { text } => Some(text.to_string()),
            Self::FactorSplit { factor } => Some(factor.to_string()),
            _ => None,
        };
        if let Some(name) = named {
            return Cow::Owned(name);
        }
        let (english, chinese) = match self {
            Self::LengthDigits { .. } | Self::LengthWrong { .. } => ("length field", "数据段长度"),
            Self::ChecksumWrong { .. }
            | Self::ChecksumShort { .. }
            | Self::ChecksumMissing { .. }
            | Self::ChecksumLowerCase => ("checksum", "CRC 校验"),
            Self::TerminatorLineFeed | Self::TerminatorMissing => ("terminator", "包尾"),
            Self::Garbage { .. } | Self::NotThisProtocol { .. } => {
                ("between packets", "数据包之间")
            }
            Self::CommandMissing | Self::CommandUnknown { .. } => ("CN", "CN"),
            Self::DeviceMissing => ("MN", "MN"),
            Self::PacketNumbersMissing
            | Self::PacketNumbersUnannounced
            | Self::PacketNumberRange { .. } => ("PNUM, PNO", "PNUM、PNO"),
            Self::SurfaceWaterDialect => ("Flag", "Flag"),
            Self::SegmentTooLong { .. } | Self::FrameCut { .. } => ("data segment", "数据段"),
            _ => ("data area", "数据区"),
        };
        Cow::Borrowed(match language {
            Language::English => english,
            Language::Chinese => chinese,
        })
    }
}
