//! `docs/standards/*.md`: clause → function → cases, made from the case files of `standards`, and
//! the check that every clause called implemented has a case for each function it names.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::project::Project;

const CASES: &str = "crates/pure/standards/cases";
const SOURCE: &str = "crates/pure/standards/src";
const FOLDER: &str = "docs/standards";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clauses {
    edition: String,
    title: String,
    english: String,
    /// How sure the numbering of the clauses is.
    numbering: String,
    clause: Vec<Clause>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    number: String,
    subject: String,
    status: Status,
    #[serde(default)]
    functions: Vec<String>,
    note: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// There is a function and a case.
    Implemented,
    /// There will be.
    Planned,
    /// Not a matter of this crate.
    Outside,
}

#[derive(Default, serde::Deserialize)]
struct CaseFile {
    #[serde(default)]
    case: Vec<Case>,
    #[serde(default)]
    series: Vec<Case>,
}

/// A case, or a series of them; what else stands in it is for the tests that run it.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    clause: String,
    function: String,
    #[serde(default)]
    rows: Vec<toml::Value>,
}

impl Case {
    fn count(&self) -> usize {
        self.rows.len().max(1)
    }
}

struct Standard {
    folder: String,
    clauses: Clauses,
    cases: Vec<Case>,
}

/// Path and text of each document.
///
/// # Errors
/// When a clause lacks a case, a case names no clause, or a function does not exist.
pub(super) fn make_all(project: &Project) -> Result<Vec<(String, String)>> {
    let standards = read_all(&project.path(CASES))?;
    let mut breaches = Vec::new();
    let functions = read_functions(&project.path(SOURCE))?;
    for standard in &standards {
        breaches.extend(check(standard, &functions));
    }
    if !breaches.is_empty() {
        for breach in &breaches {
            println!("standards: {breach}");
        }
        bail!("{} clauses and cases do not fit together", breaches.len());
    }
    let mut files: Vec<(String, String)> = standards
        .iter()
        .map(|standard| (format!("{FOLDER}/{}.md", standard.folder), tell(standard)))
        .collect();
    files.push((format!("{FOLDER}/README.md"), tell_all(&standards)));
    Ok(files)
}

