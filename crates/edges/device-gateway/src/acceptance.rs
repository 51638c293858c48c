//! Whether a frame is sound by the settings of the device that sent it.
//!
//! The decoder looks for frames tolerantly, for it does not know whose they are: a relay sends the
//! packets of many devices on one connection. Each frame is then judged by its own device.

use hj212::encryption::Key;
use hj212::{Defect, Frame, LengthRule};
use sites::DeviceQuirks;

/// Whether to take a frame of this device. An encrypted frame needs a key that fits.
pub(crate) fn is_acceptable(frame: &Frame, quirks: &DeviceQuirks, keys: &[Key]) -> bool {
    if is_sound(frame, quirks) {
        return true;
    }
    frame.looks_encrypted()
        && keys
            .iter()
            .filter_map(|key| frame.decrypt(key))
            .any(|plain| is_sound(&plain, quirks))
}

fn is_sound(frame: &Frame, quirks: &DeviceQuirks) -> bool {
    let most = usize::try_from(quirks.max_segment_bytes).unwrap_or(usize::MAX);
    let segment = frame.segment();
    if segment.len() > most || !segment.ends_with(b"&&") {
        return false;
    }
    let rule = quirks.checksum_rule();
    let is_exact = quirks.length_rule() == LengthRule::Exact;
    if is_exact && !frame.is_length_right() {
        return false;
    }
    // Digits missing from the length field are forgiven only to devices set so.
    let has_odd_digits = || {
        frame
            .defects()
            .iter()
            .any(|defect| matches!(defect, Defect::LengthDigits { .. }))
    };
    if is_exact && has_odd_digits() {
        return false;
    }
    match rule {
        hj212::ChecksumRule::Off => true,
        hj212::ChecksumRule::Hj212 => frame.is_accepted(),
        other => frame
            .checksum_text()
            .and_then(|text| u16::from_str_radix(text, 16).ok())
            .is_some_and(|received| received == other.compute(segment)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use hj212::{ChecksumRule, Decoded, FrameDecoder, FrameSettings, encode_frame_with};
    use sites::{ChecksumQuirk, LengthQuirk};

    const SEGMENT: &[u8] = b"QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&DataTime=20160801085857;w01018-Rtd=1.0,w01018-Flag=N&&";

    fn decode(bytes: &[u8]) -> Frame {
        let mut buffer = BytesMut::from(bytes);
        match FrameDecoder::new(FrameSettings::tolerant()).decode(&mut buffer) {
            Some(Decoded::Frame(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_modbus_checksum_is_taken_from_a_device_set_so_only() {
        let frame = decode(&encode_frame_with(SEGMENT, ChecksumRule::Modbus));
        let modbus = DeviceQuirks {
            checksum: ChecksumQuirk::Modbus,
            ..DeviceQuirks::default()
        };
        assert!(is_acceptable(&frame, &modbus, &[]));
        assert!(!is_acceptable(&frame, &DeviceQuirks::default(), &[]));
        let right = decode(&encode_frame_with(SEGMENT, ChecksumRule::Hj212));
        assert!(!is_acceptable(&right, &modbus, &[]));
        assert!(is_acceptable(&right, &DeviceQuirks::default(), &[]));
    }

    #[test]
    fn three_digit_lengths_and_long_segments_need_their_setting() {
        let text = String::from_utf8(encode_frame_with(SEGMENT, ChecksumRule::Hj212).to_vec());
        let short = decode(text.unwrap().replacen("##0", "##", 1).as_bytes());
        let forgiving = DeviceQuirks {
            length: LengthQuirk::Ignored,
            ..DeviceQuirks::default()
        };
        assert!(is_acceptable(&short, &forgiving, &[]));
        assert!(!is_acceptable(&short, &DeviceQuirks::default(), &[]));

        let mut segment = b"QN=1;ST=32;CN=2011;PW=1;MN=A1;Flag=5;CP=&&".to_vec();
        segment.extend_from_slice(&b"w01018-Rtd=1.0;".repeat(80));
        segment.extend_from_slice(b"&&");
        let long = decode(&encode_frame_with(&segment, ChecksumRule::Hj212));
        let generous = DeviceQuirks {
            max_segment_bytes: 2048,
            ..DeviceQuirks::default()
        };
        assert!(is_acceptable(&long, &generous, &[]));
        assert!(!is_acceptable(&long, &DeviceQuirks::default(), &[]));
    }

    #[test]
    fn an_encrypted_packet_is_taken_with_the_key_or_the_one_before() {
        let key = Key::new(b"0000000000000000");
        let old = Key::new(b"1111111111111111");
        let plain = b"DataTime=20240520210600;a01011-Rtd=1.0,a01011-Flag=N";
        let head = b"QN=20240520210600001;ST=31;CN=2011;PW=123456;MN=A1;Flag=9;CP=&&";
        let mut segment = [&head[..], plain, b"&&"].concat();
        let checksum = hj212::crc::checksum(&segment);
        segment = [&head[..], &old.encrypt(plain), b"&&"].concat();
        let bytes = [
            format!("##{:04}", segment.len()).as_bytes(),
            &segment,
            format!("{checksum:04X}\r\n").as_bytes(),
        ]
        .concat();
        let frame = decode(&bytes);
        let quirks = DeviceQuirks::default();
        assert!(is_acceptable(&frame, &quirks, &[key.clone(), old]));
        assert!(!is_acceptable(&frame, &quirks, &[key]));
    }
}
