//! How fast packets of real size are framed, checked and read: 11 factors in some 440 bytes.
//!
//! Goal: 300,000 packets a second on one core, from bytes to typed values with all checks.

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hj212::{
    Decoded, FrameDecoder, FrameSettings, ParseSettings, encode_frame, parse_body, parse_message,
};

/// Packets that lie in the buffer when the decoder begins, as after one read of a busy socket.
const PACKETS: usize = 64;

fn packet() -> Vec<u8> {
    let factors = [
        ("a21026", "12.3"),
        ("a21002", "123.4"),
        ("a34013", "4.56"),
        ("a19001", "11.2"),
        ("a01011", "12.3"),
        ("a01012", "98.7"),
        ("a01013", "-0.1"),
        ("a01014", "12.3"),
        ("a21005", "23.4"),
        ("a24088", "5.6"),
        ("a00000", "98765"),
    ];
    let values: Vec<String> = factors
        .iter()
        .map(|(code, value)| format!("{code}-Rtd={value},{code}-Flag=N"))
        .collect();
    let segment = format!(
        "QN=20260101120000123;ST=31;CN=2011;PW=123456;MN=430400SIM00000001;Flag=5;\
         CP=&&DataTime=20260101120000;{}&&",
        values.join(";")
    );
    encode_frame(segment.as_bytes()).to_vec()
}

fn measure(criterion: &mut Criterion) {
    let one = packet();
    let stream = one.repeat(PACKETS);
    let mut group = criterion.benchmark_group(format!("packet of {} bytes", one.len()));
    group.throughput(Throughput::Elements(PACKETS as u64));
    let settings = FrameSettings::standard();
    group.bench_function("framed, length and checksum checked", |bencher| {
        let mut buffer = BytesMut::with_capacity(stream.len());
        bencher.iter(|| {
            let mut decoder = FrameDecoder::new(settings.clone());
            buffer.extend_from_slice(&stream);
            let mut count = 0;
            while let Some(Decoded::Frame(frame)) = decoder.decode(&mut buffer) {
                count += usize::from(frame.is_valid());
            }
            assert_eq!(count, PACKETS);
        });
    });
    group.bench_function("framed, envelope read (the gateway's path)", |bencher| {
        let mut buffer = BytesMut::with_capacity(stream.len());
        bencher.iter(|| {
            let mut decoder = FrameDecoder::new(settings.clone());
            buffer.extend_from_slice(&stream);
            let mut count = 0;
            while let Some(Decoded::Frame(frame)) = decoder.decode(&mut buffer) {
                count += usize::from(black_box(frame.envelope()).mn.is_some());
            }
            assert_eq!(count, PACKETS);
        });
    });
    group.bench_function("framed, read to typed values, all checks", |bencher| {
        let mut buffer = BytesMut::with_capacity(stream.len());
        let parse = ParseSettings::default();
        bencher.iter(|| {
            let mut decoder = FrameDecoder::new(settings.clone());
            buffer.extend_from_slice(&stream);
            let mut count = 0;
            while let Some(Decoded::Frame(frame)) = decoder.decode(&mut buffer) {
                let text = frame.text();
                let (message, defects) = parse_message(&text, &parse);
                let (body, more) = parse_body(&message);
                black_box(&body);
                count += usize::from(defects.is_empty() && more.is_empty());
            }
            assert_eq!(count, PACKETS);
        });
    });
    group.finish();
}

criterion_group!(benches, measure);
criterion_main!(benches);
