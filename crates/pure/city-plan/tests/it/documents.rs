//! The generated document of the schema is as the types are.

use city_plan::{json_schema, schema_document};

use crate::support::root;

#[test]
fn the_document_of_the_schema_is_fresh() {
    let path = root().join("docs/plan-schema.md");
    let made = schema_document();
    if std::env::var_os("UPDATE_PLAN_SCHEMA").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, made, "hint: cargo xtask generate");
}

#[test]
fn every_type_and_field_of_the_schema_is_explained() {
    let schema = json_schema();
    let document = schema_document();
    let mut count = 0;
    for line in schema.lines().filter(|line| line.contains("#/$defs/")) {
        let name = line.rsplit('/').next().unwrap().trim_matches(['"', ',']);
        assert!(
            !document.contains(&format!(" {name} |")),
            "{name} has no section"
        );
        count += 1;
    }
    assert!(count > 20);
    for line in document.lines().filter(|line| line.starts_with("| `")) {
        let last = line
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap()
            .trim();
        assert!(last.len() > 3, "not explained: {line}");
    }
}
