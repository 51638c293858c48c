#![doc = include_str!("../README.md")]

mod blocks;
mod bytecode;
pub mod changes;
pub mod compaction;
mod error;
pub mod evidence;
mod facts;
pub mod gaps;
pub mod import;
mod interpret;
pub mod journal;
pub mod knowledge;
pub mod layers;
mod live;
mod model;
mod packets;
mod payload;
pub mod quarantine;
pub mod rates;
mod records;
pub mod retention;
mod series;
mod statistics;
mod store;
pub mod vault;
mod versions;

pub use error::MonitoringError;
pub use interpret::{
    Interpretation, Interpreter, InterpreterFigures, InterpreterHealth, InterpreterSettings,
    InterpreterTask, PacketDefect, interpret_packet, reinterpret, reinterpret_next,
};
pub use journal::{
    Journal, JournalFigures, JournalHealth, JournalRoom, JournalSettings, JournalTask, NotTaken,
};
pub use layers::Layer;
pub use live::{
    DeviceSign, Interpreted, InterpretedBatch, InterpretedRecord, LastRecord, LiveFeed, RecordMarks,
};
pub use model::{
    ArrivedPacket, CommitSink, NoSink, PacketId, PacketOrigin, RecordKind, StoredPacket,
};
pub use packets::{
    PacketEvidence, PacketFilter, PacketPage, VaultPlace, find_command, find_packet, list_packets,
    load_packet_evidence,
};
pub use payload::{FactorReading, Field, Payload, Value};
pub use quarantine::{Quarantine, QuarantineReason, QuarantineSettings, QuarantineTask};
pub use records::{Record, RecordPage, RecordReading, RecordsRequest, list_records, load_records};
pub use series::{Series, SeriesFactor, SeriesPoint, SeriesRequest, SeriesStatistic, load_series};
pub use statistics::{
    DerivedFactor, Statistics, StatisticsFigures, StatisticsSettings, StatisticsTask,
    compute_state_digest, derive_dirty, load_derived,
};
