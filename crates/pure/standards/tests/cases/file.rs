//! Reading the case files.

use std::collections::BTreeMap;
use std::path::Path;

use standards::Cell;

/// One case: what is given, what is expected, and why.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Name of the test.
    pub(crate) title: String,
    /// The function it calls, such as `air::percentile`.
    pub(crate) function: String,
    /// Arguments by name.
    pub(crate) given: BTreeMap<String, Cell>,
    /// Results by name.
    pub(crate) expect: BTreeMap<String, String>,
    /// Where the expectation comes from.
    pub(crate) source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    case: Vec<FileCase>,
    #[serde(default)]
    series: Vec<FileSeries>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCase {
    name: String,
    clause: String,
    function: String,
    source: String,
    #[serde(default)]
    given: BTreeMap<String, Cell>,
    expect: BTreeMap<String, String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSeries {
    name: String,
    clause: String,
    function: String,
    source: String,
    #[serde(default)]
    given: BTreeMap<String, Cell>,
    /// Names of the columns; one that starts with `=` is expected, the others are given.
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The cases of every file, in the order of their names.
pub(crate) fn read_all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders {
        let standard = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().is_some_and(|name| name != "clauses.toml"))
            .collect();
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let file: File =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            cases.extend(file.case.into_iter().map(|case| Case {
                title: format!("{standard} {} {}", case.clause, case.name),
                function: case.function,
                given: case.given,
                expect: case.expect,
                source: case.source,
            }));
            for series in &file.series {
                cases.extend(series.rows.iter().map(|row| expand(&standard, series, row)));
            }
        }
    }
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let mut titles: Vec<_> = cases.iter().map(|case| &case.title).collect();
    titles.sort();
    for pair in titles.windows(2) {
        assert!(pair[0] != pair[1], "two cases are called `{}`", pair[0]);
    }
    cases
}

fn expand(standard: &str, series: &FileSeries, row: &[String]) -> Case {
    assert_eq!(
        row.len(),
        series.columns.len(),
        "{standard} {}: {row:?}",
        series.name
    );
    let mut given = series.given.clone();
    let mut expect = BTreeMap::new();
    let mut told = Vec::new();
    for (column, value) in series.columns.iter().zip(row) {
        if let Some(name) = column.strip_prefix('=') {
            // an empty expectation says nothing about this row
            if !value.is_empty() {
                expect.insert(name.to_owned(), value.clone());
            }
        } else if !value.is_empty() {
            told.push(format!("{column} {value}"));
            given.insert(column.clone(), Cell::Text(value.clone()));
        }
    }
    Case {
        title: format!(
            "{standard} {} {}: {}",
            series.clause,
            series.name,
            told.join(", ")
        ),
        function: series.function.clone(),
        given,
        expect,
        source: series.source.clone(),
    }
}
