//! Writing SVG.

use core::fmt::Write;

pub(super) const INK: &str = "#22302a";
pub(super) const FAINT: &str = "#6b756f";
pub(super) const RULE: &str = "#d5dad6";

/// Where words stand against their point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing that is being made.
pub(super) struct Canvas {
    out: String,
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A count as a length; counts of rows and columns are small.
pub(super) fn length(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64, family: &str) -> Self {
        let mut out = String::new();
        let family = escaped(family);
        let _never = write!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" font-family="{family}">"#
        );
        Self { out }
    }

    fn push(&mut self, arguments: core::fmt::Arguments<'_>) {
        let _never = self.out.write_fmt(arguments);
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        self.push(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}"/>"#
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        self.push(format_args!(
            r#"<line x1="{:.2}" y1="{:.2}" x2="{:.2}" y2="{:.2}" stroke="{stroke}" stroke-width="{width}"/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    pub(super) fn dashed(&mut self, points: &[(f64, f64)], stroke: &str, width: f64) {
        let path = path_of(points, false);
        self.push(format_args!(
            r#"<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-dasharray="4 3"/>"#
        ));
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: &str, width: f64) {
        let path = path_of(points, false);
        self.push(format_args!(
            r#"<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round" stroke-linecap="round"/>"#
        ));
    }

    pub(super) fn area(&mut self, rings: &[Vec<(f64, f64)>], fill: &str, stroke: &str) {
        let path: String = rings.iter().map(|ring| path_of(ring, true)).collect();
        self.push(format_args!(
            r#"<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="1.4" stroke-linejoin="round"/>"#
        ));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, fill: &str) {
        self.push(format_args!(
            r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius}" fill="{fill}"/>"#
        ));
    }

    pub(super) fn words(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        fill: &str,
        words: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let words = escaped(words);
        self.push(format_args!(
            r#"<text x="{x:.2}" y="{y:.2}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">{words}</text>"#
        ));
    }

    pub(super) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

fn path_of(points: &[(f64, f64)], is_closed: bool) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let step = if index == 0 { 'M' } else { 'L' };
        let _never = write!(path, "{step}{x:.2} {y:.2}");
    }
    if is_closed {
        path.push('Z');
    }
    path
}

/// `#` and the colour.
pub(super) fn hex(tone: crate::Tone) -> String {
    format!("#{}", tone.colour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_end_their_element() {
        let mut canvas = Canvas::new(10.0, 10.0, "a\"b");
        canvas.words((0.0, 0.0), 3.0, Anchor::Start, INK, "</text><script>&");
        let svg = canvas.finish();
        assert!(svg.contains("&lt;/text&gt;&lt;script&gt;&amp;"), "{svg}");
        assert!(svg.contains("font-family=\"a&quot;b\""), "{svg}");
    }
}
