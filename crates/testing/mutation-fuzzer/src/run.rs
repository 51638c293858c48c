//! Running a target on mutations until the time or the executions are used up.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::mutate::Mutator;
use crate::target::Target;

/// An execution that takes longer counts as a hang.
const SLOW: Duration = Duration::from_secs(1);
/// Whether an input shows something new is looked at for every so many, since that costs as much
/// as the execution itself.
const LOOK_EVERY: u64 = 16;
/// Executions between two looks at the clock.
const ROUND: u64 = 1000;
/// New inputs that a thread keeps at the most.
const MOST_FOUND: usize = 4096;
/// A run ends with so many crashes.
const MOST_CRASHES: usize = 20;
/// How often it is said how far it is.
const REPORT: Duration = Duration::from_secs(30);

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) seconds: u64,
    pub(crate) executions: u64,
    pub(crate) threads: u64,
    pub(crate) seed: u64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) executions: u64,
    pub(crate) seconds: u64,
    /// Inputs that showed something new.
    pub(crate) found: Vec<Vec<u8>>,
    /// Inputs that made it crash or hang, and how.
    pub(crate) crashes: Vec<(Vec<u8>, String)>,
}

/// Runs a target.
pub(crate) fn run(target: Target, corpus: &[Vec<u8>], limits: &Limits) -> Outcome {
    // a panic is a result here: it is told at the end, not as it happens
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let executions = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let parts: Vec<Outcome> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..limits.threads)
            .map(|number| {
                let (executions, is_over) = (&executions, &is_over);
                scope.spawn(move || {
                    Worker {
                        target,
                        corpus: corpus.to_vec(),
                        known: corpus
                            .iter()
                            .flat_map(|one| target.behaviour(one))
                            .collect(),
                        mutator: Mutator::new(target, limits.seed.wrapping_add(number << 32)),
                        outcome: Outcome::default(),
                    }
                    .work(executions, is_over, limits, started)
                })
            })
            .collect();
        report(&executions, &is_over, started, target);
        workers
            .into_iter()
            .filter_map(|worker| worker.join().ok())
            .collect()
    });
    drop(std::panic::take_hook());
    let mut whole = Outcome {
        executions: executions.into_inner(),
        seconds: started.elapsed().as_secs(),
        ..Outcome::default()
    };
    for part in parts {
        whole.found.extend(part.found);
        whole.crashes.extend(part.crashes);
    }
    whole
}

fn report(executions: &AtomicU64, is_over: &AtomicBool, started: Instant, target: Target) {
    let mut said = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        if said.elapsed() >= REPORT {
            said = Instant::now();
            let count = executions.load(Ordering::Relaxed);
            let seconds = started.elapsed().as_secs().max(1);
            crate::say(&format!(
                "{}: {count} executions, {} a second",
                target.name(),
                count / seconds
            ));
        }
    }
}

struct Worker {
    target: Target,
    corpus: Vec<Vec<u8>>,
    known: BTreeSet<u64>,
    mutator: Mutator,
    outcome: Outcome,
}

impl Worker {
    fn work(
        mut self,
        executions: &AtomicU64,
        is_over: &AtomicBool,
        limits: &Limits,
        started: Instant,
    ) -> Outcome {
        let mut input = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            for number in 0..ROUND {
                self.mutator.next(&self.corpus, &mut input);
                self.execute(&input, number % LOOK_EVERY == 0);
            }
            let done = executions.fetch_add(ROUND, Ordering::Relaxed) + ROUND;
            if done >= limits.executions
                || started.elapsed().as_secs() >= limits.seconds
                || self.outcome.crashes.len() >= MOST_CRASHES
            {
                is_over.store(true, Ordering::Relaxed);
            }
        }
        self.outcome
    }

    fn execute(&mut self, input: &[u8], is_looked_at: bool) {
        let target = self.target;
        let began = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| target.run(input)));
        let took = began.elapsed();
        if let Err(panic) = result {
            let what = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            self.outcome.crashes.push((input.to_vec(), what));
            return;
        }
        if took > SLOW {
            let what = format!("took {} ms", took.as_millis());
            self.outcome.crashes.push((input.to_vec(), what));
        }
        if !is_looked_at || self.outcome.found.len() >= MOST_FOUND {
            return;
        }
        let mut is_new = false;
        for behaviour in target.behaviour(input) {
            is_new |= self.known.insert(behaviour);
        }
        if is_new {
            self.corpus.push(input.to_vec());
            self.outcome.found.push(input.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_counted_and_sound_targets_do_not_crash() {
        for target in [Target::Decode, Target::Parse, Target::Parameters] {
            let limits = Limits {
                seconds: 600,
                executions: 2_000,
                threads: 1,
                seed: 3,
            };
            let outcome = run(target, &crate::seeds::of(target), &limits);
            assert_eq!(outcome.executions, 2_000);
            assert!(outcome.crashes.is_empty(), "{:?}", outcome.crashes);
        }
    }
}
