//! Every SQL statement of the project pool.

pub(crate) mod completion;
pub(crate) mod parts;

use access::{RegionCode, Scope, ScopeFilter};
use beijing_time::CivilDate;
use database::{Database, Transaction, on_database, on_transaction, search_pattern};
use sites::Position;
use uuid::Uuid;

use crate::error::damaged;
use crate::model::{Project, ProjectDetails, ProjectFilter, ProjectState, ProjectSummary};
use crate::{Money, ProjectsError};

macro_rules! columns {
    () => {
        "p.id, p.code, p.name, p.kind, p.region_code, p.owner, p.planned_fen, p.first_year, \
         p.last_year, p.site_id, p.longitude, p.latitude, p.named, p.task, p.indicator, p.note, \
         p.is_simulated, p.state, p.revision"
    };
}

/// What a list and its totals are held to; parameters $1 to $12.
macro_rules! narrowed {
    () => {
        "p.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(p.site_id AS TEXT) || ',%') \
         AND ($3 = '' OR p.kind = $3) AND ($4 = '' OR p.state = $4) \
         AND p.region_code LIKE $5 || '%' \
         AND ($6 = '' OR LOWER(p.name) LIKE $6 ESCAPE '\\' OR LOWER(p.code) LIKE $6 ESCAPE '\\' \
         OR LOWER(p.owner) LIKE $6 ESCAPE '\\') \
         AND ($7 = '' OR p.task = $7) AND ($8 = '' OR p.indicator = $8) \
         AND (CAST($9 AS BIGINT) = 0 OR p.named IS NOT NULL) \
         AND (CAST($10 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM project_fund f \
         WHERE f.project_id = p.id AND f.paid_fen > f.arrived_fen) \
         OR (p.state IN ('approved', 'under_construction') AND (p.last_year < $11 \
         OR EXISTS (SELECT 1 FROM project_milestone m WHERE m.project_id = p.id \
         AND m.actual_on IS NULL AND m.planned_on < $12))))"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    kind: String,
    region_code: String,
    owner: String,
    planned_fen: Option<i64>,
    first_year: Option<i64>,
    last_year: Option<i64>,
    site_id: Option<i64>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    named: Option<String>,
    task: Option<String>,
    indicator: Option<String>,
    note: String,
    is_simulated: bool,
    state: String,
    revision: i64,
}

fn year(value: Option<i64>) -> Result<Option<i32>, ProjectsError> {
    value.map(i32::try_from).transpose().map_err(damaged)
}

pub(crate) fn state(name: &str) -> Result<ProjectState, ProjectsError> {
    ProjectState::from_name(name).ok_or_else(|| damaged(format!("state {name}")))
}

impl TryFrom<Row> for Project {
    type Error = ProjectsError;

    fn try_from(row: Row) -> Result<Self, ProjectsError> {
        let position = row
            .longitude
            .zip(row.latitude)
            .map(|(longitude, latitude)| Position {
                longitude,
                latitude,
            });
        Ok(Self {
            id: row.id,
            state: state(&row.state)?,
            revision: row.revision,
            details: ProjectDetails {
                code: row.code,
                name: row.name,
                kind: row.kind,
                region: row.region_code.parse::<RegionCode>().map_err(damaged)?,
                owner: row.owner,
                planned: row.planned_fen.map(Money::from_fen),
                first_year: year(row.first_year)?,
                last_year: year(row.last_year)?,
                site_id: row.site_id,
                position,
                named: row.named,
                task: row.task,
                indicator: row.indicator,
                note: row.note,
                is_simulated: row.is_simulated,
            },
        })
    }
}

/// Keeps a new project; `false` when its id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    project: &Project,
) -> Result<bool, ProjectsError> {
    const INSERT: &str = "INSERT INTO project (id, code, name, kind, region_code, owner, \
         planned_fen, first_year, last_year, site_id, longitude, latitude, named, task, indicator, \
         note, is_simulated, state, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16, $17, $18, 1) ON CONFLICT (id) DO NOTHING";
    let details = &project.details;
    let result = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(project.id)
            .bind(&details.code)
            .bind(&details.name)
            .bind(&details.kind)
            .bind(details.region.as_str())
            .bind(&details.owner)
            .bind(details.planned.map(Money::fen))
            .bind(details.first_year.map(i64::from))
            .bind(details.last_year.map(i64::from))
            .bind(details.site_id)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(&details.named)
            .bind(&details.task)
            .bind(&details.indicator)
            .bind(&details.note)
            .bind(details.is_simulated)
            .bind(project.state.as_str())
            .execute(connection)
            .await
            .map(|done| done.rows_affected())
    });
    result
        .map(|rows| rows == 1)
        .map_err(|error| explain(error, details))
}

