//! Putting together what was sent in several packets (PNUM, PNO), within limits of memory and time.
//!
//! Each packet of a set has its own QN and is acknowledged by itself; factors are not cut. What
//! binds a set is the device, the command, the `DataTime` that every packet repeats, and PNUM
//! (HJ 212-2017, C.49 and C.50). A set that does not become complete in time is given out as it
//! is: each packet can be understood alone.

use crate::message::Message;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// What binds the packets of one set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SetKey {
    /// The device.
    pub mn: String,
    /// The command.
    pub cn: String,
    /// `DataTime`, verbatim; empty if there is none.
    pub data_time: String,
    /// PNUM.
    pub total: u32,
}

/// The limits of a [`Reassembler`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReassemblySettings {
    /// The most packets of one set.
    pub max_packets: u32,
    /// The most sets that are waited for at once; the oldest gives way.
    pub max_sets: usize,
    /// The most bytes that are held in all; the oldest set gives way.
    pub max_bytes: usize,
    /// How long a set is waited for since its last packet.
    pub timeout_ms: i64,
}

impl Default for ReassemblySettings {
    fn default() -> Self {
        Self {
            max_packets: 64,
            max_sets: 1024,
            max_bytes: 8 * 1024 * 1024,
            timeout_ms: 60_000,
        }
    }
}

/// A set of packets, complete or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketSet {
    /// What binds them.
    pub key: SetKey,
    /// The segments by PNO.
    pub segments: BTreeMap<u32, Bytes>,
}

impl PacketSet {
    /// Whether every packet from 1 to PNUM is there.
    pub fn is_complete(&self) -> bool {
        u32::try_from(self.segments.len()).is_ok_and(|count| count == self.key.total)
    }

    fn size(&self) -> usize {
        self.segments.values().map(Bytes::len).sum()
    }
}

/// What became of a packet offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// It is not part of a set, or its numbers cannot be: use it alone.
    Single,
    /// It waits for the others.
    Waiting,
    /// It came before, with the same content.
    Duplicate,
    /// The set is complete.
    Complete(PacketSet),
}

/// Holds sets of packets until they are complete or given up. Time is a parameter.
#[derive(Debug, Default)]
pub struct Reassembler {
    settings: ReassemblySettings,
    sets: HashMap<SetKey, Waiting>,
    /// Sets by the time of their last packet; stale entries are skipped.
    order: VecDeque<(i64, SetKey)>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    set: PacketSet,
    last_ms: i64,
}

