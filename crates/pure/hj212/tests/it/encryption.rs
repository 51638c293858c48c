//! The two official SM4 examples of HJ 212-2025, as raw bytes and as printed.

use crate::support::{decode_chunks, frames};
use hj212::encryption::Key;
use hj212::{Envelope, FrameSettings, encryption};

const KEY: &[u8; 16] = b"0000000000000000";

/// Plain data area, ciphertext of its whole groups, checksum over the plain segment, its length.
const EXAMPLES: [(&str, &str, &str, usize); 2] = [
    (
        "DataTime=20240520210600;a01011-Min=1.35,a01011-Avg=1.35,a01011-Max=1.35,a01011-Flag=N;a01012-Min=9.3,a01012-Avg=9.3,a01012-Max=9.3,a01012-Flag=N;a01014-Min=3.20,a01014-Avg=3.211,a01014-Max=3.212,a01014-Flag=N",
        "E43E159ACFAB242CB53155FB8B9281A1A242577ABFAED881BE88B72D69FC55ED1A80119FAAC8B3CD33D285CC76F57F2CA7F88B9573C6647E0F07E24609BD6B63EB20C5B9784F28E71D2F4994FF61D9E1C2B3075592B4D1E09C4D8BB27BE97B559E3DA6643781A6F477769DEEB009B10DFFF3426922725D607DC4480F0CAC5F70DB2587B124BCB281592721D6E4BC180A97E5E111499CBE822E31C8D7761553543AA24207C290997BBDE64F9266BC5F529A172E381C1D898CA1A0D771A914A7B2D7467C70B94F1D4A7B0350A48DBF8B41",
        "2200",
        295,
    ),
    (
        "DataTime=20240520210600;a01011-Min=1.35,a01011-Avg=1.35,a01011-Max=1.35,a01011-Flag=N;a01014-Min=3.20,a01014-Avg=3.20,a01014-Max=3.20,a01014-Flag=N",
        "E43E159ACFAB242CB53155FB8B9281A1A242577ABFAED881BE88B72D69FC55ED1A80119FAAC8B3CD33D285CC76F57F2CA7F88B9573C6647E0F07E24609BD6B63EB20C5B9784F28E71D2F4994FF61D9E13B391A1D2A454B65388D5D9435DBF021528C7BF9755EF16518710C0CAC0ADEF9C5156CD0A5A17674AC0ED2ABC40023E9EF70128554B82438E91ADCE98A0D03A4",
        "B541",
        234,
    ),
];

fn from_hexadecimal(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hexadecimal"))
        .collect()
}

#[test]
fn the_official_ciphertexts_are_met_both_ways() {
    let key = Key::new(KEY);
    for (plain, cipher, _, _) in EXAMPLES {
        let expected = from_hexadecimal(cipher);
        let encrypted = key.encrypt(plain.as_bytes());
        assert_eq!(encrypted.get(..expected.len()), Some(expected.as_slice()));
        assert_eq!(key.decrypt(&encrypted), plain.as_bytes());
    }
}

/// A head so long that the whole segment has the printed length.
fn head(length: usize, area: &str) -> String {
    let head =
        "QN=20240520210600001;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&";
    assert!(length >= area.len() + 2 && head.len() > 80);
    head.to_owned()
}

#[test]
fn an_encrypted_packet_is_framed_by_its_length_and_accepted_after_decryption() {
    let key = Key::new(KEY);
    for (plain, _, _, length) in EXAMPLES {
        let head = head(length, plain);
        let segment = format!("{head}{plain}&&");
        let plain_packet = hj212::encode_frame(segment.as_bytes());
        let cipher = key.encrypt(plain.as_bytes());
        // As raw bytes the length stays that of the plain text.
        let start = 6 + head.len();
        let mut raw = plain_packet.to_vec();
        raw[start..start + cipher.len()].copy_from_slice(&cipher);
        // As printed, the whole groups are text.
        let groups = cipher.len() / 16 * 16;
        let list: Vec<String> = cipher[..groups]
            .iter()
            .map(|b| format!("0x{b:02X}"))
            .collect();
        let mut printed = plain_packet[..start].to_vec();
        printed.extend_from_slice(format!("{{{}}}", list.join(",")).as_bytes());
        printed.extend_from_slice(&plain_packet[start + groups..]);

        for packet in [&raw, &printed] {
            for settings in [FrameSettings::standard(), FrameSettings::tolerant()] {
                let found = frames(decode_chunks(&[packet, &plain_packet], settings));
                assert_eq!(found.len(), 2);
                assert!(found[0].looks_encrypted() && !found[1].looks_encrypted());
                let opened = found[0].decrypt(&key).expect("the key fits");
                assert_eq!(opened.segment(), segment.as_bytes());
                assert!(opened.is_valid() && opened.is_accepted());
                let wrong = Key::new(b"1111111111111111");
                assert!(found[0].decrypt(&wrong).is_none());
                assert!(found[1].is_valid());
            }
        }
    }
}

#[test]
fn only_some_commands_must_be_encrypted() {
    assert!(encryption::must_be_encrypted("2051") && encryption::must_be_encrypted("3020"));
    assert!(!encryption::must_be_encrypted("9014") && !encryption::must_be_encrypted("1011"));
    let plain = Envelope::scan(b"CN=2011;MN=1;CP=&&DataTime=20240520210600&&");
    assert!(!encryption::looks_encrypted(&plain));
}
