//! Which rows of a file the records of an import stand in, kept as runs: a file of hours has a few
//! of them, whatever its length.

use std::collections::BTreeMap;

use beijing_time::Timestamp;

use crate::RecordKind;

/// Records of a point and kind that follow one another at the same step, in rows that do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImportSpan {
    pub(crate) point_id: i64,
    pub(crate) kind: RecordKind,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// 0 for a single record.
    pub(crate) step_ms: i64,
    pub(crate) first_row: i64,
    pub(crate) row_step: i64,
}

impl ImportSpan {
    /// The row of the record of a time, if it is one of the run.
    pub(crate) fn row_of(&self, time: Timestamp) -> Option<i64> {
        if time == self.first {
            return Some(self.first_row);
        }
        let apart = time.ms_since(self.first);
        if self.step_ms <= 0 || apart < 0 || time > self.last || apart % self.step_ms != 0 {
            return None;
        }
        Some(self.first_row + apart / self.step_ms * self.row_step)
    }

    /// Takes a record into the run, if it follows.
    fn follow(&mut self, time: Timestamp, row: i64) -> bool {
        let apart = time.ms_since(self.last);
        if apart <= 0 {
            return false;
        }
        let last_row = self.row_of(self.last).unwrap_or(self.first_row);
        let rows = row - last_row;
        if self.step_ms == 0 {
            self.step_ms = apart;
            self.row_step = rows;
        } else if (apart, rows) != (self.step_ms, self.row_step) {
            return false;
        }
        self.last = time;
        true
    }
}

/// Gathers runs while a file is read.
#[derive(Debug, Default)]
pub(super) struct Spans {
    open: BTreeMap<(i64, RecordKind), ImportSpan>,
    closed: Vec<ImportSpan>,
}

impl Spans {
    /// Takes in a record and the first of its rows.
    pub(super) fn put(&mut self, point_id: i64, kind: RecordKind, time: Timestamp, row: u64) {
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        let new = ImportSpan {
            point_id,
            kind,
            first: time,
            last: time,
            step_ms: 0,
            first_row: row,
            row_step: 0,
        };
        let span = self.open.entry((point_id, kind)).or_insert(new);
        if *span != new && !span.follow(time, row) {
            self.closed.push(std::mem::replace(span, new));
        }
    }

    /// The runs that are complete.
    pub(super) fn take_closed(&mut self) -> Vec<ImportSpan> {
        std::mem::take(&mut self.closed)
    }

    /// All that is left, at the end of the file.
    pub(super) fn take_all(&mut self) -> Vec<ImportSpan> {
        let mut all = self.take_closed();
        all.extend(std::mem::take(&mut self.open).into_values());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_epoch_ms(number * 3_600_000)
    }

    /// Point, hour and row of each record.
    fn spans(records: &[(i64, i64, u64)]) -> Vec<ImportSpan> {
        let mut spans = Spans::default();
        for (point, number, row) in records {
            spans.put(*point, RecordKind::Hour, hour(*number), *row);
        }
        spans.take_all()
    }

    fn find(spans: &[ImportSpan], point: i64, number: i64) -> Vec<i64> {
        spans
            .iter()
            .filter(|span| span.point_id == point)
            .filter_map(|span| span.row_of(hour(number)))
            .collect()
    }

    #[test]
    fn a_file_of_hours_is_one_run_for_each_point_and_a_gap_begins_another() {
        // two points, their rows in turn, an hour missing of the first
        let mut records = Vec::new();
        let mut row = 2;
        for number in 0..10 {
            for point in [1, 2] {
                if (point, number) != (1, 4) {
                    records.push((point, number, row));
                }
                row += 1;
            }
        }
        let all = spans(&records);
        assert_eq!(all.len(), 3);
        for (point, number, row) in &records {
            assert_eq!(find(&all, *point, *number), [i64::try_from(*row).unwrap()]);
        }
        assert!(find(&all, 1, 4).is_empty());
        assert!(find(&all, 2, 10).is_empty());
    }

    #[test]
    fn rows_in_no_order_are_found_too() {
        let records = [(1, 5, 2), (1, 3, 3), (1, 9, 4), (1, 10, 9), (1, 4, 10)];
        let all = spans(&records);
        for (point, number, row) in &records {
            assert_eq!(find(&all, *point, *number), [i64::try_from(*row).unwrap()]);
        }
    }
}
