//! The register: regions, organisations, sites, points, devices, what each measures, its limits,
//! the layers of the map, and the files in which all of it comes and goes.
//!
//! A change gives the whole thing with the `revision` it was made on; when somebody else changed it
//! in between, the answer is `conflict`.

mod devices;
mod factors;
mod fields;
mod files;
mod limits;
mod map;
mod organisations;
mod places;
mod points;
mod regions;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

pub(crate) use places::SiteInput;
pub(crate) use points::PointInput;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(regions::routes())
        .merge(organisations::routes())
        .merge(places::routes())
        .merge(points::routes())
        .merge(factors::routes())
        .merge(limits::routes())
        .merge(devices::routes())
        .merge(files::routes())
        .merge(map::routes())
}

/// Which state of a thing is to be deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RevisionQuery {
    /// The revision that the caller saw.
    revision: i64,
}

/// Lets this process know of a change at once; the others notice it within seconds.
async fn publish(state: &ApiState) -> Result<(), crate::ApiProblem> {
    state.directory.reload_if_changed(&state.database).await?;
    Ok(())
}
