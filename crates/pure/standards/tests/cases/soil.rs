//! Cases of soil.

use standards::soil::{self, ConstructionLand, LandUse, SoilElement};

use crate::Outcome;
use crate::given::{Given, WithBasis, or_dash, outcome};

pub(crate) fn run(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let parameters = given.parameters;
    let land = || LandUse::find(given.text("land")).unwrap();
    let result = match function {
        "soil::check_agricultural" => soil::check_agricultural(
            parameters,
            given.date(),
            (land(), given.decimal("ph")),
            SoilElement::find(given.text("element")).unwrap(),
            given.decimal("value"),
        )
        .map(|check| {
            outcome([
                ("risk", check.risk.chinese_name().to_owned()),
                ("screening", check.screening.to_string()),
                ("intervention", or_dash(check.intervention)),
            ])
            .on(&check.basis)
        }),
        "soil::compute_farmland_class" => {
            let place = (land(), given.decimal("ph"));
            given
                .each(SoilElement::find)
                .into_iter()
                .map(|(element, value)| {
                    soil::check_agricultural(parameters, given.date(), place, element, value)
                })
                .collect::<Result<Vec<_>, _>>()
                .map(|checks| {
                    let class = soil::compute_farmland_class(&checks);
                    outcome([(
                        "class",
                        or_dash(class.map(soil::FarmlandClass::chinese_name)),
                    )])
                })
        }
        "soil::check_construction" => soil::check_construction(
            parameters,
            given.date(),
            ConstructionLand::find(given.text("land")).unwrap(),
            given.text("substance"),
            given.decimal("value"),
        )
        .map(|check| outcome([("risk", check.risk.chinese_name().to_owned())]).on(&check.basis)),
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}
