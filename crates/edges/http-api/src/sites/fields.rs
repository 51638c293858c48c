//! Reading the fields of a body: every wrong one is named.

use core::str::FromStr;

use beijing_time::Timestamp;
use sites::{FieldProblem, Position, ProblemKind, SitesError, UnknownWord, Validity};

use crate::ApiProblem;

/// Collects what is wrong with the fields of a body.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldProblem>);

impl Fields {
    pub(super) fn wrong(&mut self, field: &str, kind: ProblemKind) {
        self.0.push(FieldProblem::new(field, kind));
    }

    /// Text that is read, or a problem.
    pub(super) fn read<T: FromStr>(
        &mut self,
        field: &str,
        text: &str,
        kind: ProblemKind,
    ) -> Option<T> {
        let read = text.trim().parse().ok();
        if read.is_none() {
            self.wrong(field, kind);
        }
        read
    }

    /// A word of a closed list.
    pub(super) fn word<T: FromStr<Err = UnknownWord>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(word) => Some(word),
            Err(UnknownWord { allowed, .. }) => {
                self.wrong(field, ProblemKind::UnknownWord { allowed });
                None
            }
        }
    }

    /// Text that may be absent or empty.
    pub(super) fn optional<T: FromStr>(
        &mut self,
        field: &str,
        text: Option<&str>,
        kind: ProblemKind,
    ) -> Option<T> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        self.read(field, text, kind)
    }

    /// A period; without a beginning it holds from the beginning of time.
    pub(super) fn validity(&mut self, from: Option<&str>, to: Option<&str>) -> Validity {
        Validity {
            from: self
                .optional("valid_from", from, ProblemKind::NotATime)
                .unwrap_or(Validity::ALWAYS.from),
            to: self.optional("valid_to", to, ProblemKind::NotATime),
        }
    }

    pub(super) fn position(
        &mut self,
        longitude: Option<f64>,
        latitude: Option<f64>,
    ) -> Option<Position> {
        match (longitude, latitude) {
            (Some(longitude), Some(latitude)) => Some(Position {
                longitude,
                latitude,
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.wrong("latitude", ProblemKind::HalfAPosition);
                None
            }
            (None, Some(_)) => {
                self.wrong("longitude", ProblemKind::HalfAPosition);
                None
            }
        }
    }

    /// The thing that was read, unless a field of it is wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, ApiProblem> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(SitesError::Invalid { problems: self.0 }.into()),
        }
    }
}

/// The beginning of a period; none when it always held.
pub(super) fn shown_from(validity: &Validity) -> Option<String> {
    (validity.from != Validity::ALWAYS.from).then(|| validity.from.to_string())
}

/// The end of a period.
pub(super) fn shown_to(validity: &Validity) -> Option<String> {
    validity.to.as_ref().map(Timestamp::to_string)
}
