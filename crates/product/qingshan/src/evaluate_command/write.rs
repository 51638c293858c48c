//! Results as CSV, JSON or a workbook, written row by row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet};
use serde_json::{Map, Value, json};
use standards::evaluation::{Evaluated, Flip, OutputColumn, Problem, Summary};

use super::{Count, EvaluateOptions, Format, basis, format, language_of, summary};
use crate::hj212_command::LanguageOption;

/// One judged row on its way out.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) number: u64,
    pub(super) cells: &'a [String],
    pub(super) evaluated: &'a Evaluated,
    pub(super) flips: &'a [Flip],
}

/// The sheets of a workbook.
const RESULTS: usize = 0;
const SUMMARY: usize = 1;
const PROBLEMS: usize = 2;

/// Writes results in one of the forms.
pub(super) struct Writer<'a> {
    options: &'a EvaluateOptions,
    header: Vec<String>,
    columns: &'static [OutputColumn],
    is_simulation: bool,
    form: Form,
}

enum Form {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Json { out: Box<dyn Write>, is_first: bool },
    Workbook(Box<Book>),
}

struct Book {
    path: PathBuf,
    workbook: Workbook,
    /// Next free row of the results, the summary and the problems.
    next: [u32; 3],
}

pub(super) fn sink(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
        Some(path) => Box::new(BufWriter::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        )),
    })
}

