//! The queue against a superior of any temper.

use std::collections::HashMap;
use std::sync::Arc;

use monitoring::PacketOrigin;
use proptest::prelude::*;

use super::*;

const AT: Timestamp = Timestamp::from_epoch_ms(1_000);

fn packet(id: i64, device_id: i64) -> StoredPacket {
    StoredPacket {
        id: PacketId(id),
        received_at: Timestamp::from_epoch_ms(id),
        device_id,
        origin: PacketOrigin::Live,
        peer: Arc::from("x"),
        bytes: Bytes::from(format!("{id}")),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that the queue asks for")]
fn outgoing(packet: &StoredPacket) -> Result<Outgoing, (FailureReason, String)> {
    Ok(Outgoing {
        bytes: packet.bytes.clone(),
        expected: Some(Expected {
            qn: Some(packet.id.to_string()),
            mn: packet.device_id.to_string(),
            cn: "2011".to_owned(),
            pno: None,
        }),
    })
}

fn silent(packet: &StoredPacket) -> Result<Outgoing, (FailureReason, String)> {
    outgoing(packet).map(|outgoing| Outgoing {
        expected: None,
        ..outgoing
    })
}

fn acknowledgement(id: i64, verdict: Verdict) -> Acknowledgement {
    Acknowledgement {
        qn: Some(id.to_string()),
        mn: None,
        cn: None,
        pno: None,
        verdict,
    }
}

fn queue(resends: u32) -> Queue {
    let settings = QueueSettings {
        timeout_ms: 100,
        resends,
        ..QueueSettings::default()
    };
    Queue::new(settings, PacketId(0), None)
}

fn fill(queue: &mut Queue, packets: &[(i64, i64)]) {
    for (id, device_id) in packets {
        queue.offer(packet(*id, *device_id));
        queue.note_read(PacketId(*id), None);
    }
}

/// Everything that may go out now.
fn sent(queue: &mut Queue, now: u64) -> Vec<String> {
    std::iter::from_fn(|| queue.next(now, outgoing))
        .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        .collect()
}

fn accept(queue: &mut Queue, id: i64, now: u64) {
    assert!(queue.acknowledge(&acknowledgement(id, Verdict::Accepted), now));
}

#[test]
fn one_packet_of_a_device_is_under_way_at_a_time_and_the_checkpoint_waits_for_the_oldest() {
    let mut queue = queue(1);
    fill(&mut queue, &[(1, 7), (2, 7), (3, 8)]);
    assert_eq!(sent(&mut queue, 0), ["1", "3"]);
    accept(&mut queue, 3, 1);
    assert_eq!(queue.take_outcome(AT).done, PacketId(0));
    accept(&mut queue, 1, 2);
    assert_eq!(sent(&mut queue, 3), ["2"]);
    let outcome = queue.take_outcome(AT);
    assert_eq!((outcome.done, outcome.delivery.delivered), (PacketId(1), 1));
    accept(&mut queue, 2, 4);
    assert_eq!(queue.take_outcome(AT).done, PacketId(3));
}

#[test]
fn a_packet_that_alone_is_not_acknowledged_is_passed_over() {
    let mut queue = queue(1);
    fill(&mut queue, &[(1, 7), (2, 7), (3, 8), (4, 8)]);
    assert_eq!(sent(&mut queue, 0), ["1", "3"]);
    accept(&mut queue, 3, 50);
    assert_eq!(queue.tick(100).len(), 1, "sent again");
    assert!(queue.tick(199).is_empty());
    assert!(queue.tick(200).is_empty());
    let outcome = queue.take_outcome(AT);
    assert_eq!(outcome.delivery.failures.len(), 1);
    let failure = &outcome.delivery.failures[0];
    assert_eq!(
        (failure.packet_id, failure.reason, failure.at),
        (PacketId(1), FailureReason::NotAcknowledged, AT)
    );
    assert_eq!(sent(&mut queue, 200), ["2", "4"], "the device goes on");
}

#[test]
fn a_superior_that_acknowledges_nothing_is_an_outage_and_nothing_is_passed_over() {
    let mut queue = queue(0);
    fill(&mut queue, &[(1, 7), (2, 7), (3, 8)]);
    sent(&mut queue, 0);
    queue.tick(100);
    assert_eq!(sent(&mut queue, 100), ["2"], "another packet is tried");
    assert!(!queue.is_silent(199));
    assert!(queue.is_silent(200));
    queue.disconnect();
    assert_eq!(
        queue.take_outcome(AT),
        Outcome {
            done: PacketId(0),
            done_received_at: Some(Timestamp::from_epoch_ms(1)),
            delivery: Delivery::default()
        }
    );
    assert_eq!(sent(&mut queue, 300), ["1", "3"], "in order again");
}

#[test]
fn what_comes_late_counts_and_clears_the_rest() {
    let mut queue = queue(0);
    fill(&mut queue, &[(1, 7), (2, 8)]);
    sent(&mut queue, 0);
    queue.tick(100);
    accept(&mut queue, 2, 150);
    let delivery = queue.take_outcome(AT).delivery;
    assert_eq!((delivery.delivered, delivery.failures.len()), (1, 1));
    assert_eq!(delivery.failures[0].packet_id, PacketId(1));
}

#[test]
fn a_refused_packet_is_passed_over_with_its_code() {
    let mut queue = queue(0);
    fill(&mut queue, &[(1, 7)]);
    sent(&mut queue, 0);
    assert!(queue.acknowledge(&acknowledgement(1, Verdict::Refused(3)), 1));
    let outcome = queue.take_outcome(AT);
    let failure = &outcome.delivery.failures[0];
    assert_eq!(failure.reason, FailureReason::RefusedBySuperior);
    assert_eq!((failure.detail.as_str(), outcome.done), ("3", PacketId(1)));
    assert!(!queue.acknowledge(&acknowledgement(9, Verdict::Accepted), 2));
}

#[test]
fn a_device_that_is_never_acknowledged_does_not_hold_the_others_up_and_comes_back() {
    let mut queue = queue(0);
    let mut packets: Vec<(i64, i64)> = (1..=5).map(|id| (id, 7)).collect();
    packets.extend((11..=16).map(|id| (id, 8)));
    fill(&mut queue, &packets);
    let mut now = 0;
    for id in 11..=13 {
        sent(&mut queue, now);
        accept(&mut queue, id, now + 1);
        now += 100;
        queue.tick(now);
    }
    sent(&mut queue, now);
    let outcome = queue.take_outcome(AT);
    let reasons: Vec<_> = outcome
        .delivery
        .failures
        .iter()
        .map(|it| (it.packet_id.0, it.reason))
        .collect();
    let (missed, unanswered) = (
        FailureReason::NotAcknowledged,
        FailureReason::DeviceUnanswered,
    );
    assert_eq!(
        reasons,
        [
            (1, missed),
            (2, missed),
            (3, missed),
            (4, unanswered),
            (5, unanswered)
        ]
    );
    // after a while one packet is tried; when it is taken the device is back
    fill(&mut queue, &[(20, 7)]);
    assert_eq!(sent(&mut queue, now + 60_001), ["20"]);
    accept(&mut queue, 20, now + 60_002);
    assert_eq!(queue.take_outcome(AT).delivery.revived, [7]);
}

#[test]
fn a_packet_sent_again_goes_before_the_rest_of_its_device_and_moves_no_checkpoint() {
    let mut queue = queue(0);
    fill(&mut queue, &[(10, 7), (11, 7)]);
    queue.offer_again(packet(3, 7), 1);
    queue.offer_again(packet(3, 7), 1);
    assert!(queue.is_again(PacketId(3)));
    assert_eq!(sent(&mut queue, 0), ["3"]);
    assert_eq!(queue.take_outcome(AT).done, PacketId(9));
    assert!(queue.acknowledge(&acknowledgement(3, Verdict::Refused(2)), 1));
    let outcome = queue.take_outcome(AT);
    assert_eq!(outcome.delivery.failures[0].attempts, 2);
    queue.offer_again(packet(3, 7), 2);
    assert_eq!(sent(&mut queue, 2), ["3"]);
    accept(&mut queue, 3, 3);
    assert_eq!(sent(&mut queue, 3), ["10"]);
    accept(&mut queue, 10, 4);
    let delivery = queue.take_outcome(AT).delivery;
    assert_eq!(
        (delivery.delivered, delivery.redelivered),
        (1, vec![PacketId(3)])
    );
}

#[test]
fn without_acknowledgements_a_packet_counts_when_its_connection_held() {
    let mut queue = queue(0);
    fill(&mut queue, &[(1, 7), (2, 7)]);
    while queue.next(0, silent).is_some() {}
    queue.tick(999);
    assert_eq!(queue.take_outcome(AT).done, PacketId(0));
    queue.disconnect();
    let again: Vec<_> = std::iter::from_fn(|| queue.next(1_000, silent)).collect();
    assert_eq!(again, ["1", "2"]);
    queue.tick(2_000);
    let outcome = queue.take_outcome(AT);
    assert_eq!((outcome.done, outcome.delivery.delivered), (PacketId(2), 2));
    assert!(queue.is_empty() && queue.held_bytes == 0 && queue.lanes.is_empty());
}

#[test]
fn what_cannot_be_written_is_passed_over_and_what_was_not_written_down_is_told_again() {
    let mut queue = queue(0);
    fill(&mut queue, &[(1, 7), (2, 7)]);
    let bytes = queue.next(0, |packet| {
        if packet.id == PacketId(1) {
            Err((FailureReason::NotEncodable, "why".to_owned()))
        } else {
            outgoing(packet)
        }
    });
    assert_eq!(bytes.as_deref(), Some(&b"2"[..]));
    let outcome = queue.take_outcome(AT);
    assert_eq!(
        outcome.delivery.failures[0].reason,
        FailureReason::NotEncodable
    );
    queue.restore(outcome.delivery.clone());
    accept(&mut queue, 2, 1);
    let delivery = queue.take_outcome(AT).delivery;
    assert_eq!((delivery.delivered, delivery.failures.len()), (1, 1));
}

#[derive(Debug, Clone)]
enum Event {
    Send,
    Acknowledge(usize, bool),
    Wait(u64),
    Break,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => Just(Event::Send),
        4 => (0..4_usize, prop::bool::weighted(0.9)).prop_map(|(place, is_taken)| Event::Acknowledge(place, is_taken)),
        2 => (1..400_u64).prop_map(Event::Wait),
        1 => Just(Event::Break),
    ];
    prop::collection::vec(event, 0..120)
}

proptest! {
    /// Whatever the superior does, on each connection the packets of a device go out in order, the
    /// checkpoint never passes a packet that was neither delivered nor passed over, and with a
    /// superior that takes everything all is done in the end.
    #[test]
    fn no_packet_is_lost_and_none_overtakes(
        devices in prop::collection::vec(0..4_i64, 1..40),
        events in events(),
    ) {
        let mut queue = queue(1);
        let packets: Vec<(i64, i64)> = (1..).zip(devices).collect();
        fill(&mut queue, &packets);
        let (mut now, mut under_way) = (0_u64, Vec::<i64>::new());
        let mut settled = BTreeSet::<i64>::new();
        let mut last = HashMap::<i64, i64>::new();
        let ending = std::iter::repeat_n(Event::Break, 1)
            .chain((0..400).flat_map(|_| [Event::Wait(61_000), Event::Send, Event::Acknowledge(0, true)]));
        for event in events.into_iter().chain(ending) {
            match event {
                Event::Send => {
                    for text in sent(&mut queue, now) {
                        let id: i64 = text.parse().unwrap();
                        let device = packets[usize::try_from(id).unwrap() - 1].1;
                        let before = last.insert(device, id);
                        prop_assert!(before.is_none_or(|before| before < id));
                        under_way.push(id);
                    }
                }
                Event::Acknowledge(place, is_taken) => {
                    if place < under_way.len() {
                        let id = under_way.remove(place);
                        let verdict = if is_taken { Verdict::Accepted } else { Verdict::Refused(2) };
                        if queue.acknowledge(&acknowledgement(id, verdict), now) {
                            settled.insert(id);
                        }
                    }
                }
                Event::Wait(ms) => {
                    now += ms;
                    queue.tick(now);
                }
                Event::Break => {
                    queue.disconnect();
                    under_way.clear();
                    last.clear();
                }
            }
            let outcome = queue.take_outcome(AT);
            settled.extend(outcome.delivery.failures.iter().map(|it| it.packet_id.0));
            for (id, _device) in &packets {
                prop_assert!(*id > outcome.done.0 || settled.contains(id), "{id} was passed");
            }
        }
        queue.disconnect();
        for round in 0..packets.len() {
            now += 61_000;
            for text in sent(&mut queue, now) {
                accept(&mut queue, text.parse().unwrap(), now);
            }
            let _ = round;
        }
        prop_assert_eq!(queue.len(), 0);
        prop_assert_eq!(queue.held_bytes, 0);
    }
}
