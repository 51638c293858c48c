//! Writing down what the engine says has changed. Everything may be written twice: identifiers and
//! keys follow from the data, so a replay changes nothing.

use std::collections::HashSet;

use beijing_time::Timestamp;
use database::{Transaction, on_transaction};
use uuid::Uuid;

use super::{alarms, exceedances};
use crate::AlarmError;
use crate::engine::{Change, Circumstance, Opening, Transition};
use crate::model::{AlarmChange, AlarmEvent};
use crate::words::{AlarmEventKind, AlarmState, Severity};

const ACTOR: &str = "system:alarms";

struct Writer<'a> {
    transaction: &'a mut Transaction,
    now: Timestamp,
    grouped: HashSet<Uuid>,
    told: Vec<AlarmChange>,
}

/// Writes transitions down; returns what is news.
pub(crate) async fn save(
    transaction: &mut Transaction,
    transitions: &[Transition],
    now: Timestamp,
) -> Result<Vec<AlarmChange>, AlarmError> {
    let grouped = transitions
        .iter()
        .filter_map(|transition| match transition.change {
            Change::Grouped { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    let mut writer = Writer {
        transaction,
        now,
        grouped,
        told: Vec::new(),
    };
    let mut fresh = HashSet::new();
    for Transition { at, change } in transitions {
        match change {
            Change::Exceeded(one) => {
                if exceedances::add(writer.transaction, one, now).await? {
                    fresh.insert((one.point_id, one.kind, one.time, one.key.clone()));
                }
            }
            Change::Historical { opening, time, key } => {
                let name = opening.point_id.zip(opening.record_kind);
                if let Some((point, kind)) = name
                    && fresh.contains(&(point, kind, *time, key.clone()))
                {
                    writer.count_historical(*at, opening).await?;
                }
            }
            Change::Rechecked {
                point_id,
                kind,
                time,
                factors,
                found,
            } => {
                let record = (*point_id, *kind, *time);
                exceedances::withdraw(writer.transaction, record, factors, found, now).await?;
            }
            Change::Opened(opening) => writer.open(*at, opening).await?,
            Change::Reopened { id, severity, seen } => {
                writer.reopen(*at, *id, *severity, seen).await?;
            }
            Change::Graded { id, from, to, seen } => {
                writer.grade(*at, *id, (*from, *to), seen).await?;
            }
            Change::Recovered { id, closes, peak } => {
                writer.recover(*at, *id, *closes, peak).await?;
            }
            Change::Ended { id, reason } => writer.end(*at, *id, reason).await?,
            Change::Grouped { id, group_id } => writer.group(*at, *id, *group_id).await?,
        }
    }
    Ok(writer.told)
}

fn text(value: Option<exact_decimal::Decimal>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl Writer<'_> {
    async fn insert(
        &mut self,
        at: Timestamp,
        opening: &Opening,
        state: AlarmState,
    ) -> Result<(), AlarmError> {
        const INSERT: &str = "INSERT INTO alarm (id, trace_id, rule_id, rule_version, kind, \
             severity, state, region_code, site_id, point_id, device_id, factor_code, \
             record_kind, detail, since_ms, opened_ms, value, flag, multiple, packet_id, \
             peak_value, peak_multiple, peak_packet_id, limit_id, limit_value, limit_origin, \
             limit_basis, member_count, late_count, is_simulated, is_engine_told, recorded_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20, $17, $19, $20, $21, $22, $23, $24, 0, 0, $25, TRUE, $26) \
             ON CONFLICT (id) DO NOTHING";
        let seen = &opening.seen;
        let limit = seen.limit.as_ref();
        on_transaction!(&mut *self.transaction, |connection| {
            sqlx::query(INSERT)
                .bind(opening.id)
                .bind(opening.trace_id)
                .bind(opening.rule_id)
                .bind(opening.rule_version)
                .bind(opening.kind.as_str())
                .bind(opening.severity.as_str())
                .bind(state.as_str())
                .bind(&opening.region)
                .bind(opening.site_id)
                .bind(opening.point_id)
                .bind(opening.device_id)
                .bind(opening.factor.as_deref().unwrap_or(""))
                .bind(opening.record_kind.map_or("", |kind| kind.as_str()))
                .bind(opening.detail.as_deref().unwrap_or(""))
                .bind(opening.since.epoch_ms())
                .bind(at.epoch_ms())
                .bind(text(seen.value))
                .bind(seen.flag.map(|flag| flag.to_string()))
                .bind(text(seen.multiple))
                .bind(seen.packet_id)
                .bind(limit.and_then(|limit| limit.id))
                .bind(limit.map(|limit| limit.bound.to_string()))
                .bind(limit.map_or("", |limit| limit.origin.as_str()))
                .bind(limit.map_or("", |limit| limit.basis.as_str()))
                .bind(opening.is_simulated)
                .bind(self.now.epoch_ms())
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Adds an event and, when it is news, tells of it.
    async fn tell(
        &mut self,
        id: Uuid,
        event: AlarmEvent,
        opening: Option<&Opening>,
        is_silent: bool,
    ) -> Result<bool, AlarmError> {
        let is_new = alarms::add_event(self.transaction, id, &event).await?;
        if is_new {
            self.told.push(AlarmChange {
                alarm_id: id,
                event: event.kind,
                at: event.at,
                severity: event.severity,
                kind: opening.map(|opening| opening.kind),
                point_id: opening.and_then(|opening| opening.point_id),
                site_id: opening.and_then(|opening| opening.site_id),
                region_code: opening.and_then(|opening| opening.region.clone()),
                factor_code: opening
                    .and_then(|opening| opening.factor.as_deref())
                    .unwrap_or("")
                    .to_owned(),
                is_silent: is_silent || event.severity == Severity::Info,
            });
        }
        Ok(is_new)
    }

    fn event(
        &self,
        at: Timestamp,
        kind: AlarmEventKind,
        severity: Severity,
        note: &str,
        seen: &Circumstance,
    ) -> AlarmEvent {
        AlarmEvent {
            at,
            recorded_at: self.now,
            kind,
            actor: ACTOR.to_owned(),
            note: note.to_owned(),
            severity,
            value: text(seen.value),
            multiple: text(seen.multiple),
            packet_id: seen.packet_id,
        }
    }

    async fn open(&mut self, at: Timestamp, opening: &Opening) -> Result<(), AlarmError> {
        self.insert(at, opening, AlarmState::Open).await?;
        let kind = AlarmEventKind::Opened;
        let event = self.event(at, kind, opening.severity, "", &opening.seen);
        let is_silent = self.grouped.contains(&opening.id);
        self.tell(opening.id, event, Some(opening), is_silent)
            .await?;
        Ok(())
    }

    async fn count_historical(
        &mut self,
        at: Timestamp,
        opening: &Opening,
    ) -> Result<(), AlarmError> {
        const COUNT: &str = "UPDATE alarm SET late_count = late_count + 1 WHERE id = $1 \
             RETURNING late_count";
        self.insert(at, opening, AlarmState::Historical).await?;
        let count: i64 = on_transaction!(&mut *self.transaction, |connection| {
            sqlx::query_scalar(COUNT)
                .bind(opening.id)
                .fetch_one(connection)
                .await?
        });
        if count == 1 {
            let kind = AlarmEventKind::Counted;
            let event = self.event(at, kind, opening.severity, "", &opening.seen);
            self.tell(opening.id, event, Some(opening), true).await?;
        }
        Ok(())
    }

    /// The severity an alarm has now, unless a person closed it.
    async fn severity_of(&mut self, id: Uuid) -> Result<Option<Severity>, AlarmError> {
        const FIND: &str = "SELECT severity FROM alarm WHERE id = $1 AND \
             (state <> 'closed' OR closed_by = 'system:alarms')";
        let word: Option<String> = on_transaction!(&mut *self.transaction, |connection| {
            sqlx::query_scalar(FIND)
                .bind(id)
                .fetch_optional(connection)
                .await?
        });
        word.map(|word| alarms::parse_severity(&word)).transpose()
    }

    async fn reopen(
        &mut self,
        at: Timestamp,
        id: Uuid,
        severity: Severity,
        seen: &Circumstance,
    ) -> Result<(), AlarmError> {
        const UPDATE: &str = "UPDATE alarm SET state = 'open', severity = $2, \
             recovered_ms = NULL, closed_ms = NULL, closed_by = NULL, close_reason = NULL, \
             acknowledged_ms = NULL, acknowledged_by = NULL, acknowledge_note = NULL \
             WHERE id = $1 AND recovered_ms < $3 AND \
             (state = 'recovered' OR (state = 'closed' AND closed_by = 'system:alarms'))";
        if self.severity_of(id).await?.is_none() {
            return Ok(());
        }
        let event = self.event(at, AlarmEventKind::Reopened, severity, "", seen);
        let is_silent = self.grouped.contains(&id);
        if self.tell(id, event, None, is_silent).await? {
            on_transaction!(&mut *self.transaction, |connection| {
                sqlx::query(UPDATE)
                    .bind(id)
                    .bind(severity.as_str())
                    .bind(at.epoch_ms())
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }

    async fn grade(
        &mut self,
        at: Timestamp,
        id: Uuid,
        (from, to): (Severity, Severity),
        seen: &Circumstance,
    ) -> Result<(), AlarmError> {
        const UPDATE: &str = "UPDATE alarm SET severity = $2 WHERE id = $1 \
             AND state IN ('open', 'acknowledged')";
        if self.severity_of(id).await?.is_none() {
            return Ok(());
        }
        let kind = if to > from {
            AlarmEventKind::Escalated
        } else {
            AlarmEventKind::Downgraded
        };
        let event = self.event(at, kind, to, "", seen);
        if self.tell(id, event, None, to < from).await? {
            on_transaction!(&mut *self.transaction, |connection| {
                sqlx::query(UPDATE)
                    .bind(id)
                    .bind(to.as_str())
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }

    async fn recover(
        &mut self,
        at: Timestamp,
        id: Uuid,
        closes: bool,
        peak: &Circumstance,
    ) -> Result<(), AlarmError> {
        const UPDATE: &str = "UPDATE alarm SET state = $2, recovered_ms = $3, closed_ms = $4, \
             closed_by = $5, close_reason = $6, peak_value = COALESCE($7, peak_value), \
             peak_multiple = COALESCE($8, peak_multiple), \
             peak_packet_id = COALESCE($9, peak_packet_id) \
             WHERE id = $1 AND state IN ('open', 'acknowledged')";
        let Some(severity) = self.severity_of(id).await? else {
            return Ok(());
        };
        let event = self.event(at, AlarmEventKind::Recovered, severity, "", peak);
        if self.tell(id, event, None, true).await? {
            let state = if closes {
                AlarmState::Closed
            } else {
                AlarmState::Recovered
            };
            on_transaction!(&mut *self.transaction, |connection| {
                sqlx::query(UPDATE)
                    .bind(id)
                    .bind(state.as_str())
                    .bind(at.epoch_ms())
                    .bind(closes.then(|| at.epoch_ms()))
                    .bind(closes.then_some(ACTOR))
                    .bind(closes.then_some("recovered"))
                    .bind(text(peak.value))
                    .bind(text(peak.multiple))
                    .bind(peak.packet_id)
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }

    async fn end(&mut self, at: Timestamp, id: Uuid, reason: &str) -> Result<(), AlarmError> {
        const UPDATE: &str = "UPDATE alarm SET state = 'closed', closed_ms = $2, closed_by = $3, \
             close_reason = $4 WHERE id = $1 AND state <> 'closed'";
        let Some(severity) = self.severity_of(id).await? else {
            return Ok(());
        };
        let seen = Circumstance::default();
        let event = self.event(at, AlarmEventKind::Closed, severity, reason, &seen);
        if self.tell(id, event, None, true).await? {
            on_transaction!(&mut *self.transaction, |connection| {
                sqlx::query(UPDATE)
                    .bind(id)
                    .bind(at.epoch_ms())
                    .bind(ACTOR)
                    .bind(reason)
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }

    async fn group(&mut self, at: Timestamp, id: Uuid, group_id: Uuid) -> Result<(), AlarmError> {
        const JOIN: &str = "UPDATE alarm SET group_id = $2 WHERE id = $1";
        const COUNT: &str = "UPDATE alarm SET member_count = \
             (SELECT COUNT(*) FROM alarm m WHERE m.group_id = $1) WHERE id = $1";
        let Some(severity) = self.severity_of(id).await? else {
            return Ok(());
        };
        let note = group_id.to_string();
        let seen = Circumstance::default();
        let event = self.event(at, AlarmEventKind::Grouped, severity, &note, &seen);
        if self.tell(id, event, None, true).await? {
            on_transaction!(&mut *self.transaction, |connection| {
                sqlx::query(JOIN)
                    .bind(id)
                    .bind(group_id)
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(COUNT)
                    .bind(group_id)
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }
}
