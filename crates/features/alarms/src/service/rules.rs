//! Rules: shipped ones, new ones, new versions.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};

use super::check_text;
use crate::AlarmError;
use crate::model::RuleVersion;
use crate::rules::{RuleDefinition, shipped_rules};
use crate::store;

/// A new version of a rule.
#[derive(Debug, Clone)]
pub struct RuleChange {
    /// What it says from then on.
    pub definition: RuleDefinition,
    /// Whether it is switched on.
    pub is_enabled: bool,
    /// From when; at once when absent.
    pub valid_from: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// Puts in the shipped rules that are not there yet; returns how many those were.
///
/// # Errors
/// [`AlarmError`] when the database refuses.
pub async fn seed_rules(database: &Database, clock: &dyn Clock) -> Result<usize, AlarmError> {
    let actor = Actor::system("alarms");
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let (mut rule_id, keys) = store::rules::list_keys(&mut transaction).await?;
    let mut added = 0;
    for shipped in shipped_rules() {
        if keys.iter().any(|key| key == shipped.key) {
            continue;
        }
        let rule = RuleVersion {
            rule_id,
            version: 1,
            key: shipped.key.to_owned(),
            definition: shipped.definition,
            is_enabled: true,
            // whatever is back-tested or comes late finds them in force
            valid_from: Timestamp::from_epoch_ms(0),
            valid_to: None,
            author: actor.name.clone(),
            reason: "shipped".to_owned(),
            created_at: now,
        };
        store::rules::add(&mut transaction, &rule).await?;
        rule_id += 1;
        added += 1;
    }
    transaction.commit().await?;
    Ok(added)
}

/// Lists the versions in force now, switched on or not.
///
/// # Errors
/// [`AlarmError`] when the actor may not or the database cannot be read.
pub async fn list_rules(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
) -> Result<Vec<RuleVersion>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    store::rules::list_at(database, clock.now()).await
}

/// Lists all versions of a rule, oldest first.
///
/// # Errors
/// [`AlarmError::NotFound`] when there is no such rule.
pub async fn list_rule_versions(
    database: &Database,
    actor: &Actor,
    rule_id: i64,
) -> Result<Vec<RuleVersion>, AlarmError> {
    actor.check(Permission::ReadAlarms)?;
    let versions = store::rules::list_versions(database, rule_id).await?;
    if versions.is_empty() {
        return Err(AlarmError::not_found("rule", rule_id));
    }
    Ok(versions)
}

/// Makes a new rule.
///
/// # Errors
/// [`AlarmError::BadRule`] with everything that is wrong with it.
pub async fn create_rule(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    change: RuleChange,
) -> Result<RuleVersion, AlarmError> {
    check_change(actor, &change)?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let (rule_id, _keys) = store::rules::list_keys(&mut transaction).await?;
    let rule = version_of(actor, now, change, (rule_id, 1, String::new()))?;
    store::rules::add(&mut transaction, &rule).await?;
    append_audit(&mut transaction, actor, now, None, &rule).await?;
    transaction.commit().await?;
    Ok(rule)
}

/// Makes a new version of a rule; the version before ends when it begins. `expected_version` is
/// the version the change was made on.
///
/// # Errors
/// [`AlarmError::Conflict`] when there is a newer version already.
pub async fn update_rule(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    rule_id: i64,
    expected_version: i64,
    change: RuleChange,
) -> Result<RuleVersion, AlarmError> {
    check_change(actor, &change)?;
    let now = clock.now();
    let versions = store::rules::list_versions(database, rule_id).await?;
    let last = versions
        .last()
        .ok_or_else(|| AlarmError::not_found("rule", rule_id))?;
    if last.version != expected_version {
        return Err(AlarmError::conflict(format!(
            "the rule has version {} already",
            last.version
        )));
    }
    let name = (rule_id, last.version + 1, last.key.clone());
    let rule = version_of(actor, now, change, name)?;
    if rule.valid_from <= last.valid_from {
        return Err(AlarmError::invalid(
            "valid_from",
            "must be later than that of the version before",
        ));
    }
    let mut transaction = database.begin().await?;
    if !store::rules::end(&mut transaction, rule_id, last.version, rule.valid_from).await? {
        return Err(AlarmError::conflict("the rule was changed in the meantime"));
    }
    store::rules::add(&mut transaction, &rule).await?;
    append_audit(&mut transaction, actor, now, Some(last), &rule).await?;
    transaction.commit().await?;
    Ok(rule)
}

fn check_change(actor: &Actor, change: &RuleChange) -> Result<(), AlarmError> {
    // a rule is for the whole city
    actor.check_everywhere(Permission::ManageAlarmRules)?;
    change
        .definition
        .check()
        .map_err(|problems| AlarmError::BadRule { problems })
}

fn version_of(
    actor: &Actor,
    now: Timestamp,
    change: RuleChange,
    (rule_id, version, key): (i64, i64, String),
) -> Result<RuleVersion, AlarmError> {
    let valid_from = change.valid_from.unwrap_or(now);
    if valid_from < now {
        return Err(AlarmError::invalid("valid_from", "must not be in the past"));
    }
    Ok(RuleVersion {
        rule_id,
        version,
        key,
        definition: change.definition,
        is_enabled: change.is_enabled,
        valid_from,
        valid_to: None,
        author: actor.name.clone(),
        reason: check_text("reason", &change.reason, 1)?,
        created_at: now,
    })
}

async fn append_audit(
    transaction: &mut database::Transaction,
    actor: &Actor,
    now: Timestamp,
    before: Option<&RuleVersion>,
    rule: &RuleVersion,
) -> Result<(), AlarmError> {
    let subject = format!("alarm_rule:{}", rule.rule_id);
    let mut entry =
        AuditEntry::new(actor, "alarms.change_rule", subject).after(rule.definition.encode_json());
    if let Some(before) = before {
        entry = entry.before(before.definition.encode_json());
    }
    audit::append(transaction, now, entry).await?;
    Ok(())
}
