//! Whether a restored database is what the list of the backup says.

use database::snapshot::Snapshot;
use database::{Database, DatabaseSettings, audit};
use monitoring::vault::verify_vault;

use super::manifest::{Heads, Manifest};
use super::progress::Progress;

/// Looks at everything; returns what was looked at, and what is wrong.
///
/// # Errors
/// When the database cannot be read at all.
pub(super) async fn check(
    url: &str,
    manifest: &Manifest,
    progress: &Progress,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let database = Database::open(&DatabaseSettings::new(url)).await?;
    let looked = look(&database, manifest, progress).await;
    database.close().await;
    looked
}

async fn look(
    database: &Database,
    manifest: &Manifest,
    progress: &Progress,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (mut checked, mut faults) = (Vec::new(), Vec::new());
    progress.begin_rows("checking pages and references");
    faults.extend(database.find_damage().await?);
    progress.check()?;
    progress.begin_rows("counting rows");
    let mut snapshot = Snapshot::begin(database).await?;
    let tables = snapshot.count_rows().await?;
    let heads = Heads::from(snapshot.load_heads().await?);
    drop(snapshot);
    for (table, expected) in &manifest.tables {
        match tables.get(table) {
            Some(found) if found == expected => {}
            Some(found) => faults.push(format!("{table}: {found} rows instead of {expected}")),
            None => faults.push(format!("{table} is missing")),
        }
    }
    if heads != manifest.heads {
        faults.push("the chains do not end where the list says".to_owned());
    }
    checked.push(format!(
        "{} rows in {} tables",
        tables.values().sum::<i64>(),
        tables.len()
    ));
    progress.check()?;
    progress.begin_rows("following the audit trail");
    if let Some(sequence) = audit::find_break(database).await? {
        faults.push(format!("the audit trail is broken at entry {sequence}"));
    }
    checked.push(format!(
        "{} entries of the audit trail",
        heads.audit_sequence
    ));
    progress.check()?;
    progress.begin_rows("following the chains of packets");
    // a schema older than this program is read by the program after `migrate` only
    if database.schema_state().await?.missing == 0 {
        let report = verify_vault(database).await?;
        faults.extend(report.faults.iter().map(ToString::to_string));
        checked.push(format!(
            "{} packets of {} MNs in the vault, {} batches of the journal",
            report.packets, report.mns, report.batches
        ));
    } else {
        checked.push(
            "the chains of packets were not followed: run `qingshan migrate`, then `qingshan vault \
             verify`"
                .to_owned(),
        );
    }
    Ok((checked, faults))
}
