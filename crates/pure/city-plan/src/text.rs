//! The plan's text: chapters, sentences and rows of tables, and where a quote stands in it.

use core::ops::Range;

/// What a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentenceKind {
    /// A chapter's or section's heading.
    Heading,
    /// A sentence.
    Prose,
    /// A row of a table; its cells are joined by ` | `, empty ones left out.
    Row,
}

/// A range of [`PlanText::body`] in bytes.
pub type TextRange = Range<usize>;

/// One sentence or row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Chapter and section, such as `四（一）`; empty before the first chapter.
    pub at: String,
    /// Line of the file, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: SentenceKind,
    /// Where it stands in the body.
    pub range: TextRange,
    /// Whether it is the first of its paragraph.
    pub starts_paragraph: bool,
}

/// A plan's text, cut into sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanText {
    body: String,
    sentences: Vec<Sentence>,
}

const NUMERALS: &str = "一二三四五六七八九十";

/// `一、…` gives `一`.
fn chapter_of(line: &str) -> Option<&str> {
    let end = line.find('、')?;
    let numeral = line.get(..end)?;
    let is_short = line.chars().count() <= 40 && !line.contains('。');
    (is_short && is_numeral(numeral)).then_some(numeral)
}

/// `（一）…` gives `（一）`.
fn section_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('（')?;
    let end = rest.find('）')?;
    let numeral = rest.get(..end)?;
    let is_short = line.chars().count() <= 40 && !line.contains('。');
    (is_short && is_numeral(numeral)).then(|| line.get(..line.find('）').map_or(0, |at| at + 3)))?
}

fn is_numeral(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 3 && text.chars().all(|c| NUMERALS.contains(c))
}

impl PlanText {
    /// Cuts a text. Lines that begin with a tab are cells of a table; a row ends with an empty
    /// line.
    pub fn read(text: &str) -> Self {
        let mut builder = Builder::default();
        for (index, line) in text.lines().enumerate() {
            builder.line(index + 1, line);
        }
        builder.end_row();
        Self {
            body: builder.body,
            sentences: builder.sentences,
        }
    }

    /// All sentences in order, joined; ranges point into it.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The sentences in order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// The words of a range.
    pub fn words(&self, range: &TextRange) -> &str {
        self.body.get(range.clone()).unwrap_or_default()
    }

    /// The range of a section, headings included; `None` when the text has no such section.
    fn section(&self, at: &str) -> Option<TextRange> {
        let mut inside = self.sentences.iter().filter(|sentence| sentence.at == at);
        let first = inside.next()?.range.start;
        let last = self
            .sentences
            .iter()
            .rfind(|sentence| sentence.at == at)?
            .range
            .end;
        Some(first..last)
    }

    /// Every place in section `at` where `quote` stands; with `until`, from there to the end of
    /// the next `until`. `None` when there is no such section.
    pub fn find(&self, at: &str, quote: &str, until: Option<&str>) -> Option<Vec<TextRange>> {
        let section = self.section(at)?;
        let words = self.words(&section);
        let found = words.match_indices(quote).filter_map(|(offset, _)| {
            let start = section.start + offset;
            let end = start + quote.len();
            let Some(until) = until else {
                return Some(start..end);
            };
            let rest = self.body.get(start..section.end)?;
            let stop = rest.find(until)? + until.len();
            Some(start..start + stop)
        });
        Some(found.collect())
    }
}

#[derive(Default)]
struct Builder {
    body: String,
    sentences: Vec<Sentence>,
    chapter: String,
    section: String,
    row: Vec<String>,
    row_line: usize,
}

impl Builder {
    fn line(&mut self, number: usize, line: &str) {
        if let Some(cell) = line.strip_prefix('\t') {
            if self.row.is_empty() {
                self.row_line = number;
            }
            self.row.push(cell.trim().to_owned());
            return;
        }
        self.end_row();
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        if let Some(chapter) = chapter_of(line) {
            chapter.clone_into(&mut self.chapter);
            self.section.clear();
            self.push(number, line, SentenceKind::Heading, true);
        } else if let Some(section) = section_of(line) {
            section.clone_into(&mut self.section);
            self.push(number, line, SentenceKind::Heading, true);
        } else {
            let mut rest = line;
            let mut starts_paragraph = true;
            while !rest.is_empty() {
                let (sentence, after) = cut_sentence(rest);
                self.push(number, sentence, SentenceKind::Prose, starts_paragraph);
                starts_paragraph = false;
                rest = after.trim_start();
            }
        }
    }

    fn end_row(&mut self) {
        let cells: Vec<String> = std::mem::take(&mut self.row)
            .into_iter()
            .filter(|cell| !cell.is_empty())
            .collect();
        if !cells.is_empty() {
            self.push(self.row_line, &cells.join(" | "), SentenceKind::Row, true);
        }
    }

    fn push(&mut self, line: usize, words: &str, kind: SentenceKind, starts_paragraph: bool) {
        if starts_paragraph && !self.body.is_empty() {
            self.body.push('\n');
        }
        let start = self.body.len();
        self.body.push_str(words);
        self.sentences.push(Sentence {
            at: format!("{}{}", self.chapter, self.section),
            line,
            kind,
            range: start..self.body.len(),
            starts_paragraph,
        });
    }
}

/// The first sentence with its full stop (and closing quotation marks), and the rest.
fn cut_sentence(text: &str) -> (&str, &str) {
    let mut letters = text.char_indices().peekable();
    while let Some((_, letter)) = letters.next() {
        if matches!(letter, '。' | '！' | '？' | '；') {
            while letters
                .next_if(|(_, next)| matches!(next, '”' | '）' | '』'))
                .is_some()
            {}
            let end = letters.peek().map_or(text.len(), |(at, _)| *at);
            return text.split_at(end);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "示例规划\n一、目标\n（一）总体\n到2020年，好。到2018年，中；完。\n\n\t名称\n\t值\n\n\t\n\tA\n\t1\n\n二、任务\n到2020年，好。\n";

    #[test]
    fn cuts_chapters_sentences_and_rows() {
        let text = PlanText::read(TEXT);
        let shown: Vec<_> = text
            .sentences()
            .iter()
            .map(|s| (s.at.as_str(), s.line, text.words(&s.range)))
            .collect();
        assert_eq!(
            shown,
            [
                ("", 1, "示例规划"),
                ("一", 2, "一、目标"),
                ("一（一）", 3, "（一）总体"),
                ("一（一）", 4, "到2020年，好。"),
                ("一（一）", 4, "到2018年，中；"),
                ("一（一）", 4, "完。"),
                ("一（一）", 6, "名称 | 值"),
                ("一（一）", 9, "A | 1"),
                ("二", 13, "二、任务"),
                ("二", 14, "到2020年，好。"),
            ]
        );
    }

    #[test]
    fn a_quote_is_found_in_its_section_only() {
        let text = PlanText::read(TEXT);
        let found = text.find("一（一）", "到2020年", None).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(text.words(&found[0]), "到2020年");
        assert_eq!(text.find("一（一）", "没有", None).unwrap().len(), 0);
        assert!(text.find("九", "到2020年", None).is_none());
        let long = text.find("一（一）", "到2020年", Some("中；")).unwrap();
        assert_eq!(text.words(&long[0]), "到2020年，好。到2018年，中；");
    }
}
