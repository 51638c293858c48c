//! From a sentence of the text to the entries that cite it, and back.

use crate::model::Cite;
use crate::read::{Entry, Identified, Place, Plan};
use crate::text::TextRange;

/// A passage that an entry cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The kind of entry, as in the files: `indicator`, `task`, …
    pub kind: &'static str,
    /// The entry's identifier.
    pub id: String,
    /// Where the entry stands.
    pub place: Place,
    /// The passage in the text's body.
    pub range: TextRange,
    /// The sentences it touches, as indices.
    pub sentences: Vec<usize>,
}

fn each<'a, T: Identified>(
    entries: &'a [Entry<T>],
    visit: &mut dyn FnMut(&'static str, &'a str, &'a Place, &'a Cite),
) {
    for entry in entries {
        for cite in entry.item.cites() {
            visit(T::KIND, entry.item.id(), &entry.place, cite);
        }
    }
}

impl Plan {
    /// Every citation that is found exactly once, in the order of the text.
    pub fn links(&self) -> Vec<Link> {
        let Some(text) = &self.text else {
            return Vec::new();
        };
        let mut links = Vec::new();
        let mut visit = |kind, id: &str, place: &Place, cite: &Cite| {
            let found = text.find(&cite.at, &cite.quote, cite.until.as_deref());
            if let Some([range]) = found.as_deref() {
                let sentences = text
                    .sentences()
                    .iter()
                    .enumerate()
                    .filter(|(_, one)| one.range.start < range.end && range.start < one.range.end)
                    .map(|(index, _)| index)
                    .collect();
                links.push(Link {
                    kind,
                    id: id.to_owned(),
                    place: place.clone(),
                    range: range.clone(),
                    sentences,
                });
            }
        };
        each(&self.indicators, &mut visit);
        each(&self.results, &mut visit);
        each(&self.facts, &mut visit);
        each(&self.tasks, &mut visit);
        each(&self.projects, &mut visit);
        each(&self.investments, &mut visit);
        each(self.investment_total.as_slice(), &mut visit);
        each(&self.safeguards, &mut visit);
        each(&self.not_commitments, &mut visit);
        links.sort_by(|a, b| {
            (a.range.start, a.range.end, a.kind, &a.id).cmp(&(
                b.range.start,
                b.range.end,
                b.kind,
                &b.id,
            ))
        });
        links
    }
}
