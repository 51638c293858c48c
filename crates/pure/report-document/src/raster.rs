//! Drawings as pictures, for files that cannot hold SVG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::{DocumentError, Fonts};

/// A picture.
pub(crate) struct Picture {
    /// PNG.
    pub(crate) png: Vec<u8>,
    /// Height by width, in thousandths.
    pub(crate) height_permille: u32,
}

/// The widest picture, in pixels: 160 mm at 300 dots an inch.
const WIDTH: u32 = 1890;

/// Turns drawings into pictures.
pub(crate) struct Painter<'a> {
    options: Options<'a>,
}

impl Painter<'_> {
    pub(crate) fn new(fonts: &Fonts) -> Self {
        let mut options = Options {
            font_family: fonts.drawing_family().to_owned(),
            ..Options::default()
        };
        let database = options.fontdb_mut();
        for file in fonts.files() {
            let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::<Vec<u8>>::clone(file);
            database.load_font_source(fontdb::Source::Binary(bytes));
        }
        Self { options }
    }

    pub(crate) fn paint(&self, svg: &str) -> Result<Picture, DocumentError> {
        let refusal = |reason: String| DocumentError::Drawing { reason };
        let tree =
            Tree::from_str(svg, &self.options).map_err(|error| refusal(error.to_string()))?;
        let size = tree
            .size()
            .to_int_size()
            .scale_to_width(WIDTH)
            .ok_or_else(|| refusal("it has no size".to_owned()))?;
        let mut pixels = Pixmap::new(size.width(), size.height())
            .ok_or_else(|| refusal("it is too large".to_owned()))?;
        pixels.fill(resvg::tiny_skia::Color::WHITE);
        let (from, to) = (tree.size(), size.to_size());
        let scale = Transform::from_scale(
            ratio(to.width(), from.width()),
            ratio(to.height(), from.height()),
        );
        resvg::render(&tree, scale, &mut pixels.as_mut());
        let png = pixels
            .encode_png()
            .map_err(|error| refusal(error.to_string()))?;
        Ok(Picture {
            png,
            height_permille: size.height() * 1000 / size.width().max(1),
        })
    }
}

#[expect(clippy::float_arithmetic, reason = "pixels")]
fn ratio(to: f32, from: f32) -> f32 {
    to / from
}
