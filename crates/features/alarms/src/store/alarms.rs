//! Statements on alarms and their timelines.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::{ScopeFilter, time, word_list};
use crate::AlarmError;
use crate::model::{Alarm, AlarmEvent, AlarmFilter, AlarmLimit, AlarmPlace, Noted};
use crate::words::{AlarmEventKind, AlarmKind, AlarmState, RecordKind, Severity};

macro_rules! selected {
    () => {
        "SELECT a.id, a.trace_id, a.rule_id, a.rule_version, r.name_zh AS rule_zh, \
         r.name_en AS rule_en, a.kind, a.severity, a.state, a.region_code, a.site_id, \
         s.name_zh AS site_zh, s.name_en AS site_en, a.point_id, p.name_zh AS point_zh, \
         p.name_en AS point_en, a.device_id, d.mn AS device_mn, a.factor_code, a.record_kind, \
         a.detail, a.since_ms, a.opened_ms, a.recovered_ms, a.acknowledged_ms, a.acknowledged_by, \
         a.acknowledge_note, a.closed_ms, a.closed_by, a.close_reason, a.value, a.flag, \
         a.multiple, a.packet_id, a.peak_value, a.peak_multiple, a.peak_packet_id, a.limit_id, \
         a.limit_value, a.limit_origin, a.limit_basis, a.group_id, a.member_count, a.late_count, \
         a.is_simulated FROM alarm a \
         LEFT JOIN alarm_rule r ON r.rule_id = a.rule_id AND r.version = a.rule_version \
         LEFT JOIN site s ON s.id = a.site_id \
         LEFT JOIN monitoring_point p ON p.id = a.point_id \
         LEFT JOIN device d ON d.id = a.device_id "
    };
}

