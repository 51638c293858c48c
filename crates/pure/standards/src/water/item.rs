//! The items of surface water.

use std::collections::BTreeMap;

use exact_decimal::Decimal;

/// Whether a section stands in a river or in a lake: total phosphorus has a column for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum WaterBody {
    /// 河流.
    #[default]
    River,
    /// 湖、库.
    Lake,
}

impl WaterBody {
    /// `river` or `lake`.
    pub fn name(self) -> &'static str {
        match self {
            Self::River => "river",
            Self::Lake => "lake",
        }
    }
}

macro_rules! water_items {
    ($($(#[$doc:meta])* $variant:ident $key:literal $english:literal),* $(,)?) => {
        /// An item of GB 3838, table 1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WaterItem {
            $($(#[$doc])* $variant,)*
        }
        impl WaterItem {
            /// All items, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Key in parameter files and column headers.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }
            /// English name.
            pub fn english_name(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }
        }
    };
}

water_items! {
    /// pH值.
    Ph "ph" "pH",
    /// 溶解氧.
    DissolvedOxygen "do" "dissolved oxygen",
    /// 高锰酸盐指数.
    PermanganateIndex "codmn" "permanganate index",
    /// 化学需氧量.
    ChemicalOxygenDemand "cod" "chemical oxygen demand",
    /// 五日生化需氧量.
    BiochemicalOxygenDemand "bod5" "five-day biochemical oxygen demand",
    /// 氨氮.
    AmmoniaNitrogen "nh3n" "ammonia nitrogen",
    /// 总磷.
    TotalPhosphorus "tp" "total phosphorus",
    /// 总氮.
    TotalNitrogen "tn" "total nitrogen",
    /// 铜.
    Copper "cu" "copper",
    /// 锌.
    Zinc "zn" "zinc",
    /// 氟化物.
    Fluoride "f" "fluoride",
    /// 硒.
    Selenium "se" "selenium",
    /// 砷.
    Arsenic "as" "arsenic",
    /// 汞.
    Mercury "hg" "mercury",
    /// 镉.
    Cadmium "cd" "cadmium",
    /// 铬（六价）.
    HexavalentChromium "cr6" "hexavalent chromium",
    /// 铅.
    Lead "pb" "lead",
    /// 氰化物.
    Cyanide "cn" "cyanide",
    /// 挥发酚.
    VolatilePhenol "volatile_phenol" "volatile phenol",
    /// 石油类.
    Oil "oil" "petroleum",
    /// 阴离子表面活性剂.
    AnionicSurfactant "las" "anionic surfactant",
    /// 硫化物.
    Sulfide "sulfide" "sulfide",
    /// 粪大肠菌群.
    FecalColiform "fecal_coliform" "fecal coliform",
}

impl WaterItem {
    /// The item of a key.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|item| item.key() == key)
    }

    /// Cyanide and the heavy metals, which come first among main pollutants.
    pub fn takes_precedence(self) -> bool {
        matches!(
            self,
            Self::Cyanide
                | Self::Lead
                | Self::HexavalentChromium
                | Self::Mercury
                | Self::Cadmium
                | Self::Arsenic
                | Self::Copper
                | Self::Zinc
                | Self::Selenium
        )
    }
}

/// The concentrations of one section; what is not there is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Samples {
    values: BTreeMap<WaterItem, Decimal>,
    /// Saturation of dissolved oxygen in percent, when measured: 90 % makes class I too.
    pub oxygen_saturation: Option<Decimal>,
}

impl Samples {
    /// Sets an item.
    pub fn set(&mut self, item: WaterItem, value: Decimal) {
        self.values.insert(item, value);
    }

    /// One item.
    pub fn get(&self, item: WaterItem) -> Option<Decimal> {
        self.values.get(&item).copied()
    }

    /// The items that are there.
    pub fn iter(&self) -> impl Iterator<Item = (WaterItem, Decimal)> + '_ {
        self.values.iter().map(|(item, value)| (*item, *value))
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl FromIterator<(WaterItem, Decimal)> for Samples {
    fn from_iter<I: IntoIterator<Item = (WaterItem, Decimal)>>(values: I) -> Self {
        Self {
            values: values.into_iter().collect(),
            oxygen_saturation: None,
        }
    }
}
