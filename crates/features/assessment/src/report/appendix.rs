//! The appendices: the rule, where each figure comes from, how to check the whole.

use std::fmt::Write;

use plan::{AccountedFigure, ComputedFigure};
use report_document::{Align, Block, Column, Row, Table};

use super::Writer;
use super::words::{NONE, chinese_date, figure, full_name, unit_word};
use crate::content::{FigurePart, InputPart};

impl Writer<'_> {
    pub(super) fn rule(&mut self) {
        let content = self.content;
        self.next_appendix("计分办法");
        self.paragraph(format!(
            "《{}》（编号{}）。",
            content.rule.title, content.rule.id
        ));
        for (number, clause) in (1..).zip(&content.rule.clauses) {
            self.paragraph(format!("{number}.{}", clause.zh));
        }
    }

    pub(super) fn lineage(&mut self) {
        let content = self.content;
        self.next_appendix("数据来源和计算过程");
        self.paragraph(
            "各指标按规划公式由下列数据计算，结果按GB/T 8170修约一次。名称后标“模拟”的为模拟数据。完整数据另见随附的数据表（XLSX）。",
        );
        let caption = self.table_caption("指标计算所用数据");
        let mut rows = Vec::new();
        for one in &content.figures {
            rows.push(Row::Group(figure_head(self, one)));
            if one.inputs.is_empty() {
                rows.push(Row::Plain(vec![
                    "规划没有给出计算公式".into(),
                    NONE.into(),
                    NONE.into(),
                    NONE.into(),
                ]));
            }
            for input in &one.inputs {
                rows.push(Row::Plain(vec![
                    input.name.as_str().into(),
                    format!("{}{}", figure(input.value, &input.unit), shown_unit(input)).into(),
                    evidence(input).into(),
                    people(input).into(),
                ]));
            }
        }
        self.push(Block::Table(Table {
            caption,
            columns: vec![
                Column::new("数据", 6, Align::Left),
                Column::new("数值", 4, Align::Right),
                Column::new("依据", 8, Align::Left),
                Column::new("填报和确认", 8, Align::Left),
            ],
            rows,
            note: None,
            is_small: true,
        }));
    }

    pub(super) fn verification(&mut self) {
        // in groups, so that it breaks within the line
        let characters: Vec<char> = self.digest.chars().collect();
        let groups = characters.chunks(8).map(String::from_iter);
        let digest = groups.collect::<Vec<_>>().join(" ");
        self.next_appendix("内容核验");
        self.paragraph(
            "本报告的全部数值取自一份数据文件。文件内容按RFC 8785形成规范文本，以SM3（GB/T 32905）计算摘要；正式发布时以SM2（GB/T 32918.2）签名，此后任何数据变化都不改变已发布的内容。",
        );
        self.paragraph(format!("内容摘要（每8位一组）：{digest}"));
        self.paragraph(
            "核验方法：下载签名文件，在不联网的计算机上运行以下命令，程序重新计算摘要并验证签名；将程序显示的摘要与本报告封面的摘要、公钥与公开网页公布的公钥逐一核对。",
        );
        self.paragraph("qingshan assessment verify 文件名");
    }
}

fn figure_head(writer: &Writer<'_>, one: &FigurePart) -> String {
    let value = one.value.map_or_else(
        || "无数据".to_owned(),
        |_| format!("{}{}", figure(one.value, &one.unit), unit_word(&one.unit)),
    );
    let mut text = format!("{}：{value}", full_name(writer.content, one));
    if one.simulated {
        text.push_str("〔模拟〕");
    }
    if let Some(failure) = &one.failure {
        let _ = write!(text, "（不能计算：{failure}）");
    }
    if let Some(formula) = &one.formula {
        let _ = write!(text, "　公式 {formula}");
    }
    text
}

fn shown_unit(input: &InputPart) -> &str {
    if input.value.is_some() && input.unit != "类" {
        unit_word(&input.unit)
    } else {
        ""
    }
}

fn evidence(input: &InputPart) -> String {
    if let Some(accounted) = input.taken_accounted() {
        return accounted_evidence(accounted);
    }
    match (&input.report, input.taken_computed()) {
        (_, Some(computed)) => computed_evidence(computed),
        (Some(report), _) if report.simulated => format!("{}〔模拟〕", report.evidence),
        (Some(report), _) => report.evidence.clone(),
        _ if input.value.is_some() => input.from.clone(),
        _ => format!("缺数据；应来自：{}", input.from),
    }
}

/// How the year of an account is reckoned.
pub(crate) fn accounted_evidence(accounted: &AccountedFigure) -> String {
    let simulated = if accounted.is_simulated {
        "〔模拟〕"
    } else {
        ""
    };
    format!(
        "减排核算：年初 {} ＋ 新增 {} － 项目削减 {}（{} 个项目）{simulated}",
        accounted.opening, accounted.increment, accounted.reduction, accounted.projects
    )
}

/// What a computed value rests on.
fn computed_evidence(computed: &ComputedFigure) -> String {
    let origin = match computed.origin.as_deref() {
        Some("platform") => "平台接收的监测数据",
        Some("official") => "官方公布的监测数据",
        Some("third_party") => "第三方整理的监测数据",
        Some("simulated") => "模拟监测数据〔模拟〕",
        _ => "监测数据",
    };
    let coverage = format!("有效 {} / 应有 {}", computed.covered, computed.coverable);
    let enough = if computed.is_sufficient {
        ""
    } else {
        "，未达到数据有效性要求，为暂定值"
    };
    let editions = computed.editions.join("、");
    format!(
        "{origin}，{coverage}{enough}；{editions}；输入摘要 {}",
        computed.inputs_digest
    )
}

fn people(input: &InputPart) -> String {
    if input.taken_computed().is_some() || input.taken_accounted().is_some() {
        return "平台计算".to_owned();
    }
    let Some(report) = &input.report else {
        return NONE.to_owned();
    };
    let mut text = format!("{}填报", person(&report.reported_by));
    if let (Some(by), Some(at)) = (&report.accepted_by, &report.accepted_at) {
        let _ = write!(text, "，{}于{}确认", person(by), chinese_date(at));
    }
    text
}

/// A person by their name alone, whether they signed in or a table names them.
fn person(actor: &str) -> &str {
    let name = actor.strip_prefix("user:");
    name.or(actor.strip_prefix("import:")).unwrap_or(actor)
}
