//! A verdict opened: judged again from the records that are there, step by step, with every input.

use access::{Actor, Permission};
use beijing_time::Timestamp;
use monitoring::retention::Removals;
use standards::Explanation;

use crate::follow::{are_inputs_removed, load_hours, load_imported_days};
use crate::inputs::VerdictInput;
use crate::judge::{Bench, Judged, shorter_of};
use crate::minutes::Minutes;
use crate::service::find_point;
use crate::store::{self, Span, settings};
use crate::{Verdict, VerdictKind, VerdictsContext, VerdictsError};

/// A verdict with its calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictExplanation {
    /// The verdict that stands.
    pub verdict: Verdict,
    /// The calculation, step by step; empty when the inputs were removed by retention.
    pub told: Explanation,
    /// The values that were looked at: hours, or the verdicts of shorter periods.
    pub inputs: Vec<VerdictInput>,
    /// Whether `inputs` are verdicts of shorter periods, and of which.
    pub made_of: Option<VerdictKind>,
    /// Whether judging again comes to the verdict that stands. It does not while newer data wait to
    /// be taken in, or after the rules in use have changed.
    pub agrees: bool,
    /// Whether the inputs were removed by retention.
    pub are_inputs_removed: bool,
}

/// Judges a period of a point again and tells how. Nothing is written.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`].
pub async fn load_explanation(
    context: &VerdictsContext<'_>,
    actor: &Actor,
    point_id: i64,
    (kind, time): (VerdictKind, Timestamp),
) -> Result<VerdictExplanation, VerdictsError> {
    let point = find_point(context.directory, actor, Permission::ReadData, point_id)?;
    let no_verdict = || VerdictsError::NotFound {
        what: "verdict",
        key: format!("{} {time} of point {point_id}", kind.as_str()),
    };
    let start = kind.start(time);
    let span = Span {
        point_id,
        kind,
        from: start,
        to: kind.end(start),
    };
    let verdict = store::list(context.database, &span, 1).await?;
    let verdict = verdict.into_iter().next().ok_or_else(no_verdict)?;
    let set = settings::list(context.database).await?;
    let setting = set.get(&point_id).map(|(of, _)| *of).unwrap_or_default();
    let made_of = shorter_of(point.details.medium, kind);
    let removals = Removals::load(context.database).await?;
    let day = start.stat_day();
    let are_inputs_removed =
        made_of.is_none() && are_inputs_removed(&removals, point, setting, day);
    let of_day = (day.start(), day.end());
    let minutes = if made_of.is_some() || are_inputs_removed {
        Minutes::default()
    } else {
        Minutes::load(context, point, setting, of_day).await?
    };
    let bench = Bench {
        rulebook: context.rulebook,
        point,
        setting,
        minutes: &minutes,
        is_told: true,
    };
    let judged = if are_inputs_removed {
        None
    } else {
        judge_again(context, &bench, &span, made_of).await?
    };
    let agrees = judged.as_ref().is_some_and(|judged| {
        judged.outcome == verdict.outcome
            && judged.basis == verdict.basis
            && judged.inputs_digest == verdict.inputs_digest
    });
    let (told, inputs) = judged.map_or_else(Default::default, |judged| {
        (judged.told.unwrap_or_default(), judged.inputs)
    });
    Ok(VerdictExplanation {
        verdict,
        told,
        inputs,
        made_of,
        agrees,
        are_inputs_removed,
    })
}

async fn judge_again(
    context: &VerdictsContext<'_>,
    bench: &Bench<'_>,
    span: &Span,
    made_of: Option<VerdictKind>,
) -> Result<Option<Judged>, VerdictsError> {
    if let Some(shorter) = made_of {
        let made_of = Span {
            kind: shorter,
            ..*span
        };
        let made_of = store::list(context.database, &made_of, 1_000).await?;
        return bench.judge_long(span.kind, span.from, &made_of);
    }
    let day = span.from.stat_day();
    let of_day = (day.start(), day.end());
    let mut records = load_hours(context, span.point_id, of_day).await?;
    if span.kind == VerdictKind::Hour {
        // an hour is judged by its own record alone
        records.retain(|record| record.time == span.from);
    }
    let mut judgements = bench.judge_day(day, &records)?;
    if records.is_empty() && span.kind == VerdictKind::Day {
        for record in load_imported_days(context, span.point_id, of_day).await? {
            judgements.extend(bench.judge_daily_record(day, &record)?);
        }
    }
    Ok(judgements.remove(&(span.kind, span.from)))
}
