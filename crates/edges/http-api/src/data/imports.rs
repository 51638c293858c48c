//! Where an imported record comes from: the file, who published it, the row, and what stands there.

use axum::extract::State;
use monitoring::import::{ImportOrigin, find_import_source};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies::unit_of;
use super::{read_kind, read_time};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportSourceQuery {
    /// The import.
    import_id: i64,
    /// `realtime`, `minute`, `hour` or `day`.
    kind: String,
    /// The start of the record's period; input without an offset is Beijing time.
    time: String,
}

/// A value of an imported record.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedValueBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    /// As it stands in the file.
    value: String,
    flag: Option<String>,
}

/// An imported record and where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct ImportSourceBody {
    import_id: i64,
    file_name: String,
    /// SM3 of the file's content.
    file_sm3: String,
    /// `older_system`; `official`: published by the authority; `third_party`: neither. The last two
    /// are not complete.
    origin: &'static str,
    /// Whether only a part of a time is there.
    is_partial: bool,
    /// Who published and collected it; empty for an older system of the bureau.
    source: String,
    imported_by: String,
    imported_at: String,
    /// Values that the file gave.
    file_values: i64,
    /// Records that were new with it.
    new_records: i64,
    /// The first of the record's rows in the file, the heading being row 1.
    row: Option<i64>,
    /// The start of the record's period.
    time: String,
    kind: &'static str,
    values: Vec<ImportedValueBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportSourceAnswer {
    import_source: ImportSourceBody,
}

/// Shows the file that an imported record comes from, and its row.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/import-source",
    tag = "data",
    params(("id" = i64, Path), ImportSourceQuery),
    responses(
        (status = 200, body = ImportSourceAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn load_import_source(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<ImportSourceQuery>,
) -> Result<Json<ImportSourceAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let of = (read_kind(&query.kind)?, read_time("time", &query.time)?);
    let about = (query.import_id, id);
    let found = find_import_source(&state.database, &directory, &actor, about, of).await?;
    let found = found.ok_or_else(|| {
        ApiProblem::not_found("No record of that time came with that import.".to_owned())
    })?;
    let point = directory.point(sites::PointId(id)).map(AsRef::as_ref);
    let values = found
        .record
        .readings
        .iter()
        .filter(|won| won.packet_id.import_id() == Some(query.import_id))
        .map(|won| {
            let code = &won.reading.code;
            let (name_zh, name_en) = factor_names(code);
            ImportedValueBody {
                factor_code: code.to_string(),
                name_zh,
                name_en,
                unit: unit_of(point, code),
                value: won
                    .reading
                    .main_value()
                    .map_or_else(String::new, |(_, value)| value.text().into_owned()),
                flag: won.reading.flag.as_deref().map(str::to_owned),
            }
        })
        .collect();
    let entry = found.entry;
    Ok(Json(ImportSourceAnswer {
        import_source: ImportSourceBody {
            import_id: entry.id,
            file_name: entry.file_name,
            file_sm3: entry.file_sm3,
            origin: entry.origin.as_str(),
            is_partial: entry.origin != ImportOrigin::OlderSystem,
            source: entry.source,
            imported_by: entry.author,
            imported_at: entry.at.to_string(),
            file_values: entry.rows,
            new_records: entry.records,
            row: found.row,
            time: found.record.time.to_string(),
            kind: found.record.kind.as_str(),
            values,
        },
    }))
}
