//! The audit trail as a file: who may take it, and that it was taken.

use std::fmt::Write;

use access::{Actor, AuditEntry, Permission};
use beijing_time::Timestamp;
use database::Database;
use database::audit::{self, AuditFilter, KeptEntry};

use crate::AccountsError;

/// Entries of one part of the file.
const PART: u32 = 1000;
/// The first line, after the byte order mark by which spreadsheets know UTF-8.
const HEAD: &str = "\u{feff}sequence,at,actor,address,action,subject,before,after,hash_sm3\r\n";

/// The audit trail as CSV, oldest entry first, part by part, so that a trail of whatever length
/// takes little memory. It ends with the entry that says that it was taken.
#[derive(Debug)]
pub struct AuditExport {
    database: Database,
    filter: AuditFilter,
    after: i64,
    until: i64,
    is_begun: bool,
}

impl AuditExport {
    /// Checks that the actor may, and writes into the trail that they do.
    ///
    /// # Errors
    /// [`AccountsError::Refused`], [`AccountsError::Database`].
    pub async fn begin(
        database: &Database,
        now: Timestamp,
        actor: &Actor,
        filter: AuditFilter,
    ) -> Result<Self, AccountsError> {
        actor.check(Permission::ReadAudit)?;
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let asked = serde_json::json!({
            "subject": filter.subject,
            "actor": filter.actor,
            "action": filter.action,
            "from": time(filter.since),
            "to": time(filter.until),
        });
        let mut transaction = database.begin().await?;
        let entry = AuditEntry::new(actor, "accounts.export_audit", "audit");
        audit::append(&mut transaction, now, entry.after(asked.to_string())).await?;
        transaction.commit().await?;
        Ok(Self {
            until: audit::find_end(database).await?,
            database: database.clone(),
            filter,
            after: 0,
            is_begun: false,
        })
    }

    /// The next part of the file; none after the last.
    ///
    /// # Errors
    /// [`AccountsError::Database`]: the file is not whole then.
    pub async fn next_part(&mut self) -> Result<Option<String>, AccountsError> {
        let span = (self.after, self.until);
        let entries = audit::list_between(&self.database, &self.filter, span, PART).await?;
        let mut text = String::new();
        if !self.is_begun {
            self.is_begun = true;
            text.push_str(HEAD);
        }
        for entry in &entries {
            write_row(&mut text, entry);
            self.after = entry.sequence;
        }
        Ok((!text.is_empty()).then_some(text))
    }
}

/// Writes into the trail that an actor, who was let through for it, took restricted data along.
///
/// # Errors
/// [`AccountsError::Database`]: then the data must not be given.
pub async fn record_export(
    database: &Database,
    now: Timestamp,
    actor: &Actor,
    (action, subject): (&'static str, String),
    what: &serde_json::Value,
) -> Result<(), AccountsError> {
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(actor, action, subject).after(what.to_string());
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(())
}

fn write_row(text: &mut String, entry: &KeptEntry) {
    let sequence = entry.sequence.to_string();
    let at = Timestamp::from_epoch_ms(entry.at_ms).to_string();
    let hash = entry.hash.iter().fold(String::new(), |mut hex, byte| {
        let _never = write!(hex, "{byte:02x}");
        hex
    });
    let fields = [
        sequence.as_str(),
        &at,
        &entry.actor,
        entry.address.as_deref().unwrap_or_default(),
        &entry.action,
        &entry.subject,
        entry.before_json.as_deref().unwrap_or_default(),
        entry.after_json.as_deref().unwrap_or_default(),
        &hash,
    ];
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_field(text, field);
    }
    text.push_str("\r\n");
}

/// A field of RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe:
/// names that strangers type stand in the trail too.
fn write_field(text: &mut String, field: &str) {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !is_formula && !field.contains([',', '"', '\r', '\n']) {
        text.push_str(field);
        return;
    }
    text.push('"');
    if is_formula {
        text.push('\'');
    }
    text.push_str(&field.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_text_by_whatever_reads_it() {
        let check = |field: &str, expected: &str| {
            let mut text = String::new();
            write_field(&mut text, field);
            assert_eq!(text, expected);
        };
        check("user:li", "user:li");
        check("", "");
        check(r#"{"a":1,"b":"x"}"#, r#""{""a"":1,""b"":""x""}""#);
        check("two\nlines", "\"two\nlines\"");
        check("=1+1", "\"'=1+1\"");
        check("@sum", "\"'@sum\"");
    }
}
