//! `cargo xtask generate`: files made from other files, and the check that they are fresh.

mod permissions;
mod standards;

use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::project::{Project, run_command};
use crate::web;

const OPENAPI: &str = "crates/edges/http-api/openapi.json";

/// Compared, like the OpenAPI document, by the test that also writes them.
const CONFIGURATION: [&str; 2] = ["docs/configuration.md", "config.example.toml"];

const SCHEMA: &str = "web/src/api/schema.ts";

const PERMISSIONS: &str = "web/src/api/permissions.ts";

const PLAN_SCHEMA: &str = "docs/plan-schema.md";

/// Makes, or with `is_check` compares, every generated file. The OpenAPI document itself is
/// compared by the test of `http-api` that also writes it, the schema of plans by one of
/// `city-plan`. `only` is how the paths begin.
pub(crate) fn run(project: &Project, is_check: bool, only: Option<&str>) -> Result<()> {
    let is_wanted = |path: &str| only.is_none_or(|start| path.starts_with(start));
    if !is_check && is_wanted(OPENAPI) {
        let shell = &project.shell;
        run_command(
            cmd!(
                shell,
                "cargo test --quiet --package http-api --test it openapi"
            )
            .env("UPDATE_OPENAPI", "1"),
        )?;
    }
    if !is_check && is_wanted(PLAN_SCHEMA) {
        let shell = &project.shell;
        run_command(
            cmd!(
                shell,
                "cargo test --quiet --package city-plan --test it documents"
            )
            .env("UPDATE_PLAN_SCHEMA", "1"),
        )?;
    }
    if !is_check && CONFIGURATION.into_iter().any(is_wanted) {
        let shell = &project.shell;
        run_command(
            cmd!(
                shell,
                "cargo test --quiet --package qingshan --bin qingshan config::reference"
            )
            .env("UPDATE_CONFIGURATION", "1"),
        )?;
    }
    let mut stale = Vec::new();
    for (relative, text) in make_all(project, is_wanted)? {
        let path = project.path(&relative);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if old == text {
            println!("fresh    {relative}");
        } else if is_check {
            println!("STALE    {relative}{}", first_difference(&old, &text));
            stale.push(relative);
        } else {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, text).with_context(|| format!("cannot write {relative}"))?;
            println!("written  {relative}");
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!("stale: {}\nhint: cargo xtask generate", stale.join(", "))
}

/// Path and text of each generated file.
fn make_all(project: &Project, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>> {
    let mut files = standards::make_all(project)?;
    files.retain(|(path, _)| is_wanted(path));
    if is_wanted(SCHEMA) && project.has_web() && project.path("web/src/api").exists() {
        files.push((SCHEMA.to_owned(), typescript_schema(project)?));
    }
    if is_wanted(PERMISSIONS) && project.has_web() {
        let document = std::fs::read_to_string(project.path(OPENAPI))
            .with_context(|| format!("cannot read {OPENAPI}"))?;
        files.push((PERMISSIONS.to_owned(), permissions::make(&document)?));
    }
    Ok(files)
}

/// The TypeScript types of the HTTP interface, by openapi-typescript.
fn typescript_schema(project: &Project) -> Result<String> {
    web::install_packages(project, "web")?;
    let shell = &project.shell;
    let _folder = shell.push_dir(project.path("web"));
    let source = Path::new("..").join(OPENAPI);
    let text = cmd!(shell, "npx --no-install openapi-typescript {source}").read()?;
    Ok(format!("{}\n", text.trim_end()))
}

fn first_difference(old: &str, new: &str) -> String {
    old.lines()
        .zip(new.lines())
        .position(|(old, new)| old != new)
        .map(|line| format!(" (first at line {})", line + 1))
        .unwrap_or_default()
}
