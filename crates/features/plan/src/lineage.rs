//! A computed measure opened: the days or sections that it is made of, down to the points whose own
//! verdicts open in turn.

use access::{Actor, Permission};
use city_plan::Statistic;
use database::Database;
use sites::Medium;
use verdicts::{AirYear, WaterYear, load_air_year, load_water_year};

use crate::PlanError;
use crate::follow::MeasuresContext;
use crate::measures::{list_computed, medium_of, place_of};
use crate::model::{ComputedMeasure, MeasureKey};
use crate::store::measures as store;

/// A measure of a year, with what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureYear {
    /// The measure as it stands; none while it waits to be computed.
    pub computed: Option<ComputedMeasure>,
    /// Its statistic.
    pub statistic: Statistic,
    /// The air of the year, where it is made of it.
    pub air: Option<AirYear>,
    /// The waters of the year, where it is made of them.
    pub water: Option<WaterYear>,
}

/// Opens a computed measure of a region and year. What a plan's figure is made of is as public as the
/// figure; the verdicts of single points are another matter.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::NotFound`] for a measure that is not computed for the region,
/// [`PlanError::Invalid`] for a year outside the plan.
pub async fn load_measure_year(
    context: &MeasuresContext<'_>,
    actor: &Actor,
    key: &MeasureKey,
) -> Result<MeasureYear, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let (base_year, _, last_year) = context.book.years();
    if !(base_year..=last_year).contains(&key.year) {
        return Err(PlanError::Invalid {
            field: "year",
            reason: format!("must lie between {base_year} and {last_year}"),
        });
    }
    let statistic = list_computed(context.book)
        .into_iter()
        .find(|(measure, _, regions)| {
            *measure == key.measure && regions.contains(key.region.as_str())
        })
        .map(|(_, statistic, _)| statistic.clone());
    let statistic = statistic.ok_or_else(|| PlanError::NotFound {
        what: "computed measure",
        key: key.measure.chars().take(60).collect(),
    })?;
    let place = place_of(&statistic, &key.region);
    let system = Actor::system("plan");
    let verdicts = &context.verdicts;
    let (mut air, mut water) = (None, None);
    if medium_of(statistic.kind) == Medium::Air {
        air = load_air_year(verdicts, &system, &place, key.year).await?;
    } else {
        water = load_water_year(verdicts, &system, &place, key.year).await?;
    }
    Ok(MeasureYear {
        computed: find(verdicts.database, key).await?,
        statistic,
        air,
        water,
    })
}

async fn find(database: &Database, key: &MeasureKey) -> Result<Option<ComputedMeasure>, PlanError> {
    let of_year = store::list(database, key.year, key.year).await?;
    Ok(of_year.into_iter().find(|one| one.key == *key))
}
