//! The names of what a map shows: found among the attributes, compared with the register.

use geojson::{FeatureCollection, JsonObject, JsonValue};

use super::geometry::label_place;
use crate::model::Region;

/// Attributes that hold Chinese names, as boundary and river files have them, the likeliest first.
const NAME_FIELDS: [&str; 12] = [
    "name_zh",
    "xzqmc",
    "县名",
    "名称",
    "name_chn",
    "name_zh_cn",
    "name",
    "mc",
    "pname",
    "xmc",
    "rivername",
    "河名",
];
/// Attributes that hold codes of GB/T 2260.
const CODE_FIELDS: [&str; 8] = [
    "code",
    "xzqdm",
    "adcode",
    "pac",
    "gb",
    "区划代码",
    "代码",
    "adcode99",
];

/// Every attribute of the features, at most a hundred, in order.
pub(super) fn list_fields(collection: &FeatureCollection) -> Vec<String> {
    let mut fields = std::collections::BTreeSet::new();
    for feature in collection.features.iter().take(100) {
        for name in feature.properties.iter().flat_map(JsonObject::keys) {
            if fields.len() < 100 {
                fields.insert(name.clone());
            }
        }
    }
    fields.into_iter().collect()
}

/// The attribute with the names: the one asked for, or the likeliest.
pub(super) fn find_name_field(fields: &[String], asked: Option<&str>) -> Option<String> {
    if let Some(asked) = asked {
        return fields.iter().find(|field| *field == asked).cloned();
    }
    find_field(fields, &NAME_FIELDS)
}

fn find_field(fields: &[String], known: &[&str]) -> Option<String> {
    known.iter().find_map(|known| {
        fields
            .iter()
            .find(|field| field.to_lowercase() == *known)
            .cloned()
    })
}

fn text_of(properties: Option<&JsonObject>, field: Option<&String>) -> String {
    match properties
        .zip(field)
        .and_then(|(all, field)| all.get(field))
    {
        Some(JsonValue::String(text)) => text.trim().chars().take(100).collect(),
        Some(JsonValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What became of the names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) names: Vec<String>,
    pub(super) unknown: Vec<String>,
}

/// Leaves of each feature's attributes what the map needs: its names, its code, and where the name
/// stands. English names come from the file or from the register.
pub(super) fn settle(
    collection: &mut FeatureCollection,
    fields: &[String],
    name_field: Option<&String>,
    regions: Option<&[Region]>,
) -> Named {
    let code_field = find_field(fields, &CODE_FIELDS);
    let english_field = find_field(fields, &["name_en"]);
    let mut named = Named::default();
    for feature in &mut collection.features {
        let before = feature.properties.take();
        let name = text_of(before.as_ref(), name_field);
        let code = text_of(before.as_ref(), code_field.as_ref());
        let mut english = text_of(before.as_ref(), english_field.as_ref());
        let region = regions.and_then(|regions| find_region(regions, &name, &code));
        if let Some(region) = region
            && english.is_empty()
        {
            english.clone_from(&region.details.name_en);
        }
        if !name.is_empty() {
            named.names.push(name.clone());
            if regions.is_some() && region.is_none() {
                named.unknown.push(name.clone());
            }
        }
        let own = |field: &str| before.as_ref().and_then(|all| all.get(field)?.as_f64());
        let place = own("longitude")
            .zip(own("latitude"))
            .filter(|(x, y)| (-180.0..=180.0).contains(x) && (-90.0..=90.0).contains(y))
            .or_else(|| {
                let at = region?.details.position?;
                Some((at.longitude, at.latitude))
            })
            .or_else(|| label_place(&feature.geometry.as_ref()?.value));
        let mut properties = JsonObject::new();
        let english = if english.is_empty() {
            name.clone()
        } else {
            english
        };
        properties.insert("name_zh".to_owned(), name.into());
        properties.insert("name_en".to_owned(), english.into());
        if !code.is_empty() {
            properties.insert("code".to_owned(), code.into());
        }
        if let Some((longitude, latitude)) = place {
            properties.insert("longitude".to_owned(), longitude.into());
            properties.insert("latitude".to_owned(), latitude.into());
        }
        for kept in ["rank", "schematic"] {
            if let Some(value) = before.as_ref().and_then(|all| all.get(kept)) {
                properties.insert(kept.to_owned(), value.clone());
            }
        }
        feature.properties = Some(properties);
    }
    named
}

fn find_region<'a>(regions: &'a [Region], name: &str, code: &str) -> Option<&'a Region> {
    let by_code = regions.iter().find(|region| {
        let own = region.code.as_str();
        code.len() >= 6 && own.get(..6) == code.get(..6)
    });
    by_code.or_else(|| {
        regions
            .iter()
            .find(|region| !name.is_empty() && region.details.name_zh == name)
    })
}
