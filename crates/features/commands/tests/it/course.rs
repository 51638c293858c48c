//! Commands from order to end.

use access::{Permission, Scope};
use commands::{
    CommandFilter, CommandState, CommandsError, NewCommand, Order, StepKind, cancel_command,
    list_commands, send_command,
};
use sites::DeviceId;
use test_support::test_on_both_databases;
use uuid::Uuid;

use crate::world::{World, actor};

fn clock_of_logger() -> Order {
    Order::GetClock { factor: None }
}

fn clean() -> Order {
    Order::Clean {
        factor: "w01018".to_owned(),
    }
}

test_on_both_databases!(
    a_command_waits_for_its_device_and_goes_to_its_end,
    |db| async {
        let mut world = World::new(db.handle()).await;
        let id = world.order(clock_of_logger(), None).await;
        assert_eq!(world.load(id).await.0.progress.state, CommandState::Queued);
        world.connect();
        let packets = world.packets(1).await;
        assert!(
            packets[0].contains("CN=1011;PW=123456;MN=TEST1"),
            "{}",
            packets[0]
        );
        world.answer(&packets[0], "9011", "QnRtn=1").await;
        world
            .answer(&packets[0], "1011", "SystemTime=20260301080000")
            .await;
        world.answer(&packets[0], "9012", "ExeRtn=1").await;
        let steps = world.wait_for(id, CommandState::Done).await;
        let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
        assert_eq!(
            kinds,
            [
                StepKind::Ordered,
                StepKind::Sent,
                StepKind::RequestAnswer,
                StepKind::Data,
                StepKind::Result
            ]
        );
        assert!(steps[1].packet.as_deref().unwrap().contains("PW=******"));
        assert_eq!(world.load(id).await.0.progress.data_packets, 1);
    }
);

test_on_both_databases!(silence_is_met_by_resends_and_a_time_out, |db| async {
    let mut world = World::new(db.handle()).await;
    world.connect();
    let id = world.order(clock_of_logger(), None).await;
    for sent in 1..=4 {
        let packets = world.packets(sent).await;
        assert_eq!(packets[0], packets[sent - 1], "the same request number");
        // what was sent is written down before it is sent
        world.clock.advance_ms(10_000);
    }
    let steps = world.wait_for(id, CommandState::TimedOut).await;
    assert_eq!(steps.len(), 6);
    assert_eq!(world.packets(4).await.len(), 4);
});

test_on_both_databases!(one_command_at_a_time_goes_to_a_device, |db| async {
    let mut world = World::new(db.handle()).await;
    world.connect();
    let first = world.order(clock_of_logger(), None).await;
    let second = world.order(Order::GetMinuteInterval {}, None).await;
    let packets = world.packets(1).await;
    world.answer(&packets[0], "9011", "QnRtn=2").await;
    world.wait_for(first, CommandState::Failed).await;
    let packets = world.packets(2).await;
    assert!(packets[1].contains("CN=1063"));
    world.wait_for(second, CommandState::Sent).await;
});

test_on_both_databases!(a_restart_is_honest_about_what_is_not_known, |db| async {
    let mut world = World::new(db.handle()).await;
    world.connect();
    let id = world.order(clean(), None).await;
    world.packets(1).await;
    world.restart().await;
    let steps = world.wait_for(id, CommandState::TimedOut).await;
    let note = steps.last().unwrap().note.as_deref().unwrap();
    assert!(note.contains("not known"), "{note}");
    assert_eq!(world.packets(1).await.len(), 1, "nothing was sent again");

    // what can be done twice is followed on: its answer still counts
    let id = world.order(clock_of_logger(), None).await;
    let packets = world.packets(2).await;
    world.restart().await;
    world.wait_for(id, CommandState::Sent).await;
    world.clock.advance_ms(10_000);
    assert_eq!(world.packets(3).await[2], packets[1]);
    world.answer(&packets[1], "9012", "ExeRtn=1").await;
    world.wait_for(id, CommandState::Done).await;
});

test_on_both_databases!(what_was_ordered_before_the_start_is_followed, |db| async {
    let mut world = World::new(db.handle()).await;
    world.connect();
    world.halt().await;
    let id = world.order(clean(), None).await;
    world.start();
    let packets = world.packets(1).await;
    world.answer(&packets[0], "9011", "QnRtn=1").await;
    world.answer(&packets[0], "9012", "ExeRtn=1").await;
    world.wait_for(id, CommandState::Done).await;
});

test_on_both_databases!(
    a_lost_connection_ends_what_may_not_be_done_twice,
    |db| async {
        let mut world = World::new(db.handle()).await;
        world.connect();
        let id = world.order(clean(), None).await;
        world.packets(1).await;
        world.disconnect();
        world.wait_for(id, CommandState::TimedOut).await;
        let id = world.order(clock_of_logger(), None).await;
        world.connect();
        world.packets(2).await;
        world.disconnect();
        world.wait_for(id, CommandState::Queued).await;
        world.connect();
        world.packets(3).await;
        world.wait_for(id, CommandState::Sent).await;
    }
);

