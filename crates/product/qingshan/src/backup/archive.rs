//! The file of a backup: a ZIP file (not compressed once more) of parts compressed by zstd, and
//! their list last. `unzip` and `zstd -d` open it without this program.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use sm3::{Digest, Sm3};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::manifest::{FORM, Manifest, Part, to_hex};
use super::progress::Progress;

/// The name of the list in the file.
const LIST: &str = "manifest.json";
/// The name of the key in the file.
const KEY: &str = "qingshan.key";
/// Nobody's list or key is longer.
const MOST_TEXT_BYTES: u64 = 1 << 20;
/// Compression: most of what is in the database is compressed already.
const LEVEL: i32 = 3;

/// A backup being written.
pub(crate) struct Writer {
    zip: ZipWriter<BufWriter<File>>,
    parts: Vec<Part>,
}

impl Writer {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self {
            zip: ZipWriter::new(BufWriter::with_capacity(1 << 20, file)),
            parts: Vec::new(),
        })
    }

    fn options() -> SimpleFileOptions {
        SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true)
            .unix_permissions(0o600)
    }

    /// Writes one part from where it is read.
    pub(crate) fn put(
        &mut self,
        name: &str,
        from: &mut dyn Read,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        self.zip
            .start_file(format!("{name}.zst"), Self::options())?;
        let mut encoder = zstd::Encoder::new(&mut self.zip, LEVEL)?;
        let (mut hasher, mut size) = (Sm3::new(), 0_u64);
        let mut buffer = vec![0; 1 << 20];
        loop {
            progress.check()?;
            let length = from.read(&mut buffer)?;
            let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else {
                break;
            };
            hasher.update(piece);
            encoder
                .write_all(piece)
                .context("cannot write the backup")?;
            size += length as u64;
            progress.advance(length as u64);
        }
        encoder.finish().context("cannot write the backup")?;
        self.parts.push(Part {
            name: name.to_owned(),
            size_bytes: size,
            sm3: to_hex(&hasher.finalize()),
        });
        Ok(())
    }

    pub(crate) fn put_key(&mut self, key: &str) -> anyhow::Result<()> {
        self.zip.start_file(KEY, Self::options())?;
        self.zip.write_all(key.as_bytes())?;
        Ok(())
    }

    /// Writes the list and makes everything durable; returns the list and its SM3.
    pub(crate) fn finish(mut self, mut manifest: Manifest) -> anyhow::Result<(Manifest, String)> {
        manifest.parts = std::mem::take(&mut self.parts);
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.zip.start_file(LIST, Self::options())?;
        self.zip.write_all(&text)?;
        let file = self.zip.finish().context("cannot write the backup")?;
        let file = file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all().context("cannot write the backup")?;
        Ok((manifest, to_hex(&Sm3::digest(&text))))
    }
}

/// A backup being read.
#[derive(Debug)]
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    manifest: Manifest,
    digest: String,
}

impl Archive {
    /// Opens a backup and reads its list.
    ///
    /// # Errors
    /// When it cannot be read, is no backup, was cut off, or is of a newer form.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let mut zip = ZipArchive::new(BufReader::with_capacity(1 << 20, file))
            .with_context(|| format!("{name} is no backup of this program, or was cut off"))?;
        let text = read_text(&mut zip, LIST)
            .with_context(|| format!("{name} is no backup of this program: it has no list"))?;
        let value: serde_json::Value =
            serde_json::from_slice(&text).with_context(|| format!("{name} has a damaged list"))?;
        let form = value.get("form").and_then(serde_json::Value::as_str);
        match form {
            Some(FORM) => {}
            Some(form) if form.starts_with("qingshan-backup/") => bail!(
                "{name} has the form `{form}` and this program reads `{FORM}`: take the version of \
                 the program that made it"
            ),
            _ => bail!("{name} is no backup of this program: its list says something else"),
        }
        let manifest: Manifest =
            serde_json::from_value(value).with_context(|| format!("{name} has a damaged list"))?;
        for part in &manifest.parts {
            let entry = format!("{}.zst", part.name);
            if zip.index_for_name(&entry).is_none() {
                bail!("{name} misses its part {entry}");
            }
        }
        Ok(Self {
            digest: to_hex(&Sm3::digest(&text)),
            zip,
            manifest,
        })
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Unpacks one part and compares it with the list.
    ///
    /// # Errors
    /// When it was altered or cut off, or cannot be written.
    pub(crate) fn take(
        &mut self,
        part: &Part,
        to: &mut dyn Write,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let name = &part.name;
        let damaged = || format!("the part {name} is damaged");
        let entry = self
            .zip
            .by_name(&format!("{name}.zst"))
            .with_context(damaged)?;
        let mut decoder = zstd::Decoder::new(entry).with_context(damaged)?;
        let (mut hasher, mut size) = (Sm3::new(), 0_u64);
        let mut buffer = vec![0; 1 << 20];
        loop {
            progress.check()?;
            let length = decoder.read(&mut buffer).with_context(damaged)?;
            let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else {
                break;
            };
            hasher.update(piece);
            size += length as u64;
            if size > part.size_bytes {
                bail!("the part {name} is longer than the list says");
            }
            to.write_all(piece)
                .with_context(|| format!("cannot write the part {name}"))?;
            progress.advance(length as u64);
        }
        if size != part.size_bytes || to_hex(&hasher.finalize()) != part.sm3 {
            bail!("the part {name} is not what the list says: the backup was altered");
        }
        Ok(())
    }

    /// The key of device passwords, when it is inside.
    pub(crate) fn read_key(&mut self) -> anyhow::Result<Option<String>> {
        if !self.manifest.has_sealing_key {
            return Ok(None);
        }
        let bytes = read_text(&mut self.zip, KEY).context("the backup misses its key")?;
        Ok(Some(String::from_utf8(bytes)?))
    }
}

fn read_text(zip: &mut ZipArchive<BufReader<File>>, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    zip.by_name(name)?
        .take(MOST_TEXT_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
