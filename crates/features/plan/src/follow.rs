//! Measures follow the verdicts: what has changed there goes into a queue of measures, and each of
//! these is computed again and written when it differs.

use std::collections::{BTreeMap, BTreeSet};

use access::Actor;
use city_plan::Statistic;
use database::Database;
use sites::{Medium, PointId};
use sm3::{Digest, Sm3};
use verdicts::{
    AirYear, VerdictsContext, WaterYear, list_year_changes, load_air_year, load_water_year,
    take_year_changes,
};

use crate::measures::{keys_of, list_computed, medium_of, nothing, of_air, of_water, place_of};
use crate::model::{ComputedMeasure, MeasureKey};
use crate::store::measures as store;
use crate::{PlanBook, PlanError};

/// The mark of the day on which measures were brought up to date last: with each day that is over the
/// year has one more, whether anything came in or not.
const DAY_MARK: &str = "";

/// What measures are computed with.
#[derive(Debug, Clone, Copy)]
pub struct MeasuresContext<'a> {
    /// The verdicts and what they are computed with.
    pub verdicts: VerdictsContext<'a>,
    /// The plan.
    pub book: &'a PlanBook,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FollowedMeasures {
    /// Changes of verdicts that were taken in.
    pub taken: usize,
    /// Measures computed again.
    pub computed: usize,
    /// Those of them that were not what they had been.
    pub written: usize,
}

/// Takes in what of the verdicts has changed, at most so many changes, and computes at most so many
/// measures of the queue again. Only one may run at a time.
///
/// # Errors
/// [`PlanError`]; what waited then still waits.
pub async fn follow_measures(
    context: &MeasuresContext<'_>,
    most: u32,
) -> Result<FollowedMeasures, PlanError> {
    mark_definitions(context).await?;
    mark_day(context).await?;
    let taken = take_in(context, most).await?;
    let (computed, written) = compute_waiting(context, most).await?;
    Ok(FollowedMeasures {
        taken,
        computed,
        written,
    })
}

/// Puts all measures into the queue: they are computed anew by the runs that follow.
///
/// # Errors
/// [`PlanError::Database`].
pub async fn mark_all(context: &MeasuresContext<'_>) -> Result<(), PlanError> {
    let keys: Vec<MeasureKey> = list_computed(context.book)
        .into_iter()
        .flat_map(|(measure, _, regions)| keys_of(context.book, measure, &regions))
        .collect();
    let mut transaction = context.verdicts.database.begin().await?;
    store::put_dirty(&mut transaction, &keys).await?;
    transaction.commit().await?;
    Ok(())
}

