//! The closed lists of words.

use core::fmt;
use core::str::FromStr;

/// A word that is in none of our lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of: {allowed}")]
pub struct UnknownWord {
    /// The word as given, at most its first 40 characters.
    pub word: String,
    /// The words of the list.
    pub allowed: String,
}

macro_rules! vocabularies {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal / $zh:literal,)*
    })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All words of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word in the database, the API and files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The Chinese word, also accepted in files.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| word.as_str() == text || word.name_zh() == text)
                    .ok_or_else(|| UnknownWord {
                        word: text.chars().take(40).collect(),
                        allowed: Self::ALL
                            .iter()
                            .map(|word| word.as_str())
                            .collect::<Vec<_>>()
                            .join(", "),
                    })
            }
        }
    )* };
}

vocabularies! {
    /// What an organisation is.
    OrganisationKind {
        /// 排污单位
        Enterprise = "enterprise" / "排污单位",
        /// 运维单位: runs monitors for others
        Operator = "operator" / "运维单位",
        /// 管理部门
        Bureau = "bureau" / "管理部门",
        /// Anything else.
        Other = "other" / "其他单位",
    }
    /// What a site is.
    SiteKind {
        /// 排污企业
        Enterprise = "enterprise" / "排污企业",
        /// 污水处理厂
        SewagePlant = "sewage_plant" / "污水处理厂",
        /// 垃圾焚烧厂
        WasteIncinerator = "waste_incinerator" / "垃圾焚烧厂",
        /// 空气自动站
        AirStation = "air_station" / "空气自动站",
        /// 水质自动站
        WaterStation = "water_station" / "水质自动站",
        /// 噪声自动站
        NoiseStation = "noise_station" / "噪声自动站",
        /// 施工工地
        ConstructionSite = "construction_site" / "施工工地",
        /// Anything else.
        Other = "other" / "其他",
    }
    /// What a point watches.
    Medium {
        /// 废气
        WasteGas = "waste_gas" / "废气",
        /// 废水
        WasteWater = "waste_water" / "废水",
        /// 环境空气
        Air = "air" / "环境空气",
        /// 地表水
        SurfaceWater = "surface_water" / "地表水",
        /// 噪声
        Noise = "noise" / "噪声",
        /// 扬尘
        Dust = "dust" / "扬尘",
        /// 地下水
        Groundwater = "groundwater" / "地下水",
        /// 土壤
        Soil = "soil" / "土壤",
        /// 挥发性有机物
        Voc = "voc" / "挥发性有机物",
        /// 海水
        Sea = "sea" / "海水",
        /// 振动
        Vibration = "vibration" / "振动",
        /// 辐射
        Radiation = "radiation" / "辐射",
        /// 生产与治污设施工况、用电
        Production = "production" / "工况用电",
        /// Anything else.
        Other = "other" / "其他",
    }
    /// Whether a period's label is its start (HJ 212-2017) or its end (air stations' practice).
    PeriodLabel {
        /// The period begins at the label.
        Start = "start" / "时段开始",
        /// The period ends at the label.
        End = "end" / "时段结束",
    }
    /// The kinds of records that have values.
    RecordKind {
        /// 实时数据 (2011)
        Realtime = "realtime" / "实时",
        /// 分钟数据 (2051)
        Minute = "minute" / "分钟",
        /// 小时数据 (2061)
        Hour = "hour" / "小时",
        /// 日数据 (2031)
        Day = "day" / "日",
    }
    /// Where a limit comes from.
    LimitOrigin {
        /// Set by a person of the bureau.
        Manual = "manual" / "人工设定",
        /// From a discharge or quality standard.
        Standard = "standard" / "排放标准",
        /// From a pollutant discharge permit.
        Permit = "permit" / "排污许可",
    }
    /// Which of a record's values a limit holds for.
    LimitStatistic {
        /// 实时值
        Rtd = "rtd" / "实时值",
        /// 最小值
        Min = "min" / "最小值",
        /// 平均值
        Avg = "avg" / "平均值",
        /// 最大值
        Max = "max" / "最大值",
        /// 累计值
        Cou = "cou" / "累计值",
        /// 折算实时值
        ZsRtd = "zs_rtd" / "折算实时值",
        /// 折算最小值
        ZsMin = "zs_min" / "折算最小值",
        /// 折算平均值
        ZsAvg = "zs_avg" / "折算平均值",
        /// 折算最大值
        ZsMax = "zs_max" / "折算最大值",
        /// 噪声时段值
        Data = "data" / "噪声值",
        /// 昼间噪声
        DayData = "day_data" / "昼间噪声",
        /// 夜间噪声
        NightData = "night_data" / "夜间噪声",
    }
}

impl LimitStatistic {
    /// The statistic of HJ 212 that this is.
    pub const fn to_hj212(self) -> hj212::Statistic {
        match self {
            Self::Rtd => hj212::Statistic::Rtd,
            Self::Min => hj212::Statistic::Min,
            Self::Avg => hj212::Statistic::Avg,
            Self::Max => hj212::Statistic::Max,
            Self::Cou => hj212::Statistic::Cou,
            Self::ZsRtd => hj212::Statistic::ZsRtd,
            Self::ZsMin => hj212::Statistic::ZsMin,
            Self::ZsAvg => hj212::Statistic::ZsAvg,
            Self::ZsMax => hj212::Statistic::ZsMax,
            Self::Data => hj212::Statistic::Data,
            Self::DayData => hj212::Statistic::DayData,
            Self::NightData => hj212::Statistic::NightData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_in_both_languages() {
        for medium in Medium::ALL {
            assert_eq!(medium.as_str().parse(), Ok(*medium));
            assert_eq!(medium.name_zh().parse(), Ok(*medium));
        }
        let error = "weekly".parse::<RecordKind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`weekly` is none of: realtime, minute, hour, day"
        );
    }
}
