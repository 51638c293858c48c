//! Emissions: limits of the standards, oxygen conversion, flow and mass, validity and
//! substitution, marks, pollution equivalents.

mod flow;
mod limits;
mod marking;
mod marks;
mod oxygen;
mod tax;
mod validity;

pub use flow::{
    StackGas, compute_benchmark_concentration, compute_day_mass, compute_flow_weighted_mean,
    compute_hour_mass, compute_month_mean, compute_stack_flow, compute_standard_dry_flow,
};
pub use limits::{
    EmissionCheck, EmissionLimit, EmissionQuery, LimitColumn, LimitForm, check_emission,
    choose_binding_limit, find_emission_limits,
};
pub use marking::{
    MarkingCode, MarkingDeadlines, SampleShortfall, compute_largest_day_amount,
    compute_marking_deadlines, compute_review_deadline, find_sample_shortfalls, list_marking_codes,
    owed_samples,
};
pub use marks::{
    DataFlag, JudgedAverage, compute_transmission_effective_rate, is_manual_sampling_sufficient,
    judged_average,
};
pub use oxygen::{Conversion, OxygenRule, convert_to_oxygen};
pub use tax::{
    Equivalent, TaxMedium, compute_equivalents, compute_tax, explain_equivalents, explain_tax,
    select_taxed,
};
pub use validity::{
    ReplacementWindow, choose_replacement_window, compute_capture_rate, compute_replacement,
    is_day_valid, is_hour_valid, is_month_valid,
};
