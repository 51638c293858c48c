//! `pg_dump` and `pg_restore`, which know best how PostgreSQL is copied.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use url::Url;

use super::archive::Archive;
use super::progress::Progress;

/// The one part of a backup of PostgreSQL: an archive in `pg_dump`'s own form.
pub(super) const PART: &str = "database.dump";

/// A running `pg_dump`.
pub(super) struct Dump {
    child: Child,
}

impl Dump {
    /// Begins to read what a snapshot shows.
    ///
    /// # Errors
    /// When the program is not there.
    pub(super) fn start(url: &str, snapshot: &str) -> anyhow::Result<Self> {
        let mut command = tool("pg_dump", url)?;
        command
            .args(["--format=custom", "--compress=0", "--no-owner"])
            .args(["--no-privileges", "--exclude-schema=before_restore_*"])
            .arg(format!("--snapshot={snapshot}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(Self {
            child: spawn(command, "pg_dump")?,
        })
    }

    /// Lets somebody read all of it.
    ///
    /// # Errors
    /// When `pg_dump` fails, with what it said.
    pub(super) fn read(
        mut self,
        take: impl FnOnce(&mut dyn Read) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut out = self.child.stdout.take().context("its output is a pipe")?;
        let said = listen(&mut self.child)?;
        let taken = take(&mut out);
        drop(out);
        finish(self.child, "pg_dump", said, taken)
    }
}

/// Restores a dump in one transaction: all of it or nothing.
///
/// # Errors
/// When `pg_restore` fails, with what it said.
pub(super) fn restore(url: &str, archive: &mut Archive, progress: &Progress) -> anyhow::Result<()> {
    let mut command = tool("pg_restore", url)?;
    command
        .args(["--single-transaction", "--exit-on-error", "--no-owner"])
        // the schema itself is there already
        .args(["--no-privileges", "--schema=public"]);
    feed(command, archive, progress)
}

/// Reads a whole dump as `pg_restore` does, into nowhere.
///
/// # Errors
/// When a digest is wrong or `pg_restore` cannot read it.
pub(super) fn read_through(
    archive: &mut Archive,
    digests_only: bool,
    progress: &Progress,
) -> anyhow::Result<Vec<String>> {
    let manifest = archive.manifest().clone();
    progress.begin_bytes("reading", manifest.size_bytes());
    if digests_only {
        for part in &manifest.parts {
            archive.take(part, &mut std::io::sink(), progress)?;
        }
        return Ok(vec!["the digests of all parts are right".to_owned()]);
    }
    let mut command = Command::new("pg_restore");
    command.arg("--file=/dev/null");
    feed(command, archive, progress)?;
    Ok(vec![
        "the digests of all parts are right".to_owned(),
        "pg_restore reads all of it; rows and chains are checked when it is restored".to_owned(),
    ])
}

fn feed(mut command: Command, archive: &mut Archive, progress: &Progress) -> anyhow::Result<()> {
    let part = archive
        .manifest()
        .parts
        .iter()
        .find(|part| part.name == PART)
        .cloned()
        .context("the backup has no copy of a PostgreSQL database")?;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = spawn(command, "pg_restore")?;
    let mut input = child.stdin.take().context("its input is a pipe")?;
    let said = listen(&mut child)?;
    let mut fed = Pipe {
        inner: &mut input,
        is_broken: false,
    };
    let mut taken = archive.take(&part, &mut fed, progress);
    if taken.is_err() && fed.is_broken {
        // its own words say why
        taken = Ok(());
    } else if taken.is_err() {
        // what was fed is not what was backed up: it must not be taken for the whole
        child.kill().context("cannot end pg_restore")?;
    }
    drop(input);
    finish(child, "pg_restore", said, taken)
}

/// Knows whether the other side went away.
struct Pipe<'a> {
    inner: &'a mut dyn Write,
    is_broken: bool,
}

impl Write for Pipe<'_> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer);
        self.is_broken |= written.is_err();
        written
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

type Said = std::thread::JoinHandle<std::io::Result<String>>;

/// Reads what a program says beside, so that it never waits for us.
fn listen(child: &mut Child) -> anyhow::Result<Said> {
    let stderr = child.stderr.take().context("its messages are a pipe")?;
    Ok(std::thread::spawn(move || {
        let mut text = String::new();
        stderr.take(64 << 10).read_to_string(&mut text)?;
        Ok(text)
    }))
}

fn finish(
    mut child: Child,
    name: &str,
    said: Said,
    taken: anyhow::Result<()>,
) -> anyhow::Result<()> {
    if taken.is_err() {
        // it may have ended by itself already
        let _gone = child.kill();
    }
    let status = child.wait()?;
    let said = match said.join() {
        Ok(said) => said.unwrap_or_else(|error| error.to_string()),
        Err(_panicked) => String::new(),
    };
    taken?;
    if !status.success() {
        bail!("{name} failed ({status}): {}", said.trim());
    }
    Ok(())
}

fn spawn(mut command: Command, name: &str) -> anyhow::Result<Child> {
    command.spawn().with_context(|| {
        format!(
            "cannot run {name}: install the client programs of PostgreSQL, of the server's version \
             or newer"
        )
    })
}

/// A program that connects to a URL; the password goes by the environment, where other users of the
/// machine cannot see it.
fn tool(name: &str, url: &str) -> anyhow::Result<Command> {
    let mut parsed = Url::parse(url).context("database.url is no URL")?;
    ensure!(
        matches!(parsed.scheme(), "postgres" | "postgresql"),
        "database.url names no PostgreSQL server"
    );
    let mut command = Command::new(name);
    if let Some(password) = parsed.password() {
        let password = percent_encoding::percent_decode_str(password)
            .decode_utf8()
            .context("the password in database.url is no UTF-8")?
            .into_owned();
        command.env("PGPASSWORD", password);
        if parsed.set_password(None).is_err() {
            bail!("database.url has no place for a password");
        }
    }
    command
        .env("PGAPPNAME", name)
        .arg(format!("--dbname={parsed}"));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_among_the_arguments() {
        let command = tool(
            "pg_dump",
            "postgres://bureau:se%23cret@db.internal:5433/qingshan",
        )
        .expect("a URL");
        let arguments: Vec<_> = command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            arguments,
            ["--dbname=postgres://bureau@db.internal:5433/qingshan"]
        );
        let variables: Vec<_> = command.get_envs().collect();
        assert!(variables.iter().any(|(name, value)| *name == "PGPASSWORD"
            && *value == Some(std::ffi::OsStr::new("se#cret"))));
    }
}
