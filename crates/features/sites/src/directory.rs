//! The device directory: everything about sites and devices in memory, for the path of each
//! packet. A snapshot never changes; a change of the database makes a new one.

mod handle;
mod snapshot;

pub use handle::DirectoryHandle;
pub use snapshot::{DeviceDirectory, DirectoryChannel, DirectoryDevice, DirectoryPoint};
