//! Statements on what the engine remembers between runs.

use std::sync::Arc;

use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use super::time;
use crate::AlarmError;
use crate::engine::{Member, Subject, TrackerKey, TrackerSnapshot, Watermark};
use crate::words::RecordKind;

type TrackerRow = (String, i64, i64, String, String, String, String);
type MemberRow = (i64, String, Uuid, i64, Option<Uuid>, Option<String>);

fn some(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| Arc::from(text))
}

/// All that is remembered.
pub(crate) async fn load(
    database: &Database,
) -> Result<(Vec<TrackerSnapshot>, Vec<Watermark>, Vec<Member>), AlarmError> {
    const TRACKERS: &str = "SELECT subject, subject_id, rule_id, factor_code, kind, detail, \
         state_json FROM alarm_tracker";
    const MARKS: &str = "SELECT point_id, kind, taken_ms, gatherings_json FROM alarm_watermark";
    // the cause of a group is the detail of its alarm
    const MEMBERS: &str = "SELECT m.rule_id, g.detail, m.id, m.opened_ms, m.group_id, g.state \
         FROM alarm m JOIN alarm g ON g.id = m.group_id \
         WHERE m.state IN ('open', 'acknowledged')";
    let (trackers, marks, members) = on_database!(database, |pool| {
        let trackers: Vec<TrackerRow> = sqlx::query_as(TRACKERS).fetch_all(pool).await?;
        let marks: Vec<(i64, String, i64, String)> = sqlx::query_as(MARKS).fetch_all(pool).await?;
        let members: Vec<MemberRow> = sqlx::query_as(MEMBERS).fetch_all(pool).await?;
        (trackers, marks, members)
    });
    let trackers = trackers
        .into_iter()
        .map(
            |(subject, subject_id, rule_id, factor, kind, detail, json)| {
                Ok(TrackerSnapshot {
                    subject: Subject::parse(&subject, subject_id)
                        .ok_or_else(|| AlarmError::unreadable("alarm_tracker.subject", &subject))?,
                    key: TrackerKey {
                        rule_id,
                        factor: some(&factor),
                        kind: RecordKind::parse(&kind),
                        detail: some(&detail),
                    },
                    state: Some(serde_json::from_str(&json).map_err(|_json| {
                        AlarmError::unreadable("alarm_tracker.state_json", &json)
                    })?),
                })
            },
        )
        .collect::<Result<_, AlarmError>>()?;
    let marks = marks
        .into_iter()
        .filter_map(|(point_id, kind, taken, json)| {
            let kind = RecordKind::parse(&kind)?;
            let unreadable =
                |_json| AlarmError::unreadable("alarm_watermark.gatherings_json", &json);
            let gatherings = serde_json::from_str(&json).map_err(unreadable);
            Some(gatherings.map(|gatherings| Watermark {
                point_id,
                kind,
                taken_until: time(taken),
                gatherings,
            }))
        })
        .collect::<Result<_, AlarmError>>()?;
    let members = members
        .into_iter()
        .map(|(rule_id, cause, id, opened, group_id, state)| Member {
            rule_id,
            cause: Arc::from(cause),
            id,
            opened_at: time(opened),
            group_id,
            is_group_closed: state.as_deref() == Some("closed"),
        })
        .collect();
    Ok((trackers, marks, members))
}

pub(crate) async fn save(
    transaction: &mut Transaction,
    trackers: &[TrackerSnapshot],
    marks: &[Watermark],
) -> Result<(), AlarmError> {
    const PUT: &str = "INSERT INTO alarm_tracker (subject, subject_id, rule_id, factor_code, \
         kind, detail, state_json) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (subject, subject_id, rule_id, factor_code, kind, detail) \
         DO UPDATE SET state_json = excluded.state_json";
    const DELETE: &str = "DELETE FROM alarm_tracker WHERE subject = $1 AND subject_id = $2 \
         AND rule_id = $3 AND factor_code = $4 AND kind = $5 AND detail = $6";
    const MARK: &str = "INSERT INTO alarm_watermark (point_id, kind, taken_ms, gatherings_json) \
         VALUES ($1, $2, $3, $4) \
         ON CONFLICT (point_id, kind) DO UPDATE SET taken_ms = excluded.taken_ms, \
         gatherings_json = excluded.gatherings_json";
    on_transaction!(transaction, |connection| {
        for tracker in trackers {
            let (subject, subject_id) = tracker.subject.encode();
            let json = tracker
                .state
                .as_ref()
                .map(|state| serde_json::to_string(state).expect("plain fields always serialise"));
            let statement = if json.is_some() { PUT } else { DELETE };
            let mut query = sqlx::query(statement)
                .bind(subject)
                .bind(subject_id)
                .bind(tracker.key.rule_id)
                .bind(tracker.key.factor.as_deref().unwrap_or(""))
                .bind(tracker.key.kind.map_or("", |kind| kind.as_str()))
                .bind(tracker.key.detail.as_deref().unwrap_or(""));
            if let Some(json) = json {
                query = query.bind(json);
            }
            query.execute(&mut *connection).await?;
        }
        for mark in marks {
            let json = serde_json::to_string(&mark.gatherings).expect("its keys are words");
            sqlx::query(MARK)
                .bind(mark.point_id)
                .bind(mark.kind.as_str())
                .bind(mark.taken_until.epoch_ms())
                .bind(json)
                .execute(&mut *connection)
                .await?;
        }
    });
    Ok(())
}
