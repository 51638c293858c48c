//! The incremental decoder: bytes in as they arrive, packets out.

use super::scan::{Input, Scanned, scan_frame};
use super::{Frame, FrameSettings, Terminator};
use crate::defect::Defect;
use bytes::{Buf, BytesMut};

/// Bytes that belong to no packet: how many, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// How many bytes the run had.
    pub count: u64,
    /// The first bytes of the run, at most [`Garbage::SAMPLE`].
    pub sample: Vec<u8>,
    /// [`Defect::Garbage`], or [`Defect::NotThisProtocol`] once hope is lost.
    pub defect: Defect,
}

impl Garbage {
    /// The most bytes kept of one run.
    pub const SAMPLE: usize = 64;

    /// Whether it is worth listening on.
    pub fn can_continue(&self) -> bool {
        self.defect.can_continue()
    }
}

/// What the decoder found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A packet, sound or not: see [`Frame::is_accepted`] and [`Frame::defects`].
    Frame(Frame),
    /// A run of bytes that belong to no packet.
    Garbage(Garbage),
}

/// Finds packets in a growing buffer.
///
/// It holds no bytes of its own (but the sample of a run of garbage): the buffer belongs to the
/// caller, and never needs to hold more than [`FrameDecoder::most_buffered`] bytes.
///
/// ```
/// use bytes::BytesMut;
/// use hj212::{Decoded, FrameDecoder, FrameSettings};
///
/// let mut decoder = FrameDecoder::new(FrameSettings::standard());
/// let mut buffer = BytesMut::from(&b"##0077QN=20040516010101001;ST=32;CN=2011;PW=123456;MN=88888880000001;Flag=3;CP=&&&&7BC0\r\n"[..]);
/// let Some(Decoded::Frame(frame)) = decoder.decode(&mut buffer) else { panic!("a frame") };
/// assert!(frame.is_accepted());
/// assert_eq!(frame.envelope().cn, Some("2011"));
/// ```
#[derive(Debug, Clone)]
pub struct FrameDecoder {
    settings: FrameSettings,
    run: Option<Box<Run>>,
    /// Bytes that belonged to no packet since the last packet.
    fruitless: u64,
    is_line_feed_due: bool,
}

#[derive(Debug, Clone, Default)]
struct Run {
    count: u64,
    sample: Vec<u8>,
}

impl FrameDecoder {
    /// The most bytes of a header and a checksum with its terminator, and what is looked at beyond
    /// a wrong length.
    const OVERHEAD: usize = 2048;

    /// A decoder for one connection.
    pub fn new(settings: FrameSettings) -> Self {
        Self {
            settings,
            run: None,
            fruitless: 0,
            is_line_feed_due: false,
        }
    }

    /// The settings in force.
    pub fn settings(&self) -> &FrameSettings {
        &self.settings
    }

    /// Puts other settings in force, for instance when the first packet has told which device it is.
    pub fn set_settings(&mut self, settings: FrameSettings) {
        self.settings = settings;
    }

    /// The most bytes the buffer can hold when [`decode`](Self::decode) has returned `None`.
    pub fn most_buffered(&self) -> usize {
        self.settings.max_segment + Self::OVERHEAD
    }

    /// The next packet or run of garbage; `None` when more bytes are needed. Call it until `None`
    /// after each read.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Option<Decoded> {
        self.advance(buffer, Input::Open)
    }

    /// The same when nothing follows: at the end of the stream, or when the rest of a packet has
    /// not come in time. Call it until `None`; the buffer is then empty.
    pub fn finish(&mut self, buffer: &mut BytesMut) -> Option<Decoded> {
        self.advance(buffer, Input::Ended)
    }

    fn advance(&mut self, buffer: &mut BytesMut, input: Input) -> Option<Decoded> {
        loop {
            if self.is_line_feed_due && !buffer.is_empty() {
                self.is_line_feed_due = false;
                if buffer.first() == Some(&b'\n') {
                    buffer.advance(1);
                }
            }
            match scan_frame(buffer, &self.settings, input) {
                Scanned::Blank(count) => buffer.advance(count),
                Scanned::Garbage(count) => {
                    self.collect(buffer, count);
                    buffer.advance(count);
                    if self.fruitless >= self.settings.max_garbage {
                        return self.end_run();
                    }
                }
                Scanned::Incomplete => {
                    return if input == Input::Ended {
                        self.end_run()
                    } else {
                        None
                    };
                }
                Scanned::Frame(span) => {
                    if self.run.is_some() {
                        return self.end_run();
                    }
                    let raw = buffer.split_to(span.length).freeze();
                    buffer.advance(span.terminator_length);
                    self.is_line_feed_due = span.terminator == Terminator::Cr;
                    if span.is_checksum_right || span.is_accepted {
                        self.fruitless = 0;
                    } else {
                        self.fruitless += u64::try_from(span.length).unwrap_or(u64::MAX);
                    }
                    return Some(Decoded::Frame(Frame::new(raw, span)));
                }
            }
        }
    }

    fn collect(&mut self, buffer: &[u8], count: usize) {
        let run = self.run.get_or_insert_default();
        let added = u64::try_from(count).unwrap_or(u64::MAX);
        run.count += added;
        self.fruitless += added;
        let room = Garbage::SAMPLE - run.sample.len().min(Garbage::SAMPLE);
        run.sample.extend(buffer.iter().take(count.min(room)));
    }

    fn end_run(&mut self) -> Option<Decoded> {
        let run = self.run.take()?;
        let is_hopeless = self.fruitless >= self.settings.max_garbage;
        let defect = if is_hopeless {
            let bytes = self.fruitless;
            self.fruitless = 0;
            Defect::NotThisProtocol { bytes }
        } else {
            Defect::Garbage { bytes: run.count }
        };
        Some(Decoded::Garbage(Garbage {
            count: run.count,
            sample: run.sample,
            defect,
        }))
    }
}
