//! How many are in which state: one bar of shares for each group.

use super::canvas::{Anchor, Canvas, FAINT, INK, hex, length};
use crate::Tone;

/// How many of a group are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The state in words.
    pub label: String,
    /// How many.
    pub count: u32,
    /// Its colour.
    pub tone: Tone,
}

/// A group with its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow {
    /// The group.
    pub label: String,
    /// Its states, in order.
    pub shares: Vec<Share>,
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 46.0;
const PITCH: f64 = 34.0;

/// Draws groups as bars of equal length, cut by their states.
pub fn draw_states(family: &str, rows: &[StateRow]) -> String {
    let height = 46.0 + PITCH * length(rows.len());
    let mut canvas = Canvas::new(WIDTH, height, family);
    // the legend: each state once, in the order of the first row that has it
    let mut seen: Vec<&Share> = Vec::new();
    for share in rows.iter().flat_map(|row| &row.shares) {
        if !seen.iter().any(|one| one.label == share.label) {
            seen.push(share);
        }
    }
    let mut x = LEFT;
    for share in seen {
        canvas.rect((x, 8.0), (11.0, 11.0), &hex(share.tone));
        canvas.words((x + 16.0, 18.0), 12.5, Anchor::Start, INK, &share.label);
        x += 34.0 + 13.0 * length(share.label.chars().count());
    }
    let span = WIDTH - LEFT - RIGHT;
    for (index, row) in rows.iter().enumerate() {
        let y = 36.0 + PITCH * length(index);
        let total: u32 = row.shares.iter().map(|share| share.count).sum();
        canvas.words((LEFT - 12.0, y + 16.0), 13.0, Anchor::End, INK, &row.label);
        canvas.words(
            (WIDTH - RIGHT + 10.0, y + 16.0),
            12.5,
            Anchor::Start,
            FAINT,
            &total.to_string(),
        );
        let mut x = LEFT;
        for share in row.shares.iter().filter(|share| share.count > 0) {
            let width = span * f64::from(share.count) / f64::from(total.max(1));
            canvas.rect((x, y), ((width - 1.5).max(1.0), 23.0), &hex(share.tone));
            if width > 18.0 {
                let fill = if share.tone == Tone::None {
                    INK
                } else {
                    "#ffffff"
                };
                let count = share.count.to_string();
                canvas.words(
                    (x + width / 2.0, y + 16.5),
                    12.5,
                    Anchor::Middle,
                    fill,
                    &count,
                );
            }
            x += width;
        }
    }
    canvas.finish()
}
