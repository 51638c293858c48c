//! Whether what was entered can be.

use access::Actor;
use beijing_time::CivilDate;
use database::Database;
use plan::PlanBook;
use sites::{SiteId, SitesError};

use crate::ProjectsError;
use crate::error::invalid;
use crate::model::{Fund, Milestone, ProjectDetails};

/// The longest name, owner and document, in characters.
pub(crate) const LONGEST_NAME: usize = 200;
/// The longest note, in characters.
pub(crate) const LONGEST_NOTE: usize = 2000;
/// The longest number of a project.
const LONGEST_CODE: usize = 40;
/// Years before and after the plan's in which money may flow.
const YEARS_AROUND: i32 = 5;

/// A text within its length; `least` is 1 for what must be there.
pub(crate) fn checked_text(
    field: &str,
    text: &str,
    (least, most): (usize, usize),
) -> Result<String, ProjectsError> {
    let text = text.trim();
    let length = text.chars().count();
    if length < least {
        return Err(invalid(field, "不能为空", "must not be empty"));
    }
    if length > most {
        return Err(invalid(
            field,
            format!("超过 {most} 字"),
            format!("has more than {most} characters"),
        ));
    }
    if text.chars().any(|sign| sign.is_control() && sign != '\n') {
        let (zh, en) = ("含有控制字符", "has control characters");
        return Err(invalid(field, zh, en));
    }
    Ok(text.to_owned())
}

/// Checks what was entered against itself and the plan; texts lose blanks around them.
pub(crate) fn check_details(
    book: &PlanBook,
    mut details: ProjectDetails,
) -> Result<ProjectDetails, ProjectsError> {
    details.code = checked_text("code", &details.code, (1, LONGEST_CODE))?;
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
    if !details.code.chars().all(is_plain) {
        return Err(invalid(
            "code",
            "只能用字母、数字、- 和 _",
            "may have letters, digits, - and _ only",
        ));
    }
    details.name = checked_text("name", &details.name, (1, LONGEST_NAME))?;
    details.owner = checked_text("owner", &details.owner, (1, LONGEST_NAME))?;
    details.note = checked_text("note", &details.note, (0, LONGEST_NOTE))?;
    let plan = book.plan();
    if !plan
        .investments
        .iter()
        .any(|row| row.id.get_ref() == &details.kind)
    {
        let (zh, en) = ("规划的投资估算表没有此类型", "the plan has no such kind");
        return Err(invalid("kind", zh, en));
    }
    check_years(book, &details)?;
    if let Some(position) = details.position
        && !((-180.0..=180.0).contains(&position.longitude)
            && (-90.0..=90.0).contains(&position.latitude))
    {
        let (zh, en) = ("经纬度超出范围", "longitude or latitude is out of range");
        return Err(invalid("longitude", zh, en));
    }
    check_links(book, &details)?;
    Ok(details)
}

fn check_years(book: &PlanBook, details: &ProjectDetails) -> Result<(), ProjectsError> {
    let (_, first, last) = book.years();
    for (field, year) in [
        ("first_year", details.first_year),
        ("last_year", details.last_year),
    ] {
        if year.is_some_and(|year| !(first..=last).contains(&year)) {
            return Err(invalid(
                field,
                format!("须在规划期 {first}—{last} 年内"),
                format!("must lie between {first} and {last}"),
            ));
        }
    }
    if let (Some(begin), Some(end)) = (details.first_year, details.last_year)
        && begin > end
    {
        let (zh, en) = ("早于开始年份", "lies before the first year");
        return Err(invalid("last_year", zh, en));
    }
    Ok(())
}

fn check_links(book: &PlanBook, details: &ProjectDetails) -> Result<(), ProjectsError> {
    let plan = book.plan();
    if let Some(named) = &details.named {
        let known = plan.projects.iter().find(|one| one.id.get_ref() == named);
        let Some(known) = known else {
            let (zh, en) = ("规划没有点名此项目", "the plan names no such project");
            return Err(invalid("named", zh, en));
        };
        if known.kind != details.kind {
            let (zh, en) = ("与规划中的类型不同", "is of another kind in the plan");
            return Err(invalid("kind", zh, en));
        }
    }
    if let Some(task) = &details.task
        && !plan.tasks.iter().any(|one| one.id.get_ref() == task)
    {
        let (zh, en) = ("规划没有此任务", "the plan has no such task");
        return Err(invalid("task", zh, en));
    }
    if let Some(indicator) = &details.indicator
        && book.find_indicator(indicator).is_none()
    {
        let (zh, en) = ("规划没有此指标", "the plan has no such indicator");
        return Err(invalid("indicator", zh, en));
    }
    Ok(())
}

/// Checks that region and site exist where the actor may see them.
pub(crate) async fn check_reference(
    database: &Database,
    actor: &Actor,
    details: &ProjectDetails,
) -> Result<(), ProjectsError> {
    match sites::load_region(database, actor, &details.region).await {
        Ok(_region) => {}
        Err(SitesError::NotFound { .. }) => {
            let (zh, en) = ("没有此行政区划", "there is no such region");
            return Err(invalid("region_code", zh, en));
        }
        Err(other) => return Err(other.into()),
    }
    if let Some(id) = details.site_id {
        match sites::load_site(database, actor, SiteId(id)).await {
            Ok(_site) => {}
            Err(SitesError::NotFound { .. }) => {
                let (zh, en) = ("没有此站点", "there is no such site");
                return Err(invalid("site_id", zh, en));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// Checks one milestone; `field` is where it stands.
pub(crate) fn check_milestone(
    field: &str,
    milestone: &Milestone,
    today: CivilDate,
) -> Result<Milestone, ProjectsError> {
    let name = checked_text(&format!("{field}/name"), &milestone.name, (1, LONGEST_NAME))?;
    if milestone.actual_on.is_some_and(|on| on > today) {
        let (zh, en) = (
            "完成日期在将来",
            "the day it was reached lies in the future",
        );
        return Err(invalid(format!("{field}/actual_on"), zh, en));
    }
    Ok(Milestone {
        name,
        ..milestone.clone()
    })
}

/// Checks the year of money; `field` is where it stands.
pub(crate) fn check_fund(book: &PlanBook, field: &str, fund: &Fund) -> Result<(), ProjectsError> {
    let (_, first, last) = book.years();
    let (first, last) = (first - YEARS_AROUND, last + YEARS_AROUND);
    if (first..=last).contains(&fund.year) {
        return Ok(());
    }
    Err(invalid(
        format!("{field}/year"),
        format!("须在 {first}—{last} 年内"),
        format!("must lie between {first} and {last}"),
    ))
}
