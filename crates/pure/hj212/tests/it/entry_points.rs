//! What the fuzzer calls; the same functions run over the saved corpus in the ordinary tests.

use bytes::BytesMut;
use hj212::encryption::Key;
use hj212::{
    ChecksumRule, Decoded, Defect, Envelope, Frame, FrameDecoder, FrameSettings, Garbage, Language,
    ParseSettings, parse_body, parse_message, parse_message_strict,
};

/// Decodes arbitrary bytes by one of the settings, whole and in pieces, and reads what comes out.
///
/// The first byte chooses the settings, the second the size of the pieces.
pub(crate) fn decode(data: &[u8]) {
    let [choice, size, bytes @ ..] = data else {
        return;
    };
    let settings = choose_settings(*choice);
    let whole = run(bytes, bytes.len().max(1), &settings);
    // At most some twenty reads, so that long inputs stay cheap; short ones come byte by byte.
    let size = (usize::from(*size % 64) + 1).max(bytes.len() / 20);
    let pieces = run(bytes, size, &settings);
    let valid = |frames: &[Frame]| -> Vec<Vec<u8>> {
        frames
            .iter()
            .filter(|frame| frame.is_valid())
            .map(|frame| frame.raw().to_vec())
            .collect()
    };
    assert_eq!(
        valid(&whole),
        valid(&pieces),
        "the size of the reads must not matter"
    );
    for frame in &whole {
        read(frame);
        if frame.looks_encrypted()
            && let Some(plain) = frame.decrypt(&Key::new(b"0000000000000000"))
        {
            read(&plain);
        }
    }
}

fn choose_settings(choice: u8) -> FrameSettings {
    let base = match choice % 3 {
        0 => FrameSettings::standard(),
        1 => FrameSettings::strict(),
        _ => FrameSettings::tolerant(),
    };
    let checksum = match choice / 3 % 4 {
        1 => ChecksumRule::ModbusSwapped,
        2 => ChecksumRule::Off,
        _ => ChecksumRule::Hj212,
    };
    FrameSettings { checksum, ..base }
}

fn run(bytes: &[u8], size: usize, settings: &FrameSettings) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(settings.clone());
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    let mut seen = 0;
    for piece in bytes.chunks(size) {
        buffer.extend_from_slice(piece);
        while let Some(found) = decoder.decode(&mut buffer) {
            seen += take(found, &mut frames);
        }
        assert!(
            buffer.len() <= decoder.most_buffered(),
            "the buffer stays bounded"
        );
    }
    while let Some(found) = decoder.finish(&mut buffer) {
        seen += take(found, &mut frames);
    }
    assert!(
        buffer.is_empty() && seen <= bytes.len(),
        "every byte is used once"
    );
    frames
}

fn take(found: Decoded, frames: &mut Vec<Frame>) -> usize {
    match found {
        Decoded::Frame(frame) => {
            let length = frame.raw().len();
            assert!(!frame.is_valid() || frame.segment().len() <= 1024);
            frames.push(frame);
            length
        }
        Decoded::Garbage(garbage) => {
            assert!(garbage.sample.len() <= Garbage::SAMPLE);
            explain(&garbage.defect);
            usize::try_from(garbage.count).expect("no more than came")
        }
    }
}

fn read(frame: &Frame) {
    let text = frame.text();
    parse(&text);
    frame.defects().iter().take(2).for_each(explain);
}

/// Reads arbitrary bytes as a data segment, and what is built from it once more.
pub(crate) fn parse_bytes(data: &[u8]) {
    let _ = Envelope::scan(data);
    parse(&hj212::decode_text(data).0);
}

fn parse(text: &str) {
    let settings = ParseSettings::default();
    let (message, defects) = parse_message(text, &settings);
    defects.iter().take(2).for_each(explain);
    let _ = parse_message_strict(text, &settings);
    let (body, defects) = parse_body(&message);
    defects.iter().take(2).for_each(explain);
    if let Ok(area) = body.encode_area(message.edition, message.qn) {
        assert!(
            area.len() <= text.len() * 3 + 64,
            "what is built is no larger than what was read"
        );
    }
    let rebuilt = message.encode_segment();
    let (again, _) = parse_message(&rebuilt, &settings);
    assert_eq!(again.data_area, message.data_area);
    let head = |m: &hj212::Message<'_>| {
        [m.qn, m.st, m.cn, m.pw, m.mn, m.pnum, m.pno, m.rf].map(|field| field.map(str::to_owned))
    };
    assert_eq!(head(&again), head(&message));
}

fn explain(defect: &Defect) {
    for language in [Language::Chinese, Language::English] {
        assert!(!defect.explain(language).what.is_empty());
    }
}
