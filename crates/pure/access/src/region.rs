//! Region codes of GB/T 2260 and GB/T 10114, down to the grid.

use core::fmt;
use core::str::FromStr;

/// A region code: 6 digits (GB/T 2260: province, city, county), 9 (town, GB/T 10114), 12 (village
/// or community), and beyond it `-` and a grid number such as `430421001000-03`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

/// The level of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionLevel {
    /// 省
    Province,
    /// 市
    City,
    /// 县、区
    County,
    /// 乡镇、街道
    Town,
    /// 村、社区
    Village,
    /// 网格
    Grid,
}

/// The text is no region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no region code: 6, 9 or 12 digits (GB/T 2260), then `-` and a grid number")]
pub struct RegionCodeError {
    /// The text, at most its first 40 characters.
    pub text: String,
}

impl RegionCode {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level, read off the code's shape.
    pub fn level(&self) -> RegionLevel {
        if self.0.contains('-') {
            return RegionLevel::Grid;
        }
        match self.0.len() {
            6 if self.0.ends_with("0000") => RegionLevel::Province,
            6 if self.0.ends_with("00") => RegionLevel::City,
            6 => RegionLevel::County,
            9 => RegionLevel::Town,
            _ => RegionLevel::Village,
        }
    }

    /// What the codes of all regions below begin with: `4304` for the city 430400.
    pub fn prefix(&self) -> &str {
        match self.level() {
            RegionLevel::Province => self.0.get(..2).unwrap_or(&self.0),
            RegionLevel::City => self.0.get(..4).unwrap_or(&self.0),
            _ => &self.0,
        }
    }

    /// Whether `other` is this region or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.prefix())
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RegionCode {
    type Err = RegionCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || RegionCodeError {
            text: text.chars().take(40).collect(),
        };
        let (digits, grid) = match text.split_once('-') {
            Some((digits, grid)) => (digits, Some(grid)),
            None => (text, None),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let grid_fits =
            grid.is_none_or(|grid| !grid.is_empty() && grid.len() <= 4 && is_digits(grid));
        if matches!(digits.len(), 6 | 9 | 12) && is_digits(digits) && grid_fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_its_level() {
        for (code, level) in [
            ("430000", RegionLevel::Province),
            ("430400", RegionLevel::City),
            ("430421", RegionLevel::County),
            ("430421001", RegionLevel::Town),
            ("430421001000", RegionLevel::Village),
            ("430421001000-03", RegionLevel::Grid),
        ] {
            assert_eq!(code.parse::<RegionCode>().unwrap().level(), level, "{code}");
        }
        for code in ["", "43", "43042x", "430421-", "430421-12345", "430421001-a"] {
            assert!(code.parse::<RegionCode>().is_err(), "{code}");
        }
    }

    #[test]
    fn a_region_contains_what_lies_below() {
        let code = |text: &str| text.parse::<RegionCode>().unwrap();
        assert!(code("430400").contains(&code("430421001")));
        assert!(code("430000").contains(&code("430400")));
        assert!(code("430421").contains(&code("430421001000-03")));
        assert!(!code("430421").contains(&code("430422")));
        assert!(!code("430421").contains(&code("430400")));
    }
}
