//! A superior's requests: judged, passed down once, audited, or refused with the right code.

use std::sync::Arc;

use bytes::BytesMut;
use commands::{CommandSettings, CommandsHandle, Order, load_command};
use forwarding::{
    MappingDetails, PassingParts, PasswordChange, Plan, RequestOutcome, Target, list_enabled_plans,
    list_open_commands, pass_request, save_answers, set_mapping, update_target,
};
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings, RequestResult, encode_frame};
use sites::{DevicePassword, Expected};
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{World, details, operator};

const QN: &str = "20260301080000123";

fn frame(segment: &str) -> Frame {
    let mut buffer = BytesMut::from(&encode_frame(segment.as_bytes())[..]);
    match FrameDecoder::new(FrameSettings::tolerant()).decode(&mut buffer) {
        Some(Decoded::Frame(frame)) => frame,
        other => panic!("{other:?}"),
    }
}

fn parts(world: &World) -> PassingParts {
    PassingParts {
        database: world.database.clone(),
        clock: Arc::new(world.clock.clone()),
        directory: world.directory.clone(),
        commands: CommandsHandle::new(CommandSettings::default()),
    }
}

async fn plan(world: &World) -> Plan {
    list_enabled_plans(&world.database, world.directory.sealing_key())
        .await
        .unwrap()
        .remove(0)
}

/// A target that knows device 1 as UP1 with a password of its own.
async fn mapped(world: &World) -> Target {
    let target = world.add_target("省级平台").await;
    let mapping = MappingDetails {
        superior_mn: Some("UP1".to_owned()),
        is_enabled: true,
    };
    let secret = PasswordChange::Set(DevicePassword::new("654321"));
    set_mapping(
        &world.database,
        &world.clock,
        &world.directory,
        &operator(),
        Expected::new(target.id, 1),
        (1, mapping, secret),
    )
    .await
    .unwrap()
}

test_on_both_databases!(
    a_request_is_passed_down_once_and_audited,
    |database| async move { passed_once(database).await }
);

async fn passed_once(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let target = mapped(&world).await;
    let (parts, plan) = (parts(&world), plan(&world).await);
    let request = frame(&format!(
        "QN={QN};ST=32;CN=2051;PW=654321;MN=UP1;Flag=5;CP=&&BeginTime=20260301000000,EndTime=20260301010000&&"
    ));
    let first = pass_request(&parts, &plan, &request).await.unwrap();
    assert_eq!(first, RequestOutcome::Passed);
    let open = list_open_commands(&world.database, target.id)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
    let (command, _steps) = load_command(&world.database, &operator(), open[0].command_id)
        .await
        .unwrap();
    assert_eq!(command.device_id, 1);
    assert_eq!(command.created_by, format!("superior:{}", target.id));
    assert!(matches!(command.order, Order::GetHistory { .. }));
    let trail = world.audited("commands.send").await;
    assert_eq!(trail.len(), 1);
    assert_eq!(trail[0].0, command.created_by);

    // asked again under the same number: no second command, the answers go up once more
    let mut answered = open[0].clone();
    answered.is_request_answered = true;
    answered.is_finished = true;
    save_answers(&world.database, &answered).await.unwrap();
    assert!(
        list_open_commands(&world.database, target.id)
            .await
            .unwrap()
            .is_empty()
    );
    let again = pass_request(&parts, &plan, &request).await.unwrap();
    assert_eq!(again, RequestOutcome::Repeated);
    assert_eq!(
        list_open_commands(&world.database, target.id)
            .await
            .unwrap(),
        open
    );
    assert_eq!(world.audited("commands.send").await.len(), 1);
}

test_on_both_databases!(
    a_wrong_request_is_refused_with_its_code_and_leaves_nothing,
    |database| async move { refusals(database).await }
);

async fn refusals(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let target = mapped(&world).await;
    let (parts, present) = (parts(&world), plan(&world).await);
    let check = async |plan: &Plan, segment: &str, expect: RequestResult| match pass_request(
        &parts,
        plan,
        &frame(segment),
    )
    .await
    .unwrap()
    {
        RequestOutcome::Refused(result, packet) => {
            assert_eq!(result, expect, "{segment}");
            let text = String::from_utf8(packet.to_vec()).unwrap();
            let code = format!("QnRtn={}", expect.code());
            assert!(text.contains("CN=9011") && text.contains(&code), "{text}");
        }
        other => panic!("{segment}: {other:?}"),
    };
    let request = |head: &str| format!("{head};CP=&&&&");
    let cases = [
        (
            format!("QN={QN};ST=32;CN=1011;PW=654321;MN=TEST1;Flag=5"),
            RequestResult::WrongIdentifier,
        ),
        (
            format!("QN={QN};ST=32;CN=1011;PW=123456;MN=UP1;Flag=5"),
            RequestResult::WrongPassword,
        ),
        (
            format!("QN={QN};ST=31;CN=1011;PW=654321;MN=UP1;Flag=5"),
            RequestResult::WrongSystem,
        ),
        (
            format!("QN={QN};ST=32;CN=1011;PW=654321;MN=UP1;Flag=x"),
            RequestResult::WrongFlag,
        ),
        (
            "QN=1;ST=32;CN=1011;PW=654321;MN=UP1;Flag=5".to_owned(),
            RequestResult::WrongRequestNumber,
        ),
        (
            format!("QN={QN};ST=32;CN=7777;PW=654321;MN=UP1;Flag=5"),
            RequestResult::WrongCommand,
        ),
    ];
    for (head, expect) in cases {
        check(&present, &request(&head), expect).await;
    }
    let password = format!("QN={QN};ST=32;CN=1072;PW=654321;MN=UP1;Flag=5;CP=&&NewPW=111111&&");
    check(&present, &password, RequestResult::Refused).await;

    // a packet whose checksum is wrong
    let mut bytes =
        encode_frame(format!("QN={QN};ST=32;CN=1011;PW=654321;MN=UP1;Flag=5;CP=&&&&").as_bytes())
            .to_vec();
    let last = bytes.len() - 3;
    bytes[last] = if bytes[last] == b'0' { b'1' } else { b'0' };
    let mut buffer = BytesMut::from(&bytes[..]);
    let Some(Decoded::Frame(broken)) =
        FrameDecoder::new(FrameSettings::tolerant()).finish(&mut buffer)
    else {
        panic!("no frame");
    };
    let outcome = pass_request(&parts, &present, &broken).await.unwrap();
    assert!(
        matches!(
            outcome,
            RequestOutcome::Refused(RequestResult::WrongChecksum, _)
        ),
        "{outcome:?}"
    );

    // what the target does not allow
    let mut narrow = details("省级平台");
    narrow.allowed_commands = vec!["2011".to_owned()];
    let expected = Expected::new(target.id, 2);
    update_target(
        &world.database,
        &world.clock,
        &operator(),
        expected,
        narrow.clone(),
    )
    .await
    .unwrap();
    let clock = request(&format!("QN={QN};ST=32;CN=1011;PW=654321;MN=UP1;Flag=5"));
    check(&plan(&world).await, &clock, RequestResult::Refused).await;
    narrow.passes_commands_down = false;
    let expected = Expected::new(target.id, 3);
    update_target(&world.database, &world.clock, &operator(), expected, narrow)
        .await
        .unwrap();
    check(&plan(&world).await, &clock, RequestResult::Refused).await;
    assert!(
        list_open_commands(&world.database, target.id)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(world.audited("commands.send").await.is_empty());
}
