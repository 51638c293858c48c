//! A report as chapters, paragraphs, tables and drawings. Words are words: nothing in them is
//! markup for any kind of file.

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its first page.
    pub cover: Cover,
    /// What follows the contents.
    pub blocks: Vec<Block>,
}

/// The first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The title, in lines.
    pub title: Vec<String>,
    /// Below the title.
    pub subtitle: String,
    /// Who issues it.
    pub organ: String,
    /// The day, as it is written.
    pub date: String,
    /// A mark in the corner, such as that figures are simulated.
    pub stamp: Option<String>,
    /// A line at the foot, such as the digest of what the report is made from.
    pub foot: Option<String>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading of level 1 to 4, with its number in the words.
    Heading {
        /// The level.
        level: u8,
        /// The words.
        text: String,
        /// Whether it begins a page.
        is_on_new_page: bool,
    },
    /// A paragraph.
    Paragraph(String),
    /// Something that must not be overlooked.
    Notice {
        /// Its title.
        title: String,
        /// Its paragraphs.
        lines: Vec<String>,
    },
    /// A table.
    Table(Table),
    /// A drawing.
    Figure(Figure),
    /// The lines at the end: who, when.
    Closing(Vec<String>),
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right: figures.
    Right,
}

/// What a cell says by colour, beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// Nearly.
    Fair,
    /// To be watched.
    Warn,
    /// Bad.
    Bad,
    /// Nothing to say.
    None,
}

impl Tone {
    /// The colour, RGB in hexadecimal.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Good => "2f7d5b",
            Self::Fair => "7da84f",
            Self::Warn => "d9962b",
            Self::Bad => "c04f3c",
            Self::None => "a9b1ab",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::None => "none",
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its share of the width.
    pub width: u32,
    /// How its cells stand.
    pub align: Align,
}

impl Column {
    /// A column.
    pub fn new(title: &str, width: u32, align: Align) -> Self {
        Self {
            title: title.to_owned(),
            width,
            align,
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its words.
    pub text: String,
    /// Its colour.
    pub tone: Option<Tone>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A row of cells.
    Plain(Vec<Cell>),
    /// A line over the whole width that names what follows.
    Group(String),
    /// A sum.
    Total(Vec<Cell>),
}

/// A table; its head stands again on each page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its number and title.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What must be said below it.
    pub note: Option<String>,
    /// Whether it is set small, for appendices.
    pub is_small: bool,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The drawing, SVG.
    pub svg: String,
    /// Width in per cent of the type area.
    pub width_percent: u32,
    /// Its number and title.
    pub caption: String,
    /// What it shows, for those who do not see it.
    pub alternative: String,
    /// What must be said below it.
    pub note: Option<String>,
}
