//! Rivers, lakes and cities judged from the means of their sections.

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use super::super::super::further_water::metres_of;
use super::super::super::join;
use super::super::{Group, GroupKind, name_some};
use super::sums::{add, mean};
use super::{COLUMNS, Found, INDEX_PLACES, Sections, WaterLedger};
use crate::water::{
    CityWater, Samples, SectionClass, TrophicSample, WaterBody, WaterClass, WaterItem, WaterRules,
    compare_rates, compare_states, compute_city_water_index, compute_main_pollutants,
    compute_mean_section, compute_river_main_pollutants, compute_river_state,
    compute_section_index, compute_trophic_level_index, explain_city_water_index, explain_rates,
    explain_river_state, explain_section_index, explain_state_change, explain_trophic_level_index,
};
use crate::{Basis, Confidence, Explanation, StandardError};

impl WaterLedger<'_> {
    fn rules(&self, day: CivilDate) -> Result<WaterRules, StandardError> {
        WaterRules::on(self.parameters, self.rules_of.unwrap_or(day))
    }

    pub(super) fn judge_river(
        &self,
        (name, day): (&str, CivilDate),
        members: &Sections<'_>,
        past: Option<&(&str, Found)>,
    ) -> Result<(Group, Found), StandardError> {
        let rules = self.rules(day)?;
        let mut told = Explanation::default();
        let (mut judged, mut all) = (Vec::new(), Vec::new());
        let (mut chinese, mut english) = (Vec::new(), Vec::new());
        for (place, sums) in members {
            let samples = sums.samples()?;
            let section = rules.classify_section(WaterBody::River, self.method, &samples)?;
            let class = section.class.map_or("-", WaterClass::published_name);
            let class_en = class.replace('劣', "worse than ");
            chinese.push(format!("{} {class}", place.section));
            english.push(format!("{} {class_en}", place.section));
            if section.class.is_some() {
                judged.push(section);
                all.push(samples);
            }
        }
        let (zh, en) = (name_some(&chinese).0, name_some(&english).1);
        told.push(
            format!("各断面按本时段均值评价：{zh}。"),
            format!("Sections by their means of the period: {en}."),
        );
        let classes: Vec<WaterClass> = judged.iter().filter_map(|section| section.class).collect();
        let river = compute_river_state(&classes)?;
        told.steps.extend(explain_river_state(&classes)?.steps);
        let mut values = vec![None; COLUMNS.len()];
        let mut basis = river.basis.clone();
        let mut found = Found {
            state: river.state,
            shares: None,
            sections: members
                .iter()
                .map(|(place, _)| place.section.clone())
                .collect(),
        };
        set(&mut values, "sections", classes.len());
        if river.state.is_some() {
            let one = Rounding::HalfEven { places: 1 };
            let shares = (
                river.good_share.rounded(one)?,
                river.worst_share.rounded(one)?,
            );
            set(&mut values, "good_share", shares.0);
            set(&mut values, "worst_share", shares.1);
            found.shares = Some(shares);
            let sure = set_main_of_river(&rules, &judged, &mut values, &mut told)?;
            basis.confidence = basis.confidence.max(sure);
        } else {
            let mean = self.judge_mean((&rules, WaterBody::River), &all, &mut values, &mut told)?;
            found.state = mean.class.map(WaterClass::state);
            basis.method = "mean over fewer than five sections as one section";
            "环办〔2011〕22号: fewer than five sections".clone_into(&mut basis.parameters);
        }
        if let Some(state) = found.state {
            set(&mut values, "state", state.chinese_name());
        }
        rest_on_limits(&mut basis, &rules);
        tell_change(past, &found, &mut values, (&mut told, &mut basis))?;
        Ok((
            group(GroupKind::River, name, members, values, (basis, told)),
            found,
        ))
    }

    /// The mean over sections or points judged as one section.
    fn judge_mean(
        &self,
        (rules, body): (&WaterRules, WaterBody),
        all: &[Samples],
        values: &mut [Option<String>],
        told: &mut Explanation,
    ) -> Result<SectionClass, StandardError> {
        let mean = compute_mean_section(all)?;
        let section = rules.classify_section(body, self.method, &mean)?;
        told.steps.extend(rules.explain(&section).steps);
        if let Some(class) = section.class {
            set(values, "class", class.published_name());
        }
        let main: Vec<_> = compute_main_pollutants(&section)
            .into_iter()
            .map(|main| match main.exceedance_multiple {
                Some(multiple) => format!("{}({multiple})", rules.name(main.item)),
                None => rules.name(main.item).to_owned(),
            })
            .collect();
        set_text(values, "main_pollutants", join(&main));
        Ok(section)
    }

    pub(super) fn judge_lake(
        &self,
        (name, day): (&str, CivilDate),
        members: &Sections<'_>,
        past: Option<&(&str, Found)>,
    ) -> Result<(Group, Found), StandardError> {
        let rules = self.rules(day)?;
        let mut told = Explanation::default();
        let names: Vec<_> = members
            .iter()
            .map(|(place, _)| place.section.clone())
            .collect();
        let (zh, en) = name_some(&names);
        told.push(
            format!("先对各点位求本时段均值，再对点位求平均，作一个断面评价：{zh}。"),
            format!("First the means of the period at each point, then their mean, as one section: {en}."),
        );
        let mut values = vec![None; COLUMNS.len()];
        let all = members
            .iter()
            .map(|(_, sums)| sums.samples())
            .collect::<Result<Vec<_>, _>>()?;
        let section = self.judge_mean((&rules, WaterBody::Lake), &all, &mut values, &mut told)?;
        let found = Found {
            state: section.class.map(WaterClass::state),
            shares: None,
            sections: names.iter().cloned().collect(),
        };
        set(&mut values, "sections", members.len());
        if let Some(state) = found.state {
            set(&mut values, "state", state.chinese_name());
        }
        let mut basis = rules.basis(&section);
        self.judge_trophic(day, members, &all, (&mut values, &mut told, &mut basis))?;
        tell_change(past, &found, &mut values, (&mut told, &mut basis))?;
        Ok((
            group(GroupKind::Lake, name, members, values, (basis, told)),
            found,
        ))
    }

    fn judge_trophic(
        &self,
        day: CivilDate,
        members: &Sections<'_>,
        all: &[Samples],
        (values, told, basis): (&mut [Option<String>], &mut Explanation, &mut Basis),
    ) -> Result<(), StandardError> {
        let mut sums = [(Decimal::ZERO, 0); 2];
        for (_, of) in members {
            add(&mut sums[0], mean(of.chlorophyll)?)?;
            add(&mut sums[1], mean(of.transparency_cm)?)?;
        }
        let samples = compute_mean_section(all)?;
        let above_zero = |value: Option<Decimal>| value.filter(|value| *value > 0);
        let given = (
            above_zero(mean(sums[0])?),
            above_zero(mean(sums[1])?),
            above_zero(samples.get(WaterItem::TotalPhosphorus)),
            above_zero(samples.get(WaterItem::TotalNitrogen)),
            above_zero(samples.get(WaterItem::PermanganateIndex)),
        );
        let of = self.rules_of.unwrap_or(day);
        let (Some(chlorophyll), Some(depth), Some(phosphorus), Some(nitrogen), Some(index)) = given
        else {
            return Ok(());
        };
        if self.parameters.load_version("trophic-state", of).is_err() {
            return Ok(());
        }
        let sample = TrophicSample {
            chlorophyll,
            total_phosphorus: phosphorus,
            total_nitrogen: nitrogen,
            transparency: metres_of(depth)?,
            permanganate_index: index,
        };
        let lake = compute_trophic_level_index(self.parameters, of, &sample)?;
        set(values, "trophic_index", lake.index);
        set(values, "trophic_level", lake.level.chinese_name());
        let edition = &lake.basis.edition;
        told.push(
            format!("综合营养状态指数，依据 {edition}。"),
            format!("Trophic level index, by {edition}."),
        );
        told.steps
            .extend(explain_trophic_level_index(self.parameters, of, &sample)?.steps);
        basis.parameters = format!("{}; {}", basis.parameters, lake.basis.parameters);
        basis.confidence = basis.confidence.max(lake.basis.confidence);
        Ok(())
    }

    pub(super) fn judge_cities(
        &mut self,
        cities: BTreeMap<(CivilDate, &str, &str), Sections<'_>>,
    ) -> Vec<Group> {
        let mut judged: Vec<(Decimal, Group)> = Vec::new();
        for ((day, period, name), members) in cities {
            match self.judge_city((name, day), &members) {
                Ok(city) => judged.push(city),
                Err(error) => self.book.fail((name, period), &error),
            }
        }
        let ranked: Vec<(String, Decimal)> = judged
            .iter()
            .map(|(index, group)| (group.period.clone(), *index))
            .collect();
        judged
            .into_iter()
            .map(|(index, mut group)| {
                let others = ranked.iter().filter(|(period, _)| *period == group.period);
                let (better, all) = others.fold((0, 0), |(better, all), (_, other)| {
                    (better + u32::from(*other < index), all + 1)
                });
                if all > 1 {
                    let rank = better + 1;
                    set(&mut group.values, "rank", rank);
                    group.explanation.push(
                        format!("本时段 {all} 个城市，指数由小到大排第 {rank}，相同的并列。"),
                        format!("Of {all} cities of the period it ranks {rank}, the smallest index first; equal ones share a rank."),
                    );
                }
                group
            })
            .collect()
    }

    fn judge_city(
        &self,
        (name, day): (&str, CivilDate),
        members: &Sections<'_>,
    ) -> Result<(Decimal, Group), StandardError> {
        let rules = self.rules(day)?;
        let mut told = Explanation::default();
        let mut confidence = Confidence::ConfirmedPrimary;
        // sum and number, of rivers and of lakes
        let mut sums = [(Fraction::ZERO, 0_u32); 2];
        for (place, of) in members {
            let samples = of.samples()?;
            let body = if place.is_lake {
                WaterBody::Lake
            } else {
                WaterBody::River
            };
            let index = compute_section_index(&rules, body, &samples)?;
            confidence = confidence.max(index.basis.confidence);
            let [rivers, lakes] = &mut sums;
            let sum = if place.is_lake { lakes } else { rivers };
            *sum = (sum.0.checked_add(index.value)?, sum.1 + 1);
            let shown = index
                .rounded(Rounding::HalfEven { places: 4 })?
                .normalized();
            let named = [place.river.as_str(), place.section.as_str()].join(" ");
            let named = named.trim();
            // a few sections are told item by item, many by their sum
            if members.len() <= 5 {
                told.push(format!("断面 {named}："), format!("Section {named}:"));
                told.steps
                    .extend(explain_section_index(&rules, body, &samples)?.steps);
            } else if told.steps.len() < 50 {
                told.push(
                    format!("断面 {named} 的指数 {shown}。"),
                    format!("Section {named}: index {shown}."),
                );
            }
        }
        let of = |(sum, count): (Fraction, u32)| match count {
            0 => Ok(Fraction::ZERO),
            _ => sum.checked_divide(Fraction::from(i64::from(count))),
        };
        let city = CityWater {
            river_index: of(sums[0])?,
            river_sections: sums[0].1,
            lake_index: of(sums[1])?,
            lake_points: sums[1].1,
        };
        let index = compute_city_water_index(&city, INDEX_PLACES)?;
        told.steps
            .extend(explain_city_water_index(&city, INDEX_PLACES)?.steps);
        let mut values = vec![None; COLUMNS.len()];
        set(&mut values, "sections", members.len());
        set(&mut values, "water_index", index.value);
        let mut basis = index.basis;
        basis.confidence = basis.confidence.max(confidence);
        rest_on_limits(&mut basis, &rules);
        let group = group(GroupKind::CityWater, name, members, values, (basis, told));
        Ok((index.value, group))
    }
}

