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

/// The document has one schema for each name: of two types with one name, one would be lost.
#[test]
fn no_two_types_of_the_document_have_one_name() {
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut names: Vec<(String, String)> = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("ToSchema)]").skip(1) {
            let mut words = part.split_whitespace();
            words.find(|word| matches!(*word, "struct" | "enum"));
            if let Some(name) = words.next() {
                names.push((name.to_owned(), path.display().to_string()));
            }
        }
    }
    assert!(names.len() > 100, "the types are found");
    names.sort();
    let twice: Vec<_> = names
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn every_place_in_a_path_is_described() {
    let document: serde_json::Value = serde_json::from_str(&http_api::openapi()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let places = path.matches('{').count();
        for (method, operation) in operations.as_object().unwrap() {
            let described = operation["parameters"].as_array().map_or(0, |all| {
                all.iter().filter(|one| one["in"] == "path").count()
            });
            assert_eq!(described, places, "{method} {path}");
        }
    }
}
