//! A pool from tables: all of it, or nothing when anything is wrong with any row.

use std::collections::{BTreeMap, BTreeSet};

use access::{Actor, Permission, RegionCode};
use beijing_time::{CivilDate, Clock};
use database::{Database, audit};
use plan::PlanBook;
use sites::{Column, NamedRow, NamedRows, TableProblem, read_named_rows};
use uuid::Uuid;

use super::cells::{Read, day, money, read_details, year};
use super::{FUND_COLUMNS, MILESTONE_COLUMNS, PROJECT_COLUMNS, PoolTables, STEP_COLUMNS};
use crate::error::Words;
use crate::model::{
    Dossier, Fund, FundSource, Milestone, NewStep, Project, ProjectDetails, ProjectState, Step,
};
use crate::service::{
    check_details, check_fund, check_milestone, check_reference, checked_step, funds_json,
    insert_in, milestones_json, subject, today,
};
use crate::{ProjectsError, rules, store};

/// The most problems that are told.
const MOST_PROBLEMS: usize = 1000;
/// The most projects of one file.
const MOST_PROJECTS: usize = 5000;

/// What an import did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolImport {
    /// Rows of projects.
    pub rows: usize,
    /// New projects.
    pub created: usize,
    /// Projects that are in the pool just so.
    pub unchanged: usize,
    /// What is wrong: in which table (`projects`, `milestones`, `funds`, `steps`), and what.
    pub problems: Vec<(&'static str, TableProblem)>,
    /// Whether it was done.
    pub is_applied: bool,
}

/// Says what an import would do; nothing is changed.
///
/// # Errors
/// [`ProjectsError::Refused`], [`ProjectsError::Invalid`] for too many rows.
pub async fn check_pool(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    tables: &PoolTables,
) -> Result<PoolImport, ProjectsError> {
    let reader = Reader::read(database, clock, book, actor, tables).await?;
    Ok(reader.report)
}

/// Imports projects when nothing is wrong with any row.
///
/// # Errors
/// As [`check_pool`].
pub async fn import_pool(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    tables: &PoolTables,
) -> Result<PoolImport, ProjectsError> {
    let reader = Reader::read(database, clock, book, actor, tables).await?;
    let mut report = reader.report;
    if !report.problems.is_empty() {
        return Ok(report);
    }
    let mut transaction = database.begin().await?;
    for draft in reader.drafts.values() {
        let id = draft.project.id;
        insert_in(&mut transaction, clock, actor, &draft.project).await?;
        store::parts::put_milestones(&mut transaction, id, &draft.milestones).await?;
        store::parts::put_funds(&mut transaction, id, &draft.funds).await?;
        for (count, step) in draft.steps.iter().enumerate() {
            store::parts::insert_step(&mut transaction, id, count, step).await?;
        }
        if !draft.funds.is_empty() || !draft.milestones.is_empty() {
            let mut after = funds_json(&draft.funds);
            if let (Some(all), Some(more)) = (
                after.as_object_mut(),
                milestones_json(&draft.milestones).as_object_mut(),
            ) {
                all.append(more);
            }
            let entry = access::AuditEntry::new(actor, "projects.import_parts", subject(id));
            audit::append(
                &mut transaction,
                clock.now(),
                entry.after(after.to_string()),
            )
            .await?;
        }
    }
    transaction.commit().await?;
    report.is_applied = true;
    Ok(report)
}

struct Reader<'a> {
    book: &'a PlanBook,
    actor: &'a Actor,
    now: beijing_time::Timestamp,
    today: CivilDate,
    drafts: BTreeMap<String, Dossier>,
    /// Numbers of projects that are in the pool just so: their parts are passed over.
    kept: BTreeSet<String>,
    report: PoolImport,
}

