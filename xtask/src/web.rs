//! The web application's own tools: npm, ESLint, Prettier, vue-tsc, Vitest and Playwright.

use anyhow::{Result, bail};
use xshell::cmd;

use crate::project::{Project, run_command};
use crate::tally::{Runner, Tally};
use crate::{compile, install};

/// Installs the packages of a folder as its lock file orders, when they are absent or stale.
pub(crate) fn install_packages(project: &Project, folder: &str) -> Result<()> {
    install::ensure_node(project)?;
    let lock = project.path(folder).join("package-lock.json");
    let installed = project.path(folder).join("node_modules/.package-lock.json");
    let is_fresh = match (lock.metadata(), installed.metadata()) {
        (Ok(lock), Ok(installed)) => installed.modified()? >= lock.modified()?,
        _ => false,
    };
    if is_fresh {
        return Ok(());
    }
    let shell = &project.shell;
    let _folder = shell.push_dir(project.path(folder));
    run_command(cmd!(shell, "npm ci --no-audit --no-fund --prefer-offline"))
}

/// Runs a script of `package.json`.
pub(crate) fn run_script(project: &Project, folder: &str, script: &str) -> Result<()> {
    let shell = &project.shell;
    let _folder = shell.push_dir(project.path(folder));
    run_command(cmd!(shell, "npm run --silent {script}"))
}

/// The application built into `web/dist`, which the binary embeds.
pub(crate) fn build(project: &Project) -> Result<()> {
    install_packages(project, "web")?;
    run_script(project, "web", "build")
}

/// The unit tests.
pub(crate) fn test_units(project: &Project, tally: &mut Tally) {
    let shell = &project.shell;
    let _folder = shell.push_dir(project.path("web"));
    tally.tests(
        "web: unit tests",
        Runner::Vitest,
        cmd!(shell, "npx --no-install vitest run"),
    );
}

/// The browser tests, counted.
pub(crate) fn test_browser(project: &Project, tally: &mut Tally) {
    let shell = &project.shell;
    let mut browser = None;
    let is_ready = tally.check("e2e: browser, packages and programs", || {
        browser = Some(install::ensure_browser(project)?);
        install_packages(project, "e2e")?;
        // with the tests, so that what they are made of is not compiled again with other features
        let command = cmd!(shell, "cargo build --workspace --bins --tests");
        compile::compile(project, command)
    });
    let Some(browser) = browser.filter(|_found| is_ready) else {
        // programs of an earlier build must not be tested in place of these
        return tally.fail("e2e: browser tests", "what they need is not there");
    };
    let _folder = shell.push_dir(project.path("e2e"));
    tally.tests(
        "e2e: browser tests",
        Runner::Playwright,
        cmd!(shell, "npx --no-install playwright test --reporter=list")
            .env("CHROMIUM_PATH", browser),
    );
}

/// `cargo xtask generate --pictures`: the pictures of the user guide.
pub(crate) fn take_pictures(project: &Project) -> Result<()> {
    let browser = install::ensure_browser(project)?;
    build(project)?;
    install_packages(project, "e2e")?;
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo build --package qingshan --package city-simulator"
    ))?;
    let _folder = shell.push_dir(project.path("e2e"));
    run_command(
        cmd!(
            shell,
            "npx --no-install playwright test --config pictures.config.ts"
        )
        .env("CHROMIUM_PATH", browser),
    )
}

/// `cargo xtask test-e2e`.
pub(crate) fn test_end_to_end(project: &Project, arguments: &[String]) -> Result<()> {
    if !project.path("e2e/package.json").exists() {
        bail!("there is no folder e2e with browser tests");
    }
    let browser = install::ensure_browser(project)?;
    build(project)?;
    install_packages(project, "e2e")?;
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo build --package qingshan --package city-simulator"
    ))?;
    let _folder = shell.push_dir(project.path("e2e"));
    run_command(
        cmd!(shell, "npx --no-install playwright test {arguments...}")
            .env("CHROMIUM_PATH", browser),
    )
}
