//! Projects, their milestones, their money and the steps of their life.

use access::RegionCode;
use beijing_time::{CivilDate, Timestamp};
use sites::Position;
use uuid::Uuid;

use crate::Money;

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal / $zh:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$variant_doc])* $variant,)* }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Chinese name.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The one of a name, stable or Chinese.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|one| one.as_str() == name || one.name_zh() == name)
            }
        }
    };
}

words! {
    /// How far a project has come.
    ProjectState {
        /// In the reserve pool.
        Reserve = "reserve" / "储备",
        /// Approved.
        Approved = "approved" / "立项",
        /// Being built.
        UnderConstruction = "under_construction" / "在建",
        /// Built.
        Built = "built" / "建成",
        /// Accepted.
        Accepted = "accepted" / "验收",
        /// Taken out of the pool.
        Removed = "removed" / "退库",
    }
}

words! {
    /// Where money comes from.
    FundSource {
        /// Central government.
        Central = "central" / "中央资金",
        /// The province.
        Provincial = "provincial" / "省级资金",
        /// The city.
        City = "city" / "市级资金",
        /// The county.
        County = "county" / "县级资金",
        /// The enterprise itself.
        Enterprise = "enterprise" / "企业自筹",
        /// Loans of banks.
        Loan = "loan" / "银行贷款",
        /// Private capital, PPP too.
        Private = "private" / "社会资本",
    }
}

/// What people enter of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectDetails {
    /// The bureau's number; unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind: a row of the plan's investment table.
    pub kind: String,
    /// Where it is.
    pub region: RegionCode,
    /// Who builds it.
    pub owner: String,
    /// Planned investment; `None` while nobody has said it.
    pub planned: Option<Money>,
    /// The first year of work.
    pub first_year: Option<i32>,
    /// The last year of work.
    pub last_year: Option<i32>,
    /// The site it changes.
    pub site_id: Option<i64>,
    /// Where on the map.
    pub position: Option<Position>,
    /// The plan's entry, when the plan names it.
    pub named: Option<String>,
    /// The task it serves.
    pub task: Option<String>,
    /// The indicator it serves.
    pub indicator: Option<String>,
    /// Anything else.
    pub note: String,
    /// Whether it is made up, for a demonstration.
    pub is_simulated: bool,
}

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Made by the creator, so that entering twice makes one.
    pub id: Uuid,
    /// What was entered.
    pub details: ProjectDetails,
    /// How far it has come.
    pub state: ProjectState,
    /// Counts changes.
    pub revision: i64,
}

/// A project in a list, with its money.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectSummary {
    /// The project.
    pub project: Project,
    /// Money that has arrived.
    pub arrived: Money,
    /// Money that was paid.
    pub paid: Money,
    /// Whether somebody should look at it.
    pub needs_attention: bool,
}

/// A date to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// What is reached.
    pub name: String,
    /// When it should be.
    pub planned_on: CivilDate,
    /// When it was.
    pub actual_on: Option<CivilDate>,
}

/// Money of one source and year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fund {
    /// Whose.
    pub source: FundSource,
    /// Of which year.
    pub year: i32,
    /// Planned.
    pub planned: Money,
    /// Arrived.
    pub arrived: Money,
    /// Paid.
    pub paid: Money,
}

/// A step to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Where to.
    pub to: ProjectState,
    /// When it happened.
    pub on: CivilDate,
    /// The document that it rests on: number or title.
    pub document: String,
    /// The reason, or a remark.
    pub note: String,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where from.
    pub from: ProjectState,
    /// What was said.
    pub new: NewStep,
    /// Who took it.
    pub author: String,
    /// When it was entered.
    pub at: Timestamp,
}

/// Everything about one project.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// The project.
    pub project: Project,
    /// Its milestones, in their order.
    pub milestones: Vec<Milestone>,
    /// Its money, by year and source.
    pub funds: Vec<Fund>,
    /// The steps it took, the first first.
    pub steps: Vec<Step>,
}

impl Dossier {
    /// All its money: planned, arrived, paid.
    pub fn sums(&self) -> (Money, Money, Money) {
        (
            self.funds.iter().map(|fund| fund.planned).sum(),
            self.funds.iter().map(|fund| fund.arrived).sum(),
            self.funds.iter().map(|fund| fund.paid).sum(),
        )
    }
}

/// Which projects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// Part of name, number or owner.
    pub search: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<ProjectState>,
    /// In this region and below.
    pub region: Option<RegionCode>,
    /// Serving this task of the plan.
    pub task: Option<String>,
    /// Serving this indicator of the plan.
    pub indicator: Option<String>,
    /// Only those that the plan names.
    pub only_named: bool,
    /// Only those that somebody should look at.
    pub only_attention: bool,
    /// After this number.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}