impl<'a> Reader<'a> {
    async fn read(
        database: &Database,
        clock: &dyn Clock,
        book: &'a PlanBook,
        actor: &'a Actor,
        tables: &PoolTables,
    ) -> Result<Self, ProjectsError> {
        actor.check(Permission::ManageProjects)?;
        if !tables.steps.is_empty() {
            actor.check(Permission::DecideProjects)?;
        }
        if tables.projects.len() > MOST_PROJECTS {
            return Err(crate::error::invalid(
                "file",
                format!("超过 {MOST_PROJECTS} 行"),
                format!("has more than {MOST_PROJECTS} rows"),
            ));
        }
        let mut reader = Self {
            book,
            actor,
            now: clock.now(),
            today: today(clock),
            drafts: BTreeMap::new(),
            kept: BTreeSet::new(),
            report: PoolImport::default(),
        };
        let projects = reader.take("projects", PROJECT_COLUMNS, &tables.projects);
        reader.report.rows = projects.count;
        for row in &projects.rows {
            if let Err(problem) = reader.take_project(database, row).await? {
                reader.report.problems.push(("projects", *problem));
            }
        }
        for (name, columns, rows, add) in [
            (
                "milestones",
                MILESTONE_COLUMNS,
                &tables.milestones,
                Self::add_milestone as Adder<'a>,
            ),
            ("funds", FUND_COLUMNS, &tables.funds, Self::add_fund),
            ("steps", STEP_COLUMNS, &tables.steps, Self::add_step),
        ] {
            let table = reader.take(name, columns, rows);
            for row in &table.rows {
                if let Err(problem) = add(&mut reader, row) {
                    reader.report.problems.push((name, *problem));
                }
            }
        }
        for draft in reader.drafts.values_mut() {
            draft
                .milestones
                .sort_by_key(|milestone| milestone.planned_on);
        }
        reader.report.created = reader.drafts.len();
        reader.report.unchanged = reader.kept.len();
        reader.report.problems.truncate(MOST_PROBLEMS);
        Ok(reader)
    }

    fn take(
        &mut self,
        name: &'static str,
        columns: &'static [Column],
        rows: &[sites::TableRow],
    ) -> NamedRows {
        let mut read = read_named_rows(columns, rows);
        let problems = read.problems.drain(..).map(|problem| (name, problem));
        self.report.problems.extend(problems);
        read
    }

    async fn take_project(
        &mut self,
        database: &Database,
        row: &NamedRow,
    ) -> Result<Read<()>, ProjectsError> {
        let wrong = |column: &str, code: &str, words: Words| {
            row.problem(PROJECT_COLUMNS, column, code, (words.zh, words.en))
        };
        let mut details = match read_details(self.book, row) {
            Ok(details) => details,
            Err(problem) => return Ok(Err(problem)),
        };
        let site_code = row.text("site_code");
        if !site_code.is_empty() {
            let found = store::find_site(database, site_code).await?;
            let found = found.filter(|(id, region)| {
                let region = region.parse::<RegionCode>();
                region.is_ok_and(|region| self.actor.scope.covers(&region, Some(*id)))
            });
            let Some((id, _region)) = found else {
                let words = Words::new("没有此站点", "there is no such site");
                return Ok(Err(wrong("site_code", "unknown", words)));
            };
            details.site_id = Some(id);
        }
        let place = (&details.region, details.site_id);
        if let Err(_refusal) = (self.actor).check_at(Permission::ManageProjects, place.0, place.1) {
            let words = Words::new("不在您的管理范围", "is outside your part of the city");
            return Ok(Err(wrong("region_code", "outside_scope", words)));
        }
        for checked in [
            check_details(self.book, details.clone()).map(drop),
            check_reference(database, self.actor, &details).await,
        ] {
            match checked {
                Ok(()) => {}
                Err(ProjectsError::Invalid { field, words }) => {
                    return Ok(Err(wrong(&field, "invalid", words)));
                }
                Err(other) => return Err(other),
            }
        }
        if self.drafts.contains_key(&details.code) || self.kept.contains(&details.code) {
            let words = Words::new("项目编号在文件中重复", "stands twice in the file");
            return Ok(Err(wrong("code", "twice", words)));
        }
        match store::find_by_code(database, &details.code).await? {
            Some(kept) if kept.details == details => {
                self.kept.insert(details.code);
                return Ok(Ok(()));
            }
            Some(_other) => {
                let words = Words::new(
                    "库中已有此编号，内容不同；请在项目页面修改",
                    "is in the pool with other contents: change it on its page",
                );
                return Ok(Err(wrong("code", "differs", words)));
            }
            None => {}
        }
        let is_taken = |draft: &Dossier| {
            details.named.is_some() && draft.project.details.named == details.named
        };
        if self.drafts.values().any(is_taken) || self.is_named_kept(database, &details).await? {
            let words = Words::new(
                "该点名项目已入库",
                "the plan's project is in the pool already",
            );
            return Ok(Err(wrong("named", "twice", words)));
        }
        let state = row.text("state");
        if !state.is_empty() && ProjectState::from_name(state) != Some(ProjectState::Reserve) {
            let words = Words::new("新项目只入储备库", "a new project enters the reserve only");
            return Ok(Err(wrong("state", "invalid", words)));
        }
        let draft = Dossier {
            project: Project {
                id: Uuid::now_v7(),
                state: ProjectState::Reserve,
                revision: 1,
                details,
            },
            milestones: Vec::new(),
            funds: Vec::new(),
            steps: Vec::new(),
        };
        let code = draft.project.details.code.clone();
        self.drafts.insert(code, draft);
        Ok(Ok(()))
    }

