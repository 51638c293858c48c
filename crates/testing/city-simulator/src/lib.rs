#![doc = include_str!("../README.md")]

mod city;
mod episode;
mod noise;
mod outlet;
mod packet;
mod signal;
mod weather;

pub use city::{City, Logger, SimulatedPoint, SimulatedSite};
pub use episode::{Condition, condition_at};
pub use noise::Noise;
pub use outlet::{Factor, FactorKind, Outlet};
pub use packet::{PacketKind, RequestNumbers, Sending, Upload, build_uploads};
pub use signal::{PeriodValue, Signals};
pub use weather::Weather;