fn facts_of(statistic: &Statistic, regions: &BTreeSet<&str>) -> String {
    let mut hasher = Sm3::new();
    hasher.update(format!("{statistic:?} {regions:?}"));
    let hash: [u8; 32] = hasher.finalize().into();
    let first = hash.first_chunk::<8>().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// Measures that are defined otherwise than when they were computed go into the queue; what is not
/// computed any more is taken away.
async fn mark_definitions(context: &MeasuresContext<'_>) -> Result<(), PlanError> {
    let database = context.verdicts.database;
    let mut marks: BTreeMap<String, String> =
        store::list_marks(database).await?.into_iter().collect();
    marks.remove(DAY_MARK);
    for (measure, statistic, regions) in list_computed(context.book) {
        let facts = format!(
            "{} {:?}",
            facts_of(statistic, &regions),
            context.book.years()
        );
        if marks.remove(measure).as_ref() == Some(&facts) {
            continue;
        }
        let mut transaction = database.begin().await?;
        store::delete_all_of(&mut transaction, measure).await?;
        let keys = keys_of(context.book, measure, &regions);
        store::put_dirty(&mut transaction, &keys).await?;
        store::put_mark(&mut transaction, measure, &facts).await?;
        transaction.commit().await?;
    }
    for measure in marks.keys() {
        let mut transaction = database.begin().await?;
        store::delete_all_of(&mut transaction, measure).await?;
        store::delete_mark(&mut transaction, measure).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// On the first run of a day, the measures of the year that the day before belongs to go into the
/// queue.
async fn mark_day(context: &MeasuresContext<'_>) -> Result<(), PlanError> {
    let database = context.verdicts.database;
    let today = context.verdicts.now.stat_day();
    let facts = today.number().to_string();
    let marks = store::list_marks(database).await?;
    if marks.contains(&(DAY_MARK.to_owned(), facts.clone())) {
        return Ok(());
    }
    let year = i32::from(today.plus(-1).date().year());
    let keys: Vec<MeasureKey> = list_computed(context.book)
        .into_iter()
        .flat_map(|(measure, _, regions)| keys_of(context.book, measure, &regions))
        .filter(|key| key.year == year)
        .collect();
    let mut transaction = database.begin().await?;
    store::put_dirty(&mut transaction, &keys).await?;
    store::put_mark(&mut transaction, DAY_MARK, &facts).await?;
    transaction.commit().await?;
    Ok(())
}

/// Turns changed years of points into measures of the queue.
async fn take_in(context: &MeasuresContext<'_>, most: u32) -> Result<usize, PlanError> {
    let database = context.verdicts.database;
    let changes = list_year_changes(database, most).await?;
    if changes.is_empty() {
        return Ok(0);
    }
    let touched: BTreeSet<(i64, i32)> = changes
        .iter()
        .map(|change| (change.point_id, change.year))
        .collect();
    let mut keys: BTreeSet<MeasureKey> = BTreeSet::new();
    for (measure, statistic, regions) in list_computed(context.book) {
        for key in keys_of(context.book, measure, &regions) {
            let place = place_of(statistic, &key.region);
            let is_touched = touched.iter().any(|(point_id, year)| {
                *year == key.year
                    && context
                        .verdicts
                        .directory
                        .point(PointId(*point_id))
                        .is_some_and(|point| {
                            point.details.medium == medium_of(statistic.kind) && place.holds(point)
                        })
            });
            if is_touched {
                keys.insert(key);
            }
        }
    }
    let mut transaction = database.begin().await?;
    store::put_dirty(&mut transaction, &keys).await?;
    take_year_changes(&mut transaction, &changes).await?;
    transaction.commit().await?;
    Ok(changes.len())
}

/// The years of places that were loaded in a run: several measures are made from one.
#[derive(Default)]
struct Loaded {
    air: BTreeMap<String, Option<AirYear>>,
    water: BTreeMap<String, Option<WaterYear>>,
}

impl Loaded {
    async fn compute(
        &mut self,
        context: &MeasuresContext<'_>,
        key: &MeasureKey,
        statistic: &Statistic,
    ) -> Result<ComputedMeasure, PlanError> {
        let actor = Actor::system("plan");
        let place = place_of(statistic, &key.region);
        let name = format!("{} {place:?}", key.year);
        let verdicts = &context.verdicts;
        let computed = if medium_of(statistic.kind) == Medium::Air {
            if !self.air.contains_key(&name) {
                let air = load_air_year(verdicts, &actor, &place, key.year).await?;
                self.air.insert(name.clone(), air);
            }
            let air = self.air.get(&name).and_then(Option::as_ref);
            air.map(|air| of_air(key, statistic, air))
        } else {
            if !self.water.contains_key(&name) {
                let water = load_water_year(verdicts, &actor, &place, key.year).await?;
                self.water.insert(name.clone(), water);
            }
            let water = self.water.get(&name).and_then(Option::as_ref);
            water.map(|water| of_water(key, statistic, water))
        };
        Ok(ComputedMeasure {
            computed_at: verdicts.now,
            ..computed.unwrap_or_else(|| nothing(key, statistic))
        })
    }
}

/// Computes measures of the queue; says how many, and how many were not what they had been.
async fn compute_waiting(
    context: &MeasuresContext<'_>,
    most: u32,
) -> Result<(usize, usize), PlanError> {
    let database = context.verdicts.database;
    let mut waiting: BTreeMap<MeasureKey, Vec<i64>> = BTreeMap::new();
    for (id, key) in store::list_dirty(database, most).await? {
        waiting.entry(key).or_default().push(id);
    }
    if waiting.is_empty() {
        return Ok((0, 0));
    }
    let (base_year, _, last_year) = context.book.years();
    let stored = list_stored(database, base_year, last_year).await?;
    let mut loaded = Loaded::default();
    let mut news = Vec::new();
    for key in waiting.keys() {
        let statistic = context
            .book
            .find_measure(&key.measure)
            .and_then(|measure| measure.statistic.as_ref());
        let Some(statistic) = statistic else { continue };
        let computed = loaded.compute(context, key, statistic).await?;
        if stored.get(key).is_none_or(|old| differs(old, &computed)) {
            news.push(computed);
        }
    }
    let mut transaction = database.begin().await?;
    for computed in &news {
        store::put(&mut transaction, computed).await?;
    }
    for ids in waiting.values() {
        store::delete_dirty(&mut transaction, ids).await?;
    }
    transaction.commit().await?;
    Ok((waiting.len(), news.len()))
}

async fn list_stored(
    database: &Database,
    first_year: i32,
    last_year: i32,
) -> Result<BTreeMap<MeasureKey, ComputedMeasure>, PlanError> {
    Ok(store::list(database, first_year, last_year)
        .await?
        .into_iter()
        .map(|one| (one.key.clone(), one))
        .collect())
}

/// Whether two are not the same, whenever they were computed.
fn differs(old: &ComputedMeasure, new: &ComputedMeasure) -> bool {
    let same_time = ComputedMeasure {
        computed_at: old.computed_at,
        ..new.clone()
    };
    *old != same_time
}
