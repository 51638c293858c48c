//! `cargo xtask dist`: the binary that a bureau installs, with the web application inside, and the
//! units, settings and guides that go with it.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::{Project, has_program, run_command};
use crate::web;

/// Builds web and binary and writes the binary, its SHA-256 checksum and what is installed beside it
/// to `target/dist`.
pub(crate) fn run(project: &Project) -> Result<()> {
    if project.has_web() {
        web::build(project)?;
    }
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo build --release --locked --package qingshan"
    ))?;
    let folder = project.path("target/dist");
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(
        project.path("target/release/qingshan"),
        folder.join("qingshan"),
    )
    .context("cannot copy the binary")?;
    for name in [
        "packaging",
        "docs/installation.md",
        "docs/installation.zh-CN.md",
    ] {
        let from = project.path(name);
        run_command(cmd!(shell, "cp -R {from} {folder}"))?;
    }
    let _folder = shell.push_dir(&folder);
    let checksum = if has_program("sha256sum") {
        cmd!(shell, "sha256sum qingshan").read()?
    } else {
        cmd!(shell, "shasum -a 256 qingshan").read()?
    };
    std::fs::write(folder.join("qingshan.sha256"), format!("{checksum}\n"))?;
    println!("{}", folder.join("qingshan").display());
    println!("{checksum}");
    Ok(())
}
