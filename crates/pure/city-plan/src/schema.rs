//! The schema of a plan's files, made from the types: as JSON Schema for editors and as a document.

use core::fmt::Write;

use serde_json::{Map, Value};

use crate::finding::Rule;
use crate::model::PlanFile;

/// The JSON Schema of one file, for editors that complete and check TOML.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(PlanFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The entries of a file in the order in which the document explains them.
const ORDER: [(&str, &str); 30] = [
    ("Header", "[plan]"),
    ("Region", "[[region]]"),
    ("Unit", "[[unit]]"),
    ("Measure", "[[measure]]"),
    ("SourceKind", "source"),
    ("Statistic", "[measure.statistic]"),
    ("StatisticKind", "kind"),
    ("Indicator", "[[indicator]]"),
    ("Force", "force"),
    ("Meaning", "meaning"),
    ("YearTarget", "path"),
    ("RegionTarget", "by_region"),
    ("Account", "[[account]]"),
    ("PastResult", "[[result]]"),
    ("Fact", "[[fact]]"),
    ("Identity", "[[identity]]"),
    ("Task", "[[task]]"),
    ("TaskMeasure", "[[task.measure]]"),
    ("Recurrence", "recurrence"),
    ("NamedProject", "[[project]]"),
    ("Investment", "[[investment]]"),
    ("InvestmentTotal", "[investment_total]"),
    ("Safeguard", "[[safeguard]]"),
    ("NotACommitment", "[[not_a_commitment]]"),
    ("Reason", "reason"),
    ("AssessmentRule", "[assessment]"),
    ("Grade", "[[assessment.grade]]"),
    ("Responsibility", "[[assessment.responsibility]]"),
    ("IndicatorWeight", "[[assessment.weight]]"),
    ("WorkWeights", "[assessment.work]"),
];

const INTRODUCTION: &str = "# The schema of a plan's files

*Made from the types of the crate `city-plan` by `cargo xtask generate`; do not edit.*

A plan is a folder of TOML files, read as one. Exactly one of them has the table `[plan]`; every other kind of entry may stand in any of them, so that a plan can be split by chapter. `qingshan plan new FOLDER` writes a first one with comments, `qingshan plan check FOLDER` checks it, `qingshan plan schema` prints the same schema as JSON Schema for editors.

- Figures are **exact decimals in quotes** (`\"49.30362\"`); years and counts have no quotes.
- An identifier is unique over all kinds of entries.
- Every commitment **cites** the plan: section and the words themselves. Text and entries so link both ways, and the linter can tell which figure of the text no entry speaks of.
- Formulas are those of the crate `formula`.

";

/// The schema as a document in Markdown.
pub fn schema_document() -> String {
    let schema = schemars::schema_for!(PlanFile).to_value();
    let empty = Map::new();
    let definitions = schema
        .get("$defs")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let mut text = INTRODUCTION.to_owned();
    for (name, title) in ORDER.iter().chain([&("Cite", "cite")]) {
        let Some(definition) = definitions.get(*name) else {
            continue;
        };
        let _infallible = write!(text, "## `{title}`\n\n{}\n\n", description(definition));
        if let Some(variants) = definition.get("oneOf").and_then(Value::as_array) {
            text.push_str("| value | meaning |\n|---|---|\n");
            for variant in variants {
                let value = variant.get("const").and_then(Value::as_str).unwrap_or("");
                let _infallible = writeln!(text, "| `{value}` | {} |", description(variant));
            }
        } else {
            fields(&mut text, definition);
        }
        text.push('\n');
    }
    text.push_str("## What `qingshan plan check` looks for\n\n| rule | severity |\n|---|---|\n");
    for rule in Rule::ALL {
        let _infallible = writeln!(text, "| `{rule}` | {} |", rule.severity().as_str());
    }
    text.push_str("\nThe exit code is 0 without errors, 1 with errors (with `--strict` also with warnings), 2 when nothing could be read.\n");
    text
}

/// A table of the fields of one type: those that must be there first.
fn fields(text: &mut String, definition: &Value) {
    let required: Vec<&str> = definition
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let empty = Map::new();
    let properties = definition
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    text.push_str("| field | | type | meaning |\n|---|---|---|---|\n");
    let optional = properties
        .keys()
        .map(String::as_str)
        .filter(|name| !required.contains(name));
    for name in required.iter().copied().chain(optional) {
        let Some(field) = properties.get(name) else {
            continue;
        };
        let needed = if required.contains(&name) { "must" } else { "" };
        let _infallible = writeln!(
            text,
            "| `{name}` | {needed} | {} | {} |",
            kind(field),
            description(field)
        );
    }
}

/// The type of a field in words.
fn kind(field: &Value) -> String {
    if let Some(reference) = field.get("$ref").and_then(Value::as_str) {
        return named(reference);
    }
    if let Some(items) = field.get("items") {
        return format!("list of {}", kind(items));
    }
    if let Some(choices) = field.get("anyOf").and_then(Value::as_array) {
        return choices
            .iter()
            .find(|choice| choice.get("type").and_then(Value::as_str) != Some("null"))
            .map(kind)
            .unwrap_or_default();
    }
    if let Some(values) = field
        .get("additionalProperties")
        .filter(|it| it.is_object())
    {
        return format!("table of {}", kind(values));
    }
    let word = match field.get("type") {
        Some(Value::String(word)) => word.as_str(),
        Some(Value::Array(words)) => words.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    match word {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        other => other.to_owned(),
    }
}

/// `#/$defs/Cite` as the title of its section.
fn named(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or_default();
    ORDER
        .iter()
        .chain([&("Cite", "cite")])
        .find(|(known, _)| *known == name)
        .map_or_else(|| name.to_owned(), |(_, title)| format!("`{title}`"))
}

/// The documentation comment as one line.
fn description(value: &Value) -> String {
    value
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" | ", " \\| ")
        .replace("` \\| `", "` | `")
}
