//! The city water index (城市地表水环境质量排名技术规定, CWQI).

use exact_decimal::{Decimal, Fraction, Rounding};

use super::{Samples, WaterBody, WaterItem, WaterRules};
use crate::based::{EXACT, Rule};
use crate::{Based, Basis, Confidence, Explanation, Input, StandardError};

/// 城市水质指数 CWQI: what the index of a city rests on.
const CITY: Rule = Rule {
    edition: "城市地表水环境质量排名技术规定（试行）2017",
    clause: "城市水质指数",
    method: "indices of rivers and lakes weighted by numbers of sections and points",
    parameters: "城市地表水环境质量排名技术规定（试行）",
    confidence: Confidence::MemoryMedium,
    rounding: "half to even, once (GB/T 8170)",
};

/// What the index of a section rests on: the formula of the ranking with the limits of class III.
fn section_basis(rules: &WaterRules, body: WaterBody, samples: &Samples) -> Basis {
    let limits = &rules.citation;
    Basis {
        edition: CITY.edition.to_owned(),
        clause: "断面水质指数",
        method: "sum of concentration over the limit of class III",
        parameters: format!("{limits}; total phosphorus by the {} column", body.name()),
        confidence: rules.confidence.max(Confidence::ConfirmedSecondary),
        rounding: EXACT,
        inputs: samples
            .iter()
            .map(|(item, value)| Input {
                name: item.key().to_owned(),
                value: value.to_string(),
            })
            .collect(),
    }
}

/// The index of one section: the exact sum over the items of concentration ÷ class III limit; pH
/// by its distance from 7, dissolved oxygen as limit ÷ concentration.
///
/// # Errors
/// For dissolved oxygen of zero, or when the arithmetic leaves its range.
pub fn compute_section_index(
    rules: &WaterRules,
    body: WaterBody,
    samples: &Samples,
) -> Result<Based<Fraction>, StandardError> {
    Ok(Based {
        value: tell_section_index(rules, body, samples, &mut Explanation::default())?,
        basis: section_basis(rules, body, samples),
    })
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_section_index`].
pub fn explain_section_index(
    rules: &WaterRules,
    body: WaterBody,
    samples: &Samples,
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_section_index(rules, body, samples, &mut told)?;
    Ok(told)
}

fn shown(value: Fraction) -> Result<Decimal, StandardError> {
    Ok(value
        .rounded(Rounding::HalfEven { places: 4 })?
        .normalized())
}

fn tell_section_index(
    rules: &WaterRules,
    body: WaterBody,
    samples: &Samples,
    told: &mut Explanation,
) -> Result<Fraction, StandardError> {
    let mut sum = Fraction::ZERO;
    for (item, measured) in samples.iter() {
        let value = Fraction::try_from(measured)?;
        let seven = Fraction::from(7);
        let (part, formula) = match item {
            WaterItem::Ph if value <= seven => (
                seven.checked_subtract(value)?,
                format!("(7 - {measured}) / (7 - 6)"),
            ),
            WaterItem::Ph => (
                value
                    .checked_subtract(seven)?
                    .checked_divide(Fraction::from(2))?,
                format!("({measured} - 7) / (9 - 7)"),
            ),
            WaterItem::DissolvedOxygen => (
                Fraction::from(5).checked_divide(value)?,
                format!("5 / {measured}"),
            ),
            WaterItem::TotalNitrogen | WaterItem::FecalColiform => continue,
            _ => match rules.find_class_three_limit(item, body) {
                Some(limit) => (
                    value.checked_divide(Fraction::try_from(limit)?)?,
                    format!("{measured} / {limit}"),
                ),
                None => continue,
            },
        };
        sum = sum.checked_add(part)?;
        let part = shown(part)?;
        told.push(
            format!("{}：{formula} = {part}。", rules.name(item)),
            format!("{}: {formula} = {part}.", item.english_name()),
        );
    }
    let index = shown(sum)?;
    told.push(
        format!("断面水质指数为各项之和：{index}。"),
        format!("The index of the section is their sum: {index}."),
    );
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
pub fn compute_city_water_index(
    city: &CityWater,
    places: u32,
) -> Result<Based<Decimal>, StandardError> {
    let rivers = Fraction::from(i64::from(city.river_sections));
    let lakes = Fraction::from(i64::from(city.lake_points));
    let total = city
        .river_index
        .checked_multiply(rivers)?
        .checked_add(city.lake_index.checked_multiply(lakes)?)?
        .checked_divide(rivers.checked_add(lakes)?)?;
    Ok(CITY.based(
        total.rounded(Rounding::HalfEven { places })?,
        &[
            ("river index", &shown(city.river_index)?),
            ("river sections", &city.river_sections),
            ("lake index", &shown(city.lake_index)?),
            ("lake points", &city.lake_points),
        ],
    ))
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_city_water_index`].
pub fn explain_city_water_index(
    city: &CityWater,
    places: u32,
) -> Result<Explanation, StandardError> {
    let index = compute_city_water_index(city, places)?;
    let CityWater {
        river_sections: rivers,
        lake_points: lakes,
        ..
    } = city;
    let (river, lake) = (shown(city.river_index)?, shown(city.lake_index)?);
    let mut told = Explanation::default();
    told.push(
        format!("河流断面 {rivers} 个，指数均值 {river}；湖库点位 {lakes} 个，指数均值 {lake}。"),
        format!(
            "{rivers} river sections, mean index {river}; {lakes} lake points, mean index {lake}."
        ),
    );
    told.push(
        format!(
            "按个数加权：({river} × {rivers} + {lake} × {lakes}) / ({rivers} + {lakes}) = {index}\
             （修约到 {places} 位小数）。"
        ),
        format!(
            "Weighted by number: ({river} × {rivers} + {lake} × {lakes}) / ({rivers} + {lakes}) = \
             {index} ({places} decimals)."
        ),
    );
    Ok(told)
}
