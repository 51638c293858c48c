//! Areas coloured by what they reached.

use super::canvas::{Anchor, Canvas, FAINT, INK};
use crate::Tone;

/// An area.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its rings, longitude and latitude in degrees.
    pub rings: Vec<Vec<(f64, f64)>>,
    /// Where its name stands.
    pub label_at: (f64, f64),
    /// Its name.
    pub label: String,
    /// What is written below the name.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
    /// Whether its name is small: it lies close to others and has nothing below it.
    pub is_minor: bool,
}

/// A line that helps to find one's way, such as a river.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Longitude and latitude in degrees.
    pub points: Vec<(f64, f64)>,
}

/// A map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MapDrawing {
    /// Its areas.
    pub areas: Vec<Area>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What colours mean.
    pub legend: Vec<(String, Tone)>,
    /// What must be said of it, such as that it is a sketch.
    pub remark: String,
}

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 16.0;
const FOOT: f64 = 34.0;
/// Tallest drawing against its width.
const TALLEST: f64 = 1.15;

/// The corners of what is drawn.
#[derive(Clone, Copy)]
struct Frame {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
    /// Pixels of a degree of longitude and of latitude.
    scale: (f64, f64),
}

impl Frame {
    fn of(drawing: &MapDrawing) -> Option<Self> {
        let points = || {
            drawing
                .areas
                .iter()
                .flat_map(|area| area.rings.iter().flatten())
        };
        let first = points().next()?;
        let start = (first.0, first.1, first.0, first.1);
        let (west, south, east, north) = points().fold(start, |box_, (x, y)| {
            (
                box_.0.min(*x),
                box_.1.min(*y),
                box_.2.max(*x),
                box_.3.max(*y),
            )
        });
        let (wide, tall) = (east - west, north - south);
        if !(wide > 0.0 && tall > 0.0) {
            return None;
        }
        // a degree of longitude is shorter than one of latitude, by the cosine
        let shrink = (f64::midpoint(south, north)).to_radians().cos();
        let room = WIDTH - 2.0 * MARGIN;
        let by_width = room / (wide * shrink);
        let by_height = room * TALLEST / tall;
        let scale = by_width.min(by_height);
        Some(Self {
            west,
            south,
            east,
            north,
            scale: (scale * shrink, scale),
        })
    }

    fn height(&self) -> f64 {
        (self.north - self.south) * self.scale.1
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let wide = (self.east - self.west) * self.scale.0;
        let left = (WIDTH - wide) / 2.0;
        (
            left + (x - self.west) * self.scale.0,
            MARGIN + (self.north - y) * self.scale.1,
        )
    }
}

/// Draws a map; an empty drawing when there are no areas.
pub fn draw_map(family: &str, drawing: &MapDrawing) -> String {
    let Some(frame) = Frame::of(drawing) else {
        return Canvas::new(WIDTH, FOOT, family).finish();
    };
    let height = frame.height() + 2.0 * MARGIN + FOOT;
    let mut canvas = Canvas::new(WIDTH, height, family);
    for area in &drawing.areas {
        let rings: Vec<Vec<_>> = area
            .rings
            .iter()
            .map(|ring| ring.iter().map(|point| frame.place(*point)).collect())
            .collect();
        canvas.area(&rings, tint(area.tone), "#ffffff");
    }
    for line in &drawing.lines {
        let points: Vec<_> = line
            .points
            .iter()
            .map(|point| frame.place(*point))
            .collect();
        canvas.path(&points, "#9cc3d8", 1.6);
    }
    for area in &drawing.areas {
        let (x, y) = frame.place(area.label_at);
        if area.is_minor {
            canvas.words((x, y + 3.0), 8.5, Anchor::Middle, FAINT, &area.label);
            continue;
        }
        canvas.words((x, y), 13.0, Anchor::Middle, INK, &area.label);
        canvas.words((x, y + 15.0), 12.0, Anchor::Middle, INK, &area.text);
    }
    let y = height - 12.0;
    let mut x = MARGIN;
    for (words, tone) in &drawing.legend {
        canvas.rect((x, y - 10.0), (14.0, 11.0), tint(*tone));
        canvas.words((x + 20.0, y), 12.0, Anchor::Start, INK, words);
        x += 40.0 + 12.0 * super::canvas::length(words.chars().count());
    }
    canvas.words(
        (WIDTH - MARGIN, y),
        11.0,
        Anchor::End,
        FAINT,
        &drawing.remark,
    );
    canvas.finish()
}

/// A lighter colour, so that words on it can be read.
const fn tint(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "#9fcbb0",
        Tone::Fair => "#cfe0ab",
        Tone::Warn => "#f1d39a",
        Tone::Bad => "#e6a99c",
        Tone::None => "#e3e6e4",
    }
}
