//! How an alarm opens: by itself or as a member of a storm.

use crate::engine::changes::{Change, Circumstance, Opening};
use crate::engine::life::OpenAlarm;
use crate::engine::storms::Grouping;
use crate::engine::trackers::TrackerKey;
use crate::engine::{Engine, Rule, Subject, derive_id};
use crate::words::{AlarmKind, Severity, StormCause};
use beijing_time::Timestamp;
use std::sync::Arc;

impl Engine {
    pub(super) fn opening(
        &self,
        subject: Subject,
        rule: &Rule,
        key: &TrackerKey,
        alarm: &OpenAlarm,
        since: Timestamp,
        seen: Circumstance,
    ) -> Opening {
        let point_id = match subject {
            Subject::Point(id) => Some(id),
            // a device that serves one point has that point's place
            Subject::Device(id) => self
                .subjects
                .devices
                .get(&id)
                .and_then(|device| device.point_ids.first().copied()),
            Subject::Platform => None,
        };
        let point = point_id.and_then(|id| self.subjects.points.get(&id));
        Opening {
            id: alarm.id,
            trace_id: alarm.trace_id,
            rule_id: rule.id,
            rule_version: rule.version,
            kind: rule.definition.condition.alarm_kind(),
            severity: alarm.severity,
            point_id,
            site_id: point.map(|point| point.site_id),
            region: point.map(|point| point.region.clone()),
            device_id: match subject {
                Subject::Device(id) => Some(id),
                Subject::Point(_) => point.and_then(|point| point.device_ids.first().copied()),
                Subject::Platform => None,
            },
            factor: key.factor.clone(),
            record_kind: key.kind,
            detail: key.detail.clone(),
            since,
            is_simulated: point.is_some_and(|point| point.is_simulated),
            seen,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that a group is made of")]
    pub(super) fn join_storm(
        &mut self,
        subject: Subject,
        rule: &Rule,
        alarm: &OpenAlarm,
        at: Timestamp,
        peer: Option<Arc<str>>,
        region: Option<String>,
        is_simulated: bool,
    ) {
        let Some(storm) = &rule.definition.storm else {
            return;
        };
        let county = region.as_deref().and_then(|region| region.get(..6));
        let site_id = match subject {
            Subject::Point(id) => self.subjects.points.get(&id).map(|point| point.site_id),
            _ => None,
        };
        let cause: Option<Arc<str>> = match storm.cause {
            StormCause::Peer => peer.map(|peer| Arc::from(format!("peer {peer}"))),
            StormCause::Region => county.map(|county| Arc::from(format!("region {county}"))),
            StormCause::Site => site_id.map(|id| Arc::from(format!("site {id}"))),
        };
        let Some(cause) = cause else { return };
        match self
            .storms
            .open(rule.id, storm, Arc::clone(&cause), alarm.id, at)
        {
            Grouping::Alone => {}
            Grouping::Joins(group_id) => {
                let id = alarm.id;
                self.tell(at, Change::Grouped { id, group_id });
            }
            Grouping::Founds(members) => {
                let key = TrackerKey {
                    rule_id: rule.id,
                    factor: None,
                    kind: None,
                    detail: Some(Arc::clone(&cause)),
                };
                let group_id = derive_id(Subject::Platform, &key, "storm", at);
                self.storms.found(rule.id, &cause, group_id);
                let severity = match alarm.severity {
                    Severity::Info => Severity::Minor,
                    Severity::Minor => Severity::Major,
                    Severity::Major | Severity::Critical => Severity::Critical,
                };
                let opening = Opening {
                    id: group_id,
                    trace_id: group_id,
                    rule_id: rule.id,
                    rule_version: rule.version,
                    kind: AlarmKind::Storm,
                    severity,
                    point_id: None,
                    site_id: None,
                    region,
                    device_id: None,
                    factor: None,
                    record_kind: None,
                    detail: Some(cause),
                    since: at,
                    is_simulated,
                    seen: Circumstance::default(),
                };
                self.tell(at, Change::Opened(Box::new(opening)));
                for id in members {
                    self.tell(at, Change::Grouped { id, group_id });
                }
            }
        }
    }
}
