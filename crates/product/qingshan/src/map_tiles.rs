//! The map's tiles as configured: Tianditu by key, any XYZ source, or a `PMTiles` file.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use http_api::{MapTiles, TileKind};

use crate::config::MapSection;

/// Refuses what cannot be drawn.
///
/// # Errors
/// Names the setting that is wrong.
pub(crate) fn check(map: &MapSection) -> anyhow::Result<()> {
    let sources = [
        !map.tile_url.is_empty(),
        !map.tianditu_key.is_empty(),
        !map.pmtiles_file.as_os_str().is_empty(),
    ];
    ensure!(
        sources.iter().filter(|is_set| **is_set).count() <= 1,
        "map.tile_url, map.tianditu_key and map.pmtiles_file are set together: leave one of them"
    );
    for part in ["{z}", "{x}", "{y}"] {
        ensure!(
            map.tile_url.is_empty() || map.tile_url.contains(part),
            "map.tile_url lacks {part}, such as in https://tiles.example/{{z}}/{{x}}/{{y}}.png"
        );
    }
    let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    ensure!(
        is_key(&map.tianditu_key),
        "map.tianditu_key holds characters that no key of Tianditu has"
    );
    Ok(())
}

/// The sources, drawn one above the other.
///
/// # Errors
/// When the `PMTiles` file cannot be read or holds no raster tiles.
pub(crate) fn load(map: &MapSection) -> anyhow::Result<Vec<MapTiles>> {
    if !map.tianditu_key.is_empty() {
        // streets, and above them their Chinese names
        return Ok(["vec", "cva"]
            .map(|layer| MapTiles {
                kind: TileKind::Url(format!(
                    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile\
                     &VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles\
                     &TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={}",
                    map.tianditu_key
                )),
                attribution: "天地图".to_owned(),
                max_zoom: 18,
            })
            .into());
    }
    if !map.tile_url.is_empty() {
        return Ok(vec![MapTiles {
            kind: TileKind::Url(map.tile_url.clone()),
            attribution: map.tile_attribution.clone(),
            max_zoom: 18,
        }]);
    }
    if map.pmtiles_file.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let max_zoom = read_head(&map.pmtiles_file)
        .with_context(|| format!("map.pmtiles_file {}", map.pmtiles_file.display()))?;
    Ok(vec![MapTiles {
        kind: TileKind::PmtilesFile(map.pmtiles_file.clone()),
        attribution: map.tile_attribution.clone(),
        max_zoom,
    }])
}

/// The largest zoom of a `PMTiles` file (`PMTiles` specification, version 3: a head of 127 bytes with
/// the kind of tiles at 99 and the largest zoom at 101).
fn read_head(path: &Path) -> anyhow::Result<u8> {
    let mut head = [0_u8; 127];
    std::fs::File::open(path)
        .context("cannot be opened")?
        .read_exact(&mut head)
        .context("is no PMTiles file")?;
    let byte = |at: usize| head.get(at).copied().unwrap_or(0);
    ensure!(head.starts_with(b"PMTiles"), "is no PMTiles file");
    ensure!(
        byte(7) == 3,
        "is PMTiles version {}, and only 3 is read",
        byte(7)
    );
    match byte(99) {
        2..=5 => Ok(byte(101)),
        1 => bail!("holds vector tiles, and only raster tiles (PNG, JPEG, WebP, AVIF) are drawn"),
        _ => bail!("does not say what its tiles are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: u8) -> tempfile::NamedTempFile {
        let mut head = vec![0_u8; 127];
        head[..8].copy_from_slice(b"PMTiles\x03");
        head[99] = kind;
        head[101] = 14;
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), head).expect("written");
        file
    }

    fn with_file(path: &Path) -> MapSection {
        MapSection {
            pmtiles_file: path.to_owned(),
            ..MapSection::default()
        }
    }

    #[test]
    fn a_file_of_raster_tiles_is_taken_and_others_are_refused_by_reason() {
        let tiles = load(&with_file(file(2).path())).expect("raster tiles");
        assert_eq!(tiles.first().map(|tiles| tiles.max_zoom), Some(14));
        let error = load(&with_file(file(1).path())).expect_err("vector tiles");
        assert!(format!("{error:#}").contains("vector tiles"), "{error:#}");
        let error = load(&with_file(Path::new("/none.pmtiles"))).expect_err("no file");
        assert!(
            format!("{error:#}").contains("cannot be opened"),
            "{error:#}"
        );
    }

    #[test]
    fn tianditu_needs_its_streets_and_its_names() {
        let map = MapSection {
            tianditu_key: "0123456789abcdef".to_owned(),
            ..MapSection::default()
        };
        check(&map).expect("a good key");
        let tiles = load(&map).expect("tiles");
        let urls: Vec<&str> = tiles
            .iter()
            .map(|tiles| match &tiles.kind {
                TileKind::Url(url) => url.as_str(),
                TileKind::PmtilesFile(_) => "",
            })
            .collect();
        assert!(urls[0].contains("LAYER=vec&") && urls[1].contains("LAYER=cva&"));
        assert!(
            urls.iter()
                .all(|url| url.contains("TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"))
        );
    }

    #[test]
    fn two_sources_at_once_and_a_url_without_places_are_refused() {
        let mut map = MapSection {
            tile_url: "https://tiles.example/{z}/{x}.png".to_owned(),
            ..MapSection::default()
        };
        let error = check(&map).expect_err("refused").to_string();
        assert!(error.contains("{y}"), "{error}");
        map.tile_url = "https://tiles.example/{z}/{x}/{y}.png".to_owned();
        check(&map).expect("a good URL");
        map.tianditu_key = "a".to_owned();
        check(&map).expect_err("two sources");
    }
}
