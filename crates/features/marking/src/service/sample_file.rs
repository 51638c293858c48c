//! Manual samples from a file: all of it, or nothing when anything is wrong with it.

use access::Actor;
use beijing_time::{Clock, Timestamp};
use database::Database;
use sites::{DeviceDirectory, DirectoryPoint, TableRow};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::samples::{add, check_may_enter, check_sample};
use crate::MarkingError;
use crate::error::invalid;
use crate::model::{NewSample, Sample, SampleImport, SampleOrigin, SampleProblem};
use crate::store::sample as store;

/// The headings of a file of samples, in Chinese and in English; the first five are needed.
pub const SAMPLE_COLUMNS: [(&str, &str); 8] = [
    ("站点编码", "site_code"),
    ("点位编码", "point_code"),
    ("因子编码", "factor_code"),
    ("采样时间", "sampled_at"),
    ("监测值", "value"),
    ("监测方法", "method"),
    ("监测单位", "laboratory"),
    ("备注", "note"),
];
const NEEDED: usize = 5;
/// The most rows of one file.
const MOST_ROWS: usize = 20_000;
/// The most problems that are told.
const MOST_PROBLEMS: usize = 1000;

/// Says what an import would do; nothing is changed.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::File`], [`MarkingError::Invalid`].
pub async fn check_samples(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    rows: &[TableRow],
) -> Result<SampleImport, MarkingError> {
    let (report, _samples) = read(database, directory, actor, (rows, clock.now())).await?;
    Ok(report)
}

/// Imports samples when nothing is wrong with any row.
///
/// # Errors
/// As [`check_samples`].
pub async fn import_samples(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    rows: &[TableRow],
) -> Result<SampleImport, MarkingError> {
    let now = clock.now();
    let (mut report, samples) = read(database, directory, actor, (rows, now)).await?;
    if !report.problems.is_empty() {
        return Ok(report);
    }
    let mut transaction = database.begin().await?;
    for sample in &samples {
        if !add(&mut transaction, actor, sample).await? {
            // entered by somebody else since it was looked for
            return Err(MarkingError::SampleTaken {
                factor_code: sample.new.factor_code.clone(),
                at: sample.new.sampled_at,
            });
        }
    }
    transaction.commit().await?;
    report.is_applied = true;
    Ok(report)
}

async fn read(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    (rows, now): (&[TableRow], Timestamp),
) -> Result<(SampleImport, Vec<Sample>), MarkingError> {
    check_may_enter(actor)?;
    let Some((heading, rows)) = rows.split_first() else {
        return Err(invalid("file", "has no rows"));
    };
    if rows.len() > MOST_ROWS {
        return Err(invalid("file", format!("has more than {MOST_ROWS} rows")));
    }
    let places = find_places(heading)?;
    let points: BTreeMap<(&str, &str), &DirectoryPoint> = directory
        .points()
        .filter(|point| point.is_covered_by(&actor.scope))
        .map(|point| {
            let codes = (point.site.code.as_str(), point.details.code.as_str());
            (codes, point.as_ref())
        })
        .collect();
    let mut report = SampleImport {
        rows: rows.len(),
        ..SampleImport::default()
    };
    let mut read = Vec::new();
    let mut seen: BTreeMap<(i64, String, i64), u32> = BTreeMap::new();
    for row in rows {
        match read_row((row, &places), &points, (actor, now)) {
            Ok(sample) => {
                let new = &sample.new;
                let key = (
                    new.point_id,
                    new.factor_code.clone(),
                    new.sampled_at.epoch_ms(),
                );
                if let Some(other) = seen.insert(key, row.number) {
                    report.problems.push(twice(row.number, other));
                } else {
                    read.push((row.number, sample));
                }
            }
            Err(problem) => report.problems.push(problem),
        }
    }
    let kept = load_kept(database, &read).await?;
    let mut samples = Vec::new();
    for (number, sample) in read {
        let new = &sample.new;
        let key = (
            new.point_id,
            new.factor_code.clone(),
            new.sampled_at.epoch_ms(),
        );
        match kept.get(&key) {
            None => samples.push(sample),
            Some(value) if *value == new.value => report.unchanged += 1,
            Some(value) => report.problems.push(differs(number, value)),
        }
    }
    report.created = samples.len();
    report.problems.sort_by_key(|problem| problem.row);
    report.problems.truncate(MOST_PROBLEMS);
    Ok((report, samples))
}

/// The values that stand for the points and times of a file.
async fn load_kept(
    database: &Database,
    read: &[(u32, Sample)],
) -> Result<BTreeMap<(i64, String, i64), String>, MarkingError> {
    let mut spans: BTreeMap<i64, (Timestamp, Timestamp)> = BTreeMap::new();
    for (_, sample) in read {
        let at = sample.new.sampled_at;
        let span = spans
            .entry(sample.new.point_id)
            .or_insert((at, at.plus_ms(1)));
        *span = (span.0.min(at), span.1.max(at.plus_ms(1)));
    }
    let mut kept = BTreeMap::new();
    for (point_id, span) in spans {
        for sample in store::list_standing(database, point_id, span).await? {
            let new = sample.new;
            let key = (point_id, new.factor_code, new.sampled_at.epoch_ms());
            kept.insert(key, new.value);
        }
    }
    Ok(kept)
}