fn group(
    kind: GroupKind,
    name: &str,
    members: &Sections<'_>,
    values: Vec<Option<String>>,
    (basis, explanation): (Basis, Explanation),
) -> Group {
    let first = members.first().map(|(place, _)| *place);
    Group {
        kind,
        name: name.to_owned(),
        period: first.map(|place| place.period.clone()).unwrap_or_default(),
        values,
        rows: members.iter().map(|(_, sums)| sums.rows).sum(),
        left_out: 0,
        basis,
        explanation,
    }
}

fn set(values: &mut [Option<String>], key: &str, value: impl core::fmt::Display) {
    set_text(values, key, Some(value.to_string()));
}

fn set_text(values: &mut [Option<String>], key: &str, text: Option<String>) {
    let place = COLUMNS.iter().position(|column| column.key == key);
    if let Some(cell) = place.and_then(|place| values.get_mut(place)) {
        *cell = text;
    }
}

/// A result of many sections rests on the limits they were judged by as well.
fn rest_on_limits(basis: &mut Basis, rules: &WaterRules) {
    basis.parameters = format!("{}; {}", basis.parameters, rules.citation);
    basis.confidence = basis.confidence.max(rules.confidence);
}

/// 主要污染指标 of five sections or more.
fn set_main_of_river(
    rules: &WaterRules,
    judged: &[SectionClass],
    values: &mut [Option<String>],
    told: &mut Explanation,
) -> Result<Confidence, StandardError> {
    let main = compute_river_main_pollutants(judged)?;
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (item, share) in main.iter().copied() {
        let share = share.rounded(Rounding::HalfEven { places: 1 })?;
        zh.push(format!("{}({share}%)", rules.name(item)));
        en.push(format!("{} ({share} %)", item.english_name()));
    }
    if !zh.is_empty() {
        told.push(
            format!("断面超 Ⅲ 类比例最大的指标：{}。", zh.join("、")),
            format!(
                "Items with the largest share of sections over class Ⅲ: {}.",
                en.join(", ")
            ),
        );
    }
    set_text(values, "main_pollutants", join(&zh));
    Ok(main.basis.confidence)
}