/// Writes what was entered anew, if nobody else wrote since.
pub(crate) async fn update(
    transaction: &mut Transaction,
    project: &Project,
) -> Result<bool, ProjectsError> {
    const UPDATE: &str = "UPDATE project SET code = $3, name = $4, kind = $5, region_code = $6, \
         owner = $7, planned_fen = $8, first_year = $9, last_year = $10, site_id = $11, \
         longitude = $12, latitude = $13, named = $14, task = $15, indicator = $16, note = $17, \
         is_simulated = $18, state = $19, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let details = &project.details;
    let result = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(project.id)
            .bind(project.revision)
            .bind(&details.code)
            .bind(&details.name)
            .bind(&details.kind)
            .bind(details.region.as_str())
            .bind(&details.owner)
            .bind(details.planned.map(Money::fen))
            .bind(details.first_year.map(i64::from))
            .bind(details.last_year.map(i64::from))
            .bind(details.site_id)
            .bind(details.position.map(|position| position.longitude))
            .bind(details.position.map(|position| position.latitude))
            .bind(&details.named)
            .bind(&details.task)
            .bind(&details.indicator)
            .bind(&details.note)
            .bind(details.is_simulated)
            .bind(project.state.as_str())
            .execute(connection)
            .await
            .map(|done| done.rows_affected())
    });
    result
        .map(|rows| rows == 1)
        .map_err(|error| explain(error, details))
}

/// A violated unique index says which: the number, or the plan's project.
fn explain(error: sqlx::Error, details: &ProjectDetails) -> ProjectsError {
    let constraint = match &error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => inner.to_string(),
        _ => return error.into(),
    };
    if constraint.contains("named") {
        let named = details.named.clone().unwrap_or_default();
        return ProjectsError::NamedTaken { named };
    }
    let code = details.code.clone();
    ProjectsError::CodeTaken { code }
}

/// A project by its id.
pub(crate) async fn find(database: &Database, id: Uuid) -> Result<Option<Project>, ProjectsError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM project p WHERE p.id = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// A project by its number.
pub(crate) async fn find_by_code(
    database: &Database,
    code: &str,
) -> Result<Option<Project>, ProjectsError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM project p WHERE p.code = $1");
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(code).fetch_optional(pool).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// The filter as the statements bind it.
struct Narrowing {
    scope: ScopeFilter,
    kind: String,
    state: &'static str,
    region: String,
    search: String,
    task: String,
    indicator: String,
    only_named: i64,
    only_attention: i64,
    year: i64,
    today: String,
}

impl Narrowing {
    fn of(scope: &Scope, filter: &ProjectFilter, today: CivilDate) -> Self {
        let region = filter.region.as_ref();
        Self {
            scope: ScopeFilter::of(scope),
            kind: filter.kind.clone().unwrap_or_default(),
            state: filter.state.map_or("", ProjectState::as_str),
            region: region.map_or_else(String::new, |region| region.prefix().to_owned()),
            search: search_pattern(filter.search.as_deref()).unwrap_or_default(),
            task: filter.task.clone().unwrap_or_default(),
            indicator: filter.indicator.clone().unwrap_or_default(),
            only_named: i64::from(filter.only_named),
            only_attention: i64::from(filter.only_attention),
            year: i64::from(today.year()),
            today: today.to_string(),
        }
    }
}

macro_rules! bind_narrowing {
    ($query:expr, $narrowing:expr) => {
        $query
            .bind(&$narrowing.scope.prefix)
            .bind(&$narrowing.scope.sites)
            .bind(&$narrowing.kind)
            .bind($narrowing.state)
            .bind(&$narrowing.region)
            .bind(&$narrowing.search)
            .bind(&$narrowing.task)
            .bind(&$narrowing.indicator)
            .bind($narrowing.only_named)
            .bind($narrowing.only_attention)
            .bind($narrowing.year)
            .bind(&$narrowing.today)
    };
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    #[sqlx(flatten)]
    row: Row,
    arrived_fen: i64,
    paid_fen: i64,
    needs_attention: bool,
}

