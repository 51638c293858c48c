//! Names of system codes, device states and head fields, in Chinese and English.

/// A Chinese and an English name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// 中文名称
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

const fn name(zh: &'static str, en: &'static str) -> Name {
    Name { zh, en }
}

/// The name of a system code ST (HJ 212-2017, 6.6.1; 44 and 45 reported of 2025).
pub fn find_system(st: &str) -> Option<Name> {
    Some(match st {
        "21" => name("地表水质量监测", "surface water quality"),
        "22" => name("空气质量监测", "air quality"),
        "23" => name("声环境质量监测", "environmental noise"),
        "24" => name("地下水质量监测", "groundwater quality"),
        "25" => name("土壤质量监测", "soil quality"),
        "26" => name("海水质量监测", "sea water quality"),
        "27" => name("挥发性有机物监测", "volatile organic compounds"),
        "31" => name("大气环境污染源", "air pollution source"),
        "32" => name("地表水体环境污染源", "surface water pollution source"),
        "33" => name("地下水体环境污染源", "groundwater pollution source"),
        "34" => name("海洋环境污染源", "sea pollution source"),
        "35" => name("土壤环境污染源", "soil pollution source"),
        "36" => name("声环境污染源", "noise source"),
        "37" => name("振动环境污染源", "vibration source"),
        "38" => name("放射性环境污染源", "radioactive source"),
        "39" => name("工地扬尘污染源", "construction dust source"),
        "41" => name("电磁环境污染源", "electromagnetic source"),
        "44" => name("用电监控", "power monitoring"),
        "45" => name("关键生产工况", "key production conditions"),
        "51" => name("烟气排放过程监控", "flue gas process monitoring"),
        "52" => name("污水排放过程监控", "waste water process monitoring"),
        "91" => name("系统交互", "interaction"),
        _ => return None,
    })
}

/// The name of a device state (`SBn-RS`): 2005 knows 0 and 1, 2017 all six.
pub fn find_device_state(state: &str) -> Option<Name> {
    Some(match state {
        "0" => name("关闭", "off"),
        "1" => name("运行", "running"),
        "2" => name("校准", "calibrating"),
        "3" => name("维护", "maintenance"),
        "4" => name("报警", "alarm"),
        "5" => name("反吹", "back-flushing"),
        _ => return None,
    })
}

/// The name of a head field or of a data area field that belongs to no factor.
pub fn find_field(field: &str) -> Option<Name> {
    Some(match field {
        "QN" => name("请求编码", "request number"),
        "ST" => name("系统编码", "system code"),
        "CN" => name("命令编码", "command"),
        "PW" => name("访问密码", "password"),
        "MN" => name("设备唯一标识", "device identifier"),
        "Flag" => name("标志", "flag"),
        "PNUM" => name("总包数", "number of packets"),
        "PNO" => name("包号", "packet number"),
        "RF" => name("补传标志", "re-sent"),
        "CP" => name("数据区", "data area"),
        "DataTime" => name("数据时间", "data time"),
        "BeginTime" => name("开始时间", "begin"),
        "EndTime" => name("截止时间", "end"),
        "SystemTime" => name("系统时间", "system time"),
        "RestartTime" => name("数采仪开机时间", "logger start time"),
        "AlarmTime" => name("超标时间", "alarm time"),
        "AlarmType" => name("报警类型", "alarm type"),
        "QnRtn" => name("请求应答结果", "answer to the request"),
        "ExeRtn" => name("执行结果", "result of the execution"),
        "OverTime" => name("超时时间（秒）", "time-out (s)"),
        "ReCount" => name("重发次数", "number of resends"),
        "WarnTime" => name("超限报警时间（秒）", "alarm delay (s)"),
        "RtdInterval" => name("实时数据间隔（秒）", "real-time interval (s)"),
        "MinInterval" => name("分钟数据间隔（分钟）", "minute interval (min)"),
        "NewPW" => name("新密码", "new password"),
        "PolId" | "PolID" => name("污染物编码", "pollutant code"),
        "InfoId" => name("现场端信息编码", "information code"),
        "VaseNo" => name("采样瓶编号", "sample bottle"),
        "CstartTime" => name("首次采样时间", "first sampling time"),
        "CTime" | "Ctime" => name("采样周期（小时）", "sampling period (h)"),
        "Stime" => name("出样时间（分钟）", "time to result (min)"),
        "CalibrationType" => name("校准类型", "calibration type"),
        "SKCreateTime" => name("密钥创建时间", "key creation time"),
        "NewSK" => name("新密钥", "new key"),
        "AlarmTarget" | "ReportTarget" => name("上位机地址", "host address"),
        "ReportTime" => name("数据上报时间", "report time"),
        _ => return None,
    })
}

/// The name of the part of a field name after `-`.
pub fn find_suffix(suffix: &str) -> Option<Name> {
    Some(match suffix {
        "Rtd" => name("实时值", "real-time"),
        "Min" => name("最小值", "minimum"),
        "Avg" => name("平均值", "mean"),
        "Max" => name("最大值", "maximum"),
        "Cou" => name("累计值", "total"),
        "ZsRtd" => name("实时折算值", "real-time, converted"),
        "ZsMin" => name("最小折算值", "minimum, converted"),
        "ZsAvg" => name("平均折算值", "mean, converted"),
        "ZsMax" => name("最大折算值", "maximum, converted"),
        "Flag" => name("数据标记", "data flag"),
        "EFlag" => name("扩充数据标记", "vendor's flag"),
        "SampleTime" => name("采样时间", "sampling time"),
        "CompleteTime" => name("完成时间", "completion time"),
        "RS" => name("运行状态", "state"),
        "RT" => name("运行时间（小时）", "running time (h)"),
        "Data" => name("噪声值", "noise level"),
        "DayData" => name("昼间噪声值", "noise by day"),
        "NightData" => name("夜间噪声值", "noise by night"),
        "Ala" => name("报警值", "value at the alarm"),
        "LowValue" => name("报警下限", "lower alarm limit"),
        "UpValue" => name("报警上限", "upper alarm limit"),
        "Info" => name("信息", "information"),
        "SN" => name("设备编号", "serial number"),
        "SampleRd" => name("标样测定值", "reading of the standard sample"),
        "StandardValue" => name("标样标准值", "value of the standard sample"),
        "ResultType" => name("核查结果", "result of the check"),
        "SampleType" => name("样品类型", "kind of sample"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_names() {
        assert_eq!(
            find_system("31").map(|n| n.en),
            Some("air pollution source")
        );
        assert_eq!(find_device_state("4").map(|n| n.zh), Some("报警"));
        assert_eq!(find_field("MN").map(|n| n.zh), Some("设备唯一标识"));
        assert_eq!(find_suffix("ZsAvg").map(|n| n.zh), Some("平均折算值"));
        assert_eq!(find_system("99"), None);
    }
}
