//! The sub-index of one pollutant: 空气质量分指数 (HJ 633-2012, 4.2; HJ 633-2026, 4.2.4).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::Item;
use crate::{Confidence, Parameters, StandardError, Version};

/// The sub-index that the table gives for a concentration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubIndex {
    /// A value on the table, rounded up (进位取整).
    Value(u16),
    /// The concentration is above the last breakpoint; the table's last sub-index is given.
    AboveTable(u16),
}

/// A level of the index with its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// 1 to 6.
    pub number: u8,
    /// Lowest index of the level.
    pub low: u16,
    /// Highest index of the level.
    pub high: u16,
    /// 一级 to 六级.
    pub name: String,
    /// 优 to 严重污染.
    pub category: String,
    /// Colour by name.
    pub colour: String,
    /// Colour by red, green and blue.
    pub rgb: [u8; 3],
}

impl Level {
    /// English name of the category.
    pub fn english_name(&self) -> &'static str {
        match self.number {
            1 => "excellent",
            2 => "good",
            3 => "lightly polluted",
            4 => "moderately polluted",
            5 => "heavily polluted",
            _ => "severely polluted",
        }
    }

    /// English name of the colour (HJ 633, table 2).
    pub fn english_colour(&self) -> &'static str {
        match self.number {
            1 => "green",
            2 => "yellow",
            3 => "orange",
            4 => "red",
            5 => "purple",
            _ => "maroon",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Curve {
    /// (sub-index, breakpoint mantissa), rising.
    pub(super) points: Vec<(i64, i64)>,
    pub(super) scale: u32,
}

/// The rules of one edition of HJ 633 made ready for computing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AqiRules {
    edition: String,
    citation: String,
    confidence: Confidence,
    is_2026: bool,
    curves: Vec<Curve>,
    levels: Vec<Level>,
}

impl AqiRules {
    /// The rules in force on the day of measurement.
    ///
    /// # Errors
    /// When no edition was in force or a table is damaged.
    pub fn on(parameters: &Parameters, date: CivilDate) -> Result<Self, StandardError> {
        Self::from_versions(
            parameters.load_version("aqi-breakpoints", date)?,
            parameters,
        )
    }

    /// The rules of a named edition, whatever the day.
    ///
    /// # Errors
    /// When there is no such edition or a table is damaged.
    pub fn of_edition(parameters: &Parameters, edition: &str) -> Result<Self, StandardError> {
        Self::from_versions(
            parameters
                .load_table("aqi-breakpoints")?
                .load_edition(edition)?,
            parameters,
        )
    }

    fn from_versions(version: &Version, parameters: &Parameters) -> Result<Self, StandardError> {
        let mut curves = Vec::with_capacity(Item::COUNT);
        let mut confidence = version.confidence;
        for item in Item::ALL {
            let row = version.load_row(item.breakpoint_key())?;
            confidence = confidence.max(row.confidence);
            curves.push(Curve::new(
                &row.load_decimals("iaqi")?,
                &row.load_decimals("concentration")?,
            )?);
        }
        let levels = parameters
            .load_table("aqi-levels")?
            .load_edition(&version.edition)?
            .rows
            .iter()
            .map(|row| {
                let number = |column| -> Result<u16, StandardError> {
                    Ok(
                        u16::try_from(row.load_decimal(column)?.mantissa_and_scale().0)
                            .unwrap_or(u16::MAX),
                    )
                };
                let mut rgb = [0_u8; 3];
                for (slot, value) in rgb.iter_mut().zip(row.load_decimals("rgb")?) {
                    *slot = u8::try_from(value.mantissa_and_scale().0).unwrap_or(u8::MAX);
                }
                Ok(Level {
                    number: row.key.parse().unwrap_or(0),
                    low: number("aqi_low")?,
                    high: number("aqi_high")?,
                    name: row.load_text("level")?.to_owned(),
                    category: row.load_text("category")?.to_owned(),
                    colour: row.load_text("colour")?.to_owned(),
                    rgb,
                })
            })
            .collect::<Result<Vec<_>, StandardError>>()?;
        Ok(Self {
            edition: version.edition.clone(),
            citation: version.citation(),
            confidence,
            is_2026: version.edition.contains("2026"),
            curves,
            levels,
        })
    }

    /// The edition, for example `HJ 633-2012`.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Where the breakpoints stand and since when they are in force.
    pub fn citation(&self) -> &str {
        &self.citation
    }

    /// How sure the breakpoints are.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Whether these are the rules in force from 2026-03-01.
    pub fn is_2026(&self) -> bool {
        self.is_2026
    }