/// Where each column stands.
fn find_places(heading: &TableRow) -> Result<[Option<usize>; 8], MarkingError> {
    let mut places = [None; 8];
    for (index, cell) in heading.cells.iter().enumerate() {
        let text = cell.as_deref().unwrap_or_default().trim_end_matches('*');
        let known = SAMPLE_COLUMNS
            .iter()
            .position(|(zh, en)| text == *zh || text.eq_ignore_ascii_case(en));
        if let Some(place) = known.and_then(|known| places.get_mut(known)) {
            *place = Some(index);
        }
    }
    let missing: Vec<&str> = SAMPLE_COLUMNS
        .iter()
        .zip(&places)
        .take(NEEDED)
        .filter(|(_, place)| place.is_none())
        .map(|((zh, _), _)| *zh)
        .collect();
    if missing.is_empty() {
        return Ok(places);
    }
    let reason = format!("the first row has no column {}", missing.join("、"));
    Err(invalid("file", reason))
}

fn problem(
    row: u32,
    column: usize,
    code: &'static str,
    (zh, en): (String, String),
) -> SampleProblem {
    SampleProblem {
        row,
        column: SAMPLE_COLUMNS.get(column).map_or("", |(zh, _)| zh),
        code,
        detail_zh: zh,
        detail_en: en,
    }
}

fn twice(row: u32, other: u32) -> SampleProblem {
    let words = (
        format!("与第 {other} 行重复：同一点位、因子和采样时间"),
        format!("is the same point, factor and time as row {other}"),
    );
    SampleProblem {
        column: "",
        ..problem(row, 0, "twice", words)
    }
}

fn differs(row: u32, kept: &str) -> SampleProblem {
    let words = (
        format!("已有监测值 {kept}；更正请先撤回原值"),
        format!("there is {kept} already; withdraw it first to correct it"),
    );
    problem(row, 4, "differs", words)
}

fn read_row(
    (row, places): (&TableRow, &[Option<usize>; 8]),
    points: &BTreeMap<(&str, &str), &DirectoryPoint>,
    (actor, now): (&Actor, Timestamp),
) -> Result<Sample, SampleProblem> {
    let mut texts: [&str; 8] = [""; 8];
    for (column, (text, place)) in texts.iter_mut().zip(places).enumerate() {
        let cell = place.and_then(|place| row.cells.get(place));
        match cell {
            Some(Ok(found)) => *text = found,
            Some(Err(kind)) => {
                let words = (kind.chinese(), kind.english());
                return Err(problem(row.number, column, kind.code(), words));
            }
            None => {}
        }
        if text.is_empty() && column < NEEDED {
            let words = ("不能为空".to_owned(), "must not be empty".to_owned());
            return Err(problem(row.number, column, "empty", words));
        }
    }
    let [site, point, factor, at, value, method, laboratory, note] = texts;
    let point = points.get(&(site, point)).ok_or_else(|| {
        let words = (
            "没有此点位，或不在您的管理范围".to_owned(),
            "there is no such point in your part of the city".to_owned(),
        );
        problem(row.number, 1, "no_such_point", words)
    })?;
    let sampled_at = at
        .replace('/', "-")
        .parse::<Timestamp>()
        .map_err(|_unreadable| {
            let words = (
                "不是时间，应如 2026-11-26 08:00".to_owned(),
                "is no time such as 2026-11-26 08:00".to_owned(),
            );
            problem(row.number, 3, "not_a_time", words)
        })?;
    let new = NewSample {
        id: Uuid::now_v7(),
        point_id: point.id.0,
        factor_code: factor.to_owned(),
        sampled_at,
        value: value.to_owned(),
        method: method.to_owned(),
        laboratory: laboratory.to_owned(),
        note: note.to_owned(),
    };
    check_sample(point, actor, now, (new, SampleOrigin::File)).map_err(|error| {
        let (field, reason) = match error {
            MarkingError::Invalid { field, reason } => (field, reason),
            other => ("", other.to_string()),
        };
        let column = SAMPLE_COLUMNS
            .iter()
            .position(|(_, en)| *en == field)
            .unwrap_or(SAMPLE_COLUMNS.len());
        let chinese = match field {
            "factor_code" => "该点位不监测此因子".to_owned(),
            "sampled_at" => "采样时间在将来，或早于 400 天".to_owned(),
            "value" => "不是不小于 0、15 位以内的数值".to_owned(),
            _ => "超过 200 字".to_owned(),
        };
        problem(row.number, column, "invalid", (chinese, reason))
    })
}
