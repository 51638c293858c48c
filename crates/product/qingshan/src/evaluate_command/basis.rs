//! What a result rests on, as columns of a table and as JSON.

use serde_json::{Value, json};
use standards::Basis;

/// Its columns: key, Chinese heading.
pub(super) const COLUMNS: [(&str, &str); 6] = [
    ("edition", "标准"),
    ("clause", "条款"),
    ("method", "方法"),
    ("parameters", "参数出处"),
    ("confidence", "参数核实"),
    ("rounding", "修约"),
];

/// The cells of [`COLUMNS`].
pub(super) fn texts(basis: &Basis) -> [String; COLUMNS.len()] {
    [
        basis.edition.clone(),
        basis.clause.to_owned(),
        basis.method.to_owned(),
        basis.parameters.clone(),
        basis.confidence.name().to_owned(),
        basis.rounding.to_owned(),
    ]
}

/// All of it, with what was put in.
pub(super) fn object(basis: &Basis) -> Value {
    json!({
        "edition": basis.edition,
        "clause": basis.clause,
        "method": basis.method,
        "parameters": basis.parameters,
        "confidence": basis.confidence.name(),
        "is_to_be_verified": basis.confidence.is_to_be_verified(),
        "rounding": basis.rounding,
        "inputs": basis.inputs.iter()
            .map(|input| json!({"name": input.name, "value": input.value}))
            .collect::<Vec<_>>(),
    })
}