impl<'a> Writer<'a> {
    /// Opens the output and writes what stands before the rows.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn open(
        options: &'a EvaluateOptions,
        header: &[String],
        columns: &'static [OutputColumn],
        is_simulation: bool,
    ) -> anyhow::Result<Self> {
        let output = options.output.as_deref();
        let form = match format(options)? {
            Format::Csv => {
                let mut out = sink(output)?;
                if output.is_some() {
                    // spreadsheets read UTF-8 by this mark
                    out.write_all("\u{feff}".as_bytes())?;
                }
                Form::Csv(Box::new(csv::Writer::from_writer(out)))
            }
            Format::Json => {
                let mut out = sink(output)?;
                let medium = options.medium.medium().name();
                write!(out, "{{\"medium\":\"{medium}\",\"rows\":[")?;
                Form::Json {
                    out,
                    is_first: true,
                }
            }
            Format::Xlsx => Form::Workbook(Box::new(Book::new(
                output.unwrap_or(Path::new("results.xlsx")),
                options.language,
            )?)),
        };
        let mut writer = Self {
            options,
            header: header.to_vec(),
            columns,
            is_simulation,
            form,
        };
        writer.write_headings()?;
        Ok(writer)
    }

    fn write_headings(&mut self) -> anyhow::Result<()> {
        let is_chinese = self.options.language == LanguageOption::Zh;
        let pick = |key: &str, chinese: &str, is_book: bool| {
            if is_book && is_chinese { chinese } else { key }.to_owned()
        };
        let is_book = matches!(self.form, Form::Workbook(_));
        let mut headings = self.header.clone();
        headings.extend(
            self.columns
                .iter()
                .map(|column| pick(column.key, column.chinese, is_book)),
        );
        headings.extend(
            basis::COLUMNS
                .iter()
                .map(|(key, chinese)| pick(key, chinese, is_book)),
        );
        if self.options.explain {
            headings.push(pick("explanation", "计算过程", is_book));
        }
        if self.is_simulation {
            headings.push(pick("would_change", "换用后的变化", is_book));
        }
        match &mut self.form {
            Form::Csv(out) => out.write_record(&headings)?,
            Form::Json { .. } => {}
            Form::Workbook(book) => book.write_headings(&headings)?,
        }
        Ok(())
    }

    fn texts(&self, row: &Outgoing<'_>) -> Vec<String> {
        let mut texts = row.cells.to_vec();
        let evaluated = row.evaluated;
        texts.extend(
            evaluated
                .values
                .iter()
                .map(|value| value.clone().unwrap_or_default()),
        );
        texts.extend(basis::texts(&evaluated.basis));
        if self.options.explain {
            let language = language_of(self.options.language);
            texts.push(evaluated.explanation.lines(language).join("\n"));
        }
        if self.is_simulation {
            let flips: Vec<_> = row
                .flips
                .iter()
                .map(|flip| {
                    format!(
                        "{}: {} → {}",
                        flip.column,
                        flip.from.as_deref().unwrap_or("-"),
                        flip.to.as_deref().unwrap_or("-")
                    )
                })
                .collect();
            texts.push(flips.join("; "));
        }
        texts
    }

    fn object(&self, row: &Outgoing<'_>) -> Value {
        let given: Map<String, Value> = self
            .header
            .iter()
            .zip(row.cells)
            .map(|(name, cell)| (name.clone(), json!(cell)))
            .collect();
        let result: Map<String, Value> = self
            .columns
            .iter()
            .zip(&row.evaluated.values)
            .map(|(column, value)| (column.key.to_owned(), json!(value)))
            .collect();
        let mut object = json!({
            "row": row.number,
            "given": given,
            "result": result,
            "basis": basis::object(&row.evaluated.basis),
        });
        let Some(fields) = object.as_object_mut() else {
            return object;
        };
        if self.options.explain {
            let language = language_of(self.options.language);
            fields.insert(
                "explanation".to_owned(),
                json!(row.evaluated.explanation.lines(language)),
            );
        }
        if self.is_simulation {
            let flips: Vec<_> = row
                .flips
                .iter()
                .map(|flip| json!({"column": flip.column, "from": flip.from, "to": flip.to}))
                .collect();
            fields.insert("would_change".to_owned(), json!(flips));
        }
        object
    }

    /// Writes a judged row.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn write(&mut self, row: &Outgoing<'_>) -> anyhow::Result<()> {
        if matches!(self.form, Form::Json { .. }) {
            let object = self.object(row);
            return self.write_object(&object);
        }
        let texts = self.texts(row);
        match &mut self.form {
            Form::Csv(out) => out.write_record(&texts)?,
            Form::Workbook(book) => book.write_result(&texts, self.header.len())?,
            Form::Json { .. } => {}
        }
        Ok(())
    }

    /// Writes a row that could not be judged, where the form has a place for it.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn refuse(&mut self, number: u64, problems: &[Problem]) -> anyhow::Result<()> {
        let language = language_of(self.options.language);
        match &mut self.form {
            Form::Csv(_) => Ok(()),
            Form::Workbook(book) => {
                for problem in problems {
                    book.write_problem(number, problem, problem.reason(language))?;
                }
                Ok(())
            }
            Form::Json { .. } => {
                let told: Vec<_> = problems
                    .iter()
                    .map(|problem| {
                        json!({
                            "column": problem.column,
                            "value": problem.value,
                            "reason": problem.reason(language),
                        })
                    })
                    .collect();
                self.write_object(&json!({"row": number, "problems": told}))
            }
        }
    }

    fn write_object(&mut self, object: &Value) -> anyhow::Result<()> {
        if let Form::Json { out, is_first } = &mut self.form {
            out.write_all(if *is_first { b"\n" } else { b",\n" })?;
            *is_first = false;
            serde_json::to_writer(out, object)?;
        }
        Ok(())
    }

    /// Closes the output.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn finish(self, count: Count, summary: Option<&Summary>) -> anyhow::Result<()> {
        match self.form {
            Form::Csv(mut out) => out.flush()?,
            Form::Json { mut out, .. } => {
                let mut closing = json!({
                    "judged": count.judged,
                    "refused": count.refused,
                });
                if let (true, Some(fields)) = (self.is_simulation, closing.as_object_mut()) {
                    fields.insert("changed".to_owned(), json!(count.flipped));
                }
                if let (Some(summary), Some(fields)) = (summary, closing.as_object_mut()) {
                    fields.extend(summary::object(summary, self.options));
                }
                writeln!(out, "\n],\"summary\":{closing}}}")?;
                out.flush()?;
            }
            Form::Workbook(mut book) => {
                if let Some(summary) = summary {
                    book.write_summary(&summary::table(summary, self.options, true))?;
                }
                book.save()?;
            }
        }
        Ok(())
    }
}

