//! Records of an older system from a file: checked row by row, taken all or not at all, and marked
//! for what they are in every layer.

mod columns;
mod origin;
mod problem;
mod read;
mod span;

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, StatDay, Timestamp};
use database::{Database, Transaction, audit};
use sites::{DeviceDirectory, PeriodLabel};
use tokio::sync::mpsc;

use crate::changes::{ChangeCause, HourChange};
use crate::retention::Removals;
use crate::store::{changes, imports as store, rates, records};
use crate::{
    FactorReading, InterpretedRecord, MonitoringError, PacketId, Payload, RecordKind, RecordMarks,
    statistics,
};

pub use columns::{IMPORT_COLUMNS, ImportColumn};
pub use origin::{
    ImportEntry, ImportOrigin, ImportSource, PointOrigin, find_import_source, list_point_origins,
};
pub use problem::{ImportProblem, ImportProblemKind};
use read::{Checked, RowReader};
pub(crate) use span::ImportSpan;
use span::Spans;

/// Records written with one statement.
const MOST_WAITING: usize = 2_000;
/// Rows of one file at the most: for each, eight bytes are kept to find rows that come twice.
const MOST_ROWS: u64 = 20_000_000;
/// Problems that are named.
pub const MOST_PROBLEMS: usize = 1_000;

/// A row of a file as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The row as a person counts; the heading is row 1.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why it could not be read as a row of the table.
    pub defect: Option<ImportProblemKind>,
}

/// The file that records come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    /// Its name.
    pub name: String,
    /// SM3 of its content, hexadecimal.
    pub sm3: String,
    /// What the times of periods name in it.
    pub label: PeriodLabel,
    /// What kind of figures it holds.
    pub origin: ImportOrigin,
    /// Who published and collected it; empty for an older system of the bureau.
    pub source: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// Rows read.
    pub rows: u64,
    /// Records that they make: factors of one point, kind and time that stand together are one.
    pub records: u64,
    /// Records that were not there yet; 0 when nothing was written.
    pub new_records: u64,
    /// The first and the last time.
    pub times: Option<(Timestamp, Timestamp)>,
    /// What is wrong, by row; at most [`MOST_PROBLEMS`].
    pub problems: Vec<ImportProblem>,
    /// How many problems there are in all.
    pub problem_count: u64,
    /// The number of the import that was made, or of the earlier one of the same file.
    pub import_id: Option<i64>,
    /// When the same file was imported before; nothing was done then.
    pub imported_before: Option<Timestamp>,
}

impl ImportSummary {
    fn put(&mut self, problem: ImportProblem) {
        self.problem_count += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn see(&mut self, time: Timestamp) {
        self.times = Some(self.times.map_or((time, time), |(first, last)| {
            (first.min(time), last.max(time))
        }));
    }
}

/// Reads all rows and says what is wrong with them; changes nothing.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Invalid`] for a heading that misses a column or
/// has one that is not known.
pub async fn check_import(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (file, heading): (&ImportFile, &[String]),
    rows: mpsc::Receiver<ImportRow>,
) -> Result<ImportSummary, MonitoringError> {
    let mut import = Import::begin(database, directory, (clock, actor), file, heading).await?;
    if import.summary.imported_before.is_none() {
        import.take(rows, None).await?;
    }
    Ok(import.summary)
}

/// Imports all rows in one transaction, or none when anything is wrong with one of them. Derived
/// figures and rates follow; nothing is called as if it had been measured now.
///
/// # Errors
/// As [`check_import`], and [`MonitoringError::Database`]; nothing is written then.
pub async fn import_records(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (file, heading): (&ImportFile, &[String]),
    rows: mpsc::Receiver<ImportRow>,
) -> Result<ImportSummary, MonitoringError> {
    let mut import = Import::begin(database, directory, (clock, actor), file, heading).await?;
    if import.summary.imported_before.is_some() {
        return Ok(import.summary);
    }
    let mut transaction = database.begin().await?;
    let id = store::insert(&mut transaction, file, &actor.name, import.now).await?;
    import.take(rows, Some((id, &mut transaction))).await?;
    let mut summary = import.summary;
    if summary.problem_count > 0 {
        transaction.rollback().await?;
        summary.new_records = 0;
        return Ok(summary);
    }
    summary.import_id = Some(id);
    store::finish(&mut transaction, id, &summary).await?;
    let entry = AuditEntry::new(actor, "monitoring.import_records", format!("import:{id}")).after(
        serde_json::json!({
            "file": file.name,
            "sm3": file.sm3,
            "rows": summary.rows,
            "new_records": summary.new_records,
        })
        .to_string(),
    );
    audit::append(&mut transaction, import.now, entry).await?;
    transaction.commit().await?;
    Ok(summary)
}

/// An import under way.
struct Import<'a> {
    reader: RowReader<'a>,
    now: Timestamp,
    removals: Removals,
    summary: ImportSummary,
    /// A digest of point, kind, time and factor of each row.
    seen: HashSet<u64>,
    /// The record whose rows are being read.
    open: Option<OpenRecord>,
    waiting: Vec<InterpretedRecord>,
    spans: Spans,
}

struct OpenRecord {
    key: (i64, RecordKind, Timestamp),
    /// The first of its rows.
    row: u64,
    readings: Vec<FactorReading>,
}

impl<'a> Import<'a> {
    async fn begin(
        database: &Database,
        directory: &'a DeviceDirectory,
        (clock, actor): (&dyn Clock, &Actor),
        file: &ImportFile,
        heading: &[String],
    ) -> Result<Self, MonitoringError> {
        actor.check(Permission::ReviewData)?;
        let reader = RowReader::new(directory, actor, heading, file.label)?;
        let mut summary = ImportSummary::default();
        if let Some((id, at)) = store::find(database, &file.sm3).await? {
            summary.import_id = Some(id);
            summary.imported_before = Some(at);
        }
        Ok(Self {
            reader,
            now: clock.now(),
            removals: Removals::load(database).await?,
            summary,
            seen: HashSet::new(),
            open: None,
            waiting: Vec::new(),
            spans: Spans::default(),
        })
    }

