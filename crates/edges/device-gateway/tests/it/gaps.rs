//! Missing data are found, asked for over a real socket, and filled or given up.

use beijing_time::{HOUR_MS, Timestamp};
use hj212::Edition;
use monitoring::gaps::{Gap, GapReason, GapState, request_gap_again};
use test_support::test_on_both_databases;

use crate::logger::{Logger, Manner};
use crate::station::{Station, actor, at};
use crate::world::wait_until;

/// Longer than a device is left alone after it has connected or sent data by itself.
const A_WHILE_MS: i64 = 121_000;
/// Longer than what a request brought may be on its way.
const A_MOMENT_MS: i64 = 21_000;

fn hour(hour: i64) -> Timestamp {
    at("2026-03-02").plus_ms(hour * HOUR_MS)
}

/// The logger sends the hours of the morning up to two o'clock, but for some.
async fn send_hours(station: &Station, logger: &Logger, without: &[i64]) {
    let sent: Vec<_> = (8..14).filter(|hour| !without.contains(hour)).collect();
    send(station, logger, &sent).await;
}

/// The logger sends hours by itself, and they become records.
async fn send(station: &Station, logger: &Logger, hours: &[i64]) {
    for one in hours {
        logger.send_hour(hour(*one));
    }
    wait_until("the hours", async || {
        let held = station.held_hours().await;
        hours.iter().all(|one| held.contains(&hour(*one)))
    })
    .await;
}

async fn the_gap(station: &Station) -> Gap {
    let mut gaps = station.hour_gaps().await;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    gaps.remove(0)
}

/// What a request brought is committed after the dispatcher has heard it.
async fn wait_for_hour(station: &Station, number: i64) {
    wait_until("the hour to be a record", async || {
        station.held_hours().await.contains(&hour(number))
    })
    .await;
}

async fn wait_for_end(station: &Station, gap: &Gap) {
    let id = gap.command_id.unwrap();
    wait_until("the request to end", async || {
        station.load(id).await.0.progress.finished_at.is_some()
    })
    .await;
}

async fn lose_an_hour(database: test_support::TestDatabase, edition: Edition) {
    let mut station = Station::start(database, edition).await;
    let logger = station.dial(Manner::Obedient).await;
    send_hours(&station, &logger, &[11]).await;
    // the line was down, and the logger did not send the hour by itself
    drop(logger);
    station.wait_until_gone().await;
    assert_eq!(station.look_for_gaps().await, 0);
    let gap = the_gap(&station).await;
    assert_eq!((gap.from, gap.to, gap.missing), (hour(11), hour(12), 1));
    assert_eq!(gap.reason, GapReason::NotConnected);

    let logger = station.dial(Manner::Obedient).await;
    logger.keep_hours([hour(11)]);
    assert_eq!(station.look_for_gaps().await, 0);
    assert_eq!(the_gap(&station).await.reason, GapReason::Settling);
    station.clock.advance_ms(A_WHILE_MS);
    assert_eq!(station.look_for_gaps().await, 1);
    let gap = the_gap(&station).await;
    assert_eq!((gap.state, gap.attempts), (GapState::Requested, 1));
    let heard = logger.wait_for_requests(1).await;
    let span = match edition {
        Edition::Hjt2005 => "BeginTime=20260302110000,EndTime=20260302110000",
        _ => "BeginTime=20260302110000;EndTime=20260302110000",
    };
    assert!(heard[0].contains("CN=2061"), "{heard:?}");
    assert!(heard[0].contains(span), "{heard:?}");
    wait_for_end(&station, &gap).await;
    wait_for_hour(&station, 11).await;
    // nobody is asked twice while the answer is on its way
    assert_eq!(station.look_for_gaps().await, 0);
    station.clock.advance_ms(A_MOMENT_MS);
    assert_eq!(station.look_for_gaps().await, 0);
    let gap = the_gap(&station).await;
    assert_eq!((gap.state, gap.missing), (GapState::Filled, 0));
    assert_eq!(gap.reason, GapReason::FilledOnRequest);
    assert!(gap.closed_at.is_some());
    assert_eq!(logger.heard().len(), 1);
    let (command, _steps) = station.load(gap.command_id.unwrap()).await;
    assert_eq!(command.created_by, "system:gaps");
}

test_on_both_databases!(a_lost_hour_is_asked_for_and_filled, |database| {
    lose_an_hour(database, Edition::Hj2017)
});
test_on_both_databases!(a_lost_hour_of_2005_is_asked_for_and_filled, |database| {
    lose_an_hour(database, Edition::Hjt2005)
});

