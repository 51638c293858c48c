//! The Chinese sentence of every defect.

use super::Defect;
use std::borrow::Cow;

pub(super) fn sentence(defect: &Defect) -> Cow<'static, str> {
    let text = match defect {
        Defect::LengthDigits { digits } => format!("数据段长度为 {digits} 位数字，应为 4 位"),
        Defect::LengthWrong { declared, actual } => {
            format!("数据段长度写作 {declared}，实际为 {actual} 字节")
        }
        Defect::SegmentTooLong { length, limit } => {
            format!("数据段长 {length} 字节，超过 {limit} 字节")
        }
        Defect::ChecksumWrong {
            received,
            computed,
            looks_like,
        } => {
            let note = looks_like
                .map(|rule| format!("（收到的是 {} 算法的结果）", rule.name()))
                .unwrap_or_default();
            format!("CRC 为 {received:04X}，应为 {computed:04X}{note}")
        }
        Defect::ChecksumShort { digits } => format!("CRC 只有 {digits} 位，前导零丢失"),
        Defect::ChecksumMissing { found } => format!("CRC 位置上不是校验码，而是“{found}”"),
        Defect::ChecksumLowerCase => return "CRC 用小写字母".into(),
        Defect::SegmentNotClosed => return "数据段不以 && 结尾".into(),
        Defect::TerminatorLineFeed => return "包尾只有 LF，应为 CR LF".into(),
        Defect::TerminatorMissing => return "缺少包尾 CR LF".into(),
        Defect::FrameCut { declared, received } => {
            format!("数据包不完整：声明 {declared} 字节，收到 {received} 字节")
        }
        Defect::Garbage { bytes } => format!("{bytes} 字节不属于任何数据包"),
        Defect::NotThisProtocol { bytes } => {
            format!("连续 {bytes} 字节没有数据包，对方不是 HJ 212 设备")
        }
        Defect::DataAreaNotOpened => return "缺少 CP=&&，数据区没有开始".into(),
        Defect::CommandMissing => return "缺少命令编码 CN".into(),
        Defect::DeviceMissing => return "缺少设备唯一标识 MN，或 MN 为空".into(),
        Defect::HeadFieldMissing { field } | Defect::FieldMissing { field } => {
            format!("缺少字段 {field}")
        }
        Defect::HeadFieldRepeated { field } => format!("字段 {field} 重复"),
        Defect::HeadFieldUnknown { field } => format!("不认识的字段“{field}”"),
        Defect::HeadSeparator { field } => format!("字段“{field}”附近缺少分号"),
        Defect::HeadOrder { field } => format!("字段 {field} 的次序与标准不同"),
        Defect::HeadFieldForm { field, value } => format!("字段 {field} 的形式不符：“{value}”"),
        Defect::PacketNumbersMissing => return "Flag 表示分包，却没有 PNUM 和 PNO".into(),
        Defect::PacketNumbersUnannounced => return "有 PNUM 和 PNO，但 Flag 未表示分包".into(),
        Defect::PacketNumberRange { number, total } => format!("包号 {number}/{total} 不可能"),
        Defect::SurfaceWaterDialect => {
            return "Flag 的版本位属于地表水协议，不是 HJ 212-2025".into();
        }
        Defect::CommandUnknown { command } => format!("不认识的命令编码“{command}”"),
        Defect::TextGbk => return "文字不是 UTF-8，已按 GBK 读取".into(),
        Defect::TextUnreadable => return "文字既不是 UTF-8 也不是 GBK，读不出的部分已替换".into(),
        Defect::Encrypted => return "数据区已加密，没有合适的密钥".into(),
        Defect::EmptyItem => return "有空的数据项（多余的分隔符）".into(),
        Defect::HeadBlank { field } | Defect::FieldBlank { field } => {
            format!("字段“{field}”前后有空格")
        }
        Defect::FieldWithoutValue { text } => format!("“{text}”没有等号"),
        Defect::FieldRepeated { field } => format!("字段“{field}”重复"),
        Defect::FieldForm { field, value } => format!("字段“{field}”不能为“{value}”"),
        Defect::TimeMalformed { field, value } => format!("“{field}”不是时间：“{value}”"),
        Defect::TimeDigits { field, digits } => format!("“{field}”有 {digits} 位数字，应为 14 位"),
        Defect::NumberMalformed { field, value } => format!("“{field}”不是数：“{value}”"),
        Defect::NumberEmpty { field } => format!("“{field}”没有值"),
        Defect::DataFlagUnknown { field, value } => {
            format!("“{field}”的数据标记“{value}”不属于任何版本")
        }
        Defect::BareFlag => return "Flag 前没有因子编码，视为对所有因子有效".into(),
        Defect::SuffixUnknown { field } => format!("“{field}”的后缀不在标准中"),
        Defect::FactorSplit { factor } => format!("因子“{factor}”的字段分散在几个数据项中"),
        Defect::More { count } => format!("另有 {count} 处缺陷"),
    };
    Cow::Owned(text)
}