/// What an actor's scope admits; `$1` prefix, `$2` sites.
macro_rules! in_scope {
    () => {
        "($1 = '' OR a.region_code LIKE $1 || '%') \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(a.site_id AS TEXT) || ',%') "
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    rule_id: i64,
    rule_version: i64,
    rule_zh: Option<String>,
    rule_en: Option<String>,
    kind: String,
    severity: String,
    state: String,
    region_code: Option<String>,
    site_id: Option<i64>,
    site_zh: Option<String>,
    site_en: Option<String>,
    point_id: Option<i64>,
    point_zh: Option<String>,
    point_en: Option<String>,
    device_id: Option<i64>,
    device_mn: Option<String>,
    factor_code: String,
    record_kind: String,
    detail: String,
    since_ms: i64,
    opened_ms: i64,
    recovered_ms: Option<i64>,
    acknowledged_ms: Option<i64>,
    acknowledged_by: Option<String>,
    acknowledge_note: Option<String>,
    closed_ms: Option<i64>,
    closed_by: Option<String>,
    close_reason: Option<String>,
    value: Option<String>,
    flag: Option<String>,
    multiple: Option<String>,
    packet_id: Option<i64>,
    peak_value: Option<String>,
    peak_multiple: Option<String>,
    peak_packet_id: Option<i64>,
    limit_id: Option<i64>,
    limit_value: Option<String>,
    limit_origin: String,
    limit_basis: String,
    group_id: Option<Uuid>,
    member_count: i64,
    late_count: i64,
    is_simulated: bool,
}

fn noted(at: Option<i64>, by: Option<String>, text: Option<String>) -> Option<Noted> {
    at.map(|at| Noted {
        at: time(at),
        by: by.unwrap_or_default(),
        text: text.unwrap_or_default(),
    })
}

impl Row {
    fn into_model(self) -> Result<Alarm, AlarmError> {
        let (limit_origin, limit_basis) = (self.limit_origin, self.limit_basis);
        let limit_id = self.limit_id;
        Ok(Alarm {
            id: self.id,
            trace_id: self.trace_id,
            rule_id: self.rule_id,
            rule_version: self.rule_version,
            rule_name: (
                self.rule_zh.unwrap_or_default(),
                self.rule_en.unwrap_or_default(),
            ),
            kind: AlarmKind::parse(&self.kind)
                .ok_or_else(|| AlarmError::unreadable("alarm.kind", &self.kind))?,
            severity: parse_severity(&self.severity)?,
            state: AlarmState::parse(&self.state)
                .ok_or_else(|| AlarmError::unreadable("alarm.state", &self.state))?,
            place: AlarmPlace {
                region_code: self.region_code,
                site_id: self.site_id,
                site_name: self.site_zh.zip(self.site_en),
                point_id: self.point_id,
                point_name: self.point_zh.zip(self.point_en),
                device_id: self.device_id,
                device_mn: self.device_mn,
            },
            factor_code: self.factor_code,
            record_kind: RecordKind::parse(&self.record_kind),
            detail: self.detail,
            since: time(self.since_ms),
            opened_at: time(self.opened_ms),
            recovered_at: self.recovered_ms.map(time),
            acknowledged: noted(
                self.acknowledged_ms,
                self.acknowledged_by,
                self.acknowledge_note,
            ),
            closed: noted(self.closed_ms, self.closed_by, self.close_reason),
            value: self.value,
            flag: self.flag,
            multiple: self.multiple,
            packet_id: self.packet_id,
            peak_value: self.peak_value,
            peak_multiple: self.peak_multiple,
            peak_packet_id: self.peak_packet_id,
            limit: self.limit_value.map(|value| AlarmLimit {
                id: limit_id,
                value,
                origin: limit_origin,
                basis: limit_basis,
            }),
            group_id: self.group_id,
            member_count: self.member_count,
            late_count: self.late_count,
            is_simulated: self.is_simulated,
        })
    }
}

pub(crate) fn parse_severity(word: &str) -> Result<Severity, AlarmError> {
    Severity::parse(word).ok_or_else(|| AlarmError::unreadable("alarm.severity", word))
}

/// The page of a list; what it begins with says by which index it is found.
macro_rules! listed {
    ($found_by:literal) => {
        concat!(
            selected!(),
            "WHERE ",
            $found_by,
            in_scope!(),
            "AND ($3 = '' OR $3 LIKE '%,' || a.state || ',%') \
             AND ($4 = '' OR $4 LIKE '%,' || a.severity || ',%') \
             AND ($5 = '' OR $5 LIKE '%,' || a.kind || ',%') \
             AND (CAST($6 AS BIGINT) IS NULL OR a.point_id = $6) \
             AND (CAST($7 AS TEXT) IS NULL OR a.region_code LIKE $7 || '%') \
             AND a.opened_ms >= $8 AND a.opened_ms < $9 \
             AND (a.opened_ms < $10 OR (a.opened_ms = $10 AND a.id < $11)) \
             AND ($12 = FALSE OR a.group_id = $13) \
             ORDER BY a.opened_ms DESC, a.id DESC LIMIT $14"
        )
    };
}

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &AlarmFilter,
) -> Result<Vec<Alarm>, AlarmError> {
    const OF_POINT: &str = listed!("a.point_id = $6 AND ");
    // few of many years: not looked for among all
    const UNDER_WAY: &str = listed!("a.state IN ('open', 'acknowledged') AND ");
    const OF_ALL: &str = listed!("");
    let is_under_way = |state: &AlarmState| state.is_under_way();
    let statement = if filter.point_id.is_some() {
        OF_POINT
    } else if !filter.states.is_empty() && filter.states.iter().all(is_under_way) {
        UNDER_WAY
    } else {
        OF_ALL
    };
    let (after_ms, after_id) = filter
        .after
        .map_or((i64::MAX, Uuid::max()), |(at, id)| (at.epoch_ms(), id));
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(statement)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(word_list(filter.states.iter().map(|word| word.as_str())))
            .bind(word_list(
                filter.severities.iter().map(|word| word.as_str()),
            ))
            .bind(word_list(filter.kinds.iter().map(|word| word.as_str())))
            .bind(filter.point_id)
            .bind(
                filter
                    .region
                    .as_ref()
                    .map(|region| region.prefix().to_owned()),
            )
            .bind(filter.from.map_or(i64::MIN, Timestamp::epoch_ms))
            .bind(filter.to.map_or(i64::MAX, Timestamp::epoch_ms))
            .bind(after_ms)
            .bind(after_id)
            .bind(filter.group_id.is_some())
            .bind(filter.group_id.unwrap_or_default())
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Row::into_model).collect()
}

pub(crate) async fn find(
    database: &Database,
    scope: &ScopeFilter,
    id: Uuid,
) -> Result<Option<Alarm>, AlarmError> {
    const FIND: &str = concat!(selected!(), "WHERE ", in_scope!(), "AND a.id = $3");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    row.map(Row::into_model).transpose()
}

/// What kinds of alarms are under way at which points of a scope.
pub(crate) async fn list_under_way_at_points(
    database: &Database,
    scope: &ScopeFilter,
) -> Result<Vec<(i64, AlarmKind)>, AlarmError> {
    const LIST: &str = concat!(
        "SELECT DISTINCT a.point_id, a.kind FROM alarm a \
         WHERE a.state IN ('open', 'acknowledged') AND a.point_id IS NOT NULL AND ",
        in_scope!(),
        "ORDER BY a.point_id, a.kind"
    );
    let rows: Vec<(i64, String)> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(point_id, word)| {
            let kind = AlarmKind::parse(&word)
                .ok_or_else(|| AlarmError::unreadable("alarm.kind", &word))?;
            Ok((point_id, kind))
        })
        .collect()
}