impl Book {
    fn new(path: &Path, language: LanguageOption) -> anyhow::Result<Self> {
        let mut workbook = Workbook::new();
        for (chinese, english) in [
            ("评价结果", "Results"),
            ("汇总", "Summary"),
            ("问题", "Problems"),
        ] {
            workbook
                .add_worksheet_with_constant_memory()?
                .set_name(language.pick(chinese, english))?;
        }
        let mut book = Self {
            path: path.to_owned(),
            workbook,
            next: [0; 3],
        };
        let titles = match language {
            LanguageOption::Zh => ["行", "列", "值", "原因"],
            LanguageOption::En => ["row", "column", "value", "reason"],
        };
        book.write_row(PROBLEMS, &titles.map(str::to_owned), true, 0)?;
        Ok(book)
    }

    fn sheet(&mut self, index: usize) -> anyhow::Result<(&mut Worksheet, u32)> {
        let next = self
            .next
            .get_mut(index)
            .context("a workbook has three sheets")?;
        let row = *next;
        *next += 1;
        Ok((self.workbook.worksheet_from_index(index)?, row))
    }

    fn write_row(
        &mut self,
        index: usize,
        texts: &[String],
        is_heading: bool,
        given: usize,
    ) -> anyhow::Result<()> {
        let bold = CellFormat::new().set_bold();
        let (sheet, row) = self.sheet(index)?;
        if is_heading {
            sheet.set_freeze_panes(1, 0)?;
        }
        for (position, text) in texts.iter().enumerate() {
            let column = u16::try_from(position).context("a sheet has at most 16384 columns")?;
            if text.is_empty() {
                continue;
            }
            if is_heading {
                sheet.write_string_with_format(row, column, text, &bold)?;
            } else if position >= given
                && text.len() <= 5
                && let Ok(number) = text.parse::<u32>()
            {
                // an index: whole and small, so nothing is lost as a number
                sheet.write_number(row, column, number)?;
            } else {
                sheet.write_string(row, column, text)?;
            }
        }
        Ok(())
    }

    fn write_headings(&mut self, headings: &[String]) -> anyhow::Result<()> {
        self.write_row(RESULTS, headings, true, 0)
    }

    fn write_result(&mut self, texts: &[String], given: usize) -> anyhow::Result<()> {
        self.write_row(RESULTS, texts, false, given)
            .context("a workbook cannot take this row\nhint: --format csv has no limits")
    }

    fn write_problem(&mut self, row: u64, problem: &Problem, reason: &str) -> anyhow::Result<()> {
        let texts = [
            row.to_string(),
            problem.column.clone(),
            problem.value.clone(),
            reason.to_owned(),
        ];
        self.write_row(PROBLEMS, &texts, false, texts.len())
    }

    fn write_summary(&mut self, rows: &[Vec<String>]) -> anyhow::Result<()> {
        for (place, texts) in rows.iter().enumerate() {
            self.write_row(SUMMARY, texts, place == 0, 0)?;
        }
        Ok(())
    }

    fn save(mut self) -> anyhow::Result<()> {
        self.workbook
            .save(&self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// A CSV file of problems.
pub(super) struct ProblemFile(csv::Writer<Box<dyn Write>>);

impl ProblemFile {
    /// Makes the file with its headings.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let mut out = csv::Writer::from_writer(sink(Some(path))?);
        out.write_record(["row", "column", "value", "reason"])?;
        Ok(Self(out))
    }

    /// Adds one problem.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add(&mut self, row: u64, problem: &Problem, reason: &str) -> anyhow::Result<()> {
        self.0
            .write_record([&row.to_string(), &problem.column, &problem.value, reason])?;
        Ok(())
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.0.flush()?;
        Ok(())
    }
}
