//! Writing a bundle's files into one ZIP file.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::collect::Found;
use super::format::{FORM, FileEntry, MANIFEST, Manifest, PROOF, Told, sm3};
use super::page;
use crate::MonitoringError;

/// Writes all files, the list of them last; returns the ZIP file and the digest of the list.
pub(super) fn write(told: &Told, found: &Found) -> Result<(Vec<u8>, String), MonitoringError> {
    let mut archive = Archive {
        zip: ZipWriter::new(Cursor::new(Vec::new())),
        files: Vec::new(),
    };
    archive.put("index.html", page::write(told, found).as_bytes())?;
    archive.put("records.json", &json(told)?)?;
    archive.put(PROOF, &json(&found.proof)?)?;
    for (entry, packet) in found.proof.packets.iter().zip(&found.packets) {
        archive.put(&entry.file, &packet.bytes)?;
    }
    for (name, content) in &found.files {
        archive.put(name, content)?;
    }
    let manifest = json(&Manifest {
        form: FORM.to_owned(),
        files: std::mem::take(&mut archive.files),
    })?;
    archive.put(MANIFEST, &manifest)?;
    let content = archive.zip.finish().map_err(not_written)?;
    Ok((content.into_inner(), sm3(&manifest)))
}

struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    files: Vec<FileEntry>,
}

impl Archive {
    fn put(&mut self, name: &str, content: &[u8]) -> Result<(), MonitoringError> {
        let options = SimpleFileOptions::default();
        self.zip.start_file(name, options).map_err(not_written)?;
        self.zip.write_all(content).map_err(not_written)?;
        self.files.push(FileEntry {
            name: name.to_owned(),
            size: content.len() as u64,
            sm3: sm3(content),
        });
        Ok(())
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, MonitoringError> {
    serde_json::to_vec_pretty(value).map_err(not_written)
}

fn not_written(error: impl std::fmt::Display) -> MonitoringError {
    MonitoringError::damaged("evidence bundle", error)
}
