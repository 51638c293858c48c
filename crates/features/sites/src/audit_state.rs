//! What the audit trail keeps of each thing, as JSON text; never a secret.

use beijing_time::Timestamp;
use serde_json::{Value, json};

use crate::map_layer::MapLayer;
use crate::model::{
    Device, FactorDetails, LimitDetails, OrganisationDetails, PointDetails, Position,
    RegionDetails, SiteDetails, Validity,
};

fn place(position: Option<Position>) -> Value {
    position.map_or(Value::Null, |position| {
        json!([position.longitude, position.latitude])
    })
}

fn period(validity: &Validity) -> Value {
    json!([
        validity.from.to_string(),
        validity.to.as_ref().map(Timestamp::to_string)
    ])
}

pub(crate) fn region(details: &RegionDetails) -> String {
    json!({
        "parent_code": details.parent_code.as_ref().map(ToString::to_string),
        "name_zh": details.name_zh,
        "name_en": details.name_en,
        "position": place(details.position),
        "is_simulated": details.is_simulated,
    })
    .to_string()
}

pub(crate) fn organisation(details: &OrganisationDetails) -> String {
    json!({
        "code": details.code,
        "name_zh": details.name_zh,
        "name_en": details.name_en,
        "kind": details.kind.as_str(),
        "region_code": details.region_code.as_str(),
        "is_simulated": details.is_simulated,
    })
    .to_string()
}

pub(crate) fn site(details: &SiteDetails) -> String {
    json!({
        "code": details.code,
        "organisation_id": details.organisation_id.map(|id| id.0),
        "region_code": details.region_code.as_str(),
        "kind": details.kind.as_str(),
        "name_zh": details.name_zh,
        "name_en": details.name_en,
        "address": details.address,
        "position": place(details.position),
        "is_key": details.is_key,
        "is_simulated": details.is_simulated,
    })
    .to_string()
}

pub(crate) fn point(details: &PointDetails) -> String {
    json!({
        "code": details.code,
        "medium": details.medium.as_str(),
        "name_zh": details.name_zh,
        "name_en": details.name_en,
        "position": place(details.position),
        "period_label": details.period_label.as_str(),
        "realtime_interval_s": details.timetable.realtime_interval_s,
        "minute_interval_min": details.timetable.minute_interval_min,
        "is_hour_expected": details.timetable.is_hour_expected,
        "is_day_expected": details.timetable.is_day_expected,
        "is_enabled": details.is_enabled,
    })
    .to_string()
}

pub(crate) fn factor(details: &FactorDetails) -> String {
    json!({
        "factor_code": details.factor_code,
        "unit": details.unit,
        "decimals": details.decimals,
        "sort_order": details.sort_order,
        "is_expected": details.is_expected,
    })
    .to_string()
}

pub(crate) fn limit(details: &LimitDetails) -> String {
    json!({
        "factor_code": details.factor_code,
        "kind": details.kind.as_str(),
        "statistic": details.statistic.as_str(),
        "lower": details.lower.map(|bound| bound.to_string()),
        "upper": details.upper.map(|bound| bound.to_string()),
        "validity": period(&details.validity),
        "origin": details.origin.as_str(),
        "basis": details.basis,
    })
    .to_string()
}

/// A device; of its secrets only whether there are any.
pub(crate) fn device(device: &Device) -> String {
    let details = &device.details;
    json!({
        "mn": details.mn,
        "name": details.name,
        "edition": details.edition.year(),
        "system_type": details.system_type,
        "quirks": details.quirks.to_json(),
        "validity": period(&details.validity),
        "is_enabled": details.is_enabled,
        "is_simulated": details.is_simulated,
        "has_password": device.has_password,
        "has_key": device.has_key,
        "channels": details.channels.iter().map(|channel| json!({
            "point_id": channel.point_id.0,
            "factor_code": channel.factor_code,
            "validity": period(&channel.validity),
        })).collect::<Vec<_>>(),
    })
    .to_string()
}

/// A map layer, without its geometry.
pub(crate) fn map_layer(layer: &MapLayer) -> String {
    json!({
        "name": layer.name,
        "feature_count": layer.feature_count,
        "source": layer.source,
        "is_schematic": layer.is_schematic,
        "size_bytes": layer.geojson.len(),
    })
    .to_string()
}
