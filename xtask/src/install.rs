//! Installs what the tests need on Debian as root, and says what to install anywhere else.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::cmd;

use crate::project::{Project, find_program, has_program, run_command};

/// Whether `apt-get` may be used without asking.
fn can_install() -> bool {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|entry| {
        use std::os::unix::fs::MetadataExt;
        entry.uid() == 0
    });
    is_root && has_program("apt-get")
}

/// Installs Debian packages, or fails with the line to type.
fn install_packages(project: &Project, packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if !can_install() {
        bail!(
            "missing: {0}\nhint: on Debian or Ubuntu: sudo apt-get install {0}",
            packages.join(" ")
        );
    }
    let shell = &project.shell;
    let _quiet = shell.push_env("DEBIAN_FRONTEND", "noninteractive");
    run_command(cmd!(shell, "apt-get update -qq"))?;
    run_command(cmd!(
        shell,
        "apt-get install -y -qq --no-install-recommends {packages...}"
    ))
}

/// A PostgreSQL server for the tests, unless `TEST_POSTGRES_URL` names one.
pub(crate) fn ensure_postgres(project: &Project) -> Result<()> {
    if std::env::var_os("TEST_POSTGRES_URL").is_some() || postgres_programs().is_some() {
        return Ok(());
    }
    install_packages(project, &["postgresql"])
}

/// The folder of the newest PostgreSQL server programs.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    folders.sort();
    folders
        .pop()
        .or_else(|| find_program("initdb").and_then(|path| path.parent().map(Path::to_owned)))
}

/// A browser and a font with Chinese for the browser tests; returns the browser's path.
///
/// The headless shell of Chromium is taken before Chromium itself: it has the same engine without
/// windows, tabs and their own pages, which cost as much again as a small test.
pub(crate) fn ensure_browser(project: &Project) -> Result<PathBuf> {
    let font = (!has_chinese_font()).then_some("fonts-noto-cjk");
    if find_headless_shell().is_some() {
        install_packages(project, font.as_slice())?;
    } else {
        let mut packages = vec!["chromium-headless-shell"];
        packages.extend(font);
        if let Err(error) = install_packages(project, &packages) {
            // older releases and other distributions have no such package
            eprintln!("no headless shell, so Chromium is used: {error:#}");
            let browser = find_chromium().is_none().then_some("chromium");
            let packages: Vec<&str> = browser.into_iter().chain(font).collect();
            install_packages(project, &packages)?;
        }
    }
    find_headless_shell()
        .or_else(find_chromium)
        .ok_or_else(|| anyhow::anyhow!("no Chromium\nhint: set CHROMIUM_PATH to its program"))
}

fn find_headless_shell() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM_PATH")
        .map(PathBuf::from)
        .or_else(|| find_program("chromium-headless-shell"))
}

fn find_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find_program)
}

fn has_chinese_font() -> bool {
    [
        "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/noto-cjk",
    ]
    .iter()
    .any(|folder| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().contains("CJK"))
        })
    })
}

/// Node 20 or newer with npm.
pub(crate) fn ensure_node(project: &Project) -> Result<()> {
    let hint = "hint: install Node.js 20 or newer with npm (https://nodejs.org)";
    if !has_program("node") || !has_program("npm") {
        bail!("the web application needs Node.js\n{hint}");
    }
    let shell = &project.shell;
    let version = cmd!(shell, "node --version").quiet().read()?;
    let major: u32 = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if major < 20 {
        bail!("Node.js {version} is too old\n{hint}");
    }
    Ok(())
}

/// The spelling checker `typos`: from the search path, or from PyPI into the build folder.
pub(crate) fn ensure_typos(project: &Project) -> Result<PathBuf> {
    if let Some(path) = find_program("typos") {
        return Ok(path);
    }
    let folder = project.path("target/tools/typos");
    let program = folder.join("bin/typos");
    if !program.exists() {
        let python = ["python3", "python"]
            .into_iter()
            .find(|name| has_program(name))
            .ok_or_else(|| {
                anyhow::anyhow!(
                    "no spelling checker\nhint: cargo install typos-cli, or install Python with pip"
                )
            })?;
        let shell = &project.shell;
        run_command(cmd!(
            shell,
            "{python} -m pip install --quiet --disable-pip-version-check --target {folder} typos"
        ))?;
    }
    Ok(program)
}
