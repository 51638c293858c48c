//! Which crate may depend on which: the layers of the house, from `cargo metadata`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use serde::Deserialize;

use crate::project::Project;

/// `xtask/layers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    order: Vec<String>,
    features: BTreeMap<String, Vec<String>>,
    edges: BTreeMap<String, Vec<String>>,
    pure: PureRules,
    only: BTreeMap<String, Vec<String>>,
    alone: AloneRules,
    pub(crate) unnamed: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) licences: LicenceRules,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PureRules {
    anyone: Vec<String>,
    besides: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AloneRules {
    crates: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LicenceRules {
    pub(crate) allowed: Vec<String>,
}

impl Rules {
    /// Reads the file.
    pub(crate) fn load(project: &Project) -> Result<Self> {
        let text = std::fs::read_to_string(project.path("xtask/layers.toml"))?;
        toml::from_str(&text).context("xtask/layers.toml")
    }
}

/// `cargo metadata` of the workspace, with all dependencies.
pub(crate) fn load_metadata(project: &Project) -> Result<Metadata> {
    Ok(MetadataCommand::new()
        .current_dir(&project.root)
        .other_options(["--locked".to_owned()])
        .exec()?)
}

/// A crate of ours as the rules see it.
struct Crate<'a> {
    name: &'a str,
    layer: String,
    package: &'a Package,
}

/// Every dependency that the layers forbid, in words.
pub(crate) fn find_breaches(project: &Project) -> Result<Vec<String>> {
    let rules = Rules::load(project)?;
    let metadata = load_metadata(project)?;
    let crates: Vec<Crate<'_>> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Crate {
            name: package.name.as_str(),
            layer: layer_of(project, package),
            package,
        })
        .collect();
    let mut breaches = Vec::new();
    for this in &crates {
        for dependency in &this.package.dependencies {
            let is_development = dependency.kind == DependencyKind::Development;
            let other = crates.iter().find(|other| other.name == dependency.name);
            let breach = match other {
                Some(other) => check_own(&rules, this, other, is_development),
                None => check_foreign(&rules, this, &dependency.name, is_development),
            };
            if let Err(why) = breach {
                breaches.push(format!("{} uses {}: {why}", this.name, dependency.name));
            }
        }
    }
    Ok(breaches)
}

fn layer_of(project: &Project, package: &Package) -> String {
    package
        .manifest_path
        .as_std_path()
        .strip_prefix(project.path("crates"))
        .ok()
        .and_then(|path| path.components().next())
        .map_or_else(
            || "xtask".to_owned(),
            |part| part.as_os_str().to_string_lossy().into_owned(),
        )
}

fn check_own(
    rules: &Rules,
    this: &Crate<'_>,
    other: &Crate<'_>,
    is_development: bool,
) -> Result<(), String> {
    if matches!(this.layer.as_str(), "testing" | "xtask") {
        return Ok(());
    }
    if other.layer == "testing" {
        return if is_development {
            Ok(())
        } else {
            Err("a crate of testing is for tests only".to_owned())
        };
    }
    if rules.alone.crates.iter().any(|name| name == this.name) {
        return Err("it uses no crate of ours, so that it can be published alone".to_owned());
    }
    let rank = |layer: &str| rules.order.iter().position(|name| name == layer);
    let (Some(mine), Some(theirs)) = (rank(&this.layer), rank(&other.layer)) else {
        return Err(format!(
            "layer {} or {} is unknown",
            this.layer, other.layer
        ));
    };
    if theirs < mine {
        return Ok(());
    }
    if theirs > mine {
        return Err(format!(
            "layer {} lies below layer {}",
            this.layer, other.layer
        ));
    }
    let listed = match this.layer.as_str() {
        // any pure crate may use another: cargo forbids circles
        "pure" => return Ok(()),
        "features" => rules.features.get(this.name),
        "edges" => rules.edges.get(this.name),
        _ => None,
    };
    if listed.is_some_and(|names| names.iter().any(|name| name == other.name)) {
        Ok(())
    } else {
        Err(format!(
            "both are {}, and the pair is not listed in xtask/layers.toml",
            this.layer
        ))
    }
}

fn check_foreign(
    rules: &Rules,
    this: &Crate<'_>,
    name: &str,
    is_development: bool,
) -> Result<(), String> {
    if let Some(users) = rules.only.get(name)
        && !users.iter().any(|user| user == this.name)
    {
        return Err(format!("only {} may", users.join(", ")));
    }
    if this.layer != "pure" || is_development {
        return Ok(());
    }
    let is_allowed = rules.pure.anyone.iter().any(|allowed| allowed == name)
        || rules
            .pure
            .besides
            .get(this.name)
            .is_some_and(|names| names.iter().any(|allowed| allowed == name));
    if is_allowed {
        Ok(())
    } else {
        Err("not among the dependencies that a pure crate may have".to_owned())
    }
}