test_on_both_databases!(
    a_new_password_is_in_force_when_the_device_has_it,
    |db| async {
        let mut world = World::new(db.handle()).await;
        world.connect();
        let id = world.order(Order::SetPassword {}, Some("abc123")).await;
        let packets = world.packets(1).await;
        assert!(packets[0].contains("PW=123456"));
        assert!(packets[0].contains("abc123"));
        world.answer(&packets[0], "9011", "QnRtn=1").await;
        world.answer(&packets[0], "9012", "ExeRtn=1").await;
        let steps = world.wait_for(id, CommandState::Done).await;
        assert!(
            steps
                .iter()
                .any(|step| step.kind == StepKind::SecretChanged)
        );
        for step in &steps {
            let shown = step.packet.clone().unwrap_or_default();
            assert!(!shown.contains("abc123"), "{shown}");
        }
        let device = world.directory.current();
        let device = device.device(DeviceId(1)).unwrap();
        assert_eq!(device.password.as_ref().unwrap().reveal(), "abc123");
    }
);

test_on_both_databases!(ordering_is_checked_and_repeatable, |db| async {
    let mut world = World::new(db.handle()).await;
    let key = world.directory.sealing_key();
    let new = |id: Uuid, device_id: i64, order: Order| NewCommand {
        id,
        device_id,
        order,
        secret: None,
        expires_after_s: None,
    };
    let send = async |actor: &access::Actor, new: NewCommand| {
        send_command(
            &world.database,
            &world.clock,
            key,
            &world.handle,
            actor,
            new,
        )
        .await
    };
    let id = Uuid::now_v7();
    let first = send(&actor(), new(id, 1, clock_of_logger())).await.unwrap();
    assert_eq!(
        send(&actor(), new(id, 1, clock_of_logger())).await.unwrap(),
        first
    );
    assert!(matches!(
        send(&actor(), new(id, 1, clean())).await,
        Err(CommandsError::IdTaken { .. })
    ));
    assert!(matches!(
        send(&actor(), new(Uuid::now_v7(), 9, clean())).await,
        Err(CommandsError::NoDevice { id: 9 })
    ));
    assert!(matches!(
        send(&actor(), new(Uuid::now_v7(), 1, Order::SetPassword {})).await,
        Err(CommandsError::Invalid {
            field: "secret",
            ..
        })
    ));
    let mut reader = actor();
    reader.permissions.remove(&Permission::SendCommands);
    assert!(matches!(
        send(&reader, new(Uuid::now_v7(), 1, clean())).await,
        Err(CommandsError::Refused(_))
    ));
    let elsewhere = access::Actor {
        scope: Scope::Region("430422".parse().unwrap()),
        ..actor()
    };
    assert!(matches!(
        send(&elsewhere, new(Uuid::now_v7(), 1, clean())).await,
        Err(CommandsError::NoDevice { .. })
    ));
    let all = CommandFilter {
        limit: 10,
        ..CommandFilter::default()
    };
    let seen = list_commands(&world.database, &elsewhere, &all)
        .await
        .unwrap();
    assert!(seen.is_empty());
    let second = world.order(clean(), None).await;
    let seen = list_commands(&world.database, &actor(), &all)
        .await
        .unwrap();
    assert_eq!(seen.iter().map(|c| c.id).collect::<Vec<_>>(), [second, id]);
    for (kind, expected) in [("clean", vec![second]), ("get_serial_number", Vec::new())] {
        let of_kind = CommandFilter {
            kind: Some(kind.to_owned()),
            ..all.clone()
        };
        let seen = list_commands(&world.database, &actor(), &of_kind)
            .await
            .unwrap();
        assert_eq!(seen.iter().map(|c| c.id).collect::<Vec<_>>(), expected);
    }
    let older = CommandFilter {
        after: Some(second),
        ..all
    };
    let seen = list_commands(&world.database, &actor(), &older)
        .await
        .unwrap();
    assert_eq!(seen.iter().map(|c| c.id).collect::<Vec<_>>(), [id]);

    let cancel = async |id: Uuid| {
        cancel_command(&world.database, &world.clock, &world.handle, &actor(), id).await
    };
    assert_eq!(
        cancel(id).await.unwrap().progress.state,
        CommandState::Cancelled
    );
    assert!(matches!(cancel(id).await, Err(CommandsError::Ended { .. })));
    world.connect();
    world.wait_for(second, CommandState::Sent).await;
    let operator = actor();
    let again = cancel_command(
        &world.database,
        &world.clock,
        &world.handle,
        &operator,
        second,
    );
    assert!(matches!(
        again.await,
        Err(CommandsError::SentAlready { .. })
    ));
    assert_eq!(
        database::audit::find_break(&world.database).await.unwrap(),
        None
    );
});

test_on_both_databases!(
    a_command_that_cannot_be_sent_in_its_time_expires,
    |db| async {
        let world = World::new(db.handle()).await;
        let id = world.order(clean(), None).await;
        world.clock.advance_ms(24 * 3_600_000);
        world.wait_for(id, CommandState::Expired).await;
    }
);