test_on_both_databases!(
    a_device_that_cannot_is_asked_three_times_and_given_up,
    |database| async move {
        let mut station = Station::start(database, Edition::Hj2017).await;
        let logger = station.dial(Manner::Forgetful).await;
        send_hours(&station, &logger, &[10]).await;
        station.clock.advance_ms(A_WHILE_MS);
        // 10 and 20 minutes between the attempts
        for (attempt, pause_ms) in [(1, 600_000), (2, 1_200_000), (3, 0)] {
            assert_eq!(station.look_for_gaps().await, 1, "attempt {attempt}");
            let gap = station.hour_gaps().await.remove(0);
            assert_eq!(gap.attempts, attempt);
            wait_for_end(&station, &gap).await;
            station.clock.advance_ms(A_MOMENT_MS);
            assert_eq!(station.look_for_gaps().await, 0);
            let gap = station.hour_gaps().await.remove(0);
            assert_eq!(gap.reason, GapReason::NoData);
            if attempt < 3 {
                assert_eq!(gap.state, GapState::Open);
                station.clock.advance_ms(pause_ms - 1_000);
                assert_eq!(station.look_for_gaps().await, 0, "it is left alone");
                station.clock.advance_ms(1_000);
            }
        }
        let gap = station.hour_gaps().await.remove(0);
        assert_eq!((gap.from, gap.state), (hour(10), GapState::GivenUp));
        station.clock.advance_ms(HOUR_MS);
        station.look_for_gaps().await;
        assert_eq!(logger.heard().len(), 3);
        assert_eq!(
            station.hour_gaps().await.remove(0),
            gap,
            "it stays given up"
        );

        // somebody asks again by hand
        let again = request_gap_again(&station.database, &station.clock, &actor(), gap.id)
            .await
            .unwrap();
        assert_eq!((again.state, again.attempts), (GapState::Open, 0));
        assert_eq!(station.look_for_gaps().await, 1);
        assert_eq!(logger.wait_for_requests(4).await.len(), 4);
        // and the data come after all
        let gap = station.hour_gaps().await.remove(0);
        wait_for_end(&station, &gap).await;
        send(&station, &logger, &[10]).await;
        station.clock.advance_ms(A_MOMENT_MS);
        station.look_for_gaps().await;
        let gap = station.hour_gaps().await.remove(0);
        assert_eq!((gap.from, gap.state), (hour(10), GapState::Filled));
    }
);

test_on_both_databases!(a_flapping_device_is_left_alone, |database| async move {
    let mut station = Station::start(database, Edition::Hj2017).await;
    let logger = station.dial(Manner::Obedient).await;
    send_hours(&station, &logger, &[12]).await;
    drop(logger);
    station.wait_until_gone().await;
    for _ in 0..5 {
        let logger = station.dial(Manner::Obedient).await;
        station.clock.advance_ms(60_000);
        assert_eq!(station.look_for_gaps().await, 0);
        assert_eq!(the_gap(&station).await.reason, GapReason::Settling);
        assert!(logger.heard().is_empty());
        drop(logger);
        station.wait_until_gone().await;
    }
    // it goes away while it is asked: the request does not count, for it never arrived
    let logger = station.dial(Manner::Silent).await;
    station.clock.advance_ms(A_WHILE_MS);
    assert_eq!(station.look_for_gaps().await, 1);
    logger.wait_for_requests(1).await;
    drop(logger);
    station.wait_until_gone().await;
    let gap = the_gap(&station).await;
    station.clock.advance_ms(600_000);
    wait_for_end(&station, &gap).await;
    station.clock.advance_ms(A_MOMENT_MS);
    station.look_for_gaps().await;
    let gap = the_gap(&station).await;
    assert_eq!((gap.state, gap.attempts), (GapState::Open, 0));
    assert_eq!(gap.reason, GapReason::NotConnected);
});

test_on_both_databases!(
    a_device_that_sends_by_itself_is_not_asked,
    |database| async move {
        let mut station = Station::start(database, Edition::Hj2017).await;
        let logger = station.dial(Manner::Obedient).await;
        send_hours(&station, &logger, &[9, 10, 11]).await;
        logger.keep_hours([hour(11)]);
        assert_eq!(station.look_for_gaps().await, 0);
        station.clock.advance_ms(A_WHILE_MS);
        for (one, left) in [(9, 2), (10, 1)] {
            send(&station, &logger, &[one]).await;
            assert_eq!(station.look_for_gaps().await, 0);
            let gap = the_gap(&station).await;
            assert_eq!((gap.reason, gap.missing), (GapReason::DeviceResends, left));
            station.clock.advance_ms(60_000);
        }
        assert!(logger.heard().is_empty());
        // then it stops, and what is left is asked for
        station.clock.advance_ms(A_WHILE_MS);
        assert_eq!(station.look_for_gaps().await, 1);
        logger.wait_for_requests(1).await;
        let gap = the_gap(&station).await;
        wait_for_end(&station, &gap).await;
        wait_for_hour(&station, 11).await;
        station.clock.advance_ms(A_MOMENT_MS);
        station.look_for_gaps().await;
        assert_eq!(the_gap(&station).await.state, GapState::Filled);
    }
);

test_on_both_databases!(
    a_device_switched_off_for_history_is_not_asked,
    |database| async move {
        let mut station = Station::start(database, Edition::Hj2017).await;
        station
            .change_quirks(|quirks| quirks.has_history = false)
            .await;
        let logger = station.dial(Manner::Obedient).await;
        send_hours(&station, &logger, &[11]).await;
        station.clock.advance_ms(A_WHILE_MS);
        assert_eq!(station.look_for_gaps().await, 0);
        assert_eq!(the_gap(&station).await.reason, GapReason::HistoryOff);
        // after a week nobody asks any more
        station.clock.advance_ms(8 * 24 * HOUR_MS);
        station.look_for_gaps().await;
        let gap = station.hour_gaps().await.remove(0);
        assert_eq!(
            (gap.from, gap.state, gap.reason),
            (hour(11), GapState::GivenUp, GapReason::Expired)
        );
        // switched on, it is asked for what is not too old
        station
            .change_quirks(|quirks| quirks.has_history = true)
            .await;
        assert_eq!(station.look_for_gaps().await, 1);
        let heard = logger.wait_for_requests(1).await;
        assert!(heard[0].contains("CN=2061"), "{heard:?}");
    }
);
