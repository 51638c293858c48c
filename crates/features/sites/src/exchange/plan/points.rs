//! Plans points, what they measure and their limits.

use super::{Change, Planned, Planner};
use crate::error::ProblemKind;
use crate::exchange::Sheet;
use crate::exchange::tables::SheetRow;
use crate::exchange::world::World;
use crate::model::{
    FactorDetails, FactorId, FactorLimit, LimitDetails, LimitId, LimitOrigin, LimitStatistic,
    Medium, PeriodLabel, Point, PointDetails, PointFactor, PointId, RecordKind, Timetable,
};
use crate::rules;

impl Planner<'_> {
    pub(super) fn plan_points(&mut self, rows: &[SheetRow]) {
        for row in rows {
            if self.plan_point(row).is_none() {
                self.skip(Sheet::Points);
            }
        }
    }

    fn plan_point(&mut self, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Points;
        let mut reader = self.reader(sheet, row);
        let site_code = reader.required("site_code");
        let code = reader.required("code")?;
        let site_code = site_code?;
        let Some(site) = self.world.sites.get(&site_code) else {
            let kind = ProblemKind::Unknown { key: site_code };
            self.wrong(sheet, row, "site_code", kind);
            return None;
        };
        let site_id = site.id;
        let is_within = World::covers_site(self.actor, site);
        if !self.is_first(sheet, row, "code", format!("{site_code} {code}")) {
            return None;
        }
        let old = self.world.points.get(&(site_id, code.clone())).cloned();
        let details = self.read_point(row, code, old.as_ref().map(|old| &old.details));
        let problems = rules::check_point(&details);
        self.problems.add_fields(sheet, row.number, problems);
        let revision = old.as_ref().map(|old| old.revision);
        let id = match &old {
            Some(old) => old.id,
            None => PointId(self.new_identifier()),
        };
        let change = (old.as_ref().map(|old| &old.details) != Some(&details))
            .then(|| Change::Point(id, revision, site_id, details.clone()));
        if change.is_some() && !is_within {
            self.wrong(sheet, row, "site_code", ProblemKind::OutsideScope);
        }
        self.add(sheet, row, revision, change);
        self.world.put_point(Point {
            id,
            site_id,
            revision: revision.unwrap_or_default(),
            details,
        });
        Some(())
    }

    fn read_point(
        &mut self,
        row: &SheetRow,
        code: String,
        old: Option<&PointDetails>,
    ) -> PointDetails {
        let mut reader = self.reader(Sheet::Points, row);
        reader.required("medium");
        let times = old.map(|old| old.timetable);
        PointDetails {
            code,
            medium: reader.word("medium", old.map(|old| old.medium), Medium::Other),
            name_zh: reader.text("name_zh", old.map(|old| old.name_zh.as_str())),
            name_en: reader.text("name_en", old.map(|old| old.name_en.as_str())),
            position: reader.position(old.and_then(|old| old.position)),
            period_label: reader.word(
                "period_label",
                old.map(|old| old.period_label),
                PeriodLabel::Start,
            ),
            timetable: Timetable {
                realtime_interval_s: reader.number(
                    "realtime_interval_s",
                    times.and_then(|times| times.realtime_interval_s),
                    None,
                ),
                minute_interval_min: reader.number(
                    "minute_interval_min",
                    times.and_then(|times| times.minute_interval_min),
                    None,
                ),
                is_hour_expected: reader.yes_no(
                    "is_hour_expected",
                    times.map(|times| times.is_hour_expected),
                    true,
                ),
                is_day_expected: reader.yes_no(
                    "is_day_expected",
                    times.map(|times| times.is_day_expected),
                    true,
                ),
            },
            is_enabled: reader.yes_no("is_enabled", old.map(|old| old.is_enabled), true),
        }
    }

    pub(super) fn plan_factors(&mut self, rows: &[SheetRow]) {
        for row in rows {
            if self.plan_factor(row).is_none() {
                self.skip(Sheet::Factors);
            }
        }
    }

    fn plan_factor(&mut self, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Factors;
        let point_id = self.find_point(sheet, row, "point_code")?;
        let factor_code = self.reader(sheet, row).required("factor_code")?;
        let key = format!("{point_id} {factor_code}");
        if !self.is_first(sheet, row, "factor_code", key) {
            return None;
        }
        let key = (point_id, factor_code.clone());
        let old = self.world.factors.get(&key).cloned();
        let kept = old.as_ref().map(|old| &old.details);
        let mut reader = self.reader(sheet, row);
        let details = FactorDetails {
            factor_code,
            unit: reader.text("unit", kept.map(|old| old.unit.as_str())),
            decimals: reader
                .number("decimals", kept.map(|old| old.decimals), Some(2))
                .unwrap_or(2),
            sort_order: reader
                .number("sort_order", kept.map(|old| old.sort_order), Some(0))
                .unwrap_or(0),
            is_expected: reader.yes_no("is_expected", kept.map(|old| old.is_expected), true),
        };
        let problems = rules::check_factor(&details);
        self.problems.add_fields(sheet, row.number, problems);
        let revision = old.as_ref().map(|old| old.revision);
        let id = match &old {
            Some(old) => old.id,
            None => FactorId(self.new_identifier()),
        };
        let change = (kept != Some(&details))
            .then(|| Change::Factor(id, revision, point_id, details.clone()));
        self.add(sheet, row, revision, change);
        let factor = PointFactor {
            id,
            point_id,
            revision: revision.unwrap_or_default(),
            details,
        };
        self.world.factors.insert(key, factor);
        Some(())
    }

    pub(super) fn plan_limits(&mut self, rows: &[SheetRow]) {
        let first = self.changes.len();
        let mut sources: Vec<(PointId, LimitId, &SheetRow)> = Vec::new();
        for row in rows {
            match self.plan_limit(row) {
                Some((point_id, id)) => sources.push((point_id, id, row)),
                None => self.skip(Sheet::Limits),
            }
        }
        // only now is each limit as the file leaves it
        for (point_id, id, row) in sources {
            let limits = self.world.limits.get(&point_id);
            let own = limits.and_then(|limits| limits.iter().find(|limit| limit.id == id));
            let Some((limits, own)) = limits.zip(own) else {
                continue;
            };
            let others = limits
                .iter()
                .filter(|other| other.id != id)
                .map(|other| &other.details);
            let problems = rules::check_limit_among(&own.details, others);
            self.problems
                .add_fields(Sheet::Limits, row.number, problems);
        }
        // a limit is ended before the one that follows it begins
        if let Some(limits) = self.changes.get_mut(first..) {
            limits.sort_by_key(|Planned { change, .. }| {
                matches!(change, Change::Limit(_, None, _, _))
            });
        }
    }

    fn plan_limit(&mut self, row: &SheetRow) -> Option<(PointId, LimitId)> {
        let sheet = Sheet::Limits;
        let point_id = self.find_point(sheet, row, "point_code")?;
        let mut reader = self.reader(sheet, row);
        let factor_code = reader.required("factor_code")?;
        reader.required("kind")?;
        let kind = reader.word("kind", None, RecordKind::Hour);
        let statistic = match kind {
            RecordKind::Realtime => LimitStatistic::Rtd,
            RecordKind::Minute | RecordKind::Hour | RecordKind::Day => LimitStatistic::Avg,
        };
        let statistic = reader.word("statistic", None, statistic);
        let origin = reader.word("origin", None, LimitOrigin::Manual);
        let from = reader.valid_from("valid_from", None);
        let key = format!("{point_id} {factor_code} {kind} {statistic} {origin} {from}");
        if !self.is_first(sheet, row, "valid_from", key) {
            return None;
        }
        let is_same = |limit: &&FactorLimit| {
            let other = &limit.details;
            other.factor_code == factor_code
                && (other.kind, other.statistic, other.origin) == (kind, statistic, origin)
                && other.validity.from == from
        };
        let limits = self.world.limits.get(&point_id);
        let old = limits
            .and_then(|limits| limits.iter().find(is_same))
            .cloned();
        let kept = old.as_ref().map(|old| &old.details);
        let mut reader = self.reader(sheet, row);
        let details = LimitDetails {
            factor_code,
            kind,
            statistic,
            lower: reader.decimal("lower", kept.and_then(|old| old.lower)),
            upper: reader.decimal("upper", kept.and_then(|old| old.upper)),
            validity: reader.validity(kept.map(|old| old.validity)),
            origin,
            basis: reader.text("basis", kept.map(|old| old.basis.as_str())),
        };
        let problems = rules::check_limit(&details);
        self.problems.add_fields(sheet, row.number, problems);
        let revision = old.as_ref().map(|old| old.revision);
        let id = match &old {
            Some(old) => old.id,
            None => LimitId(self.new_identifier()),
        };
        let change = (kept != Some(&details))
            .then(|| Change::Limit(id, revision, point_id, details.clone()));
        self.add(sheet, row, revision, change);
        let limits = self.world.limits.entry(point_id).or_default();
        limits.retain(|other| other.id != id);
        limits.push(FactorLimit {
            id,
            point_id,
            revision: revision.unwrap_or_default(),
            details,
        });
        Some((point_id, id))
    }
}
