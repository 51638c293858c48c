//! The inside of a block of the vault, and the links of an MN's chain.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::Timestamp;
use bytes::Bytes;
use sm3::{Digest, Sm3};

use crate::blocks::{put_column, read_column};
use crate::bytecode::{Reader, put_bytes, put_unsigned};
use crate::journal::batch::decompress;
use crate::model::{PacketId, PacketOrigin, StoredPacket};
use crate::{MonitoringError, blocks};

const VERSION: u8 = 1;
/// Packets of one device differ little: what zstd finds at this level it finds quickly.
const LEVEL: i32 = 12;

/// What is longer is no MN.
const LONGEST_MN: usize = 64;

/// A block ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedBlock {
    pub(crate) packet_ids: Vec<u8>,
    pub(crate) content: Vec<u8>,
    /// Bytes of the packets as they came.
    pub(crate) size_bytes: i64,
}

/// Encodes packets of one MN and day, in the order of their ids.
pub(super) fn encode_block(packets: &[StoredPacket]) -> Result<EncodedBlock, MonitoringError> {
    let size: usize = packets.iter().map(|packet| packet.bytes.len()).sum();
    let mut peers: Vec<&str> = Vec::new();
    let mut places: HashMap<&str, i64> = HashMap::new();
    let peer_places: Vec<i64> = packets
        .iter()
        .map(|packet| {
            *places.entry(&packet.peer).or_insert_with(|| {
                peers.push(&packet.peer);
                i64::try_from(peers.len() - 1).unwrap_or(i64::MAX)
            })
        })
        .collect();
    let column = |of: &dyn Fn(&StoredPacket) -> i64| packets.iter().map(of).collect::<Vec<_>>();
    let mut out = Vec::with_capacity(size + packets.len() * 8 + 256);
    out.push(VERSION);
    put_column(&mut out, &column(&|packet| packet.received_at.epoch_ms()));
    put_column(&mut out, &column(&|packet| packet.device_id));
    put_column(&mut out, &column(&|packet| i64::from(packet.origin.code())));
    let lengths = column(&|packet| i64::try_from(packet.bytes.len()).unwrap_or(i64::MAX));
    put_column(&mut out, &lengths);
    put_unsigned(&mut out, peers.len() as u64);
    for peer in peers {
        put_bytes(&mut out, peer.as_bytes());
    }
    put_column(&mut out, &peer_places);
    for packet in packets {
        out.extend_from_slice(&packet.bytes);
    }
    let content = zstd::bulk::compress(&out, LEVEL)
        .map_err(|error| MonitoringError::damaged("block of packets", error))?;
    let mut packet_ids = Vec::new();
    put_unsigned(&mut packet_ids, packets.len() as u64);
    put_column(&mut packet_ids, &column(&|packet| packet.id.0));
    Ok(EncodedBlock {
        packet_ids,
        content,
        size_bytes: size.try_into().unwrap_or(i64::MAX),
    })
}

/// The ids of a block's packets.
pub(super) fn decode_ids(packet_ids: &[u8]) -> Option<Vec<i64>> {
    let mut reader = Reader::new(packet_ids);
    let count = reader
        .length()
        .filter(|count| *count <= blocks::MOST_VALUES)?;
    read_column(&mut reader, count)
}

/// The packets of a block.
pub(crate) fn decode_block(packet_ids: &[u8], content: &[u8]) -> Option<Vec<StoredPacket>> {
    let ids = decode_ids(packet_ids)?;
    let plain = decompress(content)?;
    let mut reader = Reader::new(&plain);
    if reader.byte()? != VERSION {
        return None;
    }
    let received = read_column(&mut reader, ids.len())?;
    let devices = read_column(&mut reader, ids.len())?;
    let origins = read_column(&mut reader, ids.len())?;
    let lengths = read_column(&mut reader, ids.len())?;
    let peer_count = reader.length().filter(|count| *count <= ids.len())?;
    let mut peers = Vec::with_capacity(peer_count);
    for _ in 0..peer_count {
        peers.push(Arc::<str>::from(reader.text()?));
    }
    let peer_places = read_column(&mut reader, ids.len())?;
    let mut packets = Vec::with_capacity(ids.len());
    for (((((id, received), device_id), origin), length), peer) in ids
        .into_iter()
        .zip(received)
        .zip(devices)
        .zip(origins)
        .zip(lengths)
        .zip(peer_places)
    {
        packets.push(StoredPacket {
            id: PacketId(id),
            received_at: Timestamp::from_epoch_ms(received),
            device_id,
            origin: PacketOrigin::from_code(u8::try_from(origin).ok()?)?,
            peer: peers.get(usize::try_from(peer).ok()?)?.clone(),
            bytes: plain.slice_ref(reader.take(usize::try_from(length).ok()?)?),
        });
    }
    reader.is_at_end().then_some(packets)
}

