//! Checks of geometries, their bounds, and where a name stands in them. Coordinates are those of a
//! drawing: floating point is right for them.

use geojson::{GeometryValue, Position};

use super::problem::MapFileProblem;

/// West, south, east and north end in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapBounds {
    /// The least longitude.
    pub west: f64,
    /// The least latitude.
    pub south: f64,
    /// The greatest longitude.
    pub east: f64,
    /// The greatest latitude.
    pub north: f64,
}

impl MapBounds {
    pub(super) const NONE: Self = Self {
        west: f64::INFINITY,
        south: f64::INFINITY,
        east: f64::NEG_INFINITY,
        north: f64::NEG_INFINITY,
    };

    fn add(&mut self, (x, y): (f64, f64)) {
        self.west = self.west.min(x);
        self.south = self.south.min(y);
        self.east = self.east.max(x);
        self.north = self.north.max(y);
    }

    /// Whether a place lies within, or at most so many degrees beside.
    pub fn is_near(&self, (x, y): (f64, f64), margin: f64) -> bool {
        (self.west - margin..=self.east + margin).contains(&x)
            && (self.south - margin..=self.north + margin).contains(&y)
    }
}

/// What geometries are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shapes {
    pub(super) points: usize,
    pub(super) lines: usize,
    pub(super) areas: usize,
}

/// Goes through the geometry of a feature, counted from 1: checks it, rounds its coordinates to six
/// places (0.1 m), drops heights, and adds to bounds and shapes.
pub(super) struct Survey {
    pub(super) bounds: MapBounds,
    pub(super) shapes: Shapes,
    pub(super) positions: usize,
}

impl Survey {
    pub(super) const fn new() -> Self {
        Self {
            bounds: MapBounds::NONE,
            shapes: Shapes {
                points: 0,
                lines: 0,
                areas: 0,
            },
            positions: 0,
        }
    }

    pub(super) fn take(
        &mut self,
        value: &mut GeometryValue,
        feature: usize,
        depth: u32,
    ) -> Result<(), MapFileProblem> {
        match value {
            GeometryValue::Point { coordinates } => {
                self.shapes.points += 1;
                self.position(coordinates, feature)
            }
            GeometryValue::MultiPoint { coordinates } => {
                self.shapes.points += 1;
                self.positions(coordinates, feature)
            }
            GeometryValue::LineString { coordinates } => {
                self.shapes.lines += 1;
                self.line(coordinates, feature)
            }
            GeometryValue::MultiLineString { coordinates } => {
                self.shapes.lines += 1;
                coordinates
                    .iter_mut()
                    .try_for_each(|line| self.line(line, feature))
            }
            GeometryValue::Polygon { coordinates } => {
                self.shapes.areas += 1;
                coordinates
                    .iter_mut()
                    .try_for_each(|ring| self.ring(ring, feature))
            }
            GeometryValue::MultiPolygon { coordinates } => {
                self.shapes.areas += 1;
                coordinates
                    .iter_mut()
                    .flatten()
                    .try_for_each(|ring| self.ring(ring, feature))
            }
            GeometryValue::GeometryCollection { geometries } if depth < 3 => geometries
                .iter_mut()
                .try_for_each(|geometry| self.take(&mut geometry.value, feature, depth + 1)),
            GeometryValue::GeometryCollection { .. } => Err(MapFileProblem::TooDeep { feature }),
        }
    }

    fn line(&mut self, line: &mut [Position], feature: usize) -> Result<(), MapFileProblem> {
        self.positions(line, feature)?;
        if line.len() < 2 {
            return Err(MapFileProblem::ShortLine { feature });
        }
        Ok(())
    }

    fn ring(&mut self, ring: &mut [Position], feature: usize) -> Result<(), MapFileProblem> {
        self.positions(ring, feature)?;
        if ring.len() < 4 {
            return Err(MapFileProblem::ShortRing { feature });
        }
        if ring.first() != ring.last() {
            return Err(MapFileProblem::OpenRing { feature });
        }
        Ok(())
    }

    fn positions(
        &mut self,
        positions: &mut [Position],
        feature: usize,
    ) -> Result<(), MapFileProblem> {
        positions
            .iter_mut()
            .try_for_each(|position| self.position(position, feature))
    }

    /// Coordinates of an official map are often metres: those are refused and not drawn in the sea.
    fn position(&mut self, position: &mut Position, feature: usize) -> Result<(), MapFileProblem> {
        let Some((x, y)) = place_of(position) else {
            let reason = format!("feature {feature}: a position lacks a coordinate");
            return Err(MapFileProblem::NotAMap { reason });
        };
        if !(-180.0..=180.0).contains(&x) || !(-90.0..=90.0).contains(&y) {
            let (x, y) = (x.to_string(), y.to_string());
            return Err(MapFileProblem::NotDegrees { x, y });
        }
        let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
        let place = [rounded(x), rounded(y)];
        *position = Position::from(place);
        self.bounds.add(place.into());
        self.positions += 1;
        Ok(())
    }
}

fn place_of(position: &Position) -> Option<(f64, f64)> {
    let place = position.as_slice();
    Some((*place.first()?, *place.get(1)?))
}

/// Where a name stands: the centre of gravity of the largest ring, or the middle of the longest
/// line.
pub(super) fn label_place(value: &GeometryValue) -> Option<(f64, f64)> {
    match value {
        GeometryValue::Polygon { coordinates } => centre_of(coordinates.first()?),
        GeometryValue::MultiPolygon { coordinates } => {
            let outers = coordinates.iter().filter_map(|polygon| polygon.first());
            centre_of(outers.max_by(|one, other| area(one).abs().total_cmp(&area(other).abs()))?)
        }
        GeometryValue::LineString { coordinates } => {
            place_of(coordinates.get(coordinates.len() / 2)?)
        }
        GeometryValue::MultiLineString { coordinates } => {
            let longest = coordinates.iter().max_by_key(|line| line.len())?;
            place_of(longest.get(longest.len() / 2)?)
        }
        GeometryValue::Point { coordinates } => place_of(coordinates),
        GeometryValue::MultiPoint { .. } | GeometryValue::GeometryCollection { .. } => None,
    }
}

/// Pairs of neighbouring places of a ring.
fn sides(ring: &[Position]) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
    ring.iter()
        .zip(ring.iter().skip(1))
        .filter_map(|(from, to)| Some((place_of(from)?, place_of(to)?)))
}

/// Twice the signed area of a ring.
fn area(ring: &[Position]) -> f64 {
    sides(ring).map(|((x, y), (u, v))| x * v - u * y).sum()
}

fn centre_of(ring: &[Position]) -> Option<(f64, f64)> {
    // reckoned from the first place, so that large coordinates do not eat the digits
    let (left, down) = place_of(ring.first()?)?;
    let (mut twice, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for ((x, y), (u, v)) in sides(ring) {
        let (x, y, u, v) = (x - left, y - down, u - left, v - down);
        let cross = x * v - u * y;
        twice += cross;
        sum_x += (x + u) * cross;
        sum_y += (y + v) * cross;
    }
    if twice.abs() < f64::EPSILON {
        return Some((left, down));
    }
    Some((left + sum_x / (3.0 * twice), down + sum_y / (3.0 * twice)))
}

/// Whether a place lies within a ring.
pub(super) fn is_within((x, y): (f64, f64), ring: &[Position]) -> bool {
    sides(ring).fold(false, |is_within, ((a, b), (c, d))| {
        let crosses = (b > y) != (d > y) && x < (c - a) * (y - b) / (d - b) + a;
        is_within != crosses
    })
}
