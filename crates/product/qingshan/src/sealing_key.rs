//! The installation's key file, which seals device passwords and keys.

use std::path::Path;

use anyhow::Context;
use sites::SealingKey;

/// Reads the key, or makes one when there is no file yet. The file is readable by its owner only.
///
/// # Errors
/// When the file cannot be read, holds no key, or cannot be written.
pub(crate) fn open(path: &Path) -> anyhow::Result<SealingKey> {
    match std::fs::read_to_string(path) {
        Ok(text) => SealingKey::from_hex(&text)
            .with_context(|| format!("{} holds no sealing key", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the sealing key {}", path.display()))
        }
    }
}

fn make(path: &Path) -> anyhow::Result<SealingKey> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let key = SealingKey::generate()?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot make the sealing key {}", path.display()))?;
    writeln!(file, "{}", key.to_hex())?;
    file.sync_all()?;
    tracing::info!(
        "made a sealing key in {}: keep a copy, device passwords cannot be read without it",
        path.display()
    );
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = test_support::TestFolder::new();
        let path = folder.path().join("qingshan.key");
        let made = open(&path).expect("a new key");
        let read = open(&path).expect("the same key");
        assert_eq!(made.to_hex(), read.to_hex());
        let permissions = std::fs::metadata(&path)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(permissions & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_not_replaced() {
        let folder = test_support::TestFolder::new();
        let path = folder.path().join("qingshan.key");
        std::fs::write(&path, "no key").expect("a file");
        assert!(
            open(&path)
                .expect_err("refused")
                .to_string()
                .contains("holds no sealing key")
        );
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "no key");
    }
}
