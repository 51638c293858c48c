//! From files to a plan: every entry keeps the file and line it stands in.

use core::ops::{Deref, Range};

use crate::finding::{Finding, Rule};
use crate::model::{
    Account, AssessmentRule, Cite, Fact, Header, Identity, Indicator, Investment, InvestmentTotal,
    Measure, NamedProject, NotACommitment, PastResult, PlanFile, Region, Safeguard, Task, Unit,
};
use crate::text::PlanText;

/// One file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSource {
    /// Its name, as findings show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A file and a line of it, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The line.
    pub line: usize,
}

/// An entry and where it stands.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// Where its identifier stands.
    pub place: Place,
    /// The entry.
    pub item: T,
}

impl<T> Deref for Entry<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.item
    }
}

/// What every kind of entry has.
pub(crate) trait Identified {
    /// The word for the kind of entry in findings.
    const KIND: &'static str;
    /// The identifier.
    fn id(&self) -> &str;
    /// Where the identifier stands in its file.
    fn span(&self) -> Range<usize>;
    /// The citations.
    fn cites(&self) -> &[Cite] {
        &[]
    }
    /// Whether an entry of the kind must cite the plan.
    const MUST_CITE: bool = true;
}

macro_rules! identified {
    ($($type:ident $field:ident $kind:literal $(cites $cites:ident)?;)*) => {
        $(impl Identified for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str { self.$field.get_ref() }
            fn span(&self) -> Range<usize> { self.$field.span() }
            $(fn cites(&self) -> &[Cite] { &self.$cites })?
            const MUST_CITE: bool = identified!(@must $($cites)?);
        })*
    };
    (@must $cites:ident) => { true };
    (@must) => { false };
}

identified! {
    Header id "plan";
    Region code "region";
    Unit id "unit";
    Measure id "measure";
    Indicator id "indicator" cites cite;
    Account id "account";
    PastResult id "result" cites cite;
    Fact id "fact" cites cite;
    Identity id "identity";
    Task id "task" cites cite;
    NamedProject id "project" cites cite;
    Investment id "investment" cites cite;
    InvestmentTotal id "investment_total" cites cite;
    Safeguard id "safeguard" cites cite;
    NotACommitment id "not_a_commitment" cites cite;
    AssessmentRule id "assessment" cites cite;
}

/// A whole plan.
#[derive(Debug, Default)]
pub struct Plan {
    /// What plan it is.
    pub header: Option<Entry<Header>>,
    /// Regions.
    pub regions: Vec<Entry<Region>>,
    /// Units.
    pub units: Vec<Entry<Unit>>,
    /// Measures.
    pub measures: Vec<Entry<Measure>>,
    /// Indicators.
    pub indicators: Vec<Entry<Indicator>>,
    /// Reduction accounts.
    pub accounts: Vec<Entry<Account>>,
    /// Results of the period before.
    pub results: Vec<Entry<PastResult>>,
    /// Facts.
    pub facts: Vec<Entry<Fact>>,
    /// Identities.
    pub identities: Vec<Entry<Identity>>,
    /// Tasks.
    pub tasks: Vec<Entry<Task>>,
    /// Named projects.
    pub projects: Vec<Entry<NamedProject>>,
    /// Rows of the investment table.
    pub investments: Vec<Entry<Investment>>,
    /// Its last row.
    pub investment_total: Option<Entry<InvestmentTotal>>,
    /// Safeguards.
    pub safeguards: Vec<Entry<Safeguard>>,
    /// The rule by which the plan is assessed.
    pub assessment: Option<Entry<AssessmentRule>>,
    /// Passages that bind nobody.
    pub not_commitments: Vec<Entry<NotACommitment>>,
    /// The plan's text, when it is there.
    pub text: Option<PlanText>,
}

/// Line of a byte offset, counted from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

struct Taker<'a> {
    source: &'a PlanSource,
}

impl Taker<'_> {
    fn entry<T: Identified>(&self, item: T) -> Entry<T> {
        let place = Place {
            file: self.source.name.clone(),
            line: line_of(&self.source.text, item.span().start),
        };
        Entry { place, item }
    }

    fn extend<T: Identified>(&self, into: &mut Vec<Entry<T>>, from: Vec<T>) {
        into.extend(from.into_iter().map(|item| self.entry(item)));
    }
}

