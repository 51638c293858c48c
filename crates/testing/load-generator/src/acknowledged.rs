//! The log of acknowledged packets: one line `QN MN` each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use anyhow::Context;

/// A writer on a thread of its own, so that no connection waits for the disk.
#[derive(Debug)]
pub(crate) struct AcknowledgedLog {
    sender: mpsc::Sender<String>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl AcknowledgedLog {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let (sender, receiver) = mpsc::channel::<String>();
        let thread = std::thread::spawn(move || {
            let mut file = BufWriter::new(file);
            for line in receiver {
                writeln!(file, "{line}")?;
            }
            file.flush()
        });
        Ok(Self { sender, thread })
    }

    pub(crate) fn sender(&self) -> mpsc::Sender<String> {
        self.sender.clone()
    }

    /// Writes the rest; every other sender must be gone.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        drop(self.sender);
        match self.thread.join() {
            Ok(result) => result.context("the log of acknowledged packets is not complete"),
            Err(_panicked) => anyhow::bail!("the log of acknowledged packets broke off"),
        }
    }
}

/// Reads the log: how often each (QN, MN) was acknowledged.
pub(crate) fn read_acknowledged(path: &Path) -> anyhow::Result<HashMap<(u64, Box<str>), u32>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut acknowledged = HashMap::new();
    for line in BufReader::new(file).lines() {
        let line = line?;
        let (request, mn) = line
            .split_once(' ')
            .with_context(|| format!("`{line}` is no line of this log"))?;
        match acknowledged.entry((request.parse()?, mn.into())) {
            Entry::Occupied(mut entry) => *entry.get_mut() += 1,
            Entry::Vacant(entry) => {
                entry.insert(1);
            }
        }
    }
    Ok(acknowledged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("acknowledged.log");
        let log = AcknowledgedLog::create(&path).expect("a log");
        for line in ["1 A", "2 A", "1 A"] {
            log.sender().send(line.to_owned()).expect("the writer");
        }
        log.finish().expect("written");
        let found = read_acknowledged(&path).expect("read");
        assert_eq!(found.len(), 2);
        assert_eq!(found.get(&(1, "A".into())), Some(&2));
        std::fs::write(&path, "1A\n").expect("written");
        assert!(read_acknowledged(&path).is_err());
    }
}
