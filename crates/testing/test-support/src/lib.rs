//! Test databases on SQLite and PostgreSQL, and temporary folders.
//!
//! A PostgreSQL server is taken from `TEST_POSTGRES_URL`, or a private one is started on loopback
//! under the build folder and left running for the next test run (`cargo xtask test` stops it).

mod shared_server;
mod test_database;

pub use postgres_server::{PostgresServer, Stop};
pub use shared_server::{server_folder, stop_server};
pub use tempfile::TempDir;
pub use test_database::TestDatabase;

/// A temporary folder that goes with the test.
#[derive(Debug)]
pub struct TestFolder(TempDir);

impl TestFolder {
    /// A new, empty folder.
    ///
    /// # Panics
    /// When the system has no room for one.
    #[expect(clippy::new_without_default, reason = "making a folder is no default")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

/// Makes `name::sqlite` and `name::postgres` of one test body that takes a [`TestDatabase`].
#[macro_export]
macro_rules! test_on_both_databases {
    ($name:ident, |$database:ident| $body:expr) => {
        mod $name {
            use super::*;

            async fn body($database: $crate::TestDatabase) {
                $body.await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::TestDatabase::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::TestDatabase::postgres().await).await;
            }
        }
    };
}
