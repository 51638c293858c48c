//! What would turn by other rules, over the records that are there; nothing is written.

use std::sync::Arc;

use access::{Actor, Permission, RegionCode, Scope};
use beijing_time::HOUR_MS;
use sites::Medium;
use standards::water::WaterClass;
use test_support::test_on_both_databases;
use verdicts::{
    Direction, Flip, Rulebook, Simulation, SimulationRequest, SimulationTotals, VerdictKind,
    VerdictsError, compute_digest,
};

use crate::world::{Sender, World, at, hour};

fn request(medium: Medium) -> SimulationRequest {
    SimulationRequest {
        medium,
        kind: None,
        from: at("2018-05-01").stat_day(),
        to: at("2018-06-03").stat_day(),
        region: None,
        point_id: None,
        target_class: None,
    }
}

async fn prepare(
    world: &World,
    actor: &Actor,
    request: &SimulationRequest,
    other: Rulebook,
) -> Result<Simulation, VerdictsError> {
    let rules = (Arc::new(Rulebook::shipped().unwrap()), Arc::new(other));
    let stored = (&world.database, world.directory.current());
    Simulation::prepare(stored, actor, request, rules, world.now).await
}

async fn run(
    world: &World,
    request: &SimulationRequest,
    other: Rulebook,
) -> (Vec<Flip>, SimulationTotals) {
    let actor = Actor::built_in_operator();
    let mut simulation = prepare(world, &actor, request, other).await.unwrap();
    let (mut flips, mut steps) = (Vec::new(), 0);
    while let Some(step) = simulation.next_step().await.unwrap() {
        flips.extend(step.flips);
        steps += 1;
    }
    assert_eq!(steps, simulation.steps());
    (flips, simulation.totals())
}

async fn fill(world: &World) {
    let mut packets = Vec::new();
    let start = at("2018-05-31");
    for step in 0..48_i64 {
        let time = start.plus_ms(step * HOUR_MS);
        // the first day 70, the second 30
        let particles = if step < 24 { "0.070" } else { "0.030" };
        packets.push(hour(
            Sender::Air,
            time,
            1,
            &format!("a21026=12;a21004=30;a21005=0.8;a05024=90;a34002=60;a34004={particles}"),
        ));
        if step % 4 == 0 {
            packets.push(hour(
                Sender::Section,
                time,
                2,
                "w01001=7.1;w01009=7.6;w01019=2.1;w21003=0.6;w21011=0.05",
            ));
        }
        let gas = if step == 3 { "34.99" } else { "20" };
        packets.push(hour(
            Sender::Gas,
            time,
            3,
            &format!("a21026.ZsAvg={gas};a21002.ZsAvg=40"),
        ));
        packets.push(hour(Sender::Water, time, 4, "w01018=45;w00000=2"));
    }
    world.feed(&packets, 1000).await;
    world.follow(1000).await;
}

test_on_both_databases!(
    another_edition_turns_the_days_between_both_limits,
    |database| async move {
        let world = World::build(&database).await;
        fill(&world).await;
        let before = compute_digest(&database).await.unwrap();
        let later = || {
            Rulebook::shipped()
                .unwrap()
                .as_of("2026-03-01".parse().unwrap())
        };
        let (flips, totals) = run(&world, &request(Medium::Air), later()).await;
        // 2012: 50 + 50 × 35 ÷ 40, up to 94; 2026: 100 + 50 × 10 ÷ 55, up to 110
        assert_eq!(flips.len(), 1, "{flips:?}");
        let flip = &flips[0];
        assert_eq!((flip.point_id, flip.time), (world.air, at("2018-05-31")));
        assert_eq!(
            (flip.present.figure, flip.other.figure),
            (Some(94), Some(110))
        );
        assert_eq!(flip.direction, Direction::Worse);
        // on the other day PM10 of 60 makes 55 and 58: another index of the same level
        assert_eq!(
            totals,
            SimulationTotals {
                points: 1,
                points_turned: 1,
                judged: 2,
                worse: 1,
                shifted: 1,
                ..SimulationTotals::default()
            }
        );
        let hours = SimulationRequest {
            kind: Some(VerdictKind::Hour),
            ..request(Medium::Air)
        };
        let (flips, totals) = run(&world, &hours, later()).await;
        assert_eq!((flips.len(), totals.judged), (24, 48));
        // the same rules turn nothing, and nothing at all was written
        let same = Rulebook::shipped().unwrap();
        let (flips, totals) = run(&world, &request(Medium::Air), same).await;
        assert_eq!((flips.len(), totals.judged, totals.shifted), (0, 2, 0));
        assert_eq!(compute_digest(&database).await.unwrap(), before);
    }
);

