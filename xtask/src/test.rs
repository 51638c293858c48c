//! `cargo xtask test`: everything that CI runs, with one closing total.

use anyhow::Result;
use clap::Args;
use clap::builder::BoolishValueParser;
use xshell::cmd;

use crate::project::{Project, has_program};
use crate::tally::{Runner, Tally};
use crate::{compile, generate, install, lint, postgres, verify, web};

/// The options of `cargo xtask test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Rules, clippy and the Rust tests only: no web, no rustdoc, no browser.
    #[arg(long)]
    fast: bool,
    /// Set by CI systems: nothing may be skipped.
    #[arg(long, env = "CI", hide = true, value_parser = BoolishValueParser::new(), default_value = "false", num_args = 0..=1, default_missing_value = "true")]
    ci: bool,
}

/// Runs all of it and exits with 1 when anything failed.
pub(crate) fn run(project: &Project, arguments: &TestArguments) -> Result<()> {
    let mut tally = Tally::default();
    let shell = &project.shell;
    let jobs = compile::choose_jobs();
    let _jobs = std::env::var_os("CARGO_BUILD_JOBS")
        .is_none()
        .then(|| shell.push_env("CARGO_BUILD_JOBS", jobs.to_string()));
    println!("{}; {jobs} compilers at a time", compile::describe(project));
    tally.check("set-up: disk", || compile::check_disk(project));
    tally.check("set-up: PostgreSQL", || install::ensure_postgres(project));
    if !arguments.fast && project.has_web() {
        tally.check("web: packages", || web::install_packages(project, "web"));
        web::test_units(project, &mut tally);
        tally.check("web: build", || web::build(project));
    }
    if arguments.fast {
        lint::check_rules(project, &mut tally);
        lint::check_clippy(project, &mut tally);
    } else {
        lint::check_everything(project, &mut tally);
    }
    test_rust(project, arguments, &mut tally);
    verify::test(project, &mut tally);
    if !arguments.fast {
        tally.check("generated files", || generate::run(project, true, None));
        if project.path("e2e/package.json").exists() {
            web::test_browser(project, &mut tally);
        }
    }
    if let Err(error) = postgres::stop_test_server(project) {
        eprintln!("the test server of PostgreSQL did not stop: {error:#}");
    }
    tally.close()
}

/// Compiles the tests as a step of its own, so that a compiler that fails is told from a test that
/// fails; without it they count as failed.
fn test_rust(project: &Project, arguments: &TestArguments, tally: &mut Tally) {
    let shell = &project.shell;
    // insta must never write or accept a snapshot in CI
    let _insta = shell.push_env("INSTA_UPDATE", if arguments.ci { "no" } else { "auto" });
    let has_nextest = has_program("cargo-nextest");
    let is_compiled = tally.check("Rust: tests compiled", || {
        let command = if has_nextest {
            cmd!(shell, "cargo nextest run --workspace --no-run")
        } else {
            cmd!(
                shell,
                "cargo test --workspace --all-targets --no-run --quiet"
            )
        };
        compile::compile(project, command)
    });
    if !is_compiled {
        tally.fail("Rust: tests", "they could not be compiled");
    } else if has_nextest {
        tally.tests(
            "Rust: tests",
            Runner::Nextest,
            cmd!(shell, "cargo nextest run --workspace --no-fail-fast --status-level fail --final-status-level slow"),
        );
    } else {
        tally.tests(
            "Rust: tests",
            Runner::CargoTest,
            cmd!(
                shell,
                "cargo test --workspace --all-targets --no-fail-fast --quiet"
            ),
        );
    }
    if !arguments.fast {
        tally.tests(
            "Rust: examples in the documentation",
            Runner::CargoTest,
            cmd!(shell, "cargo test --workspace --doc --no-fail-fast --quiet"),
        );
    }
}
