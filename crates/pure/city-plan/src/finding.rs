//! What the linter finds: rule, severity, place, message and suggestion in both languages.

use core::fmt;

use crate::read::Place;

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Hint,
    /// The plan contradicts itself or cannot be assessed here.
    Warning,
    /// The files are wrong: nothing can be computed from this entry.
    Error,
}

impl Severity {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The word of a language.
    pub const fn word(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::English, severity) => severity.as_str(),
            (Language::Chinese, Self::Hint) => "提示",
            (Language::Chinese, Self::Warning) => "警告",
            (Language::Chinese, Self::Error) => "错误",
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal / $severity:ident,)*) => {
        /// What the linter looks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule { $($(#[$doc])* $name,)* }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How bad a breach is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

rules! {
    /// The file is not TOML, or a field is unknown, missing or of the wrong type.
    UnreadableFile = "unreadable_file" / Error,
    /// No file, or more than one, has the table `[plan]`; or it contradicts itself.
    Header = "header" / Error,
    /// An identifier is not made of lower-case letters, digits and `_`.
    BadId = "bad_id" / Error,
    /// Two entries have the same identifier.
    DuplicateId = "duplicate_id" / Error,
    /// An entry names a unit, region, indicator, task, kind or measure that is nowhere defined.
    UnknownReference = "unknown_reference" / Error,
    /// A formula cannot be read, or is not of the kind that is needed.
    Formula = "formula" / Error,
    /// A quote is not in the section that it cites, or an entry cites nothing.
    QuoteNotFound = "quote_not_found" / Error,
    /// A quote stands more than once in its section.
    QuoteAmbiguous = "quote_ambiguous" / Error,
    /// The rule of assessments contradicts itself, or there are two of them.
    Assessment = "assessment" / Error,
    /// A number of the text, or a unit or project that it names, is in no entry's citation.
    Uncovered = "uncovered" / Warning,
    /// Two places of the plan give different figures for one quantity and year.
    Contradiction = "contradiction" / Warning,
    /// An identity between facts does not hold.
    IdentityBroken = "identity_broken" / Warning,
    /// The target asks for less than the base year had.
    LooserThanBase = "looser_than_base" / Warning,
    /// The result of the base year missed the target of its own period.
    MissedBefore = "missed_before" / Hint,
    /// The base is missing, so that nothing can be compared with it.
    MissingBase = "missing_base" / Warning,
    /// The table gives no base, but another place of the plan does.
    BaseElsewhere = "base_elsewhere" / Hint,
    /// A total differs from its rows by more than rounding.
    TotalDiffers = "total_differs" / Warning,
    /// A total differs from its rows by rounding only.
    TotalRounded = "total_rounded" / Hint,
    /// A year or deadline lies outside the period, or a path does not end at its target.
    OutsidePeriod = "outside_period" / Warning,
    /// An indicator has no formula, or a measure is used by nothing.
    NoDataSource = "no_data_source" / Warning,
    /// A task has neither a figure nor a deliverable to be checked by.
    CannotBeChecked = "cannot_be_checked" / Warning,
    /// One group of indicators mixes levels with reductions.
    MixedMeanings = "mixed_meanings" / Hint,
    /// A task with a deadline names no responsible unit.
    NobodyResponsible = "nobody_responsible" / Hint,
    /// No unit answers for an indicator in the rule of assessments.
    NobodyAnswers = "nobody_answers" / Hint,
    /// A measure is in no formula.
    UnusedMeasure = "unused_measure" / Hint,
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// File and line.
    pub place: Place,
    /// The entry, as `kind id`.
    pub entry: Option<String>,
    /// What is wrong, in Chinese and English.
    pub message: [String; 2],
    /// What to do, in Chinese and English.
    pub suggestion: [String; 2],
}

impl Finding {
    /// What is wrong.
    pub fn message(&self, language: Language) -> &str {
        pick(&self.message, language)
    }

    /// What to do.
    pub fn suggestion(&self, language: Language) -> &str {
        pick(&self.suggestion, language)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

fn pick([chinese, english]: &[String; 2], language: Language) -> &str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// How many findings of each severity there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Hints.
    pub hints: usize,
}

impl Tally {
    /// Counts findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            match finding.severity() {
                Severity::Error => tally.errors += 1,
                Severity::Warning => tally.warnings += 1,
                Severity::Hint => tally.hints += 1,
            }
        }
        tally
    }
}