/// The change against the period before: by shares where both have them, else by grades.
fn tell_change(
    past: Option<&(&str, Found)>,
    now: &Found,
    values: &mut [Option<String>],
    (told, basis): (&mut Explanation, &mut Basis),
) -> Result<(), StandardError> {
    let Some((period, before)) = past else {
        return Ok(());
    };
    let (change, steps, by) = match (before.shares, now.shares, before.state.zip(now.state)) {
        (Some(before), Some(now), _) => (
            compare_rates(before, now)?,
            explain_rates(before, now)?,
            ("类别比例", "shares"),
        ),
        (_, _, Some((before, now))) => (
            compare_states(before, now),
            explain_state_change(before, now),
            ("水质状况", "states"),
        ),
        _ => return Ok(()),
    };
    told.push(
        format!("与上一时段 {period} 比较（按{}）：", by.0),
        format!("Against the period before, {period} (by {}):", by.1),
    );
    told.steps.extend(steps.steps);
    if before.sections != now.sections {
        told.push(
            "两个时段的断面（点位）不完全相同，比较时请注意。".to_owned(),
            "The sections of the two periods are not all the same.".to_owned(),
        );
    }
    set(values, "change", change.chinese_name());
    basis.parameters = format!("{}; {}", basis.parameters, change.basis.parameters);
    basis.confidence = basis.confidence.max(change.basis.confidence);
    Ok(())
}
