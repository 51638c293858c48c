//! Files and pasted text read into rows of texts, ready to be judged; nothing is kept.

use access::Permission;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use serde::Serialize;
use sites::TableRow;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::problem_codes::ProblemCode;
use crate::{ApiProblem, ApiState};

/// The largest file.
const MOST_BYTES: usize = 4 << 20;
/// The most rows of a file: longer ones go through `qingshan evaluate`.
const MOST_ROWS: usize = 20_000;
/// The most bytes of text in all cells.
const MOST_TEXT: usize = 8 << 20;
/// Midnight behind a day of a workbook.
const MIDNIGHT: &str = "T00:00:00";

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(read_evaluation_table))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// A row of a table.
#[derive(Debug, Serialize, ToSchema)]
struct TableRowBody {
    /// The row as a spreadsheet counts it.
    row: u32,
    /// One text for each column.
    cells: Vec<String>,
}

/// A row that is none of the table.
#[derive(Debug, Serialize, ToSchema)]
struct TableProblemBody {
    row: u32,
    /// The heading; empty for the row as a whole.
    column: String,
    reason_zh: String,
    reason_en: String,
}

/// A table, ready to be sent to `POST /evaluations/{medium}`.
#[derive(Debug, Default, Serialize, ToSchema)]
struct EvaluationTableBody {
    /// The headings.
    columns: Vec<String>,
    rows: Vec<TableRowBody>,
    problems: Vec<TableProblemBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct EvaluationTableAnswer {
    evaluation_table: EvaluationTableBody,
}

/// Reads a workbook (XLSX, its first sheet), a CSV file (UTF-8 or GBK) or cells pasted from a
/// spreadsheet into rows of texts. At most 4 MiB and 20000 rows. Nothing is stored.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    post,
    path = "/evaluation-tables",
    tag = "standards",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = EvaluationTableAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn read_evaluation_table(
    State(state): State<ApiState>,
    actor: CurrentActor,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<EvaluationTableAnswer>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let body = body.map_err(|rejection| {
        let code = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ProblemCode::TooLarge
        } else {
            ProblemCode::MalformedRequest
        };
        ApiProblem::new(code, rejection.body_text())
    })?;
    // a small file may unpack to much
    let _turn = state.turns.take_table().await;
    let evaluation_table = tokio::task::spawn_blocking(move || {
        let is_workbook = body.starts_with(b"PK");
        read(sites::read_table(&body)?, is_workbook)
    })
    .await
    .map_err(|error| ApiProblem::internal(&error))??;
    Ok(Json(EvaluationTableAnswer { evaluation_table }))
}

fn read(rows: Vec<TableRow>, is_workbook: bool) -> Result<EvaluationTableBody, ApiProblem> {
    if rows.len() > MOST_ROWS + 1 {
        let detail = format!("{} rows, at most {MOST_ROWS}", rows.len() - 1);
        return Err(ApiProblem::new(ProblemCode::TooLarge, detail));
    }
    let mut rows = rows.into_iter();
    let mut table = EvaluationTableBody::default();
    let Some(first) = rows.next() else {
        return Err(ApiProblem::invalid("file", "empty", "it has no rows"));
    };
    table.columns = first
        .cells
        .into_iter()
        .map(|cell| {
            cell.unwrap_or_default()
                .trim_start_matches('\u{feff}')
                .to_owned()
        })
        .collect();
    let mut text = 0;
    for row in rows {
        text += table.add(row);
        if text > MOST_TEXT {
            let detail = format!("more than {MOST_TEXT} bytes of text");
            return Err(ApiProblem::new(ProblemCode::TooLarge, detail));
        }
    }
    if is_workbook {
        table.cut_midnights();
    }
    Ok(table)
}

impl EvaluationTableBody {
    /// Adds a row, or what is wrong with it; says how much text it holds.
    fn add(&mut self, row: TableRow) -> usize {
        let columns = self.columns.len();
        let mut cells = Vec::with_capacity(columns);
        let mut is_whole = true;
        for (place, cell) in row.cells.into_iter().enumerate() {
            let heading = self.columns.get(place);
            match cell {
                Ok(text) if heading.is_some() || text.is_empty() => cells.push(text),
                Ok(_beyond) => {
                    is_whole = false;
                    self.problems.push(TableProblemBody {
                        row: row.number,
                        column: String::new(),
                        reason_zh: "这一行的单元格比标题多".to_owned(),
                        reason_en: "the row has more cells than there are headings".to_owned(),
                    });
                    break;
                }
                Err(problem) => {
                    is_whole = false;
                    self.problems.push(TableProblemBody {
                        row: row.number,
                        column: heading.cloned().unwrap_or_default(),
                        reason_zh: problem.chinese(),
                        reason_en: problem.english(),
                    });
                }
            }
        }
        if !is_whole {
            return 0;
        }
        cells.resize(columns, String::new());
        let text = cells.iter().map(String::len).sum();
        self.rows.push(TableRowBody {
            row: row.number,
            cells,
        });
        text
    }

    /// A column whose times are all midnight holds days: a workbook knows no others.
    fn cut_midnights(&mut self) {
        for place in 0..self.columns.len() {
            let mut cells = self
                .rows
                .iter()
                .filter_map(|row| row.cells.get(place))
                .filter(|cell| !cell.is_empty())
                .peekable();
            if cells.peek().is_none() || !cells.all(|cell| is_midnight(cell)) {
                continue;
            }
            for cell in self
                .rows
                .iter_mut()
                .filter_map(|row| row.cells.get_mut(place))
            {
                cell.truncate(cell.len().saturating_sub(MIDNIGHT.len()));
            }
        }
    }
}

fn is_midnight(cell: &str) -> bool {
    cell.strip_suffix(MIDNIGHT)
        .is_some_and(|day| day.parse::<beijing_time::CivilDate>().is_ok())
}