/// The chain of an MN after one more packet: SM3 over the hash before and all that is known of it.
pub(crate) fn chain(before: &[u8], packet: &StoredPacket) -> Vec<u8> {
    let mut hasher = Sm3::new();
    hasher.update(before);
    for number in [
        packet.id.0,
        packet.received_at.epoch_ms(),
        packet.device_id,
        i64::from(packet.origin.code()),
    ] {
        hasher.update(number.to_be_bytes());
    }
    for bytes in [packet.peer.as_bytes(), &packet.bytes] {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_vec()
}

/// The MN by which a packet is kept: the one that it names; empty when it names none
/// in usual letters.
pub(super) fn find_mn(bytes: &Bytes) -> String {
    let settings = hj212::FrameSettings::tolerant();
    let segment = match hj212::scan_frame(bytes, &settings, hj212::Input::Ended) {
        hj212::Scanned::Frame(span) => bytes.get(span.segment.clone()).unwrap_or_default(),
        _ => bytes,
    };
    hj212::Envelope::scan(segment)
        .mn
        .filter(|mn| mn.len() <= LONGEST_MN && mn.bytes().all(|byte| byte.is_ascii_graphic()))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packets() -> impl Strategy<Value = Vec<StoredPacket>> {
        let packet = (
            any::<i64>(),
            any::<i64>(),
            any::<bool>(),
            "[a-z0-9.:]{0,9}",
            any::<Vec<u8>>(),
        );
        proptest::collection::vec(packet, 0..30).prop_map(|packets| {
            let stored = |(place, (received, device_id, is_live, peer, bytes))| StoredPacket {
                id: PacketId(place * 70_000),
                received_at: Timestamp::from_epoch_ms(received),
                device_id,
                origin: if is_live {
                    PacketOrigin::Live
                } else {
                    PacketOrigin::Replayed
                },
                peer: Arc::<str>::from(String::as_str(&peer)),
                bytes: Bytes::from(bytes),
            };
            (0_i64..).zip(packets).map(stored).collect()
        })
    }

    proptest! {
        #[test]
        fn packets_come_back_byte_for_byte(packets in packets()) {
            let block = encode_block(&packets).unwrap();
            prop_assert_eq!(decode_block(&block.packet_ids, &block.content).unwrap(), packets);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(ids in any::<Vec<u8>>(), plain in any::<Vec<u8>>()) {
            let content = zstd::bulk::compress(&plain, 1).unwrap();
            let _ = decode_block(&ids, &content);
            let _ = decode_block(&[1, 0, 2], &plain);
        }
    }

    #[test]
    fn nothing_of_a_packet_can_change_without_its_link() {
        let packet = StoredPacket {
            id: PacketId(1),
            received_at: Timestamp::from_epoch_ms(2),
            device_id: 3,
            origin: PacketOrigin::Live,
            peer: Arc::from("192.0.2.1:5"),
            bytes: Bytes::from_static(b"##"),
        };
        let hash = chain(b"before", &packet);
        let mut others = vec![packet.clone(); 6];
        others[0].id = PacketId(2);
        others[1].received_at = Timestamp::from_epoch_ms(3);
        others[2].device_id = 4;
        others[3].origin = PacketOrigin::Replayed;
        others[4].peer = Arc::from("192.0.2.1:");
        others[5].bytes = Bytes::from_static(b"5##");
        for other in &others {
            assert_ne!(chain(b"before", other), hash);
        }
        assert_ne!(chain(b"after", &packet), hash);
    }

    #[test]
    fn a_packet_is_kept_by_the_mn_that_it_names() {
        let frame = hj212::encode_frame(b"QN=20160504150000000;CN=2011;MN=ABC123;CP=&&&&");
        assert_eq!(find_mn(&frame), "ABC123");
        assert_eq!(find_mn(&Bytes::from_static(b"garbage")), "");
    }
}