impl Reassembler {
    /// An empty one.
    pub fn new(settings: ReassemblySettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Offers a packet. Sets that had to give way to it are appended to `given_up`.
    ///
    /// Another packet of the same number but other content replaces the first: the sender
    /// corrected itself.
    pub fn offer(
        &mut self,
        now_ms: i64,
        message: &Message<'_>,
        segment: &[u8],
        given_up: &mut Vec<PacketSet>,
    ) -> Offered {
        let Some((number, total)) = message.packet_number() else {
            return Offered::Single;
        };
        if total == 1 || total > self.settings.max_packets {
            return Offered::Single;
        }
        if segment.len() > self.settings.max_bytes {
            return Offered::Single;
        }
        let key = SetKey {
            mn: message.mn.unwrap_or_default().to_owned(),
            cn: message.cn.unwrap_or_default().to_owned(),
            data_time: message.value("DataTime").unwrap_or_default().to_owned(),
            total,
        };
        let waiting = self.sets.entry(key.clone()).or_insert_with(|| Waiting {
            set: PacketSet {
                key: key.clone(),
                segments: BTreeMap::new(),
            },
            last_ms: now_ms,
        });
        if waiting
            .set
            .segments
            .get(&number)
            .is_some_and(|held| held == segment)
        {
            return Offered::Duplicate;
        }
        waiting.last_ms = now_ms;
        // A copy: a slice would keep the whole read buffer alive.
        let held = Bytes::copy_from_slice(segment);
        let replaced = waiting.set.segments.insert(number, held);
        self.bytes += segment.len();
        self.bytes -= replaced.map_or(0, |old| old.len());
        if waiting.set.is_complete()
            && let Some(done) = self.take(&key)
        {
            return Offered::Complete(done);
        }
        self.order.push_back((now_ms, key.clone()));
        self.shrink(&key, given_up);
        Offered::Waiting
    }

    /// Gives out the sets whose time is over, as they are.
    pub fn take_expired(&mut self, now_ms: i64) -> Vec<PacketSet> {
        let mut expired = Vec::new();
        while let Some((pushed_ms, key)) = self.order.front() {
            if now_ms.saturating_sub(*pushed_ms) < self.settings.timeout_ms {
                break;
            }
            let is_current = self
                .sets
                .get(key)
                .is_some_and(|waiting| waiting.last_ms == *pushed_ms);
            let key = key.clone();
            self.order.pop_front();
            if is_current {
                expired.extend(self.take(&key));
            }
        }
        expired
    }

    /// Gives out everything, for instance when the device's connection ends.
    pub fn take_all(&mut self) -> Vec<PacketSet> {
        self.order.clear();
        self.bytes = 0;
        let mut sets: Vec<(i64, PacketSet)> = self
            .sets
            .drain()
            .map(|(_, waiting)| (waiting.last_ms, waiting.set))
            .collect();
        sets.sort_by(|a, b| (a.0, &a.1.key.mn).cmp(&(b.0, &b.1.key.mn)));
        sets.into_iter().map(|(_, set)| set).collect()
    }

    /// How many sets are waited for.
    pub fn waiting_sets(&self) -> usize {
        self.sets.len()
    }

    /// How many bytes are held.
    pub fn held_bytes(&self) -> usize {
        self.bytes
    }

    fn take(&mut self, key: &SetKey) -> Option<PacketSet> {
        let waiting = self.sets.remove(key)?;
        self.bytes = self.bytes.saturating_sub(waiting.set.size());
        Some(waiting.set)
    }

    /// Lets the oldest sets give way until the limits hold; the newest stays.
    fn shrink(&mut self, newest: &SetKey, given_up: &mut Vec<PacketSet>) {
        for _ in 0..self.order.len() {
            if self.sets.len() <= self.settings.max_sets && self.bytes <= self.settings.max_bytes {
                break;
            }
            let Some((pushed_ms, key)) = self.order.pop_front() else {
                break;
            };
            let is_current = self
                .sets
                .get(&key)
                .is_some_and(|waiting| waiting.last_ms == pushed_ms);
            if is_current && key != *newest {
                given_up.extend(self.take(&key));
            } else if key == *newest && self.sets.len() == 1 {
                // Alone and over the limit: it gives itself up.
                given_up.extend(self.take(&key));
            } else if is_current {
                self.order.push_back((pushed_ms, key));
            }
        }
        // Stale entries must not outgrow the sets.
        if self.order.len() > 2 * self.sets.len() + 64 {
            let sets = &self.sets;
            self.order.retain(|(pushed_ms, key)| {
                sets.get(key)
                    .is_some_and(|waiting| waiting.last_ms == *pushed_ms)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ParseSettings, parse_message};

    fn segment(mn: &str, number: u32, total: u32, value: &str) -> String {
        format!(
            "QN=20160801085857534;ST=32;CN=2061;PW=123456;MN={mn};Flag=6;PNUM={total};PNO={number};CP=&&DataTime=20160801080000;w01018-Avg={value}&&"
        )
    }

    fn offer(to: &mut Reassembler, now_ms: i64, text: &str) -> (Offered, Vec<PacketSet>) {
        let (message, _) = parse_message(text, &ParseSettings::default());
        let mut given_up = Vec::new();
        let offered = to.offer(now_ms, &message, text.as_bytes(), &mut given_up);
        (offered, given_up)
    }

    #[test]
    fn packets_in_any_order_make_a_set_with_the_last_of_them() {
        let mut reassembler = Reassembler::new(ReassemblySettings::default());
        let packets: Vec<String> = (1..=3).map(|n| segment("1", n, 3, "5")).collect();
        for at in [2, 0] {
            assert_eq!(offer(&mut reassembler, 0, &packets[at]).0, Offered::Waiting);
        }
        assert_eq!(
            offer(&mut reassembler, 1, &packets[0]).0,
            Offered::Duplicate
        );
        let Offered::Complete(set) = offer(&mut reassembler, 2, &packets[1]).0 else {
            panic!("complete");
        };
        let held: Vec<&[u8]> = set.segments.values().map(|bytes| &bytes[..]).collect();
        assert_eq!(
            held,
            packets.iter().map(String::as_bytes).collect::<Vec<_>>()
        );
        assert_eq!(
            (reassembler.waiting_sets(), reassembler.held_bytes()),
            (0, 0)
        );
    }

    #[test]
    fn what_does_not_become_complete_is_given_out_in_time() {
        let settings = ReassemblySettings {
            timeout_ms: 1000,
            ..ReassemblySettings::default()
        };
        let mut reassembler = Reassembler::new(settings);
        offer(&mut reassembler, 0, &segment("1", 1, 3, "5"));
        offer(&mut reassembler, 900, &segment("1", 2, 3, "5"));
        offer(&mut reassembler, 950, &segment("1", 2, 3, "5"));
        assert_eq!(reassembler.take_expired(1000), vec![]);
        let expired = reassembler.take_expired(1900);
        assert_eq!(
            expired
                .iter()
                .map(|set| set.segments.len())
                .collect::<Vec<_>>(),
            [2]
        );
        assert!(!expired[0].is_complete());
        assert_eq!(reassembler.waiting_sets(), 0);
    }

    #[test]
    fn the_oldest_sets_give_way() {
        let settings = ReassemblySettings {
            max_sets: 2,
            max_bytes: 1000,
            ..ReassemblySettings::default()
        };
        let mut reassembler = Reassembler::new(settings);
        for (at, mn) in (0_i64..).zip(["1", "2", "3"]) {
            let (_, given_up) = offer(&mut reassembler, at, &segment(mn, 1, 2, "5"));
            assert_eq!(given_up.len(), usize::from(at == 2));
        }
        let (_, given_up) = offer(&mut reassembler, 9, &segment("4", 1, 2, &"9".repeat(800)));
        assert_eq!(given_up.len(), 2);
        assert!(reassembler.held_bytes() <= 1000);
        assert_eq!(reassembler.take_all().len(), 1);
        assert_eq!(reassembler.held_bytes(), 0);
    }

    #[test]
    fn impossible_numbers_and_single_packets_are_left_alone() {
        let mut reassembler = Reassembler::new(ReassemblySettings::default());
        for (number, total) in [(1, 1), (3, 2), (0, 2), (1, 65)] {
            let offered = offer(&mut reassembler, 0, &segment("1", number, total, "5")).0;
            assert_eq!(offered, Offered::Single);
        }
    }
}
