//! The OpenAPI document is as kept beside the crate.

use std::path::Path;

/// `cargo xtask generate` rewrites the file by running this test with `UPDATE_OPENAPI=1`.
#[test]
fn the_document_is_as_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let document = http_api::openapi();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks whether to rewrite its snapshot"
    )]
    if std::env::var("UPDATE_OPENAPI").is_ok() {
        std::fs::write(&path, &document).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == document,
        "openapi.json is stale: run `cargo xtask generate`"
    );
}
