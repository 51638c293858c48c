//! What assessments of the plan are made with: the plan, the key, the map, the bureau's name.

use std::sync::Arc;

use assessment::Desk;
use plan::PlanBook;
use sites::SealingKey;

use crate::city_data;
use crate::config::Configuration;

/// The desk of this installation.
///
/// # Errors
/// When the program's own map cannot be read.
pub(crate) fn open(
    configuration: &Configuration,
    book: Arc<PlanBook>,
    sealing_key: SealingKey,
) -> anyhow::Result<Desk> {
    let settings = &configuration.reports;
    let organ = if settings.organ.is_empty() {
        let region = book.region().to_owned();
        let regions = &book.plan().regions;
        let found = regions.iter().find(|one| *one.code.get_ref() == region);
        let name = found.map_or("", |region| region.name_zh.as_str());
        format!("{name}生态环境局")
    } else {
        settings.organ.clone()
    };
    let font_folder = &settings.font_folder;
    Ok(Desk {
        book,
        sealing_key,
        outlines: city_data::outlines()?,
        font_folder: (!font_folder.as_os_str().is_empty()).then(|| font_folder.clone()),
        organ,
        press: tokio::sync::Mutex::new(()),
    })
}
