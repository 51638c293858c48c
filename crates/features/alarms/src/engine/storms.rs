//! Grouping many alarms of one cause into one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use beijing_time::Timestamp;
use uuid::Uuid;

use crate::rules::Storm;

/// Open alarms of one rule with one cause.
#[derive(Debug, Clone, Default)]
struct Cause {
    /// Open members and when they opened.
    members: BTreeMap<Uuid, Timestamp>,
    group: Option<Group>,
}

#[derive(Debug, Clone)]
struct Group {
    id: Uuid,
    /// Whether a person closed the group's alarm: members still join, nobody is called.
    is_closed: bool,
}

/// What came of an alarm that opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// It stands alone.
    Alone,
    /// It joins a group that is there.
    Joins(Uuid),
    /// It makes a group with these others; the identifier is the caller's to make.
    Founds(Vec<Uuid>),
}

/// An open alarm that may be a member of a group, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The rule.
    pub rule_id: i64,
    /// What the members have in common.
    pub cause: Arc<str>,
    /// The alarm.
    pub id: Uuid,
    /// When it opened.
    pub opened_at: Timestamp,
    /// The group it belongs to.
    pub group_id: Option<Uuid>,
    /// Whether a person closed the group's alarm.
    pub is_group_closed: bool,
}

/// All causes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Storms {
    causes: HashMap<(i64, Arc<str>), Cause>,
    cause_of: HashMap<Uuid, (i64, Arc<str>)>,
}

impl Storms {
    pub(crate) fn restore(&mut self, member: Member) {
        let key = (member.rule_id, member.cause);
        let cause = self.causes.entry(key.clone()).or_default();
        cause.members.insert(member.id, member.opened_at);
        if let Some(id) = member.group_id {
            cause.group = Some(Group {
                id,
                is_closed: member.is_group_closed,
            });
        }
        self.cause_of.insert(member.id, key);
    }

    /// Takes in an alarm that opened.
    pub(crate) fn open(
        &mut self,
        rule_id: i64,
        storm: &Storm,
        cause: Arc<str>,
        id: Uuid,
        at: Timestamp,
    ) -> Grouping {
        let key = (rule_id, cause);
        self.cause_of.insert(id, key.clone());
        let cause = self.causes.entry(key).or_default();
        cause.members.insert(id, at);
        if let Some(group) = &cause.group {
            return Grouping::Joins(group.id);
        }
        let since = at.plus_ms(-i64::from(storm.window_s) * 1000);
        let recent: Vec<Uuid> = cause
            .members
            .iter()
            .filter(|(_, opened_at)| **opened_at >= since)
            .map(|(id, _)| *id)
            .collect();
        if recent.len() >= storm.least as usize {
            Grouping::Founds(recent)
        } else {
            Grouping::Alone
        }
    }

    /// Notes the group that [`Self::open`] asked for.
    pub(crate) fn found(&mut self, rule_id: i64, cause: &Arc<str>, group_id: Uuid) {
        if let Some(cause) = self.causes.get_mut(&(rule_id, Arc::clone(cause))) {
            cause.group = Some(Group {
                id: group_id,
                is_closed: false,
            });
        }
    }

    /// Notes that an alarm is over; returns the group's alarm when that was its last member.
    pub(crate) fn end(&mut self, id: Uuid) -> Option<Uuid> {
        let key = self.cause_of.remove(&id)?;
        let cause = self.causes.get_mut(&key)?;
        cause.members.remove(&id);
        if !cause.members.is_empty() {
            return None;
        }
        self.causes
            .remove(&key)?
            .group
            .filter(|group| !group.is_closed)
            .map(|group| group.id)
    }

    /// Notes that a person closed a group's alarm; says whether it was one.
    pub(crate) fn close_group(&mut self, id: Uuid) -> bool {
        for cause in self.causes.values_mut() {
            if let Some(group) = &mut cause.group
                && group.id == id
            {
                group.is_closed = true;
                return true;
            }
        }
        false
    }
}
