//! The log of acknowledged packets: one line each, with the packet's QN and its logger's number.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use anyhow::Context;

/// QN of a packet and the number of its logger.
pub(crate) type Acknowledged = (u64, usize);

/// A writer on a thread of its own, so that no connection waits for the disk.
#[derive(Debug)]
pub(crate) struct AcknowledgedLog {
    sender: mpsc::Sender<Acknowledged>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl AcknowledgedLog {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let (sender, receiver) = mpsc::channel::<Acknowledged>();
        let thread = std::thread::spawn(move || {
            let mut file = BufWriter::new(file);
            for (request, number) in receiver {
                writeln!(file, "{request} {number}")?;
            }
            file.flush()
        });
        Ok(Self { sender, thread })
    }

    pub(crate) fn sender(&self) -> mpsc::Sender<Acknowledged> {
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

/// Reads the log; a packet that was acknowledged twice counts once.
pub(crate) fn read_acknowledged(path: &Path) -> anyhow::Result<HashSet<Acknowledged>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut acknowledged = HashSet::new();
    for line in BufReader::new(file).lines() {
        let line = line?;
        let (request, number) = line
            .split_once(' ')
            .with_context(|| format!("`{line}` is no line of this log"))?;
        acknowledged.insert((request.parse()?, number.parse()?));
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
        for line in [(1, 7), (2, 7), (1, 7), (1, 8)] {
            log.sender().send(line).expect("the writer");
        }
        log.finish().expect("written");
        let found = read_acknowledged(&path).expect("read");
        assert_eq!(found, HashSet::from([(1, 7), (2, 7), (1, 8)]));
        std::fs::write(&path, "17\n").expect("written");
        assert!(read_acknowledged(&path).is_err());
    }
}