/// How many alarms a scope has in each state, and since when it has opened some.
pub(crate) async fn count_open(
    database: &Database,
    scope: &ScopeFilter,
) -> Result<Vec<(Severity, i64)>, AlarmError> {
    const COUNT: &str = concat!(
        "SELECT a.severity, COUNT(*) FROM alarm a WHERE ",
        in_scope!(),
        "AND a.state IN ('open', 'acknowledged') GROUP BY a.severity"
    );
    let rows: Vec<(String, i64)> = on_database!(database, |pool| {
        sqlx::query_as(COUNT)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(word, count)| Ok((parse_severity(&word)?, count)))
        .collect()
}

#[derive(sqlx::FromRow)]
struct EventRow {
    at_ms: i64,
    kind: String,
    recorded_ms: i64,
    actor: String,
    note: String,
    severity: String,
    value: Option<String>,
    multiple: Option<String>,
    packet_id: Option<i64>,
}

pub(crate) async fn list_events(
    database: &Database,
    alarm_id: Uuid,
) -> Result<Vec<AlarmEvent>, AlarmError> {
    const LIST: &str = "SELECT at_ms, kind, recorded_ms, actor, note, severity, value, multiple, \
         packet_id FROM alarm_event WHERE alarm_id = $1 ORDER BY at_ms, recorded_ms LIMIT 1000";
    let rows: Vec<EventRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(alarm_id).fetch_all(pool).await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(AlarmEvent {
                at: time(row.at_ms),
                recorded_at: time(row.recorded_ms),
                kind: AlarmEventKind::parse(&row.kind)
                    .ok_or_else(|| AlarmError::unreadable("alarm_event.kind", &row.kind))?,
                actor: row.actor,
                note: row.note,
                severity: parse_severity(&row.severity)?,
                value: row.value,
                multiple: row.multiple,
                packet_id: row.packet_id,
            })
        })
        .collect()
}

/// Adds an event; says whether it is new.
pub(crate) async fn add_event(
    transaction: &mut Transaction,
    alarm_id: Uuid,
    event: &AlarmEvent,
) -> Result<bool, AlarmError> {
    const INSERT: &str = "INSERT INTO alarm_event (alarm_id, at_ms, kind, recorded_ms, actor, \
         note, severity, value, multiple, packet_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(alarm_id)
            .bind(event.at.epoch_ms())
            .bind(event.kind.as_str())
            .bind(event.recorded_at.epoch_ms())
            .bind(&event.actor)
            .bind(&event.note)
            .bind(event.severity.as_str())
            .bind(&event.value)
            .bind(&event.multiple)
            .bind(event.packet_id)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added > 0)
}

/// Acknowledges an open alarm; says whether it was open.
pub(crate) async fn acknowledge(
    transaction: &mut Transaction,
    id: Uuid,
    note: &Noted,
) -> Result<bool, AlarmError> {
    const UPDATE: &str = "UPDATE alarm SET \
         state = CASE WHEN state = 'open' THEN 'acknowledged' ELSE state END, \
         acknowledged_ms = $2, acknowledged_by = $3, acknowledge_note = $4 \
         WHERE id = $1 AND state IN ('open', 'recovered', 'historical') \
         AND acknowledged_ms IS NULL";
    let changed = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(id)
            .bind(note.at.epoch_ms())
            .bind(&note.by)
            .bind(&note.text)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Closes an alarm that is not closed; says whether it was not.
pub(crate) async fn close(
    transaction: &mut Transaction,
    id: Uuid,
    note: &Noted,
) -> Result<bool, AlarmError> {
    const UPDATE: &str = "UPDATE alarm SET state = 'closed', closed_ms = $2, closed_by = $3, \
         close_reason = $4, is_engine_told = FALSE WHERE id = $1 AND state <> 'closed'";
    let changed = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(id)
            .bind(note.at.epoch_ms())
            .bind(&note.by)
            .bind(&note.text)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Closes by persons that the engine has not taken note of.
pub(crate) async fn list_untold(database: &Database) -> Result<Vec<(Uuid, Timestamp)>, AlarmError> {
    const LIST: &str = "SELECT id, closed_ms FROM alarm WHERE is_engine_told = FALSE LIMIT 1000";
    let rows: Vec<(Uuid, Option<i64>)> = on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    });
    Ok(rows
        .into_iter()
        .map(|(id, at)| (id, time(at.unwrap_or_default())))
        .collect())
}

pub(crate) async fn mark_told(transaction: &mut Transaction, id: Uuid) -> Result<(), AlarmError> {
    const UPDATE: &str = "UPDATE alarm SET is_engine_told = TRUE WHERE id = $1";
    on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE).bind(id).execute(connection).await?;
    });
    Ok(())
}
