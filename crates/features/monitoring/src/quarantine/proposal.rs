//! What the kept packets of an unknown sender say about it: the form of its registration is filled
//! from this, so that one only has to say where it stands.

use std::collections::BTreeSet;

use access::{Actor, Permission};
use bytes::BytesMut;
use database::Database;
use hj212::{Decoded, Edition, Frame, FrameDecoder, FrameSettings, ParseSettings, parse_message};
use sites::{DevicePassword, Medium};

use crate::MonitoringError;
use crate::store::quarantine as store;

/// What an unknown sender says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationProposal {
    /// The MN it names.
    pub mn: String,
    /// The edition of its latest packet.
    pub edition: Edition,
    /// System code ST of its latest packet.
    pub system_type: Option<String>,
    /// What a system of that code watches.
    pub medium: Option<Medium>,
    /// The password of its latest packet. It never leaves the server.
    pub password: Option<DevicePassword>,
    /// How many different passwords were heard: more than one asks for caution.
    pub passwords_heard: usize,
    /// The codes of what it measures, in order.
    pub factors: Vec<String>,
    /// Seconds between its real-time packets, as far as they tell.
    pub realtime_interval_s: Option<u32>,
    /// How many packets were read for this.
    pub packets: usize,
}

/// Packets that are read at most.
const MOST_PACKETS: u32 = 500;
/// Factors that are proposed at most.
const MOST_FACTORS: usize = 100;

/// Reads the kept packets of an MN.
///
/// # Errors
/// [`MonitoringError::Refused`]; [`MonitoringError::Invalid`] when nothing readable of it is kept.
pub async fn load_registration_proposal(
    database: &Database,
    actor: &Actor,
    mn: &str,
) -> Result<RegistrationProposal, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    let packets = store::list_packets(database, mn, 0, MOST_PACKETS).await?;
    let packets: Vec<&[u8]> = packets
        .iter()
        .map(|packet| packet.packet.as_slice())
        .collect();
    propose(mn, &packets).ok_or_else(|| MonitoringError::Invalid {
        field: "mn",
        detail: format!("no readable packet of {mn} is kept"),
    })
}

/// What packets, oldest first, say about their sender.
fn propose(mn: &str, packets: &[&[u8]]) -> Option<RegistrationProposal> {
    let mut passwords = BTreeSet::new();
    let mut factors = BTreeSet::new();
    let mut times = Vec::new();
    let mut found: Option<RegistrationProposal> = None;
    for packet in packets {
        let Some(frame) = decode(packet) else {
            continue;
        };
        let text = frame.text();
        let (message, _defects) = parse_message(&text, &ParseSettings::default());
        if let Some(password) = message.pw {
            passwords.insert(password.to_owned());
        }
        for field in &message.data_area.fields {
            if let Some((code, suffix)) = field.name.split_once('-')
                && is_measured(suffix)
                && factors.len() < MOST_FACTORS
            {
                factors.insert(code.to_owned());
            }
            if message.cn == Some("2011") && field.name == "DataTime" {
                times.extend(seconds_of(field.value));
            }
        }
        let before = found.take();
        found = Some(RegistrationProposal {
            mn: mn.to_owned(),
            edition: message.edition,
            system_type: message.st.map(str::to_owned).or(before
                .as_ref()
                .and_then(|before| before.system_type.clone())),
            medium: None,
            password: message
                .pw
                .map(DevicePassword::new)
                .or(before.and_then(|before| before.password)),
            passwords_heard: 0,
            factors: Vec::new(),
            realtime_interval_s: None,
            packets: 0,
        });
    }
    let mut found = found?;
    found.medium = found.system_type.as_deref().and_then(medium_of);
    found.passwords_heard = passwords.len();
    found.factors = factors.into_iter().collect();
    found.realtime_interval_s = usual_interval(times);
    found.packets = packets.len();
    Some(found)
}

/// The first frame in the bytes of a packet.
pub(super) fn decode(packet: &[u8]) -> Option<Frame> {
    let mut decoder = FrameDecoder::new(FrameSettings::standard());
    let mut buffer = BytesMut::from(packet);
    loop {
        let found = decoder
            .decode(&mut buffer)
            .or_else(|| decoder.finish(&mut buffer))?;
        if let Decoded::Frame(frame) = found {
            return Some(frame);
        }
    }
}

fn is_measured(suffix: &str) -> bool {
    matches!(
        suffix,
        "Rtd" | "Avg" | "Min" | "Max" | "Cou" | "ZsRtd" | "ZsAvg" | "ZsMin" | "ZsMax" | "Total"
    )
}

/// What a system watches (系统编码 ST, HJ 212-2017, table 5). Other systems are left open.
fn medium_of(system_type: &str) -> Option<Medium> {
    match system_type {
        "21" => Some(Medium::SurfaceWater),
        "22" => Some(Medium::Air),
        "23" => Some(Medium::Noise),
        "27" | "31" => Some(Medium::WasteGas),
        "32" => Some(Medium::WasteWater),
        _ => None,
    }
}

/// Seconds since midnight of `YYYYMMDDhhmmss`.
fn seconds_of(text: &str) -> Option<u32> {
    let part = |at: usize| text.get(at..at + 2)?.parse::<u32>().ok();
    Some(part(8)? * 3_600 + part(10)? * 60 + part(12)?)
}

/// The middle distance of neighbours; packets sent again lie at nought and do not count.
fn usual_interval(mut times: Vec<u32>) -> Option<u32> {
    times.sort_unstable();
    let mut distances: Vec<u32> = times
        .iter()
        .zip(times.iter().skip(1))
        .map(|(before, after)| after - before)
        .filter(|distance| (5..=3_600).contains(distance))
        .collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(st: &str, password: &str, time: &str, area: &str) -> Vec<u8> {
        let segment = format!(
            "QN=20261125080000000;ST={st};CN=2011;PW={password};MN=STRANGER;Flag=5;\
             CP=&&DataTime={time};{area}&&"
        );
        hj212::encode_frame(segment.as_bytes()).to_vec()
    }

    #[test]
    fn packets_tell_edition_system_password_factors_and_interval() {
        let area = "a21026-Rtd=12.5,a21026-Flag=N;a21002-Rtd=30,a21002-Flag=N";
        let packets = [
            packet("31", "111111", "20261125080000", area),
            packet(
                "31",
                "123456",
                "20261125080100",
                "a34013-Rtd=1,a34013-Flag=N",
            ),
        ];
        let packets: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
        let found = propose("STRANGER", &packets).expect("a proposal");
        assert_eq!(found.edition, Edition::Hj2017);
        assert_eq!(found.system_type.as_deref(), Some("31"));
        assert_eq!(found.medium, Some(Medium::WasteGas));
        assert_eq!(found.password.expect("a password").reveal(), "123456");
        assert_eq!(found.passwords_heard, 2);
        assert_eq!(found.factors, ["a21002", "a21026", "a34013"]);
        assert_eq!(found.realtime_interval_s, Some(60));
        // one late packet does not make the interval
        assert_eq!(usual_interval(vec![0, 45, 90, 133, 178, 178]), Some(45));
    }

    #[test]
    fn what_is_no_frame_proposes_nothing() {
        assert_eq!(propose("X", &[b"hello"]), None);
        assert_eq!(propose("X", &[]), None);
    }
}
