//! Workbooks, in Chinese and made to be printed: the report of exceedances, the report of rates, and
//! the duty report of a day or a month, which holds both.

mod duty;
mod exceedances;
mod page;
mod rates;

pub use duty::{DutyReport, write_duty_report};
pub use exceedances::write_exceedance_report;
pub use rates::{RateReport, RateReportRow, write_rate_report};
