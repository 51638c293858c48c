//! The pool against the plan's investment table, kind by kind, with what explains the difference.

use exact_decimal::Decimal;
use plan::PlanBook;

use crate::Money;
use crate::model::ProjectState;
use crate::store::GroupedTotal;

/// Count and planned investment of projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolTotals {
    /// How many.
    pub count: i64,
    /// Their planned investment.
    pub planned: Money,
    /// How many of them have none yet.
    pub without_amount: i64,
}

impl PoolTotals {
    fn add(&mut self, other: &GroupedTotal) {
        self.count += other.count;
        self.planned = self.planned.plus(Money::from_fen(other.planned_fen));
        self.without_amount += other.without_amount;
    }
}

/// Why pool and plan differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explanation {
    /// The pool holds fewer projects than the plan.
    Missing {
        /// How many fewer.
        count: i64,
    },
    /// The pool holds more projects than the plan.
    Over {
        /// How many more.
        count: i64,
    },
    /// Projects were taken out.
    Removed {
        /// How many.
        count: i64,
        /// What was planned for them.
        amount: Money,
    },
    /// Projects have no planned investment yet.
    WithoutAmount {
        /// How many.
        count: i64,
    },
    /// The pool plans less money than the plan.
    Less {
        /// How much less.
        amount: Money,
    },
    /// The pool plans more money than the plan.
    More {
        /// How much more.
        amount: Money,
    },
    /// The plan's total differs from the sum of its own rows.
    PlanRounding {
        /// The exact sum of the rows, in 亿元.
        rows: Decimal,
        /// The total as stated, in 亿元.
        stated: Decimal,
    },
}

/// One kind: what the plan says and what the pool holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindBalance {
    /// The kind; empty for the last row.
    pub kind: String,
    /// Its name in the plan.
    pub name: String,
    /// Projects of the plan.
    pub plan_count: i64,
    /// Money of the plan, in 亿元 as it is written.
    pub plan_amount: Decimal,
    /// In the pool, without what was taken out.
    pub pool: PoolTotals,
    /// Taken out.
    pub removed: PoolTotals,
    /// In each state of the life cycle, in its order, without what was taken out.
    pub by_state: Vec<(ProjectState, PoolTotals)>,
    /// Why they differ; empty when they do not.
    pub explanations: Vec<Explanation>,
}

/// The pool against the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// One row for each kind of the plan.
    pub kinds: Vec<KindBalance>,
    /// The last row.
    pub total: KindBalance,
    /// The exact sum of the plan's rows, in 亿元.
    pub plan_rows: Decimal,
    /// Whether counts and money agree, kind by kind.
    pub is_balanced: bool,
}

fn balance(
    (kind, name): (&str, &str),
    (plan_count, plan_amount): (u32, Decimal),
    totals: &[&GroupedTotal],
) -> KindBalance {
    let mut pool = PoolTotals::default();
    let mut removed = PoolTotals::default();
    let mut by_state: Vec<(ProjectState, PoolTotals)> = ProjectState::ALL
        .iter()
        .filter(|state| **state != ProjectState::Removed)
        .map(|state| (*state, PoolTotals::default()))
        .collect();
    for total in totals {
        if total.state == ProjectState::Removed {
            removed.add(total);
            continue;
        }
        pool.add(total);
        if let Some((_, place)) = by_state.iter_mut().find(|(state, _)| *state == total.state) {
            place.add(total);
        }
    }
    let plan_count = i64::from(plan_count);
    let mut explanations = Vec::new();
    let (count, more) = (plan_count - pool.count, pool.count - plan_count);
    if count > 0 {
        explanations.push(Explanation::Missing { count });
    }
    if more > 0 {
        explanations.push(Explanation::Over { count: more });
    }
    let wanted = Money::from_hundred_million_yuan(plan_amount).unwrap_or_default();
    if pool.planned < wanted {
        let amount = wanted.minus(pool.planned);
        explanations.push(Explanation::Less { amount });
    }
    if pool.planned > wanted {
        let amount = pool.planned.minus(wanted);
        explanations.push(Explanation::More { amount });
    }
    if removed.count > 0 {
        explanations.push(Explanation::Removed {
            count: removed.count,
            amount: removed.planned,
        });
    }
    if pool.without_amount > 0 {
        explanations.push(Explanation::WithoutAmount {
            count: pool.without_amount,
        });
    }
    KindBalance {
        kind: kind.to_owned(),
        name: name.to_owned(),
        plan_count,
        plan_amount,
        pool,
        removed,
        by_state,
        explanations,
    }
}

