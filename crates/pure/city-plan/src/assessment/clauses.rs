//! The rule in words, made from its figures, so that words and arithmetic cannot differ.

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
            text.push_str(&format!(
                "有约束性指标滞后或者没有数据的，等次最高为“{}”。",
                best.name
            ));
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
            text.push_str(&format!(
                " While a binding indicator is behind or has no data, at best {}.",
                name(best)
            ));
        }
        text
    }

    /// The grade of an identifier.
    pub fn named(&self, id: Option<&str>) -> Option<&crate::model::Grade> {
        let id = id?;
        self.grade.iter().find(|grade| grade.id == id)
    }
}
