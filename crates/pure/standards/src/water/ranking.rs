//! The city water index (城市地表水环境质量排名技术规定, CWQI).

use exact_decimal::{Decimal, Fraction, Rounding};

use super::{Samples, WaterBody, WaterItem, WaterRules};
use crate::StandardError;

/// The index of one section: the exact sum over the items of concentration ÷ class III limit; pH
/// by its distance from 7, dissolved oxygen as limit ÷ concentration.
///
/// # Errors
/// For dissolved oxygen of zero, or when the arithmetic leaves its range.
pub fn compute_section_index(
    rules: &WaterRules,
    body: WaterBody,
    samples: &Samples,
) -> Result<Fraction, StandardError> {
    let mut sum = Fraction::ZERO;
    for (item, value) in samples.iter() {
        let value = Fraction::try_from(value)?;
        let seven = Fraction::from(7);
        let part = match item {
            WaterItem::Ph if value <= seven => seven.checked_subtract(value)?,
            WaterItem::Ph => value
                .checked_subtract(seven)?
                .checked_divide(Fraction::from(2))?,
            WaterItem::DissolvedOxygen => Fraction::from(5).checked_divide(value)?,
            WaterItem::TotalNitrogen | WaterItem::FecalColiform => continue,
            _ => match rules.find_class_three_limit(item, body) {
                Some(limit) => value.checked_divide(Fraction::try_from(limit)?)?,
                None => continue,
            },
        };
        sum = sum.checked_add(part)?;
    }
    Ok(sum)
}

/// What a city's index is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CityWater {
    /// Mean index of the river sections.
    pub river_index: Fraction,
    /// How many river sections.
    pub river_sections: u32,
    /// Mean index of the lake points.
    pub lake_index: Fraction,
    /// How many lake points.
    pub lake_points: u32,
}

/// The city's index: river and lake indices weighted by their numbers of sections and points,
/// rounded once. The combination is to be verified.
///
/// # Errors
/// Without sections and points.
pub fn compute_city_water_index(city: &CityWater, places: u32) -> Result<Decimal, StandardError> {
    let rivers = Fraction::from(i64::from(city.river_sections));
    let lakes = Fraction::from(i64::from(city.lake_points));
    let total = city
        .river_index
        .checked_multiply(rivers)?
        .checked_add(city.lake_index.checked_multiply(lakes)?)?
        .checked_divide(rivers.checked_add(lakes)?)?;
    Ok(total.rounded(Rounding::HalfEven { places })?)
}