/// Lays the pool beside the plan.
pub(crate) fn reconcile(book: &PlanBook, totals: &[GroupedTotal]) -> Reconciliation {
    let plan = book.plan();
    let kinds: Vec<KindBalance> = plan
        .investments
        .iter()
        .map(|row| {
            let id = row.id.get_ref().as_str();
            let own: Vec<_> = totals.iter().filter(|total| total.kind == id).collect();
            balance((id, &row.name), (row.count, row.amount), &own)
        })
        .collect();
    // the plan's own figures: at most some hundred rows of at most ten digits
    let plan_rows = plan.investments.iter().fold(Decimal::ZERO, |sum, row| {
        sum.checked_add(row.amount).unwrap_or(sum)
    });
    let row_count = plan.investments.iter().map(|row| row.count).sum();
    let stated = plan
        .investment_total
        .as_ref()
        .map_or((row_count, plan_rows), |total| (total.count, total.amount));
    let all: Vec<_> = totals.iter().collect();
    // what the rows say is compared; the rounding of the total is told beside it
    let mut total = balance(("", ""), (row_count, plan_rows), &all);
    total.plan_amount = stated.1;
    if stated.1 != plan_rows {
        total.explanations.push(Explanation::PlanRounding {
            rows: plan_rows,
            stated: stated.1,
        });
    }
    let is_balanced = kinds.iter().all(|kind| {
        let wanted = Money::from_hundred_million_yuan(kind.plan_amount);
        kind.pool.count == kind.plan_count && wanted == Some(kind.pool.planned)
    });
    Reconciliation {
        kinds,
        total,
        plan_rows,
        is_balanced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use city_plan::skeleton;

    fn total(kind: &str, state: ProjectState, count: i64, wan: &str) -> GroupedTotal {
        GroupedTotal {
            kind: kind.to_owned(),
            state,
            count,
            planned_fen: Money::parse(wan).unwrap().fen(),
            without_amount: 0,
        }
    }

    #[test]
    fn a_pool_that_is_the_plan_has_only_the_plans_own_rounding_to_explain() {
        let book = PlanBook::read(&skeleton());
        let totals: Vec<_> = book
            .plan()
            .investments
            .iter()
            .map(|row| GroupedTotal {
                kind: row.id.get_ref().clone(),
                state: ProjectState::Built,
                count: i64::from(row.count),
                planned_fen: Money::from_hundred_million_yuan(row.amount).unwrap().fen(),
                without_amount: 0,
            })
            .collect();
        let found = reconcile(&book, &totals);
        assert!(found.is_balanced);
        assert!(found.kinds.iter().all(|kind| kind.explanations.is_empty()));
        assert!(
            matches!(
                found.total.explanations[..],
                [Explanation::PlanRounding { .. }]
            ),
            "{:?}",
            found.total.explanations
        );
    }

    #[test]
    fn what_is_missing_and_removed_is_told() {
        let book = PlanBook::read(&skeleton());
        let first = &book.plan().investments[0];
        let kind = first.id.get_ref().as_str();
        let totals = [
            total(kind, ProjectState::Reserve, 1, "1"),
            total(kind, ProjectState::Removed, 2, "300"),
        ];
        let found = reconcile(&book, &totals);
        assert!(!found.is_balanced);
        let row = &found.kinds[0];
        assert_eq!(row.pool.count, 1);
        assert_eq!(row.removed.count, 2);
        let removed = Explanation::Removed {
            count: 2,
            amount: Money::parse("300").unwrap(),
        };
        assert!(row.explanations.contains(&removed), "{row:?}");
        let missing = Explanation::Missing {
            count: i64::from(first.count) - 1,
        };
        assert_eq!(row.explanations[0], missing);
        assert_eq!(found.total.pool.count, 1);
    }
}