    async fn is_named_kept(
        &self,
        database: &Database,
        details: &ProjectDetails,
    ) -> Result<bool, ProjectsError> {
        match &details.named {
            None => Ok(false),
            Some(named) => store::has_named(database, named).await,
        }
    }

    /// The new project that a row is about; `None` when the project is in the pool already.
    fn draft(&mut self, columns: &'static [Column], row: &NamedRow) -> Read<Option<&mut Dossier>> {
        let code = row.text("code");
        if self.kept.contains(code) {
            return Ok(None);
        }
        self.drafts.get_mut(code).map(Some).ok_or_else(|| {
            let words = ("文件中没有此项目", "the file has no such project");
            row.problem(columns, "code", "unknown", words)
        })
    }

    fn add_milestone(&mut self, row: &NamedRow) -> Read<()> {
        let today = self.today;
        let milestone = Milestone {
            name: row.text("name").to_owned(),
            planned_on: day(MILESTONE_COLUMNS, row, "planned_on")?,
            actual_on: if row.text("actual_on").is_empty() {
                None
            } else {
                Some(day(MILESTONE_COLUMNS, row, "actual_on")?)
            },
        };
        let milestone = check_milestone("", &milestone, today)
            .map_err(|error| Box::new(refused(MILESTONE_COLUMNS, row, error)))?;
        if let Some(draft) = self.draft(MILESTONE_COLUMNS, row)? {
            draft.milestones.push(milestone);
        }
        Ok(())
    }

    fn add_fund(&mut self, row: &NamedRow) -> Read<()> {
        let source = FundSource::from_name(row.text("source")).ok_or_else(|| {
            let words = ("没有此资金来源", "there is no such source");
            row.problem(FUND_COLUMNS, "source", "unknown_word", words)
        })?;
        let fund = Fund {
            source,
            year: year(FUND_COLUMNS, row, "year")?.unwrap_or_default(),
            planned: money(FUND_COLUMNS, row, "planned")?.unwrap_or_default(),
            arrived: money(FUND_COLUMNS, row, "arrived")?.unwrap_or_default(),
            paid: money(FUND_COLUMNS, row, "paid")?.unwrap_or_default(),
        };
        check_fund(self.book, "", &fund)
            .map_err(|error| Box::new(refused(FUND_COLUMNS, row, error)))?;
        if let Some(draft) = self.draft(FUND_COLUMNS, row)? {
            let mut others = draft.funds.iter();
            if others.any(|other| (other.source, other.year) == (fund.source, fund.year)) {
                let words = ("此来源和年份重复", "this source and year stand twice");
                return Err(row.problem(FUND_COLUMNS, "year", "twice", words));
            }
            draft.funds.push(fund);
        }
        Ok(())
    }

    fn add_step(&mut self, row: &NamedRow) -> Read<()> {
        let to = ProjectState::from_name(row.text("to")).ok_or_else(|| {
            let words = ("没有此状态", "there is no such state");
            row.problem(STEP_COLUMNS, "to", "unknown_word", words)
        })?;
        let new = NewStep {
            to,
            on: day(STEP_COLUMNS, row, "on")?,
            document: row.text("document").to_owned(),
            note: row.text("note").to_owned(),
        };
        let new =
            checked_step(&new).map_err(|error| Box::new(refused(STEP_COLUMNS, row, error)))?;
        let (today, at, author) = (self.today, self.now, self.actor.name.clone());
        if let Some(draft) = self.draft(STEP_COLUMNS, row)? {
            rules::check_step(draft, &new, today)
                .map_err(|error| Box::new(refused(STEP_COLUMNS, row, error)))?;
            draft.steps.push(Step {
                from: draft.project.state,
                new,
                author,
                at,
            });
            draft.project.state = to;
        }
        Ok(())
    }
}

type Adder<'a> = fn(&mut Reader<'a>, &NamedRow) -> Read<()>;

/// What a rule refused, at its row.
fn refused(columns: &[Column], row: &NamedRow, error: ProjectsError) -> TableProblem {
    match error {
        ProjectsError::Invalid { field, words } => {
            let field = field.trim_start_matches('/');
            *row.problem(columns, field, "invalid", (words.zh, words.en))
        }
        ProjectsError::ConditionsUnmet { unmet } => {
            let (zh, en): (Vec<_>, Vec<_>) = unmet
                .into_iter()
                .map(|(_, words)| (words.zh, words.en))
                .unzip();
            *row.problem(columns, "to", "conditions", (zh.join("；"), en.join("; ")))
        }
        other => {
            let words = ("生命周期没有这一步".to_owned(), other.to_string());
            *row.problem(columns, "to", "no_such_step", words)
        }
    }
}
