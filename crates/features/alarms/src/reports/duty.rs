//! The duty report of a day or a month: what happened, what exceeded, how well data came, who was
//! on duty.

use beijing_time::Timestamp;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::exceedances::write_exceedances;
use super::page::{Cell, Page, lay_out, minute, write_rows};
use super::rates::{self, RateReport};
use crate::AlarmError;
use crate::model::{Alarm, ExceedanceRow, Shift};
use crate::words::{AlarmState, Severity};

/// What a duty report is made of.
#[derive(Debug, Clone, Default)]
pub struct DutyReport {
    /// Alarms that opened in the period, in order.
    pub alarms: Vec<Alarm>,
    /// Hour and day values beyond a limit.
    pub exceedances: Vec<ExceedanceRow>,
    /// Rates of the period.
    pub rates: RateReport,
    /// Shifts that touch the period, in order.
    pub shifts: Vec<Shift>,
}

/// Writes the duty report.
///
/// # Errors
/// [`AlarmError::Workbook`] when it cannot be written.
pub fn write_duty_report(
    report: &DutyReport,
    (from, to): (Timestamp, Timestamp),
    generated_at: Timestamp,
    name_of_factor: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, AlarmError> {
    let mut workbook = Workbook::new();
    let period = format!("{} 至 {}", minute(from), minute(to));
    let sheet = workbook.add_worksheet();
    sheet.set_name("报警")?;
    write_alarms(sheet, report, (&period, generated_at), name_of_factor)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("超标数据")?;
    write_exceedances(
        sheet,
        &report.exceedances,
        (&period, generated_at),
        name_of_factor,
    )?;
    rates::add_sheets(&mut workbook, &report.rates, generated_at)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("班次")?;
    write_shifts(sheet, report, (&period, generated_at))?;
    Ok(workbook.save_to_buffer()?)
}

fn write_alarms(
    sheet: &mut Worksheet,
    report: &DutyReport,
    (period, generated_at): (&str, Timestamp),
    name_of_factor: &dyn Fn(&str) -> Option<String>,
) -> Result<(), XlsxError> {
    let page = Page {
        title: "自动监控报警记录",
        period: period.to_owned(),
        columns: &[
            ("序号", 6.0),
            ("级别", 8.0),
            ("报警规则", 20.0),
            ("单位", 26.0),
            ("监测点", 20.0),
            ("因子", 14.0),
            ("监测值", 11.0),
            ("峰值", 11.0),
            ("开始时间", 17.0),
            ("恢复时间", 17.0),
            ("状态", 9.0),
            ("处理情况", 36.0),
            ("备注", 10.0),
        ],
        is_simulated: report.alarms.iter().any(|alarm| alarm.is_simulated),
        generated_at,
    };
    let first = lay_out(sheet, &page)?;
    let lines = (1..).zip(&report.alarms).map(|(number, alarm)| {
        let mut handled = Vec::new();
        for (what, noted) in [("确认", &alarm.acknowledged), ("办结", &alarm.closed)] {
            if let Some(noted) = noted {
                let (at, by) = (minute(noted.at), &noted.by);
                handled.push(format!("{what}（{by}，{at}）：{}", noted.text));
            }
        }
        let factor = &alarm.factor_code;
        vec![
            Cell::Count(number),
            name_of_severity(alarm.severity).into(),
            alarm.rule_name.0.as_str().into(),
            name_of(alarm.place.site_name.as_ref()).into(),
            name_of(alarm.place.point_name.as_ref()).into(),
            if factor.is_empty() {
                String::new()
            } else {
                name_of_factor(factor).unwrap_or_else(|| factor.clone())
            }
            .into(),
            alarm.value.clone().unwrap_or_default().into(),
            alarm.peak_value.clone().unwrap_or_default().into(),
            minute(alarm.opened_at).into(),
            alarm.recovered_at.map(minute).unwrap_or_default().into(),
            name_of_state(alarm.state).into(),
            handled.join("\n").into(),
            if alarm.is_simulated {
                "模拟数据"
            } else {
                ""
            }
            .into(),
        ]
    });
    let end = write_rows(sheet, first, lines)?;
    sheet.write(end, 0, format!("合计 {} 起", report.alarms.len()))?;
    Ok(())
}

fn name_of(names: Option<&(String, String)>) -> &str {
    names.map_or("", |(chinese, _english)| chinese)
}

fn name_of_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "紧急",
        Severity::Major => "重要",
        Severity::Minor => "一般",
        Severity::Info => "提示",
    }
}

fn name_of_state(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Open => "未确认",
        AlarmState::Acknowledged => "已确认",
        AlarmState::Recovered => "已恢复",
        AlarmState::Closed => "已办结",
        AlarmState::Historical => "历史补录",
    }
}

fn write_shifts(
    sheet: &mut Worksheet,
    report: &DutyReport,
    (period, generated_at): (&str, Timestamp),
) -> Result<(), XlsxError> {
    let page = Page {
        title: "值班班次",
        period: period.to_owned(),
        columns: &[
            ("序号", 6.0),
            ("值班员", 14.0),
            ("接班时间", 17.0),
            ("交班时间", 17.0),
            ("接班人", 14.0),
            ("移交报警", 10.0),
            ("交接事项", 70.0),
        ],
        is_simulated: false,
        generated_at,
    };
    let first = lay_out(sheet, &page)?;
    let lines = (1..).zip(&report.shifts).map(|(number, shift)| {
        let carried = i64::try_from(shift.carried.len()).unwrap_or(i64::MAX);
        vec![
            Cell::Count(number),
            shift.officer.as_str().into(),
            minute(shift.started_at).into(),
            shift.ended_at.map(minute).unwrap_or_default().into(),
            shift.handed_to.clone().unwrap_or_default().into(),
            Cell::Count(carried),
            shift.hand_over_text.clone().unwrap_or_default().into(),
        ]
    });
    write_rows(sheet, first, lines)?;
    Ok(())
}
