//! Drawings as SVG, the same for every kind of file.
//!
//! Each takes the family that its words are set in. Colours follow [`Tone`](crate::Tone); what a
//! colour says stands in words too, for those who print in black or see no colours.
#![expect(
    clippy::float_arithmetic,
    reason = "geometry of drawings, no figure is computed here"
)]

mod bars;
mod canvas;
mod courses;
mod map;
mod states;

pub use bars::{Bar, draw_bars};
pub use courses::{Course, CoursePoint, draw_courses};
pub use map::{Area, Line, MapDrawing, draw_map};
pub use states::{Share, StateRow, draw_states};
