//! The index of a day of which nothing but daily values is there: figures that somebody else published.

use beijing_time::StatDay;
use exact_decimal::Rounding;
use monitoring::Record;
use standards::Explanation;
use standards::air::{Concentrations, IndexMethod, Pollutant};

use super::air::{daily_item, pollutant_name};
use super::{Bench, Judgements};
use crate::inputs::Inputs;
use crate::{VerdictKind, VerdictsError};

impl Bench<'_> {
    pub(super) fn judge_air_day(
        &self,
        day: StatDay,
        record: &Record,
        judgements: &mut Judgements,
    ) -> Result<(), VerdictsError> {
        let Some(rules) = self.rulebook.air(day.date()) else {
            return Ok(());
        };
        let mut inputs = Inputs::new(self.is_told);
        let mut values = Concentrations::default();
        let mut told = Explanation::default();
        for pollutant in Pollutant::ALL {
            let Some(read) = self.read_air(record, pollutant) else {
                continue;
            };
            inputs.take(record.time, &read);
            // a daily statistic enters the index as it is published: rounded once (HJ 663, GB/T 8170)
            let places = pollutant.places();
            let value = read
                .value
                .ok()
                .map(|value| value.rounded(Rounding::HalfEven { places }));
            values.set(daily_item(pollutant), value);
            if let Some(value) = value {
                let (name, unit) = (pollutant_name(pollutant), pollutant.unit());
                told.push(
                    format!("{name}：采用他方发布的日值，修约为 {value} {unit}；没有小时值可核算。"),
                    format!("{name}: the daily value that somebody else published, rounded to {value} {unit}; there are no hours to check it by."),
                );
            }
        }
        let method = IndexMethod::daily(rules);
        let told = self.is_told.then_some(told);
        let judged =
            self.judge_index(rules, method, &values, &self.not_monitored(), inputs, told)?;
        judgements.insert((VerdictKind::Day, day.start()), judged);
        Ok(())
    }
}
