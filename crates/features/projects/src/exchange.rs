//! Projects from files and into files.

mod cells;
mod export;
mod import;

pub use export::{FileForm, export_projects, project_template};
pub use import::{PoolImport, check_pool, import_pool};

use sites::{Column, TableRow};

use Column as C;

const DAY: &str = "2018-03-01";
const WAN: &str = "万元，最多六位小数";

/// The columns of the list of projects; the last four are written by an export only.
pub const PROJECT_COLUMNS: &[Column] = &[
    C::required("code", "项目编号", "本局编号，不重复；字母、数字、-、_"),
    C::required("name", "项目名称", ""),
    C::required("kind", "项目类型", "规划投资估算表中的类型"),
    C::required("region_code", "行政区划代码", "GB/T 2260"),
    C::required("owner", "实施单位", ""),
    C::optional("planned", "计划投资", WAN),
    C::optional("first_year", "开始年份", ""),
    C::optional("last_year", "完成年份", ""),
    C::optional("site_code", "站点编码", "本局站点编码；空为不涉及"),
    C::optional("longitude", "经度", "WGS-84，度"),
    C::optional("latitude", "纬度", "WGS-84，度"),
    C::optional("named", "规划点名项目", "规划中该项目的标识；空为未点名"),
    C::optional("task", "任务", "规划中任务的标识"),
    C::optional("indicator", "指标", "规划中指标的标识"),
    C::optional("note", "备注", ""),
    C::optional("is_simulated", "是否模拟", "是 / 否"),
    C::optional("state", "项目状态", "导出用；新项目一律入储备库"),
    C::optional("arrived", "到位资金", "导出用，万元"),
    C::optional("paid", "支出资金", "导出用，万元"),
];

/// The columns of a list of milestones.
pub const MILESTONE_COLUMNS: &[Column] = &[
    C::required("code", "项目编号", ""),
    C::required("name", "里程碑", ""),
    C::required("planned_on", "计划日期", DAY),
    C::optional("actual_on", "完成日期", DAY),
];

/// The columns of a list of money.
pub const FUND_COLUMNS: &[Column] = &[
    C::required("code", "项目编号", ""),
    C::required(
        "source",
        "资金来源",
        "中央资金、省级资金、市级资金、县级资金、企业自筹、银行贷款、社会资本",
    ),
    C::required("year", "年份", ""),
    C::required("planned", "计划", WAN),
    C::optional("arrived", "到位", WAN),
    C::optional("paid", "支出", WAN),
];

/// The columns of a list of steps of the life cycle, each project's in their order.
pub const STEP_COLUMNS: &[Column] = &[
    C::required("code", "项目编号", ""),
    C::required("to", "转入状态", "立项、在建、建成、验收、退库、储备"),
    C::required("on", "日期", DAY),
    C::optional("document", "文件", ""),
    C::optional("note", "说明", ""),
];

/// The tables of a pool as they were read; all but the first may be empty.
#[derive(Debug, Clone, Default)]
pub struct PoolTables {
    /// The projects.
    pub projects: Vec<TableRow>,
    /// Their milestones.
    pub milestones: Vec<TableRow>,
    /// Their money.
    pub funds: Vec<TableRow>,
    /// The steps they took.
    pub steps: Vec<TableRow>,
}