fn sorted_entries(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn read_all(root: &Path) -> Result<Vec<Standard>> {
    let mut standards = Vec::new();
    for folder in sorted_entries(root)? {
        let mut clauses = None;
        let mut cases = Vec::new();
        for path in sorted_entries(&folder)? {
            let text = std::fs::read_to_string(&path)?;
            let bad = || format!("cannot read {}", path.display());
            if path.ends_with("clauses.toml") {
                clauses = Some(toml::from_str::<Clauses>(&text).with_context(bad)?);
            } else {
                let file: CaseFile = toml::from_str(&text).with_context(bad)?;
                cases.extend(file.case);
                cases.extend(file.series);
            }
        }
        standards.push(Standard {
            folder: folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            clauses: clauses
                .with_context(|| format!("{} has no clauses.toml", folder.display()))?,
            cases,
        });
    }
    Ok(standards)
}

/// The text of all sources by their first module: `air`, `water`, …
fn read_functions(source: &Path) -> Result<BTreeMap<String, String>> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut folders = vec![source.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in sorted_entries(&folder)? {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path
                .strip_prefix(source)?
                .components()
                .next()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .unwrap_or_default();
            let module = module.trim_end_matches(".rs").to_owned();
            texts
                .entry(module)
                .or_default()
                .push_str(&std::fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}

fn exists(function: &str, texts: &BTreeMap<String, String>) -> bool {
    let module = function.split("::").next().unwrap_or_default();
    let name = function.rsplit("::").next().unwrap_or_default();
    texts.get(module).is_some_and(|text| {
        ["(", "<"]
            .iter()
            .any(|after| text.contains(&format!("pub fn {name}{after}")))
    })
}

fn check(standard: &Standard, texts: &BTreeMap<String, String>) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut say = |what: String| breaches.push(format!("{}: {what}", standard.folder));
    for clause in &standard.clauses.clause {
        let number = &clause.number;
        let own = |case: &&Case| case.clause == *number;
        if clause.status != Status::Implemented {
            if standard.cases.iter().any(|case| own(&case)) {
                say(format!(
                    "clause {number} has cases but is not called implemented"
                ));
            }
            continue;
        }
        if clause.functions.is_empty() {
            say(format!(
                "clause {number} is called implemented and names no function"
            ));
        }
        for function in &clause.functions {
            if !exists(function, texts) {
                say(format!("clause {number}: there is no `{function}`"));
            }
            if !standard
                .cases
                .iter()
                .filter(own)
                .any(|case| case.function == *function)
            {
                say(format!(
                    "clause {number} is called implemented, but `{function}` has no case"
                ));
            }
        }
    }
    for case in &standard.cases {
        let fits = standard.clauses.clause.iter().any(|clause| {
            clause.number == case.clause && clause.functions.contains(&case.function)
        });
        if !fits {
            say(format!(
                "case `{}`: clause {} does not name `{}`",
                case.name, case.clause, case.function
            ));
        }
    }
    breaches
}

const NOTICE: &str = "<!-- Made by `cargo xtask generate` from crates/pure/standards/cases; edit the files there. -->";

fn state(clause: &Clause) -> &'static str {
    match clause.status {
        Status::Implemented => "implemented",
        Status::Planned => "planned",
        Status::Outside => "outside this crate",
    }
}

fn tell(standard: &Standard) -> String {
    let clauses = &standard.clauses;
    let mut text = format!(
        "{NOTICE}\n\n# {} {}\n\n{}. Numbering: {}.\n\n| clause | subject | state | function | cases |\n|---|---|---|---|---|\n",
        clauses.edition, clauses.title, clauses.english, clauses.numbering
    );
    for clause in &clauses.clause {
        let functions: Vec<_> = clause
            .functions
            .iter()
            .map(|function| format!("`{function}`"))
            .collect();
        let count: usize = standard
            .cases
            .iter()
            .filter(|case| case.clause == clause.number)
            .map(Case::count)
            .sum();
        let count = if count == 0 {
            "–".to_owned()
        } else {
            count.to_string()
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {count} |",
            clause.number,
            clause.subject,
            state(clause),
            if functions.is_empty() {
                "–".to_owned()
            } else {
                functions.join(" ")
            },
        );
    }
    for clause in &clauses.clause {
        let _ = write!(text, "\n## {} {}\n\n", clause.number, clause.subject);
        if let Some(note) = &clause.note {
            let _ = write!(text, "{note}\n\n");
        }
        if clause.status != Status::Implemented {
            let _ = writeln!(text, "No cases: {}.", state(clause));
        }
        for case in &standard.cases {
            if case.clause != clause.number {
                continue;
            }
            let rows = if case.rows.is_empty() {
                String::new()
            } else {
                format!(" ({} rows)", case.rows.len())
            };
            let _ = writeln!(text, "- {}{rows}: `{}`", case.name, case.function);
        }
    }
    text
}

fn tell_all(standards: &[Standard]) -> String {
    let mut text = format!(
        "{NOTICE}\n\n# Standards as code\n\nWhich clause is which function, and the cases that check it. A clause called implemented has a case for each function it names, or `cargo xtask generate --check` fails.\n\n| standard | title | clauses implemented | planned | outside | cases |\n|---|---|---|---|---|---|\n"
    );
    let mut total = 0;
    for standard in standards {
        let count = |status| {
            standard
                .clauses
                .clause
                .iter()
                .filter(|clause| clause.status == status)
                .count()
        };
        let cases: usize = standard.cases.iter().map(Case::count).sum();
        total += cases;
        let _ = writeln!(
            text,
            "| [{}]({}.md) | {} | {} | {} | {} | {cases} |",
            standard.clauses.edition,
            standard.folder,
            standard.clauses.title,
            count(Status::Implemented),
            count(Status::Planned),
            count(Status::Outside),
        );
    }
    let _ = writeln!(text, "\n{total} cases in all.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standard(clauses: &str, cases: &str) -> Standard {
        let head = "edition = 'E'\ntitle = 'T'\nenglish = 'T'\nnumbering = 'n'\n";
        Standard {
            folder: "e".to_owned(),
            clauses: toml::from_str(&format!("{head}{clauses}")).expect("clauses"),
            cases: toml::from_str::<CaseFile>(cases).expect("cases").case,
        }
    }

    fn breaches(clauses: &str, cases: &str) -> Vec<String> {
        let texts = BTreeMap::from([("air".to_owned(), "pub fn percentile(".to_owned())]);
        check(&standard(clauses, cases), &texts)
    }

    const CLAUSE: &str = "[[clause]]\nnumber = '1'\nsubject = 's'\nstatus = 'implemented'\nfunctions = ['air::percentile']\n";
    const CASE: &str = "[[case]]\nname = 'n'\nclause = '1'\nfunction = 'air::percentile'\n";

    #[test]
    fn an_implemented_clause_with_its_case_passes() {
        assert!(breaches(CLAUSE, CASE).is_empty());
    }

    #[test]
    fn an_implemented_clause_without_a_case_fails() {
        assert_eq!(breaches(CLAUSE, "").len(), 1);
    }

    #[test]
    fn a_case_of_an_unknown_clause_fails() {
        assert_eq!(
            breaches(CLAUSE, &format!("{CASE}{}", CASE.replace("'1'", "'2'"))).len(),
            1
        );
    }

    #[test]
    fn a_function_that_does_not_exist_fails() {
        let clause = CLAUSE.replace("percentile", "gone");
        let case = CASE.replace("percentile", "gone");
        assert_eq!(breaches(&clause, &case).len(), 1);
    }

    #[test]
    fn a_planned_clause_needs_no_case_and_may_have_none() {
        let clause = CLAUSE.replace("implemented", "planned");
        assert!(breaches(&clause, "").is_empty());
        assert!(!breaches(&clause, CASE).is_empty());
    }
}
