//! The named methods by which a section is judged.

/// Whether values are rounded before they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaterMethod {
    /// Automatic stations as published: unrounded values.
    #[default]
    AutomaticUnrounded,
    /// Manual monthly samples: each value rounded to its assessment decimals first
    /// (地表水环境质量监测数据统计技术规定(试行), 2020).
    ManualRounded,
}

impl WaterMethod {
    /// Name in results and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::AutomaticUnrounded => "automatic-unrounded",
            Self::ManualRounded => "manual-rounded",
        }
    }

    /// What it is called in a worked example: in Chinese and in English.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::AutomaticUnrounded => ("自动监测，数值不修约", "automatic, values not rounded"),
            Self::ManualRounded => ("手工监测，数值先修约", "manual, values rounded first"),
        }
    }

    /// The method of a name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::AutomaticUnrounded, Self::ManualRounded]
            .into_iter()
            .find(|method| method.name() == name)
    }
}
