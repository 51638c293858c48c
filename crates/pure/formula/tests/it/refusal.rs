//! What a formula may not be, said with a place and a way out.

use formula::Formula;

fn refused(source: &str) -> formula::FormulaError {
    match Formula::parse(source) {
        Ok(_) => panic!("{source} was read"),
        Err(error) => error,
    }
}

#[test]
fn a_double_literal_is_refused_with_what_to_write() {
    let error = refused("good_days > 0.85");
    assert_eq!(error.column, 13);
    assert_eq!(error.hint, "write decimal(\"0.85\")");
    assert!(error.problem.contains("`0.85`"), "{}", error.problem);
    refused("1e3");
    refused("decimal(0.85)");
}

#[test]
fn what_is_no_part_of_the_language_is_refused() {
    for source in [
        "\"text\"",
        "5u",
        "null",
        "[1, 2]",
        "{1: 2}",
        "a.b",
        "a.round(1)",
        "[1].exists(x, x > 0)",
        "a[0]",
        "a in b",
        "a % b",
        "size(a)",
        "unknown(a)",
        "decimal(\"1e5x\")",
        "round(a)",
        "sum()",
        "@0",
    ] {
        let error = refused(source);
        assert!(
            !error.problem.is_empty() && !error.hint.is_empty(),
            "{source}: {error}"
        );
    }
}

#[test]
fn truths_and_numbers_do_not_mix() {
    for source in [
        "a + true",
        "a && b",
        "!a",
        "a > 1 ? true : 1",
        "(a > 1) > 2",
        "true == false",
    ] {
        assert!(refused(source).problem.contains("mixes"), "{source}");
    }
}

#[test]
fn broken_syntax_says_where() {
    assert_eq!(refused("good_days *").column, 12);
    assert!(refused("a × b").hint.contains("×"));
    assert!(refused("round（a，1）").hint.contains("ASCII"));
    assert!(refused("").problem.contains("empty"));
    assert!(refused("  ").problem.contains("empty"));
}

#[test]
fn hostile_formulas_are_refused_without_using_up_the_stack() {
    // on a thread with the stack that tests and servers give
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(|| {
            for unit in [
                "(", "-", "!", "1+", "a?a:", "[", "{", "a.", "a||", "a&&", "a==", "f(",
            ] {
                for count in [40, 200, 333, 100_000] {
                    let source = unit.repeat(count);
                    assert!(Formula::parse(&source).is_err(), "{unit}");
                    let _maybe = Formula::parse(&format!("{source}a"));
                }
            }
            let balanced = format!("{}a{}", "(".repeat(48), ")".repeat(48));
            let _maybe = Formula::parse(&balanced);
            let long = format!("sum({}a)", "a, ".repeat(300));
            assert!(Formula::parse(&long).is_ok());
        })
        .unwrap()
        .join()
        .unwrap();
}
