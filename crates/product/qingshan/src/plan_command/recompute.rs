//! `qingshan plan recompute`: the plan's measures computed anew by command.

use std::process::ExitCode;
use std::time::Instant;

use access::Actor;
use beijing_time::{Clock, SystemClock};
use plan::{MeasuresContext, follow_measures, load_cockpit, mark_all};
use sites::DirectoryHandle;
use verdicts::{Rulebook, VerdictsContext};

use crate::command_line::say;
use crate::config::Configuration;
use crate::{city_data, database_command, sealing_key};

/// Measures computed by one run.
const MOST: u32 = 10_000;

/// Computes all measures anew, then all indicators.
///
/// # Errors
/// When the database cannot be read or written.
pub(crate) async fn recompute(
    is_json: bool,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = database_command::open(configuration).await?;
    database.check_schema().await?;
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let directory = DirectoryHandle::open(&database, key).await?.current();
    let (book, rulebook) = (city_data::plan(), Rulebook::shipped()?);
    let context = MeasuresContext {
        verdicts: VerdictsContext {
            database: &database,
            directory: &directory,
            rulebook: &rulebook,
            now: SystemClock.now(),
        },
        book: &book,
    };
    let begin = Instant::now();
    mark_all(&context).await?;
    let (mut measures, mut written) = (0, 0);
    loop {
        let done = follow_measures(&context, MOST).await?;
        if done.taken + done.computed == 0 {
            break;
        }
        measures += done.computed;
        written += done.written;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let actor = Actor::system("command_line");
    let states = load_cockpit(&database, &SystemClock, &actor, &book)
        .await?
        .states;
    let indicators_seconds = begin.elapsed().as_secs_f64();
    database.close().await;
    let with_value = states.iter().filter(|state| state.value.is_some()).count();
    say(&if is_json {
        serde_json::json!({
            "measures": measures,
            "written": written,
            "seconds": seconds,
            "indicators": states.len(),
            "indicators_with_value": with_value,
            "indicators_seconds": indicators_seconds,
        })
        .to_string()
    } else {
        format!(
            "{measures} measures computed in {seconds:.2} s, {written} of them not what they had been; {} of {} states of indicators have a value; parameter set {}",
            with_value,
            states.len(),
            rulebook.set()
        )
    });
    Ok(ExitCode::SUCCESS)
}