/// Reads the files of a plan: those that end in `.toml`, and the text that `[plan]` names. What
/// cannot be read is a finding; the rest of the plan is read all the same.
pub fn read_plan(sources: &[PlanSource]) -> (Plan, Vec<Finding>) {
    let mut plan = Plan::default();
    let mut findings = Vec::new();
    let is_toml = |name: &str| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
    };
    for source in sources.iter().filter(|source| is_toml(&source.name)) {
        match toml::from_str::<PlanFile>(&source.text) {
            Ok(file) => take(&mut plan, &mut findings, source, file),
            Err(error) => findings.push(unreadable(source, &error)),
        }
    }
    let wanted = plan
        .header
        .as_ref()
        .and_then(|header| header.text.clone())
        .unwrap_or_default();
    plan.text = sources
        .iter()
        .find(|source| !wanted.is_empty() && source.name == wanted)
        .map(|source| PlanText::read(&source.text));
    (plan, findings)
}

fn take(plan: &mut Plan, findings: &mut Vec<Finding>, source: &PlanSource, file: PlanFile) {
    let taker = Taker { source };
    if let Some(header) = file.plan {
        let header = taker.entry(header);
        if let Some(first) = &plan.header {
            findings.push(Finding {
                rule: Rule::Header,
                place: header.place.clone(),
                entry: Some("plan".to_owned()),
                message: [
                    format!("[plan] 已在 {}:{} 出现", first.place.file, first.place.line),
                    format!(
                        "[plan] stands in {}:{} already",
                        first.place.file, first.place.line
                    ),
                ],
                suggestion: [
                    "只在一个文件中保留 [plan]".to_owned(),
                    "keep [plan] in one file only".to_owned(),
                ],
            });
        } else {
            plan.header = Some(header);
        }
    }
    taker.extend(&mut plan.regions, file.region);
    taker.extend(&mut plan.units, file.unit);
    taker.extend(&mut plan.measures, file.measure);
    taker.extend(&mut plan.indicators, file.indicator);
    taker.extend(&mut plan.accounts, file.account);
    taker.extend(&mut plan.results, file.result);
    taker.extend(&mut plan.facts, file.fact);
    taker.extend(&mut plan.identities, file.identity);
    taker.extend(&mut plan.tasks, file.task);
    taker.extend(&mut plan.projects, file.project);
    taker.extend(&mut plan.investments, file.investment);
    taker.extend(&mut plan.safeguards, file.safeguard);
    taker.extend(&mut plan.not_commitments, file.not_a_commitment);
    if let Some(rule) = file.assessment {
        take_rule(plan, findings, taker.entry(rule));
    }
    if let Some(total) = file.investment_total {
        plan.investment_total = Some(taker.entry(total));
    }
}

fn take_rule(plan: &mut Plan, findings: &mut Vec<Finding>, rule: Entry<AssessmentRule>) {
    let Some(first) = &plan.assessment else {
        plan.assessment = Some(rule);
        return;
    };
    let place = format!("{}:{}", first.place.file, first.place.line);
    findings.push(Finding {
        rule: Rule::Assessment,
        place: rule.place,
        entry: Some("assessment".to_owned()),
        message: [
            format!("[assessment] 已在 {place} 出现"),
            format!("[assessment] stands in {place} already"),
        ],
        suggestion: [
            "只在一个文件中保留 [assessment]".to_owned(),
            "keep [assessment] in one file only".to_owned(),
        ],
    });
}

/// What is wrong with a file, where, and what to do.
fn unreadable(source: &PlanSource, error: &toml::de::Error) -> Finding {
    let line = error
        .span()
        .map_or(1, |span| line_of(&source.text, span.start));
    let said = error.message().lines().next().unwrap_or_default().trim();
    let suggestion = if said.contains("unknown field") || said.contains("unknown variant") {
        [
            "改用所列名称之一，各字段见 docs/plan-schema.md",
            "use one of the names listed; docs/plan-schema.md explains each field",
        ]
    } else if said.contains("missing field") {
        [
            "补上该字段，各字段见 docs/plan-schema.md",
            "add the field; docs/plan-schema.md explains each field",
        ]
    } else if said.contains("invalid type") {
        [
            "数值写成带引号的十进制数，如 \"0.85\"；年份和个数不加引号",
            "write figures as decimals in quotes, such as \"0.85\"; years and counts have none",
        ]
    } else if said.contains("duplicate key") {
        [
            "删去重复的键；重复的条目用 [[…]]",
            "remove the second key; entries that repeat are written [[…]]",
        ]
    } else {
        [
            "修正该行的 TOML 语法；文本须加引号，条目以 [[…]] 开头",
            "mend the TOML of this line; text needs quotes, entries begin with [[…]]",
        ]
    };
    Finding {
        rule: Rule::UnreadableFile,
        place: Place {
            file: source.name.clone(),
            line,
        },
        entry: None,
        message: [
            format!("无法读取：{said}"),
            format!("cannot be read: {said}"),
        ],
        suggestion: suggestion.map(str::to_owned),
    }
}
