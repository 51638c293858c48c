//! What a row calls a taxed pollutant and its mass.

use exact_decimal::Decimal;

use super::super::super::Fields;

/// The name in annex 2 of the law for a pollutant of an emission standard.
pub(super) fn taxed_name(is_water: bool, pollutant: &str) -> &str {
    match (is_water, pollutant) {
        (false, "Hg") => "汞及其化合物",
        (false, "Pb") => "铅及其化合物",
        (false, "Cd") => "镉及其化合物",
        (false, "sulfuric acid mist") => "硫酸雾",
        (false, "chromic acid mist") => "铬酸雾",
        (false, "NH3") => "氨",
        (true, "Hg") => "总汞",
        (true, "Cd") => "总镉",
        (true, "Cr" | "total Cr") => "总铬",
        (true, "Cr6" | "Cr6+") => "六价铬",
        (true, "As") => "总砷",
        (true, "Pb") => "总铅",
        (true, "Ni") => "总镍",
        (true, "Be") => "总铍",
        (true, "Ag") => "总银",
        (true, "Cu") => "总铜",
        (true, "Zn") => "总锌",
        (true, "Mn") => "总锰",
        (true, "NH3-N") => "氨氮",
        (true, "TP") => "总磷",
        (true, "S" | "sulfide") => "硫化物",
        (true, "petroleum") => "石油类",
        (true, "animal-vegetable oil") => "动植物油",
        (true, "volatile phenol") => "挥发酚",
        (true, "total CN") => "总氰化物",
        (_, "F" | "fluoride") | (false, "HF") => "氟化物",
        (_, other) => other,
    }
}

/// A mass in kg by the unit that its heading names in brackets.
pub(super) fn mass_kg(row: &Fields<'_>) -> Result<Option<Decimal>, (&'static str, &'static str)> {
    let mass = match row.decimal("mass") {
        Ok(None) => return Ok(None),
        Ok(Some(mass)) if !mass.is_negative() => mass,
        _ => {
            return Err((
                "排放量不是不小于零的数字",
                "the mass is no number from zero up",
            ));
        }
    };
    let heading = row.heading("mass").to_lowercase();
    let unit = heading
        .split(['(', '（', '[', '/'])
        .nth(1)
        .unwrap_or_default();
    let factor = match unit.trim_end_matches([')', '）', ']']).trim() {
        "kg" | "千克" | "公斤" => 1,
        "t" | "吨" => 1000,
        _ => {
            return Err((
                "排放量的列名须写明单位，如 排放量(kg) 或 排放量(t)",
                "the heading of the mass must name the unit, such as mass (kg) or mass (t)",
            ));
        }
    };
    mass.checked_multiply(Decimal::from(factor))
        .map(|mass| Some(mass.normalized()))
        .map_err(|_error| ("排放量超出范围", "the mass is out of range"))
}