test_on_both_databases!(
    another_limit_or_target_turns_what_it_touches,
    |database| async move {
        let world = World::build(&database).await;
        fill(&world).await;
        let with = |text: &str| {
            let shipped = Rulebook::shipped().unwrap();
            shipped.with_other_limits("try.toml", text).unwrap()
        };
        let stricter = "[[limit]]\nfactor = \"a21026\"\nupper = \"30\"\n";
        let (flips, totals) = run(&world, &request(Medium::WasteGas), with(stricter)).await;
        assert_eq!(
            (totals.judged, totals.worse, totals.points_turned),
            (48, 1, 1)
        );
        assert_eq!(flips[0].time, at("2018-05-31T03:00:00+08:00"));
        assert_eq!(flips[0].other.deciding, ["a21026"]);
        // the limit of another factor or medium is not touched by it
        let (flips, _) = run(&world, &request(Medium::WasteWater), with(stricter)).await;
        assert!(flips.is_empty());
        let of_water = "[[limit]]\nmedium = \"waste_water\"\nfactor = \"w01018\"\nupper = \"40\"\n";
        let (flips, _) = run(&world, &request(Medium::WasteWater), with(of_water)).await;
        assert_eq!(flips.len(), 2, "both days of 45 mg/L");
        // ammonia of 0.6 is class III: within the target of now, not within class II
        let target = SimulationRequest {
            target_class: Some(WaterClass::Two),
            ..request(Medium::SurfaceWater)
        };
        let (flips, totals) = run(&world, &target, Rulebook::shipped().unwrap()).await;
        assert_eq!((flips.len(), totals.worse), (2, 2), "May and June");
        assert_eq!(flips[0].kind, VerdictKind::Month);
        assert_eq!(flips[0].other.deciding, ["nh3n"]);
        let year = SimulationRequest {
            kind: Some(VerdictKind::Year),
            ..target
        };
        let (flips, totals) = run(&world, &year, Rulebook::shipped().unwrap()).await;
        assert_eq!(
            (flips.len(), totals.judged),
            (0, 1),
            "two months make no year"
        );
    }
);

test_on_both_databases!(
    a_simulation_shows_no_more_than_its_actor_may_see,
    |database| async move {
        let world = World::build(&database).await;
        fill(&world).await;
        let same = || Rulebook::shipped().unwrap();
        let elsewhere = Actor {
            scope: Scope::Region("430422".parse::<RegionCode>().unwrap()),
            ..Actor::built_in_operator()
        };
        let asked = request(Medium::Air);
        let mut simulation = prepare(&world, &elsewhere, &asked, same()).await.unwrap();
        assert_eq!(simulation.points(), 0);
        assert_eq!(simulation.next_step().await.unwrap(), None);
        let one = SimulationRequest {
            point_id: Some(world.air),
            ..request(Medium::Air)
        };
        let error = prepare(&world, &elsewhere, &one, same()).await.unwrap_err();
        assert!(matches!(error, VerdictsError::NotFound { .. }), "{error}");
        let mut blind = Actor::built_in_operator();
        blind.permissions.remove(&Permission::ReadData);
        let error = prepare(&world, &blind, &asked, same()).await.unwrap_err();
        assert!(matches!(error, VerdictsError::Refused(_)), "{error}");
        // another region has none of the points
        let other = SimulationRequest {
            region: Some("430422".parse().unwrap()),
            ..request(Medium::Air)
        };
        let (_, totals) = run(&world, &other, same()).await;
        assert_eq!(totals, SimulationTotals::default());
    }
);

test_on_both_databases!(
    what_cannot_be_simulated_is_refused_with_its_field,
    |database| async move {
        let world = World::build(&database).await;
        let actor = Actor::built_in_operator();
        let with = |change: &dyn Fn(&mut SimulationRequest)| {
            let mut asked = request(Medium::Air);
            change(&mut asked);
            asked
        };
        for (asked, expected) in [
            (with(&|asked| asked.medium = Medium::Noise), "medium"),
            (with(&|asked| asked.kind = Some(VerdictKind::Month)), "kind"),
            (with(&|asked| asked.to = asked.from.plus(-1)), "to"),
            (with(&|asked| asked.to = asked.from.plus(3_660)), "to"),
        ] {
            let same = Rulebook::shipped().unwrap();
            match prepare(&world, &actor, &asked, same).await {
                Err(VerdictsError::Invalid { field, .. }) => assert_eq!(field, expected),
                other => panic!("{asked:?}: {:?}", other.map(|found| found.totals())),
            }
        }
    }
);
