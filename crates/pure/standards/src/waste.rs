//! Hazardous waste: codes of the national list, numbers of transfer manifests, class of units.

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use crate::based::{NO_NUMBER, Rule, TableRule, listed};
use crate::{Based, Basis, Confidence, Parameters, StandardError};

/// 废物代码: what the reading of a code rests on.
const CODE: TableRule = TableRule {
    clause: "废物代码",
    method: "three digits of industry, three of sequence, two of category",
    rounding: NO_NUMBER,
};

/// 联单编号: what the reading of a number rests on.
const MANIFEST: Rule = Rule {
    edition: "危险废物转移管理办法（部令第 23 号，2021）",
    clause: "联单编号",
    method: "four digits of year, two of province, two of city, six of serial",
    parameters: "危险废物转移管理办法",
    confidence: Confidence::ConfirmedPrimary,
    rounding: NO_NUMBER,
};

/// 分级管理: what the class of a unit rests on.
const UNIT: Rule = Rule {
    edition: "HJ 1259-2022",
    clause: "分级管理",
    method: "largest amount of the last three years",
    parameters: "HJ 1259-2022: 100 t, 10 t",
    confidence: Confidence::ConfirmedPrimary,
    rounding: NO_NUMBER,
};

/// A code of the national list: `900-249-08`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasteCode {
    /// Industry, three digits.
    pub industry: String,
    /// Sequence, three digits.
    pub sequence: String,
    /// Category, for example `HW08`.
    pub category: String,
    /// Name of the category.
    pub category_name: String,
    /// What it rests on.
    pub basis: Basis,
}

/// Reads a code of eight digits, with or without hyphens, and finds its category in the list in
/// force on the day.
///
/// # Errors
/// For another form, or a category the list does not have.
pub fn parse_waste_code(
    parameters: &Parameters,
    date: CivilDate,
    code: &str,
) -> Result<WasteCode, StandardError> {
    let digits: String = code.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let bad = |detail| StandardError::BadInput {
        name: "waste code",
        value: code.to_owned(),
        detail,
    };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("is not eight digits such as 900-249-08"));
    }
    let (industry, rest) = digits.split_at(3);
    let (sequence, category) = rest.split_at(3);
    let key = format!("HW{category}");
    let version = parameters.load_version("hazardous-waste-categories", date)?;
    let row = version
        .find_row(&key)
        .ok_or_else(|| bad("names a category that the list does not have"))?;
    Ok(WasteCode {
        industry: industry.to_owned(),
        sequence: sequence.to_owned(),
        category_name: row.load_text("name")?.to_owned(),
        category: key,
        basis: CODE.basis(version, row.confidence, &[("code", &code)]),
    })
}

/// A manifest number (危险废物转移联单编号): year, province, city, serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestNumber {
    /// Year, 4 digits.
    pub year: u16,
    /// Province by administrative code, 2 digits.
    pub province: u8,
    /// City by administrative code, 2 digits.
    pub city: u8,
    /// Serial, 6 digits.
    pub serial: u32,
}

/// Reads a national manifest number of 14 digits (危险废物转移管理办法 2021).
///
/// # Errors
/// For another form, or a year before 2022, when the national numbers began.
pub fn parse_manifest_number(text: &str) -> Result<Based<ManifestNumber>, StandardError> {
    let bad = |detail| StandardError::BadInput {
        name: "manifest number",
        value: text.to_owned(),
        detail,
    };
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("is not 14 digits"));
    }
    let (year, rest) = text.split_at(4);
    let (province, rest) = rest.split_at(2);
    let (city, serial) = rest.split_at(2);
    let number = ManifestNumber {
        year: year.parse().unwrap_or(0),
        province: province.parse().unwrap_or(0),
        city: city.parse().unwrap_or(0),
        serial: serial.parse().unwrap_or(0),
    };
    if number.year < 2022 {
        return Err(bad("is of a year before the national numbers"));
    }
    if !(11..=65).contains(&number.province) {
        return Err(bad("names no province"));
    }
    Ok(MANIFEST.based(number, &[("number", &text)]))
}

impl core::fmt::Display for ManifestNumber {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            formatter,
            "{:04}{:02}{:02}{:06}",
            self.year, self.province, self.city, self.serial
        )
    }
}

/// How closely a unit that makes hazardous waste is managed (HJ 1259-2022).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WasteUnitClass {
    /// 登记管理: under 10 t a year.
    Registered,
    /// 简化管理: from 10 t a year.
    Simplified,
    /// 重点监管: from 100 t a year, or with treatment of its own, or with a licence.
    Key,
}

impl WasteUnitClass {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Registered => "登记管理",
            Self::Simplified => "简化管理",
            Self::Key => "重点监管",
        }
    }
}

/// The class by the largest of the last three years' amounts in t.
///
/// # Errors
/// Without a year, or with an amount below zero.
pub fn compute_unit_class(
    years: &[Decimal],
    has_own_treatment: bool,
    has_licence: bool,
) -> Result<Based<WasteUnitClass>, StandardError> {
    let bad = |value: String, detail| StandardError::BadInput {
        name: "amount",
        value,
        detail,
    };
    let last = years.len().saturating_sub(3);
    let largest = years
        .get(last..)
        .into_iter()
        .flatten()
        .copied()
        .max()
        .ok_or_else(|| bad(String::new(), "is missing"))?;
    if let Some(below) = years.iter().find(|amount| amount.is_negative()) {
        return Err(bad(below.to_string(), "is below zero"));
    }
    let class = if has_own_treatment || has_licence || largest >= 100 {
        WasteUnitClass::Key
    } else if largest >= 10 {
        WasteUnitClass::Simplified
    } else {
        WasteUnitClass::Registered
    };
    Ok(UNIT.based(
        class,
        &[
            ("amounts (t)", &listed(years)),
            ("own treatment", &has_own_treatment),
            ("licence", &has_licence),
        ],
    ))
}
