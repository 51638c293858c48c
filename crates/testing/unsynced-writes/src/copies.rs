//! The synced copies, and which parts of each file have been written since.

use std::ffi::{OsStr, OsString, c_int};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use libc::off_t;

const ENTRY: usize = 16;
const CHUNK: usize = 1 << 20;

/// Where files are watched and where their copies are.
#[derive(Debug)]
pub(crate) struct Copies {
    folder: PathBuf,
    kept: PathBuf,
    lies: bool,
    sync_takes: Duration,
}

static COPIES: OnceLock<Option<Copies>> = OnceLock::new();

impl Copies {
    /// As the environment says; nothing when it says nothing.
    pub(crate) fn get() -> Option<&'static Self> {
        COPIES
            .get_or_init(|| {
                Some(Self {
                    folder: std::env::var_os("UNSYNCED_FOLDER")?.into(),
                    kept: std::env::var_os("UNSYNCED_KEPT")?.into(),
                    lies: std::env::var_os("UNSYNCED_LIES").is_some(),
                    sync_takes: std::env::var_os("UNSYNCED_SYNC_MS")
                        .and_then(|ms| ms.to_str()?.parse().ok())
                        .map_or(Duration::ZERO, Duration::from_millis),
                })
            })
            .as_ref()
    }

    /// The part of a path below the folder.
    pub(crate) fn relative(&self, path: &[u8]) -> Option<Vec<u8>> {
        let path = Path::new(OsStr::from_bytes(path));
        let path = if path.is_absolute() {
            path.to_owned()
        } else {
            std::env::current_dir().ok()?.join(path)
        };
        let below = path.strip_prefix(&self.folder).ok()?;
        Some(below.as_os_str().as_bytes().to_vec())
    }

    fn kept(&self, below: &[u8]) -> PathBuf {
        self.kept.join(OsStr::from_bytes(below))
    }

    /// The list of what was written since the last sync; whoever holds it holds it alone.
    fn open_list(&self, below: &[u8]) -> io::Result<File> {
        let mut name = OsString::from_vec(below.to_vec());
        name.push(".unsynced");
        let path = self.kept.join(name);
        let open = || {
            File::options()
                .read(true)
                .append(true)
                .create(true)
                .open(&path)
        };
        let file = match (open(), path.parent()) {
            (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(parent)?;
                open()?
            }
            (result, _) => result?,
        };
        file.lock()?;
        Ok(file)
    }

    /// Notes that a part of a file was written.
    pub(crate) fn note(&self, below: &[u8], at: off_t, length: off_t) {
        let noted = self.open_list(below).and_then(|mut list| {
            let mut entry = [0; ENTRY];
            let (first, second) = entry.split_at_mut(ENTRY / 2);
            first.copy_from_slice(&at.to_le_bytes());
            second.copy_from_slice(&length.to_le_bytes());
            list.write_all(&entry)
        });
        insist(noted);
    }

    /// Takes over into the copy what was written to an open file.
    pub(crate) fn sync(&self, below: &[u8], file: c_int) {
        std::thread::sleep(self.sync_takes);
        if !self.lies {
            insist(self.take_over(below, file));
        }
    }

    fn take_over(&self, below: &[u8], file: c_int) -> io::Result<()> {
        let mut list = self.open_list(below)?;
        let source = Source::new(file)?;
        let copy = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.kept(below))?;
        let mut entries = Vec::new();
        list.seek(SeekFrom::Start(0))?;
        list.read_to_end(&mut entries)?;
        let (entries, _rest) = entries.as_chunks::<ENTRY>();
        for entry in entries {
            let (at, length) = entry.split_at(ENTRY / 2);
            copy_part(&source, &copy, number(at), number(length))?;
        }
        copy.set_len(source.length()?)?;
        list.set_len(0)
    }

    /// A file has been removed.
    pub(crate) fn remove(&self, path: &[u8]) {
        let Some(below) = self.relative(path) else {
            return;
        };
        let removed = self.open_list(&below).and_then(|list| {
            list.set_len(0)?;
            absent_is_fine(fs::remove_file(self.kept(&below)))
        });
        insist(removed);
    }

    /// A file has another name.
    pub(crate) fn rename(&self, from: &[u8], to: &[u8]) {
        self.name_again(from, to, |from, to| fs::rename(from, to));
        if let Some(from) = self.relative(from) {
            insist(self.open_list(&from).and_then(|list| list.set_len(0)));
        }
    }

    /// A file has one more name. Its writes are listed under both from here on, so a program must
    /// give one of them up before it writes again, as PostgreSQL does.
    pub(crate) fn link(&self, from: &[u8], to: &[u8]) {
        self.name_again(from, to, |from, to| {
            absent_is_fine(fs::remove_file(to))?;
            fs::hard_link(from, to)
        });
    }

    fn name_again(
        &self,
        from: &[u8],
        to: &[u8],
        name: impl FnOnce(&Path, &Path) -> io::Result<()>,
    ) {
        let (Some(from), Some(to)) = (self.relative(from), self.relative(to)) else {
            return;
        };
        let named = self.open_list(&from).and_then(|mut old| {
            let mut entries = Vec::new();
            old.seek(SeekFrom::Start(0))?;
            old.read_to_end(&mut entries)?;
            let mut new = self.open_list(&to)?;
            new.set_len(0)?;
            new.write_all(&entries)?;
            // a file that was never synced is lost under its new name too
            match name(&self.kept(&from), &self.kept(&to)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    absent_is_fine(fs::remove_file(self.kept(&to)))
                }
                result => result,
            }
        });
        insist(named);
    }
}

/// What a file holds now. It is read by the program's own descriptor where that can read: opening
/// and closing a file once more would take away the program's locks on it.
enum Source {
    Own(ManuallyDrop<File>),
    Again(File),
}

impl Source {
    fn new(file: c_int) -> io::Result<Self> {
        // SAFETY: the caller syncs this open file, and it is not closed here
        let own = ManuallyDrop::new(unsafe { File::from_raw_fd(file) });
        if own.read_at(&mut [0], 0).is_ok() {
            return Ok(Self::Own(own));
        }
        File::open(format!("/proc/self/fd/{file}")).map(Self::Again)
    }

    fn file(&self) -> &File {
        match self {
            Self::Own(file) => file,
            Self::Again(file) => file,
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file().metadata()?.len())
    }

    fn read_at(&self, part: &mut [u8], at: u64) -> io::Result<usize> {
        self.file().read_at(part, at)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .try_into()
        .map_or(0, |bytes: [u8; 8]| u64::from_le_bytes(bytes))
}

fn copy_part(source: &Source, copy: &File, at: u64, length: u64) -> io::Result<()> {
    let (mut at, end) = (at, at + length);
    let mut buffer = vec![0; CHUNK];
    while at < end {
        let wanted = usize::try_from(end - at).map_or(CHUNK, |rest| rest.min(CHUNK));
        let part = buffer.get_mut(..wanted).unwrap_or_default();
        let count = source.read_at(part, at)?;
        if count == 0 {
            // cut off since
            break;
        }
        copy.write_all_at(part.get(..count).unwrap_or_default(), at)?;
        at += count as u64;
    }
    Ok(())
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// A copy that is not right would prove nothing: the program ends.
fn insist(result: io::Result<()>) {
    if let Err(error) = result {
        let _said = writeln!(io::stderr(), "unsynced-writes: {error}");
        std::process::abort();
    }
}