    async fn take(
        &mut self,
        mut rows: mpsc::Receiver<ImportRow>,
        mut into: Option<(i64, &mut Transaction)>,
    ) -> Result<(), MonitoringError> {
        while let Some(row) = rows.recv().await {
            self.summary.rows += 1;
            if self.summary.rows > MOST_ROWS {
                self.summary.put(ImportProblem {
                    row: row.number,
                    column: "",
                    kind: ImportProblemKind::TooManyRows { most: MOST_ROWS },
                });
                break;
            }
            match self.check(&row) {
                Ok(checked) => self.join(row.number, checked),
                Err(problem) => self.summary.put(problem),
            }
            if self.waiting.len() >= MOST_WAITING {
                self.write(into.as_mut()).await?;
                let closed = self.spans.take_closed();
                self.write_spans(into.as_mut(), &closed).await?;
            }
        }
        self.close();
        self.write(into.as_mut()).await?;
        let rest = self.spans.take_all();
        self.write_spans(into.as_mut(), &rest).await
    }

    /// Writes which rows the records stand in.
    async fn write_spans(
        &self,
        into: Option<&mut (i64, &mut Transaction)>,
        spans: &[ImportSpan],
    ) -> Result<(), MonitoringError> {
        let Some((id, transaction)) = into.filter(|_| self.summary.problem_count == 0) else {
            return Ok(());
        };
        store::insert_spans(transaction, *id, spans).await
    }

    fn check(&mut self, row: &ImportRow) -> Result<Checked, ImportProblem> {
        let problem = |column, kind| {
            Err(ImportProblem {
                row: row.number,
                column,
                kind,
            })
        };
        if let Some(defect) = &row.defect {
            return problem("", defect.clone());
        }
        let checked = self.reader.read(row)?;
        if checked.time > self.now {
            return problem("time", ImportProblemKind::InTheFuture);
        }
        if self.removals.has(checked.kind, checked.time) {
            return problem("time", ImportProblemKind::BeyondRetention);
        }
        let mut hasher = DefaultHasher::new();
        let key = (checked.point_id, checked.kind, checked.time.epoch_ms());
        (key, &checked.reading.code).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return problem("time", ImportProblemKind::Twice);
        }
        Ok(checked)
    }

    /// Rows of one record stand together; where they do not, readers join them.
    fn join(&mut self, row: u64, checked: Checked) {
        let key = (checked.point_id, checked.kind, checked.time);
        if self.open.as_ref().is_some_and(|open| open.key != key) {
            self.close();
        }
        self.summary.see(checked.time);
        self.open
            .get_or_insert_with(|| OpenRecord {
                key,
                row,
                readings: Vec::new(),
            })
            .readings
            .push(checked.reading);
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let (point_id, kind, time) = open.key;
        self.spans.put(point_id, kind, time, open.row);
        self.summary.records += 1;
        self.waiting.push(InterpretedRecord {
            point_id,
            device_id: 0,
            kind,
            time,
            received_at: self.now,
            packet_id: PacketId(0),
            marks: RecordMarks {
                is_late: true,
                ..RecordMarks::default()
            },
            payload: Payload::encode(open.readings),
        });
    }

    /// Writes what waits, unless nothing is to be written any more.
    async fn write(
        &mut self,
        into: Option<&mut (i64, &mut Transaction)>,
    ) -> Result<(), MonitoringError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let Some((id, transaction)) = into.filter(|_| self.summary.problem_count == 0) else {
            return Ok(());
        };
        let (mut periods, mut days) = (BTreeSet::new(), BTreeSet::new());
        for record in &mut waiting {
            record.packet_id = PacketId::of_import(*id);
            days.insert((record.time.stat_day().number(), record.point_id));
            if let Some((kind, time)) = statistics::find_derived(record.kind, record.time) {
                periods.insert((kind.code(), time.epoch_ms(), record.point_id));
            }
        }
        periods.retain(|(kind, time_ms, _)| {
            !statistics::has_lost_sources(&self.removals, *kind, *time_ms)
        });
        // version 0 is below that of every packet with a number: what a device sent counts more
        let mut rows: Vec<_> = waiting
            .iter()
            .map(|record| (record, (0, record.payload.digest())))
            .collect();
        rows.sort_by_key(|(record, key)| (record.kind, record.time, record.point_id, *key));
        self.summary.new_records += records::insert_records(transaction, &rows).await?;
        let periods: Vec<_> = periods.into_iter().collect();
        records::put_dirty(transaction, &periods).await?;
        let changed: BTreeSet<(i64, i64)> = waiting
            .iter()
            // a day that has no hours is followed by its own record
            .filter(|record| matches!(record.kind, RecordKind::Hour | RecordKind::Day))
            .map(|record| (record.point_id, record.time.stat_day().number()))
            .collect();
        // by whole days: an import is long
        let changed: Vec<_> = changed
            .into_iter()
            .map(|(point_id, day)| HourChange {
                id: 0,
                point_id,
                from: StatDay::from_number(day).start(),
                to: StatDay::from_number(day).end(),
                cause: ChangeCause::Packet(PacketId::of_import(*id)),
            })
            .collect();
        changes::insert(transaction, &changed).await?;
        let days: Vec<_> = days.into_iter().collect();
        rates::put_dirty(transaction, &days).await
    }
}
