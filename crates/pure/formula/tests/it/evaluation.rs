//! Exact results, missing values, lineage.

use formula::{Evaluation, Formula, FormulaKind, MeasureValue, Measures, Outcome};
use proptest::prelude::*;

fn measures(pairs: &[(&str, Option<&str>)]) -> Measures {
    let mut measures = Measures::new();
    for (name, value) in pairs {
        measures.insert(
            *name,
            MeasureValue {
                value: value.map(|text| text.parse().unwrap()),
                edition: format!("edition of {name}"),
            },
        );
    }
    measures
}

fn evaluate(source: &str, pairs: &[(&str, Option<&str>)]) -> Evaluation {
    Formula::parse(source)
        .unwrap_or_else(|error| panic!("{source}: {error}"))
        .evaluate(&measures(pairs))
        .unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn check(source: &str, expected: &str) {
    let pairs = [("a", Some("7")), ("b", Some("0.1")), ("gone", None)];
    let shown = match evaluate(source, &pairs).outcome {
        Outcome::Number(number) => number.to_string(),
        Outcome::Truth(truth) => truth.to_string(),
        Outcome::Missing => "missing".to_owned(),
    };
    assert_eq!(shown, expected, "{source}");
}

#[test]
fn arithmetic_is_exact_and_rounds_only_where_it_is_told_to() {
    check("a / 3", "7/3");
    check("a / 3 * 3", "7");
    check("b + b + b", "3/10");
    check(
        "decimal(\"0.1\") + decimal(\"0.2\") == decimal(\"0.3\")",
        "true",
    );
    check("round(decimal(\"2.345\"), 2)", "117/50");
    check("round_half_up(decimal(\"2.345\"), 2)", "47/20");
    check("round(1000 / 3, 0)", "333");
    check("-a + 10", "3");
    check("abs(1 - a)", "6");
    check("sum(a, b, 1)", "81/10");
    check("mean(a, 1, 1)", "3");
    check("mean(a)", "7");
    check("least(a, b, 3)", "1/10");
    check("greatest(a, b, 9, 3)", "9");
    check("a > 5 ? a : 0", "7");
    check("a > 5 && b <= 1 || false", "true");
    check("!(a != 7)", "true");
}

#[test]
fn a_missing_measure_makes_the_result_missing_and_never_nought() {
    check("gone", "missing");
    check("gone + 1", "missing");
    check("gone * 0", "missing");
    check("gone > 5", "missing");
    check("gone == gone", "missing");
    check("gone != 1", "missing");
    check("sum(a, gone)", "missing");
    check("mean(a, gone)", "missing");
    check("round(gone, 1)", "missing");
    check("unheard_of + 1", "missing");
    check("gone > 5 ? 1 : 2", "missing");
}

#[test]
fn what_does_not_depend_on_the_missing_value_is_still_known() {
    check("gone > 5 || a > 5", "true");
    check("a > 5 || gone > 5", "true");
    check("gone > 5 && a > 9", "false");
    check("gone > 5 && a > 5", "missing");
    check("is_missing(gone)", "true");
    check("is_missing(a)", "false");
    check("value_or(gone, a)", "7");
    check("value_or(b, a)", "1/10");
    check("is_missing(gone) ? 0 : gone", "0");
}

#[test]
fn lineage_names_what_was_read_and_nothing_else() {
    let pairs = [("a", Some("7")), ("b", Some("0.1")), ("c", None)];
    let evaluation = evaluate("a > 5 ? c + 1 : b", &pairs);
    assert_eq!(evaluation.outcome, Outcome::Missing);
    let names: Vec<_> = evaluation
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(evaluation.inputs[0].value, Some("7".parse().unwrap()));
    assert_eq!(
        evaluation.inputs[0].edition.as_deref(),
        Some("edition of a")
    );
    assert_eq!(evaluation.inputs[1].value, None);
    let evaluation = evaluate("unheard_of + a", &pairs);
    assert_eq!(evaluation.inputs[1].name, "unheard_of");
    assert_eq!(evaluation.inputs[1].edition, None);
}

#[test]
fn division_by_zero_and_numbers_out_of_range_are_errors_with_their_inputs() {
    let formula = Formula::parse("a / b").unwrap();
    let error = formula
        .evaluate(&measures(&[("a", Some("1")), ("b", Some("0"))]))
        .unwrap_err();
    assert_eq!(error.problem, "division by zero");
    assert_eq!(error.inputs.len(), 2);
    let formula = Formula::parse("a * a * a").unwrap();
    let large = "9999999999999999999999999999";
    let error = formula
        .evaluate(&measures(&[("a", Some(large))]))
        .unwrap_err();
    assert!(error.problem.contains("exact range"), "{}", error.problem);
    let formula = Formula::parse("round(1, a)").unwrap();
    for wrong in ["0.5", "13", "-1"] {
        let error = formula
            .evaluate(&measures(&[("a", Some(wrong))]))
            .unwrap_err();
        assert!(error.problem.contains("0 to 12"), "{}", error.problem);
    }
}

#[test]
fn a_formula_tells_its_measures_and_its_kind() {
    let formula = Formula::parse("good_days * 100 / valid_days").unwrap();
    assert_eq!(
        formula.names().collect::<Vec<_>>(),
        ["good_days", "valid_days"]
    );
    assert_eq!(formula.kind(), FormulaKind::Number);
    assert_eq!(Formula::parse("a > 1").unwrap().kind(), FormulaKind::Truth);
}

proptest! {
    #[test]
    fn a_share_agrees_with_cross_multiplication(part in 0_i64..100_000, whole in 1_i64..100_000) {
        let (part_text, whole_text) = (part.to_string(), whole.to_string());
        let pairs = [("p", Some(part_text.as_str())), ("w", Some(whole_text.as_str()))];
        let Outcome::Number(share) = evaluate("p * 100 / w", &pairs).outcome else {
            return Err(TestCaseError::fail("no number"));
        };
        prop_assert_eq!(
            share.numerator() * i128::from(whole),
            i128::from(part) * 100 * share.denominator()
        );
    }

    #[test]
    fn any_text_is_read_or_refused_and_nothing_panics(text in "[a-c0-9.+*/()?:!<>=&|,\" \\[\\]-]{0,60}") {
        if let Ok(formula) = Formula::parse(&text) {
            let _result = formula.evaluate(&measures(&[("a", Some("7")), ("b", Some("0"))]));
        }
    }
}
