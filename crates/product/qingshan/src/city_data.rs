//! The city's map that comes with the program: put in its place where there is none yet.

use access::Actor;
use beijing_time::Clock;
use database::Database;
use sites::NewMapLayer;

const LAYERS: [(&str, &str, &str); 2] = [
    (
        "counties",
        include_str!("../../../../cities/hengyang/map/counties.geojson"),
        "示意图，非法定界线 / schematic, no official boundary",
    ),
    (
        "rivers",
        include_str!("../../../../cities/hengyang/map/rivers.geojson"),
        "Natural Earth (public domain); 支流为示意 / tributaries are schematic",
    ),
];

/// Puts the layers that are missing.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn install(database: &Database, clock: &dyn Clock) -> anyhow::Result<()> {
    let actor = Actor::system("start");
    for (name, text, source) in LAYERS {
        let layer = NewMapLayer::read(name, text.as_bytes(), source, true)?;
        sites::install_map_layer(database, clock, &actor, layer).await?;
    }
    Ok(())
}
