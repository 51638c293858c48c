//! What can be wrong with a map file, and what is worth knowing about one that is good.

/// Why a map file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapFileProblem {
    /// Neither GeoJSON nor a ZIP.
    #[error("it is neither GeoJSON nor a zipped Shapefile: {reason}")]
    NotAMap {
        /// What was found instead.
        reason: String,
    },
    /// GeoJSON, but no feature collection.
    #[error("it is no feature collection")]
    NotACollection,
    /// Nothing is in it.
    #[error("it has no features")]
    Empty,
    /// The Shapefile says that its coordinates are metres of a projection.
    #[error(
        "its coordinates are projected ({system}): convert the map to CGCS2000 or WGS-84 degrees"
    )]
    Projected {
        /// The name of the coordinate system.
        system: String,
    },
    /// The coordinates are no degrees, whatever is said about them.
    #[error(
        "({x}, {y}) is no longitude and latitude in degrees: convert the map to CGCS2000 or WGS-84 degrees"
    )]
    NotDegrees {
        /// The first coordinate.
        x: String,
        /// The second coordinate.
        y: String,
    },
    /// A line of one point.
    #[error("feature {feature}: a line has fewer than two points")]
    ShortLine {
        /// Which feature, from 1.
        feature: usize,
    },
    /// A ring of fewer than four points.
    #[error("feature {feature}: a ring has fewer than four points")]
    ShortRing {
        /// Which feature, from 1.
        feature: usize,
    },
    /// A ring that does not end where it begins.
    #[error("feature {feature}: a ring does not end where it begins")]
    OpenRing {
        /// Which feature, from 1.
        feature: usize,
    },
    /// Collections in collections in collections.
    #[error("feature {feature}: its geometries are nested too deep")]
    TooDeep {
        /// Which feature, from 1.
        feature: usize,
    },
    /// Areas were wanted and lines or points found, or the other way round.
    #[error("this layer needs {wanted}, and the file holds {found}")]
    WrongShape {
        /// `areas` or `lines`.
        wanted: &'static str,
        /// What it holds.
        found: &'static str,
    },
    /// The ZIP has no `.shp`.
    #[error("the ZIP holds no .shp file")]
    NoShapefile,
    /// The ZIP has several `.shp`.
    #[error("the ZIP holds several .shp files, and only one can be taken: {names}")]
    SeveralShapefiles {
        /// Their names.
        names: String,
    },
    /// The Shapefile cannot be read.
    #[error("the Shapefile cannot be read: {reason}")]
    BadShapefile {
        /// Why.
        reason: String,
    },
}

impl MapFileProblem {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAMap { .. } => "not_a_map",
            Self::NotACollection => "not_a_collection",
            Self::Empty => "empty",
            Self::Projected { .. } => "projected",
            Self::NotDegrees { .. } => "not_degrees",
            Self::ShortLine { .. } => "short_line",
            Self::ShortRing { .. } => "short_ring",
            Self::OpenRing { .. } => "open_ring",
            Self::TooDeep { .. } => "too_deep",
            Self::WrongShape { .. } => "wrong_shape",
            Self::NoShapefile => "no_shapefile",
            Self::SeveralShapefiles { .. } => "several_shapefiles",
            Self::BadShapefile { .. } => "bad_shapefile",
        }
    }
}

/// What is worth a look before a map is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MapFileWarning {
    /// Nothing of it lies where the regions of the register are.
    FarAway,
    /// No attribute holds names.
    NoNames,
    /// Names that no region of the register bears.
    UnknownNames,
    /// The Shapefile does not say its coordinate system.
    NoProjection,
    /// The Shapefile comes without its table of attributes.
    NoTable,
    /// Features without geometry were left out.
    WithoutGeometry,
}

impl MapFileWarning {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FarAway => "far_away",
            Self::NoNames => "no_names",
            Self::UnknownNames => "unknown_names",
            Self::NoProjection => "no_projection",
            Self::NoTable => "no_table",
            Self::WithoutGeometry => "without_geometry",
        }
    }
}
