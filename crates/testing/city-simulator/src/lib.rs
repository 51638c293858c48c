#![doc = include_str!("../README.md")]

mod city;
mod device;
mod episode;
mod history;
mod noise;
mod outlet;
mod packet;
mod register;
mod schedule;
mod signal;
mod weather;
mod works;

pub use city::{City, Logger, Memory, SimulatedPoint, SimulatedSite};
pub use device::{World, run_device, run_strays};
pub use episode::{Condition, condition_at};
pub use history::send_history;
pub use noise::Noise;
pub use outlet::{Factor, FactorKind, Outlet};
pub use packet::{PacketKind, RequestNumbers, Sending, Upload, build_answers, build_uploads};
pub use register::write_register;
pub use schedule::{Backfill, Schedule};
pub use signal::{PeriodValue, Signals};
pub use weather::Weather;
pub use works::Works;
