//! Closed lists of words that are kept as text in the database and the API.

/// Declares an enum whose values have one stable word each.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$outer])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $value,)*
        }

        impl $name {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// The stable word in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }

            /// The value with this word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$value),)* _ => None }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How bad an alarm is, mildest first.
    Severity {
        /// 提示: worth knowing, no sound.
        Info = "info",
        /// 一般
        Minor = "minor",
        /// 重要
        Major = "major",
        /// 紧急
        Critical = "critical",
    }
}

words! {
    /// What an alarm is about.
    AlarmKind {
        /// 超上限
        OverUpper = "over_upper",
        /// 低于下限
        BelowLower = "below_lower",
        /// 组合条件
        Combined = "combined",
        /// 设备故障
        Fault = "fault",
        /// 维护、校准、停运
        Maintenance = "maintenance",
        /// 离线
        Offline = "offline",
        /// 缺数
        Missing = "missing",
        /// 恒值
        Stuck = "stuck",
        /// 时钟偏差
        ClockSkew = "clock_skew",
        /// 平台自检
        Platform = "platform",
        /// 群发告警: many of one cause.
        Storm = "storm",
    }
}

words! {
    /// Where an alarm stands.
    AlarmState {
        /// The condition holds and nobody has acknowledged it.
        Open = "open",
        /// The condition holds and somebody knows.
        Acknowledged = "acknowledged",
        /// The condition has cleared; waits for a person to close it.
        Recovered = "recovered",
        /// Done.
        Closed = "closed",
        /// Found in late data: recorded and counted, nobody was called.
        Historical = "historical",
    }
}

impl AlarmState {
    /// Whether the condition holds.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }
}

words! {
    /// What happened to an alarm, in its timeline.
    AlarmEventKind {
        /// The condition held long enough.
        Opened = "opened",
        /// The condition came back soon after it had cleared.
        Reopened = "reopened",
        /// The severity rose.
        Escalated = "escalated",
        /// The severity fell.
        Downgraded = "downgraded",
        /// The condition cleared.
        Recovered = "recovered",
        /// A person took note.
        Acknowledged = "acknowledged",
        /// A person or the rule closed it.
        Closed = "closed",
        /// It became part of a group of one cause.
        Grouped = "grouped",
        /// One more late exceedance was counted.
        Counted = "counted",
    }
}

words! {
    /// What the platform watches of itself.
    PlatformMeasure {
        /// Free space of the data disk, percent.
        DiskFreePercent = "disk_free_percent",
        /// How far interpretation is behind the journal, seconds.
        InterpretationLag = "interpretation_lag_s",
        /// How far forwarding is behind, seconds.
        ForwardingLag = "forwarding_lag_s",
        /// The machine's clock against the devices' median, seconds.
        ClockOffset = "clock_offset_s",
        /// For how long the journal has refused packets, seconds.
        JournalRefusing = "journal_refusing_s",
        /// Days until the certificate ends.
        CertificateDays = "certificate_days",
    }
}

words! {
    /// By what a storm is grouped.
    StormCause {
        /// Devices whose packets come from one network address.
        Peer = "peer",
        /// Points of one county.
        Region = "region",
        /// Points of one site.
        Site = "site",
    }
}

words! {
    /// Which of a factor's measured values a rule or a limit looks at.
    Statistic {
        /// 实时值
        Rtd = "rtd",
        /// 折算实时值
        ZsRtd = "zs_rtd",
        /// 均值
        Avg = "avg",
        /// 折算均值
        ZsAvg = "zs_avg",
        /// 最小值
        Min = "min",
        /// 折算最小值
        ZsMin = "zs_min",
        /// 最大值
        Max = "max",
        /// 折算最大值
        ZsMax = "zs_max",
        /// 累计值
        Cou = "cou",
    }
}

words! {
    /// The four kinds of measured records.
    RecordKind {
        /// 实时 (2011)
        Realtime = "realtime",
        /// 分钟 (2051)
        Minute = "minute",
        /// 小时 (2061)
        Hour = "hour",
        /// 日 (2031)
        Day = "day",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(*severity));
        }
        for kind in AlarmKind::ALL {
            assert_eq!(AlarmKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(AlarmKind::parse("fire"), None);
        assert!(Severity::Info < Severity::Critical);
    }
}
