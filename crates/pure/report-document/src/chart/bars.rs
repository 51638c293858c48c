//! Scores as bars.

use exact_decimal::Decimal;

use super::canvas::{Anchor, Canvas, FAINT, INK, RULE, hex, length};
use crate::Tone;

/// A score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Whose.
    pub label: String,
    /// The score; none is drawn as none and not as zero.
    pub value: Option<Decimal>,
    /// What is written behind the bar.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 90.0;
const PITCH: f64 = 27.0;
const TOP: f64 = 26.0;

/// Draws bars from 0 to `full`, with a faint line at each of `marks`.
pub fn draw_bars(family: &str, bars: &[Bar], full: Decimal, marks: &[Decimal]) -> String {
    let height = TOP + 6.0 + PITCH * length(bars.len());
    let mut canvas = Canvas::new(WIDTH, height, family);
    let full = full.approximate_to_f64();
    let scale = if full > 0.0 {
        (WIDTH - LEFT - RIGHT) / full
    } else {
        0.0
    };
    for mark in marks {
        let x = LEFT + scale * mark.approximate_to_f64();
        canvas.line((x, TOP - 6.0), (x, height - 4.0), RULE, 1.0);
        canvas.words(
            (x, TOP - 11.0),
            11.0,
            Anchor::Middle,
            FAINT,
            &mark.to_string(),
        );
    }
    for (index, bar) in bars.iter().enumerate() {
        let y = TOP + PITCH * length(index);
        canvas.words((LEFT - 12.0, y + 14.0), 13.0, Anchor::End, INK, &bar.label);
        let width = bar
            .value
            .map_or(0.0, |value| (scale * value.approximate_to_f64()).max(1.0));
        if bar.value.is_some() {
            canvas.rect((LEFT, y + 1.0), (width, 17.0), &hex(bar.tone));
        }
        let ink = if bar.value.is_some() { INK } else { FAINT };
        canvas.words(
            (LEFT + width + 8.0, y + 14.0),
            12.5,
            Anchor::Start,
            ink,
            &bar.text,
        );
    }
    canvas.line((LEFT, TOP - 6.0), (LEFT, height - 4.0), FAINT, 1.0);
    canvas.finish()
}
