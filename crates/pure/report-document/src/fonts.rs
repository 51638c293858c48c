//! The fonts that a report is set in.

use std::sync::Arc;

use crate::DocumentError;

/// Names of faces, the best first. What an office machine has stands before what a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Families {
    /// 仿宋: the body.
    pub body: Vec<String>,
    /// 黑体: headings of the first level, heads of tables.
    pub hei: Vec<String>,
    /// 楷体: headings of the second level.
    pub kai: Vec<String>,
    /// 宋体: tables, page numbers.
    pub song: Vec<String>,
    /// 小标宋: the title.
    pub title: Vec<String>,
}

/// Families of a kind, in the order of preference.
const BODY: &[&str] = &[
    "FangSong",
    "仿宋",
    "FangSong_GB2312",
    "STFangsong",
    "FandolFang R",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Serif SC",
];
const HEI: &[&str] = &[
    "SimHei",
    "黑体",
    "STHeiti",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "WenQuanYi Zen Hei",
];
const KAI: &[&str] = &[
    "KaiTi",
    "楷体",
    "KaiTi_GB2312",
    "STKaiti",
    "FandolKai",
    "LXGW WenKai",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
];
const SONG: &[&str] = &[
    "SimSun",
    "宋体",
    "STSong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Serif SC",
];
const TITLE: &[&str] = &[
    "FZXiaoBiaoSong-B05S",
    "方正小标宋简体",
    "STZhongsong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
];

/// The fonts at hand: their files, and which of the families are among them.
#[derive(Debug, Clone)]
pub struct Fonts {
    files: Vec<Arc<Vec<u8>>>,
    families: Families,
}

impl Fonts {
    /// The families that a report may use, so that only their files need to be read.
    pub fn wanted() -> Vec<&'static str> {
        let mut all: Vec<_> = [BODY, HEI, KAI, SONG, TITLE].concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The fonts of these files, whose families are `present`.
    ///
    /// # Errors
    /// [`DocumentError::NoChineseFont`] when none of the wanted families is there.
    pub fn new(files: Vec<Arc<Vec<u8>>>, present: &[String]) -> Result<Self, DocumentError> {
        let any: Vec<&str> = Self::wanted()
            .into_iter()
            .filter(|name| present.iter().any(|one| one == name))
            .collect();
        let Some(first) = any.first() else {
            return Err(DocumentError::NoChineseFont);
        };
        let choose = |wanted: &[&str]| {
            let mut found: Vec<String> = wanted
                .iter()
                .filter(|name| any.contains(name))
                .map(|name| (*name).to_owned())
                .collect();
            // a face of another kind is better than empty boxes
            if found.is_empty() {
                found.push((*first).to_owned());
            }
            found
        };
        let families = Families {
            body: choose(BODY),
            hei: choose(HEI),
            kai: choose(KAI),
            song: choose(SONG),
            title: choose(TITLE),
        };
        Ok(Self { files, families })
    }

    /// The files.
    pub fn files(&self) -> &[Arc<Vec<u8>>] {
        &self.files
    }

    /// The families to set with.
    pub fn families(&self) -> &Families {
        &self.families
    }

    /// The family for drawings.
    pub fn drawing_family(&self) -> &str {
        self.families
            .hei
            .first()
            .map_or("sans-serif", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_of_another_kind_stands_in_and_none_at_all_is_refused() {
        let present = ["Noto Sans CJK SC".to_owned(), "DejaVu Sans".to_owned()];
        let fonts = Fonts::new(Vec::new(), &present).unwrap();
        assert_eq!(fonts.families().body, ["Noto Sans CJK SC"]);
        assert_eq!(fonts.drawing_family(), "Noto Sans CJK SC");
        let none = Fonts::new(Vec::new(), &["DejaVu Sans".to_owned()]);
        assert_eq!(none.unwrap_err(), DocumentError::NoChineseFont);
    }

    #[test]
    fn what_an_office_has_goes_before_what_a_server_has() {
        let present = ["Noto Serif CJK SC".to_owned(), "FangSong".to_owned()];
        let fonts = Fonts::new(Vec::new(), &present).unwrap();
        assert_eq!(fonts.families().body, ["FangSong", "Noto Serif CJK SC"]);
    }
}
