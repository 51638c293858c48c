#![doc = include_str!("../README.md")]

mod board;
mod schedule;
mod watch;

pub use board::{JobBoard, JobReport};
pub use schedule::{Schedule, repeat};
pub use watch::{WallClockWatch, find_free_disk_bytes};
