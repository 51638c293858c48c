//! The named methods by which an index is made: the text of each edition and the practice.

use super::{AqiRules, Item};

/// How an index is made of which items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexMethod {
    /// Hourly report by the text of HJ 633-2012, 5.1.3: gases by the hour, ozone also by 8 hours,
    /// particles by their running 24-hour mean; SO2 above 800 is reported by its 24-hour index.
    HourlyText2012,
    /// Hourly report as published since at least 2017: particles by the hour on the 24-hour
    /// breakpoints, ozone by the hour only, SO2 above 800 counts 200.
    HourlyPractice2012,
    /// Hourly report by HJ 633-2026, 4.2.3: six items by the hour.
    HourlyText2026,
    /// Daily report by the text of HJ 633-2012, 5.1.2: seven items, ozone by its largest hour and
    /// its largest 8-hour mean.
    DailyText2012,
    /// Daily report with six items, ozone by its largest 8-hour mean only, on the 2012 table.
    /// To be verified: written from memory of published daily reports.
    DailySixItems2012,
    /// Daily report by HJ 633-2026, 4.2.2: six items.
    DailyText2026,
}

impl IndexMethod {
    /// All methods.
    pub const ALL: [Self; 6] = [
        Self::HourlyText2012,
        Self::HourlyPractice2012,
        Self::HourlyText2026,
        Self::DailyText2012,
        Self::DailySixItems2012,
        Self::DailyText2026,
    ];

    /// The hourly method that is published under the rules of an edition.
    pub fn published_hourly(rules: &AqiRules) -> Self {
        if rules.is_2026() {
            Self::HourlyText2026
        } else {
            Self::HourlyPractice2012
        }
    }

    /// The daily method of an edition.
    pub fn daily(rules: &AqiRules) -> Self {
        if rules.is_2026() {
            Self::DailyText2026
        } else {
            Self::DailyText2012
        }
    }

    /// Name in results and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::HourlyText2012 => "hourly-text-2012",
            Self::HourlyPractice2012 => "hourly-practice-2012",
            Self::HourlyText2026 => "hourly-text-2026",
            Self::DailyText2012 => "daily-text-2012",
            Self::DailySixItems2012 => "daily-six-items-2012",
            Self::DailyText2026 => "daily-text-2026",
        }
    }

    /// What it is called in a worked example: in Chinese and in English.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::HourlyText2012 => ("小时报，按标准文本", "hourly report by the text"),
            Self::HourlyPractice2012 => ("小时报，按发布惯例", "hourly report as it is published"),
            Self::HourlyText2026 => ("小时报", "hourly report"),
            Self::DailyText2012 => ("日报，按标准文本", "daily report by the text"),
            Self::DailySixItems2012 => ("日报，六项污染物", "daily report of six items"),
            Self::DailyText2026 => ("日报", "daily report"),
        }
    }

    /// The method of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether the method belongs to an hour (else to a day).
    pub fn is_hourly(self) -> bool {
        matches!(
            self,
            Self::HourlyText2012 | Self::HourlyPractice2012 | Self::HourlyText2026
        )
    }

    /// Whether the method is one of HJ 633-2026.
    pub fn is_2026(self) -> bool {
        matches!(self, Self::HourlyText2026 | Self::DailyText2026)
    }

    /// The edition whose table it needs.
    pub fn edition(self) -> &'static str {
        if self.is_2026() {
            "HJ 633-2026"
        } else {
            "HJ 633-2012"
        }
    }

    /// Clause of the edition.
    pub fn clause(self) -> &'static str {
        match self {
            Self::HourlyText2012 => "4.2, 4.4, 5.1.3",
            Self::HourlyPractice2012 => "4.2, 4.4; items by published practice",
            Self::HourlyText2026 => "4.2.3, 4.2.4, 4.3.1",
            Self::DailyText2012 => "4.2, 4.4, 5.1.2",
            Self::DailySixItems2012 => "4.2, 4.4; six items (to be verified)",
            Self::DailyText2026 => "4.2.2, 4.2.4, 4.3.1",
        }
    }

    /// The items that enter the index.
    pub fn items(self) -> &'static [Item] {
        match self {
            Self::HourlyText2012 => &[
                Item::So2Hour,
                Item::No2Hour,
                Item::CoHour,
                Item::O3Hour,
                Item::O3EightHours,
                Item::Pm10Day,
                Item::Pm25Day,
            ],
            Self::HourlyPractice2012 | Self::HourlyText2026 => &[
                Item::So2Hour,
                Item::No2Hour,
                Item::CoHour,
                Item::O3Hour,
                Item::Pm10Hour,
                Item::Pm25Hour,
            ],
            Self::DailyText2012 => &[
                Item::So2Day,
                Item::No2Day,
                Item::CoDay,
                Item::O3Hour,
                Item::O3EightHours,
                Item::Pm10Day,
                Item::Pm25Day,
            ],
            Self::DailySixItems2012 | Self::DailyText2026 => &[
                Item::So2Day,
                Item::No2Day,
                Item::CoDay,
                Item::O3EightHours,
                Item::Pm10Day,
                Item::Pm25Day,
            ],
        }
    }
}
