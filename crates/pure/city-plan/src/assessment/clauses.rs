//! The rule in words, made from its figures, so that words and arithmetic cannot differ.

use core::fmt::Write;

use crate::model::AssessmentRule;

/// A clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl AssessmentRule {
    /// The clauses, in order.
    pub fn clauses(&self) -> Vec<Clause> {
        let clause = |zh: String, en: String| Clause { zh, en };
        let (full, places) = (self.full_score, self.places);
        let mut all = vec![
            clause(
                format!(
                    "年度评估和中期评估以规划确定的当年预期水平为准，终期考核以规划目标为准。指标达到目标或者达到当年预期水平的，得满分{full}分。"
                ),
                format!(
                    "Yearly and mid-term assessments hold values against what the plan expects of the year, the final one against the target. An indicator that meets its target or is on its path gets the full {full} points."
                ),
            ),
            clause(
                format!(
                    "未达到当年预期水平的，按完成程度计分：有基准值且基准值劣于预期水平的，完成程度为（实际值－基准值）÷（预期值－基准值）；其余指标，越高越好的为实际值÷预期值，越低越好的为预期值÷实际值。完成程度不低于0、不高于1，得分为{full}分乘以完成程度。"
                ),
                format!(
                    "One that falls short gets {full} times the degree reached: with a base worse than what is expected, (value − base) ÷ (expected − base); else value ÷ expected where more is better and expected ÷ value where less is, between 0 and 1."
                ),
            ),
            clause(
                format!(
                    "约束性指标滞后的，该项得分最高不超过{}分。",
                    self.binding_behind_most
                ),
                format!(
                    "A binding indicator that is behind gets at most {} points.",
                    self.binding_behind_most
                ),
            ),
            clause(
                "没有数据的指标不计零分，不参与平均，单独列明，并降低数据覆盖率。".to_owned(),
                "An indicator without data is not zero: it is left out of every mean, named, and lowers the coverage.".to_owned(),
            ),
            clause(
                format!(
                    "约束性指标权重为{}，指导性指标权重为{}。按县（市、区）分别判定的指标，以各县（市、区）得分的算术平均为该项指标得分；县（市、区）、责任单位和全市得分按权重加权平均。",
                    self.binding_weight, self.guiding_weight
                ),
                format!(
                    "A binding indicator weighs {}, a guiding one {}. An indicator judged by county scores the plain mean of its counties; counties, units and the whole are means by weight.",
                    self.binding_weight, self.guiding_weight
                ),
            ),
            clause(
                format!(
                    "各步得分均以上一步修约后的得分计算，按GB/T 8170“四舍六入五成双”修约一次，保留{places}位小数。"
                ),
                format!(
                    "Each step is computed from the rounded scores of the step before and rounded once, half to even (GB/T 8170), to {places} places."
                ),
            ),
            clause(
                format!(
                    "有数据的指标权重之和不足{}%的，不给出综合得分。",
                    self.least_coverage
                ),
                format!(
                    "Where less than {} % of the weights has data, no overall score is given.",
                    self.least_coverage
                ),
            ),
            clause(self.grades_zh(), self.grades_en()),
        ];
        if let Some(work) = &self.work {
            all.push(clause(
                format!(
                    "任务和项目以当年12月31日的情况计分，得分为{full}分乘以完成比例。当日以前有期限到期的任务，完成比例为到期各期经核定的进度的平均，没有报告的一期按0计；各期都没有报告的任务按没有数据处理。完成年份不晚于当年的项目，完成比例为已达到的节点占全部节点的比例，已建成或者已验收的为1；没有建成也没有节点的项目按没有数据处理。各项任务权重相同，各个项目权重相同。"
                ),
                format!(
                    "Tasks and projects are scored as they stood on 31 December: {full} times the part that is done. Of a task with a deadline until then, that is the mean progress of the periods that were due, by checked reports, where a period without a report counts 0; a task without any report has no data. Of a project whose last year has come it is the share of its milestones that were reached, and 1 once it was built or accepted; one that is neither built nor has milestones has no data. All tasks weigh the same, and all projects."
                ),
            ));
            all.push(clause(
                format!(
                    "综合得分为指标、任务、项目三部分得分的加权平均，权重依次为{}、{}、{}；责任单位得分为其负责的指标和牵头的任务两部分得分按同样权重的加权平均。数据覆盖率不足{}%的部分不给出得分，不参与平均；综合的数据覆盖率为各部分覆盖率的加权平均，不足同一比例的不给出综合得分。",
                    work.indicators, work.tasks, work.projects, self.least_coverage
                ),
                format!(
                    "The whole score is the mean of those of the indicators, the tasks and the projects, which weigh {}, {} and {}; a unit's score is the mean, by the same weights, of those of the indicators it answers for and the tasks it leads. A part with less than {}% of its data has no score and is left out of the mean; the whole coverage is the weighted mean of the parts' coverage, and below the same share there is no whole score.",
                    work.indicators, work.tasks, work.projects, self.least_coverage
                ),
            ));
        }
        for one in &self.weight {
            all.push(clause(
                format!("指标{}权重为{}：{}", one.indicator, one.weight, one.reason),
                format!(
                    "The indicator {} weighs {}: {}",
                    one.indicator, one.weight, one.reason
                ),
            ));
        }
        all
    }

    fn grades_zh(&self) -> String {
        let grades: Vec<String> = self
            .grade
            .iter()
            .map(|grade| format!("{}分以上为“{}”", grade.from, grade.name))
            .collect();
        let mut text = format!("评定等次：{}。", grades.join("，"));
        if let Some(best) = self.named(self.best_grade_unless_binding_met.as_deref()) {
            let _infallible = write!(
                text,
                "有约束性指标滞后或者没有数据的，等次最高为“{}”。",
                best.name
            );
        }
        text
    }

    fn grades_en(&self) -> String {
        let name =
            |grade: &crate::model::Grade| grade.name_en.clone().unwrap_or_else(|| grade.id.clone());
        let grades: Vec<String> = self
            .grade
            .iter()
            .map(|grade| format!("{} from {}", name(grade), grade.from))
            .collect();
        let mut text = format!("Grades: {}.", grades.join(", "));
        if let Some(best) = self.named(self.best_grade_unless_binding_met.as_deref()) {
            let _infallible = write!(
                text,
                " While a binding indicator is behind or has no data, at best {}.",
                name(best)
            );
        }
        text
    }

    /// The grade of an identifier.
    pub fn named(&self, id: Option<&str>) -> Option<&crate::model::Grade> {
        let id = id?;
        self.grade.iter().find(|grade| grade.id == id)
    }
}
