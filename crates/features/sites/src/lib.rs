#![doc = include_str!("../README.md")]

mod audit_state;
mod directory;
mod error;
mod exchange;
mod map_layer;
mod model;
mod rules;
mod sealing;
mod service;
mod store;

pub use directory::{
    DeviceDirectory, DirectoryChannel, DirectoryDevice, DirectoryHandle, DirectoryPoint,
};
pub use error::{FieldProblem, ProblemKind, SitesError};
pub use exchange::*;
pub use map_layer::{
    MapBounds, MapFile, MapFileProblem, MapFileReport, MapFileWarning, MapLayer, MapLayerOptions,
    NewMapLayer,
};
pub use model::*;
pub use sealing::{SealingError, SealingKey};
pub use service::*;
