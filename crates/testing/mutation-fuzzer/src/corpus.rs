//! The saved inputs.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::target::Target;

/// The saved inputs, by name; none when there is no folder.
pub(crate) fn load(folder: &Path) -> Result<Vec<Vec<u8>>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = list(folder)?;
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display())))
        .collect()
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Writes an input under the name of its digest.
pub(crate) fn write(folder: &Path, input: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = folder.join(format!("{:016x}", hasher.finish()));
    std::fs::write(&path, input).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// The smallest inputs that together show everything that all of them show.
pub(crate) fn minimise(target: Target, mut inputs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.dedup();
    let mut shown = BTreeSet::new();
    inputs.retain(|input| {
        let mut is_new = false;
        for behaviour in target.behaviour(input) {
            is_new |= shown.insert(behaviour);
        }
        is_new
    });
    inputs
}

/// Makes a folder hold these inputs and no others.
pub(crate) fn replace(folder: &Path, inputs: &[Vec<u8>]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut kept = BTreeSet::new();
    for input in inputs {
        kept.insert(write(folder, input)?);
    }
    for path in list(folder)? {
        if !kept.contains(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_of_its_own_is_dropped() {
        let seeds = crate::seeds::of(Target::Parse);
        let minimised = minimise(Target::Parse, [seeds.clone(), seeds.clone()].concat());
        assert!(minimised.len() <= seeds.len() && minimised.len() > 5);
        let all = |inputs: &[Vec<u8>]| -> BTreeSet<u64> {
            inputs
                .iter()
                .flat_map(|input| Target::Parse.behaviour(input))
                .collect()
        };
        assert_eq!(all(&minimised), all(&seeds));
    }
}
