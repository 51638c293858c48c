//! The quantities that the index is made of.

use exact_decimal::Decimal;

/// A pollutant of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pollutant {
    /// Sulphur dioxide, 二氧化硫.
    So2,
    /// Nitrogen dioxide, 二氧化氮.
    No2,
    /// Carbon monoxide, 一氧化碳.
    Co,
    /// Ozone, 臭氧.
    O3,
    /// Particles up to 10 µm, 颗粒物(PM10).
    Pm10,
    /// Particles up to 2.5 µm, 细颗粒物(PM2.5).
    Pm25,
}

impl Pollutant {
    /// The six, in the order of the standard's table.
    pub const ALL: [Self; 6] = [
        Self::So2,
        Self::No2,
        Self::Co,
        Self::O3,
        Self::Pm10,
        Self::Pm25,
    ];

    /// Key in parameter files and column headers.
    pub fn key(self) -> &'static str {
        match self {
            Self::So2 => "so2",
            Self::No2 => "no2",
            Self::Co => "co",
            Self::O3 => "o3",
            Self::Pm10 => "pm10",
            Self::Pm25 => "pm2_5",
        }
    }

    /// Decimal places of a published concentration: µg/m³ whole, CO in mg/m³ with one
    /// (HJ 633-2026, 4.2.2).
    pub fn places(self) -> u32 {
        u32::from(self == Self::Co)
    }

    /// Unit of the concentration.
    pub fn unit(self) -> &'static str {
        if self == Self::Co {
            "mg/m³"
        } else {
            "µg/m³"
        }
    }
}

/// A measured quantity that may enter an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Item {
    /// SO2, 1-hour mean.
    So2Hour,
    /// SO2, 24-hour mean.
    So2Day,
    /// NO2, 1-hour mean.
    No2Hour,
    /// NO2, 24-hour mean.
    No2Day,
    /// CO, 1-hour mean.
    CoHour,
    /// CO, 24-hour mean.
    CoDay,
    /// Ozone, 1-hour mean, or the largest of a day.
    O3Hour,
    /// Ozone, 8-hour running mean, or the largest of a day.
    O3EightHours,
    /// PM10, 1-hour mean.
    Pm10Hour,
    /// PM10, 24-hour mean.
    Pm10Day,
    /// PM2.5, 1-hour mean.
    Pm25Hour,
    /// PM2.5, 24-hour mean.
    Pm25Day,
}

impl Item {
    /// How many there are.
    pub const COUNT: usize = 12;

    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::So2Hour,
        Self::So2Day,
        Self::No2Hour,
        Self::No2Day,
        Self::CoHour,
        Self::CoDay,
        Self::O3Hour,
        Self::O3EightHours,
        Self::Pm10Hour,
        Self::Pm10Day,
        Self::Pm25Hour,
        Self::Pm25Day,
    ];

    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// The pollutant.
    pub fn pollutant(self) -> Pollutant {
        match self {
            Self::So2Hour | Self::So2Day => Pollutant::So2,
            Self::No2Hour | Self::No2Day => Pollutant::No2,
            Self::CoHour | Self::CoDay => Pollutant::Co,
            Self::O3Hour | Self::O3EightHours => Pollutant::O3,
            Self::Pm10Hour | Self::Pm10Day => Pollutant::Pm10,
            Self::Pm25Hour | Self::Pm25Day => Pollutant::Pm25,
        }
    }

    /// Key of the item in headers and results, for example `pm2_5_24h`.
    pub fn key(self) -> &'static str {
        match self {
            Self::So2Hour => "so2",
            Self::So2Day => "so2_24h",
            Self::No2Hour => "no2",
            Self::No2Day => "no2_24h",
            Self::CoHour => "co",
            Self::CoDay => "co_24h",
            Self::O3Hour => "o3",
            Self::O3EightHours => "o3_8h",
            Self::Pm10Hour => "pm10",
            Self::Pm10Day => "pm10_24h",
            Self::Pm25Hour => "pm2_5",
            Self::Pm25Day => "pm2_5_24h",
        }
    }

    /// Row of the breakpoint table. Particles have 24-hour breakpoints only; a 1-hour value is
    /// put on them (HJ 633-2026, 4.2.4, and the practice before).
    pub fn breakpoint_key(self) -> &'static str {
        match self {
            Self::So2Hour => "so2.1h",
            Self::So2Day => "so2.24h",
            Self::No2Hour => "no2.1h",
            Self::No2Day => "no2.24h",
            Self::CoHour => "co.1h",
            Self::CoDay => "co.24h",
            Self::O3Hour => "o3.1h",
            Self::O3EightHours => "o3.8h",
            Self::Pm10Hour | Self::Pm10Day => "pm10.24h",
            Self::Pm25Hour | Self::Pm25Day => "pm2_5.24h",
        }
    }

    /// The name the national publication uses for a primary pollutant.
    pub fn published_name(self) -> &'static str {
        match self {
            Self::So2Hour | Self::So2Day => "二氧化硫",
            Self::No2Hour | Self::No2Day => "二氧化氮",
            Self::CoHour | Self::CoDay => "一氧化碳",
            Self::O3Hour => "臭氧1小时",
            Self::O3EightHours => "臭氧8小时",
            Self::Pm10Hour | Self::Pm10Day => "颗粒物(PM10)",
            Self::Pm25Hour | Self::Pm25Day => "细颗粒物(PM2.5)",
        }
    }

    /// English name with the averaging period.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::So2Hour => "SO2 1 h",
            Self::So2Day => "SO2 24 h",
            Self::No2Hour => "NO2 1 h",
            Self::No2Day => "NO2 24 h",
            Self::CoHour => "CO 1 h",
            Self::CoDay => "CO 24 h",
            Self::O3Hour => "O3 1 h",
            Self::O3EightHours => "O3 8 h",
            Self::Pm10Hour => "PM10 1 h",
            Self::Pm10Day => "PM10 24 h",
            Self::Pm25Hour => "PM2.5 1 h",
            Self::Pm25Day => "PM2.5 24 h",
        }
    }
}

/// A set of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemSet(u16);

impl ItemSet {
    /// Puts an item in.
    pub fn insert(&mut self, item: Item) {
        self.0 |= 1 << item.index();
    }
    /// Whether an item is in it.
    pub fn contains(self, item: Item) -> bool {
        self.0 & (1 << item.index()) != 0
    }
    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The items, in the order of [`Item::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Item> {
        Item::ALL
            .into_iter()
            .filter(move |item| self.contains(*item))
    }
}

impl FromIterator<Item> for ItemSet {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut set = Self::default();
        for item in items {
            set.insert(item);
        }
        set
    }
}

/// The concentrations of one station and hour or day; what is not there is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Concentrations {
    values: [Option<Decimal>; Item::COUNT],
}

impl Concentrations {
    /// Sets one.
    pub fn set(&mut self, item: Item, value: Option<Decimal>) {
        if let Some(slot) = self.values.get_mut(item.index()) {
            *slot = value;
        }
    }

    /// One of them.
    pub fn get(&self, item: Item) -> Option<Decimal> {
        self.values.get(item.index()).copied().flatten()
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }
}

impl FromIterator<(Item, Decimal)> for Concentrations {
    fn from_iter<I: IntoIterator<Item = (Item, Decimal)>>(values: I) -> Self {
        let mut concentrations = Self::default();
        for (item, value) in values {
            concentrations.set(item, Some(value));
        }
        concentrations
    }
}