/// Projects in a scope by their number.
pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    filter: &ProjectFilter,
    today: CivilDate,
) -> Result<Vec<ProjectSummary>, ProjectsError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        ", (SELECT CAST(COALESCE(SUM(f.arrived_fen), 0) AS BIGINT) FROM project_fund f \
         WHERE f.project_id = p.id) AS arrived_fen, \
         (SELECT CAST(COALESCE(SUM(f.paid_fen), 0) AS BIGINT) FROM project_fund f \
         WHERE f.project_id = p.id) AS paid_fen, \
         (EXISTS (SELECT 1 FROM project_fund f WHERE f.project_id = p.id \
         AND f.paid_fen > f.arrived_fen) OR (p.state IN ('approved', 'under_construction') \
         AND (COALESCE(p.last_year, $11) < $11 OR EXISTS (SELECT 1 FROM project_milestone m \
         WHERE m.project_id = p.id AND m.actual_on IS NULL AND m.planned_on < $12)))) \
         AS needs_attention FROM project p WHERE ",
        narrowed!(),
        " AND p.code > $13 ORDER BY p.code LIMIT $14"
    );
    let narrowing = Narrowing::of(scope, filter, today);
    let rows: Vec<SummaryRow> = on_database!(database, |pool| {
        bind_narrowing!(sqlx::query_as(LIST), narrowing)
            .bind(filter.after.as_deref().unwrap_or_default())
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(ProjectSummary {
                arrived: Money::from_fen(row.arrived_fen),
                paid: Money::from_fen(row.paid_fen),
                needs_attention: row.needs_attention,
                project: row.row.try_into()?,
            })
        })
        .collect()
}

/// Count and planned money of one kind and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupedTotal {
    pub(crate) kind: String,
    pub(crate) state: ProjectState,
    pub(crate) count: i64,
    pub(crate) planned_fen: i64,
    pub(crate) without_amount: i64,
}

/// Count and planned money by kind and state.
pub(crate) async fn list_totals(
    database: &Database,
    scope: &Scope,
    filter: &ProjectFilter,
    today: CivilDate,
) -> Result<Vec<GroupedTotal>, ProjectsError> {
    const TOTALS: &str = concat!(
        "SELECT p.kind, p.state, COUNT(*), CAST(COALESCE(SUM(p.planned_fen), 0) AS BIGINT), \
         COUNT(*) - COUNT(p.planned_fen) FROM project p WHERE ",
        narrowed!(),
        " GROUP BY p.kind, p.state ORDER BY p.kind, p.state"
    );
    let narrowing = Narrowing::of(scope, filter, today);
    let rows: Vec<(String, String, i64, i64, i64)> = on_database!(database, |pool| {
        bind_narrowing!(sqlx::query_as(TOTALS), narrowing)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter()
        .map(|(kind, name, count, planned_fen, without_amount)| {
            Ok(GroupedTotal {
                kind,
                state: state(&name)?,
                count,
                planned_fen,
                without_amount,
            })
        })
        .collect()
}

/// Money by year and source, without that of projects that were taken out.
pub(crate) async fn list_fund_totals(
    database: &Database,
    scope: &Scope,
    filter: &ProjectFilter,
    today: CivilDate,
) -> Result<Vec<crate::Fund>, ProjectsError> {
    const TOTALS: &str = concat!(
        "SELECT d.source, d.year, CAST(SUM(d.planned_fen) AS BIGINT), \
         CAST(SUM(d.arrived_fen) AS BIGINT), CAST(SUM(d.paid_fen) AS BIGINT) \
         FROM project_fund d JOIN project p ON p.id = d.project_id \
         WHERE p.state <> 'removed' AND ",
        narrowed!(),
        " GROUP BY d.source, d.year ORDER BY d.year, d.source"
    );
    let narrowing = Narrowing::of(scope, filter, today);
    let rows: Vec<parts::FundRow> = on_database!(database, |pool| {
        bind_narrowing!(sqlx::query_as(TOTALS), narrowing)
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(parts::fund).collect()
}

/// The site of a code: its id and its region.
pub(crate) async fn find_site(
    database: &Database,
    code: &str,
) -> Result<Option<(i64, String)>, ProjectsError> {
    const FIND: &str = "SELECT id, region_code FROM site WHERE code = $1";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(code).fetch_optional(pool).await?
    }))
}

/// The code of a site.
pub(crate) async fn find_site_code(
    database: &Database,
    id: i64,
) -> Result<Option<String>, ProjectsError> {
    const FIND: &str = "SELECT code FROM site WHERE id = $1";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// Whether the pool has the project that the plan names so.
pub(crate) async fn has_named(database: &Database, named: &str) -> Result<bool, ProjectsError> {
    const FIND: &str = "SELECT COUNT(*) FROM project WHERE named = $1";
    let count: i64 = on_database!(database, |pool| {
        sqlx::query_scalar(FIND).bind(named).fetch_one(pool).await?
    });
    Ok(count > 0)
}