    pub(super) fn curve(&self, item: Item) -> Option<&Curve> {
        self.curves.get(item.index())
    }

    /// The sub-index of one concentration, exact, rounded up once.
    ///
    /// 空气质量分指数: `IAQI = (IAQI_Hi − IAQI_Lo) ÷ (BP_Hi − BP_Lo) × (C − BP_Lo) + IAQI_Lo`.
    ///
    /// # Errors
    /// [`StandardError::BadInput`] for a concentration below zero.
    pub fn compute_sub_index(
        &self,
        item: Item,
        concentration: Decimal,
    ) -> Result<SubIndex, StandardError> {
        if concentration.is_negative() {
            return Err(StandardError::BadInput {
                name: item.key(),
                value: concentration.to_string(),
                detail: "a concentration is not below zero",
            });
        }
        let curve = self.curve(item).ok_or_else(|| StandardError::NoRow {
            table: "aqi-breakpoints".to_owned(),
            edition: self.edition.clone(),
            key: item.breakpoint_key().to_owned(),
        })?;
        curve.sub_index(concentration)
    }

    /// The level of an index: 空气质量指数级别 (HJ 633-2012, table 2).
    pub fn find_level(&self, index: u16) -> Option<&Level> {
        // the 2026 scale starts at 1, but the formula gives 0 for clean air: the first level
        self.levels
            .iter()
            .find(|level| index <= level.high)
            .or_else(|| self.levels.last())
    }
}

impl Curve {
    fn new(indices: &[Decimal], breakpoints: &[Decimal]) -> Result<Self, StandardError> {
        let damaged = |detail: &str| StandardError::BadParameterFile {
            file: "aqi-breakpoints".to_owned(),
            detail: detail.to_owned(),
        };
        if indices.len() != breakpoints.len() || indices.len() < 2 {
            return Err(damaged("sub-indices and breakpoints are not pairs"));
        }
        let scale = breakpoints
            .iter()
            .map(|value| value.scale())
            .max()
            .unwrap_or(0);
        let mut points = Vec::with_capacity(indices.len());
        for (index, breakpoint) in indices.iter().zip(breakpoints) {
            let (mantissa, own_scale) = breakpoint.mantissa_and_scale();
            let mantissa = 10_i128
                .checked_pow(scale - own_scale)
                .and_then(|power| power.checked_mul(mantissa))
                .and_then(|value| i64::try_from(value).ok())
                .ok_or_else(|| damaged("a breakpoint is too large"))?;
            let index = i64::try_from(index.normalized().mantissa_and_scale().0)
                .ok()
                .filter(|_whole| index.normalized().scale() == 0)
                .ok_or_else(|| damaged("a sub-index is not a whole number"))?;
            if points
                .last()
                .is_some_and(|&(before, below)| before >= index || below >= mantissa)
            {
                return Err(damaged("breakpoints do not rise"));
            }
            points.push((index, mantissa));
        }
        Ok(Self { points, scale })
    }

    fn sub_index(&self, concentration: Decimal) -> Result<SubIndex, StandardError> {
        let (mantissa, scale) = concentration.mantissa_and_scale();
        let out = exact_decimal::DecimalError::OutOfRange;
        // both on the finer of the two scales, as whole numbers
        let finer = self.scale.max(scale);
        let power = |exponent: u32| 10_i128.checked_pow(exponent).ok_or(out.clone());
        let stretch = power(finer - self.scale)?;
        let value = mantissa
            .checked_mul(power(finer - scale)?)
            .ok_or(out.clone())?;
        let mut below = (0_i128, 0_i128);
        for (position, &(index, breakpoint)) in self.points.iter().enumerate() {
            let (index, breakpoint) = (
                i128::from(index),
                i128::from(breakpoint)
                    .checked_mul(stretch)
                    .ok_or(out.clone())?,
            );
            if value <= breakpoint {
                if position == 0 {
                    return to_index(index).map(SubIndex::Value);
                }
                let (index_low, low) = below;
                let numerator = (index - index_low)
                    .checked_mul(value - low)
                    .ok_or(out.clone())?;
                let width = breakpoint - low;
                // the lower sub-index is whole, so rounding up may come before adding it
                let above = (numerator + width - 1) / width;
                return to_index(index_low + above).map(SubIndex::Value);
            }
            below = (index, breakpoint);
        }
        to_index(below.0).map(SubIndex::AboveTable)
    }
}

fn to_index(value: i128) -> Result<u16, StandardError> {
    u16::try_from(value)
        .map_err(|_large| StandardError::Arithmetic(exact_decimal::DecimalError::OutOfRange))
}
