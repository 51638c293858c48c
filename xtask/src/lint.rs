//! `cargo xtask lint`: the rules of the house and the linters of each language.

mod dependencies;
mod files;
mod layers;
mod licences;
mod links;

use anyhow::{Result, bail};
use xshell::cmd;

use crate::project::{Project, run_command};
use crate::tally::Tally;
use crate::{install, web};

/// `cargo xtask lint [--fix]`.
pub(crate) fn run(project: &Project, is_fix: bool) -> Result<()> {
    if is_fix {
        fix(project)?;
    }
    let mut tally = Tally::default();
    check_everything(project, &mut tally);
    tally.close()
}

/// All checks.
pub(crate) fn check_everything(project: &Project, tally: &mut Tally) {
    check_rules(project, tally);
    tally.check("lint: spelling", || check_spelling(project));
    check_clippy(project, tally);
    tally.check("lint: rustdoc", || {
        let shell = &project.shell;
        run_command(
            cmd!(shell, "cargo doc --quiet --workspace --no-deps")
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
    for folder in ["web", "e2e"] {
        if project.path(folder).join("package.json").exists() {
            tally.check(&format!("lint: {folder}"), || {
                web::install_packages(project, folder)?;
                web::run_script(project, folder, "lint")
            });
        }
    }
}

/// The rules that need no compiler.
pub(crate) fn check_rules(project: &Project, tally: &mut Tally) {
    tally.check("lint: layers", || {
        none("layers", &layers::find_breaches(project)?)
    });
    tally.check("lint: files", || {
        none("files", &files::find_breaches(project)?)
    });
    tally.check("lint: links of documents", || {
        none("links", &links::find_breaches(project)?)
    });
    tally.check("lint: licences and sources of dependencies", || {
        none("licences", &licences::find_breaches(project)?)
    });
    tally.check("lint: unused dependencies", || {
        none("dependencies", &dependencies::find_breaches(project)?)
    });
    tally.check("lint: rustfmt", || {
        let shell = &project.shell;
        run_command(cmd!(shell, "cargo fmt --all --check"))
    });
}

/// Clippy over everything, warnings denied.
pub(crate) fn check_clippy(project: &Project, tally: &mut Tally) {
    tally.check("lint: clippy", || {
        let shell = &project.shell;
        run_command(cmd!(
            shell,
            "cargo clippy --quiet --workspace --all-targets -- -D warnings"
        ))
    });
}

fn check_spelling(project: &Project) -> Result<()> {
    let typos = install::ensure_typos(project)?;
    let shell = &project.shell;
    run_command(cmd!(shell, "{typos} --format brief"))
}

fn fix(project: &Project) -> Result<()> {
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo clippy --fix --allow-dirty --allow-staged --workspace --all-targets"
    ))?;
    run_command(cmd!(shell, "cargo fmt --all"))?;
    let typos = install::ensure_typos(project)?;
    run_command(cmd!(shell, "{typos} --write-changes"))?;
    for folder in ["web", "e2e"] {
        if project.path(folder).join("package.json").exists() {
            web::install_packages(project, folder)?;
            web::run_script(project, folder, "lint:fix")?;
        }
    }
    Ok(())
}

fn none(rule: &str, breaches: &[String]) -> Result<()> {
    if breaches.is_empty() {
        return Ok(());
    }
    for breach in breaches {
        println!("{rule}: {breach}");
    }
    bail!("{} breaches of the rules of {rule}", breaches.len())
}
