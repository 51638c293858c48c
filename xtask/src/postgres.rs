//! The private PostgreSQL server of the tests.

use anyhow::Result;
use xshell::cmd;

use crate::project::Project;

/// Stops the server that `test-support` started under the build folder, if it runs.
pub(crate) fn stop_test_server(project: &Project) -> Result<()> {
    let folder = project.path("target/test-postgres");
    let Ok(text) = std::fs::read_to_string(folder.join("data/postmaster.pid")) else {
        return Ok(());
    };
    if let Some(id) = text.lines().next() {
        let shell = &project.shell;
        cmd!(shell, "kill -INT {id}").ignore_status().run()?;
    }
    let port = folder.join("port");
    if port.exists() {
        std::fs::remove_file(port)?;
    }
    Ok(())
}
