//! `web/src/api/permissions.ts`: what each operation of the HTTP interface needs, read from the same
//! line of the OpenAPI document that the server's gate reads.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const BEGIN: &str = "/api/v1";
/// Said where a permission for a part of the city is not enough.
const CITY_WIDE: &str = "for the whole city";

/// The file's text.
pub(crate) fn make(document: &str) -> Result<String> {
    let document: Value = serde_json::from_str(document).context("the document is no JSON")?;
    let paths = document
        .get("paths")
        .and_then(Value::as_object)
        .context("the document has no paths")?;
    let mut needs = String::new();
    let mut city_wide = String::new();
    for (path, item) in paths {
        let path = path.strip_prefix(BEGIN).unwrap_or(path);
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(description) = operation.get("description") else {
                continue;
            };
            let name = format!("{} {path}", method.to_uppercase());
            let description = description.as_str().unwrap_or_default();
            let Some((_before, said)) = description.rsplit_once("*Permissions*:") else {
                bail!("{name} does not say what it needs");
            };
            let always = said.split(';').next().unwrap_or_default();
            let words: Vec<_> = always.split('`').skip(1).step_by(2).collect();
            let list = words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(", ");
            writeln!(needs, "  '{name}': [{list}],")?;
            if always.contains(CITY_WIDE) {
                writeln!(city_wide, "  '{name}',")?;
            }
        }
    }
    Ok(format!(
        "/**\n * What each operation of the HTTP interface needs. Made from the OpenAPI document by\n \
         * `cargo xtask generate`; do not edit.\n */\nexport const NEEDS = {{\n{needs}}} as const\n\n\
         export type Operation = keyof typeof NEEDS\n\n\
         /** Those that somebody who is held to a part of the city may not do. */\n\
         export const CITY_WIDE: readonly Operation[] = [\n{city_wide}]\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_always_is_told_by_operation() {
        let document = r#"{ "paths": {
            "/api/v1/things": {
                "get": { "description": "Lists.\n\n*Permissions*: `a.read` and `b.read`." },
                "post": { "description": "Makes.\n\n*Permissions*: `a.manage`, for the whole city; `c.d` too." }
            },
            "/api/v1/me": { "get": { "description": "*Permissions*: signed in; of others `a.read`." } }
        } }"#;
        let text = make(document).unwrap();
        assert!(
            text.contains("  'GET /things': ['a.read', 'b.read'],\n"),
            "{text}"
        );
        assert!(text.contains("  'POST /things': ['a.manage'],\n"), "{text}");
        assert!(text.contains("  'GET /me': [],\n"), "{text}");
        assert!(
            text.contains("readonly Operation[] = [\n  'POST /things',\n]"),
            "{text}"
        );
    }

    #[test]
    fn an_operation_that_does_not_say_is_refused() {
        let error = make(r#"{ "paths": { "/api/v1/x": { "get": { "description": "Lists." } } } }"#)
            .unwrap_err();
        assert_eq!(error.to_string(), "GET /x does not say what it needs");
    }
}
