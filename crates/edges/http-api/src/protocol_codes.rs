//! The codes of HJ 212: pollutants, process parameters, noise, information of devices.

use access::Permission;
use hj212::catalogue::{CodeEntry, CodeSource};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiProblem;
use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;

pub(crate) fn routes() -> OpenApiRouter<crate::ApiState> {
    OpenApiRouter::new().routes(routes!(list_protocol_codes))
}

/// A code with its names.
#[derive(Debug, Serialize, ToSchema)]
struct ProtocolCodeBody {
    /// Since 2017; in codes of process devices `xx` and `x` stand for a number.
    code: &'static str,
    /// Of 2005; empty if it had none.
    old_code: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    /// The unit of the value.
    unit: &'static str,
    /// `water`, `gas`, `noise`, `process-water`, `process-gas`, `device-info`, `production`,
    /// `power`.
    medium: &'static str,
    /// Digits behind the point as HJ 212 types the value; null where it does not say.
    decimals: Option<u32>,
    /// `standard`, `reported` (of 2025, by implementers), `field`.
    source: &'static str,
    /// What else is to be known, such as what the numbers of a state mean.
    note: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProtocolCodesBody {
    protocol_codes: Vec<ProtocolCodeBody>,
}

/// `N5.1` has five digits before the point and one behind.
fn decimals(number_type: &str) -> Option<u32> {
    let digits = number_type.strip_prefix('N')?;
    match digits.split_once('.') {
        Some((_whole, behind)) => behind.parse().ok(),
        None => digits.parse::<u32>().ok().map(|_whole| 0),
    }
}

impl ProtocolCodeBody {
    fn of(entry: &'static CodeEntry) -> Self {
        Self {
            code: entry.code,
            old_code: entry.old_code,
            name_zh: entry.name_zh,
            name_en: entry.name_en,
            unit: entry.unit,
            medium: entry.medium,
            decimals: decimals(entry.number_type),
            source: match entry.source {
                CodeSource::Standard => "standard",
                CodeSource::Reported => "reported",
                CodeSource::Field => "field",
            },
            note: entry.note,
        }
    }
}

/// Lists the codes of HJ 212, in the order of its tables.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/protocol-codes",
    tag = "sites",
    responses(
        (status = 200, body = ProtocolCodesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_protocol_codes(actor: CurrentActor) -> Result<Json<ProtocolCodesBody>, ApiProblem> {
    actor.check(Permission::ReadSites)?;
    let protocol_codes = hj212::catalogue::codes()
        .iter()
        .map(ProtocolCodeBody::of)
        .collect();
    Ok(Json(ProtocolCodesBody { protocol_codes }))
}

#[cfg(test)]
mod tests {
    use super::decimals;

    #[test]
    fn the_type_of_a_number_tells_its_decimals() {
        assert_eq!(decimals("N5.1"), Some(1));
        assert_eq!(decimals("N4"), Some(0));
        assert_eq!(decimals("C890"), None);
        assert_eq!(decimals("N"), None);
        assert_eq!(decimals(""), None);
    }
}
