//! Other rules than those in force: tables of the standards with other values, other limits of outlets.

use exact_decimal::Decimal;
use serde::Deserialize;
use sites::{LimitDetails, Medium};

use crate::{Rulebook, VerdictsError};

/// A limit that is tried in place of those that are registered at outlets for the same factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLimit {
    /// Of waste gas or waste water; of both when absent.
    pub medium: Option<Medium>,
    /// The factor.
    pub factor_code: String,
    /// The least that is allowed.
    pub lower: Option<Decimal>,
    /// The most that is allowed.
    pub upper: Option<Decimal>,
}

impl OtherLimit {
    pub(crate) fn is_for(&self, medium: Medium, limit: &LimitDetails) -> bool {
        self.medium.is_none_or(|wanted| wanted == medium) && self.factor_code == limit.factor_code
    }

    /// The limit with the bounds of this one; a bound that this one does not have stays.
    pub(crate) fn in_place_of(&self, limit: &LimitDetails) -> LimitDetails {
        LimitDetails {
            lower: self.lower.or(limit.lower),
            upper: self.upper.or(limit.upper),
            ..limit.clone()
        }
    }
}

/// `[[limit]]` of a file of other rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitRow {
    medium: Option<String>,
    factor: String,
    lower: Option<String>,
    upper: Option<String>,
}

impl LimitRow {
    fn read(self) -> Result<OtherLimit, String> {
        let medium = match self.medium.as_deref() {
            None => None,
            Some("waste_gas") => Some(Medium::WasteGas),
            Some("waste_water") => Some(Medium::WasteWater),
            Some(other) => {
                return Err(format!("`{other}` is neither waste_gas nor waste_water"));
            }
        };
        let factor = self.factor;
        let bound = |name: &str, text: Option<String>| {
            text.map(|text| {
                text.parse::<Decimal>()
                    .map_err(|error| format!("{name} of {factor}: {error}"))
            })
            .transpose()
        };
        let (lower, upper) = (bound("lower", self.lower)?, bound("upper", self.upper)?);
        match (lower, upper) {
            (None, None) => return Err(format!("the limit of {factor} has no bound")),
            (Some(lower), Some(upper)) if lower > upper => {
                return Err(format!("the bounds of {factor} exclude every value"));
            }
            _ => {}
        }
        Ok(OtherLimit {
            medium,
            factor_code: factor,
            lower,
            upper,
        })
    }
}

impl Rulebook {
    /// These rules with others in their place, from TOML: `[[override]]` for cells of the standards'
    /// tables, each with author, date and reason, and `[[limit]]` with `factor`, `upper` or `lower`
    /// and, where wanted, `medium` for the limits that are registered at outlets.
    ///
    /// # Errors
    /// [`VerdictsError::Invalid`] when the text is no such file or changes nothing.
    pub fn with_other_limits(&self, name: &str, text: &str) -> Result<Self, VerdictsError> {
        let invalid = |reason: String| VerdictsError::Invalid {
            field: "with_limits",
            reason,
        };
        let mut table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| invalid(error.to_string()))?;
        let rows = match table.remove("limit") {
            None => Vec::new(),
            Some(rows) => rows
                .try_into::<Vec<LimitRow>>()
                .map_err(|error| invalid(error.to_string()))?,
        };
        if rows.is_empty() && table.is_empty() {
            return Err(invalid(
                "it has neither `[[override]]` nor `[[limit]]`".to_owned(),
            ));
        }
        let parameters = if table.is_empty() {
            self.parameters().clone()
        } else {
            let overrides = toml::to_string(&table).map_err(|error| invalid(error.to_string()))?;
            self.parameters()
                .with_overrides(name, &overrides)
                .map_err(|error| invalid(error.to_string()))?
        };
        let mut other = Self::of(parameters).map_err(|error| invalid(error.to_string()))?;
        other.limits = rows
            .into_iter()
            .map(|row| row.read().map_err(invalid))
            .collect::<Result<_, _>>()?;
        Ok(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_limits_of_outlets_and_refuses_what_changes_nothing() {
        let shipped = Rulebook::shipped().unwrap();
        let other = shipped
            .with_other_limits(
                "try.toml",
                "[[limit]]\nmedium = \"waste_gas\"\nfactor = \"a21026\"\nupper = \"35\"\n",
            )
            .unwrap();
        assert_eq!(
            other.limits,
            [OtherLimit {
                medium: Some(Medium::WasteGas),
                factor_code: "a21026".to_owned(),
                lower: None,
                upper: Some(Decimal::from(35)),
            }]
        );
        assert_eq!(other.set(), shipped.set(), "no table was touched");
        for (text, expected) in [
            ("", "neither"),
            ("[[limit]]\nfactor = \"a21026\"\n", "no bound"),
            ("[[limit]]\nfactor = \"a21026\"\nupper = 35\n", "string"),
            ("[[limit]]\nfactor = \"x\"\nupper = \"y\"\n", "upper of x"),
            (
                "[[limit]]\nfactor = \"x\"\nlower = \"2\"\nupper = \"1\"\n",
                "exclude",
            ),
            (
                "[[limit]]\nmedium = \"air\"\nfactor = \"x\"\nupper = \"1\"\n",
                "neither waste_gas",
            ),
            ("[[other]]\n", "override"),
            ("what?", "expected"),
        ] {
            let error = shipped.with_other_limits("try.toml", text).unwrap_err();
            let told = error.to_string();
            assert!(told.contains(expected), "{text:?}: {told}");
        }
    }
}
