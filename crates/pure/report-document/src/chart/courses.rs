//! Values of the years against the path that the plan expects: a small drawing each.

use exact_decimal::Decimal;

use super::canvas::{Anchor, Canvas, FAINT, INK, RULE, hex, length};
use crate::Tone;

/// One year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoursePoint {
    /// The year.
    pub year: i32,
    /// What was reached.
    pub value: Option<Decimal>,
    /// What the plan expects.
    pub expected: Option<Decimal>,
}

/// An indicator over the years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its name and unit.
    pub title: String,
    /// Its state in the last year.
    pub tone: Tone,
    /// Its years, in order.
    pub points: Vec<CoursePoint>,
}

const WIDTH: f64 = 660.0;
const COLUMNS: usize = 3;
const CELL: (f64, f64) = (220.0, 132.0);
/// Left, top, right and bottom of a plot within its cell.
const INSET: (f64, f64, f64, f64) = (46.0, 30.0, 16.0, 22.0);

/// Draws courses in three columns.
pub fn draw_courses(family: &str, courses: &[Course], labels: (&str, &str)) -> String {
    let lines = courses.len().div_ceil(COLUMNS);
    let height = 26.0 + CELL.1 * length(lines);
    let mut canvas = Canvas::new(WIDTH, height, family);
    canvas.path(&[(12.0, 12.0), (36.0, 12.0)], INK, 2.0);
    canvas.dot((24.0, 12.0), 3.0, INK);
    canvas.words((42.0, 16.0), 12.0, Anchor::Start, INK, labels.0);
    let x = 66.0 + 12.0 * length(labels.0.chars().count());
    canvas.dashed(&[(x, 12.0), (x + 24.0, 12.0)], FAINT, 1.4);
    canvas.words((x + 30.0, 16.0), 12.0, Anchor::Start, INK, labels.1);
    for (index, course) in courses.iter().enumerate() {
        let corner = (
            CELL.0 * length(index % COLUMNS),
            26.0 + CELL.1 * length(index / COLUMNS),
        );
        draw_one(&mut canvas, corner, course);
    }
    canvas.finish()
}

/// Longest title, in widths of a Chinese character.
const TITLE: usize = 17;

fn shortened(title: &str) -> String {
    let mut width = 0;
    let mut out = String::new();
    for letter in title.chars() {
        width += if letter.is_ascii() { 1 } else { 2 };
        if width > TITLE * 2 {
            out.push('…');
            break;
        }
        out.push(letter);
    }
    out
}

fn draw_one(canvas: &mut Canvas, (left, top): (f64, f64), course: &Course) {
    canvas.words(
        (left + 8.0, top + 17.0),
        11.5,
        Anchor::Start,
        INK,
        &shortened(&course.title),
    );
    let figures: Vec<f64> = course
        .points
        .iter()
        .flat_map(|point| [point.value, point.expected])
        .flatten()
        .map(Decimal::approximate_to_f64)
        .collect();
    let (first, last) = match (course.points.first(), course.points.last()) {
        (Some(first), Some(last)) if last.year > first.year => (first.year, last.year),
        _ => return,
    };
    let low = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let high = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let plot = (
        left + INSET.0,
        top + INSET.1,
        CELL.0 - INSET.0 - INSET.2,
        CELL.1 - INSET.1 - INSET.3,
    );
    canvas.line(
        (plot.0, plot.1 + plot.3),
        (plot.0 + plot.2, plot.1 + plot.3),
        RULE,
        1.0,
    );
    let x_of = |year: i32| plot.0 + plot.2 * f64::from(year - first) / f64::from(last - first);
    for point in &course.points {
        let year = format!("{:02}", point.year.rem_euclid(100));
        let at = (x_of(point.year), plot.1 + plot.3 + 14.0);
        canvas.words(at, 10.0, Anchor::Middle, FAINT, &year);
    }
    if figures.is_empty() {
        return;
    }
    let room = (high - low).max(high.abs() * 0.02).max(0.000_001);
    let (bottom, top) = (low - room * 0.12, high + room * 0.12);
    let y_of = |value: f64| plot.1 + plot.3 * (top - value) / (top - bottom);
    for value in [low, high] {
        let text = axis_text(course, value);
        canvas.words(
            (plot.0 - 6.0, y_of(value) + 3.5),
            10.0,
            Anchor::End,
            FAINT,
            &text,
        );
        if (high - low).abs() < f64::EPSILON {
            break;
        }
    }
    let line = |pick: fn(&CoursePoint) -> Option<Decimal>| -> Vec<(f64, f64)> {
        course
            .points
            .iter()
            .filter_map(|point| Some((x_of(point.year), y_of(pick(point)?.approximate_to_f64()))))
            .collect()
    };
    canvas.dashed(&line(|point| point.expected), FAINT, 1.4);
    let values = line(|point| point.value);
    canvas.path(&values, &hex(course.tone), 2.2);
    for at in values {
        canvas.dot(at, 3.0, &hex(course.tone));
    }
}

/// The exact text of the figure that the axis shows, cut to four places.
fn axis_text(course: &Course, value: f64) -> String {
    course
        .points
        .iter()
        .flat_map(|point| [point.value, point.expected])
        .flatten()
        .find(|one| (one.approximate_to_f64() - value).abs() < f64::EPSILON)
        .map_or_else(String::new, |one| {
            let rounding = exact_decimal::Rounding::HalfEven { places: 2 };
            one.rounded(rounding).normalized().to_string()
        })
}
