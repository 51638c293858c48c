//! Every dependency comes from the registry and under a licence that Apache-2.0 can live with.

use anyhow::Result;

use super::layers::{Rules, load_metadata};
use crate::project::Project;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every dependency from elsewhere or with another licence.
pub(crate) fn find_breaches(project: &Project) -> Result<Vec<String>> {
    let rules = Rules::load(project)?;
    let metadata = load_metadata(project)?;
    let mut breaches = Vec::new();
    for package in &metadata.packages {
        let Some(source) = &package.source else {
            continue; // a crate of the workspace
        };
        let name = format!("{} {}", package.name, package.version);
        if source.repr != REGISTRY {
            breaches.push(format!("{name} comes from {}", source.repr));
        }
        match &package.license {
            None => breaches.push(format!("{name} names no licence")),
            Some(expression) if !is_allowed(expression, &rules.licences.allowed) => {
                breaches.push(format!("{name} is under {expression}"));
            }
            Some(_) => {}
        }
    }
    Ok(breaches)
}

/// Evaluates an SPDX expression: `OR` needs one side, `AND` needs both; the old `/` means `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        at: 0,
        allowed,
    };
    let result = reader.either();
    result && reader.at == words.len()
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a [String],
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.words.get(self.at).copied().unwrap_or_default()
    }

    fn either(&mut self) -> bool {
        let mut result = self.both();
        while self.peek() == "OR" {
            self.at += 1;
            result |= self.both();
        }
        result
    }

    fn both(&mut self) -> bool {
        let mut result = self.one();
        while self.peek() == "AND" {
            self.at += 1;
            result &= self.one();
        }
        result
    }

    fn one(&mut self) -> bool {
        if self.peek() == "(" {
            self.at += 1;
            let result = self.either();
            let is_closed = self.peek() == ")";
            self.at += 1;
            return result && is_closed;
        }
        let mut name = self.peek().to_owned();
        self.at += 1;
        if self.peek() == "WITH" {
            self.at += 1;
            name = format!("{name} WITH {}", self.peek());
            self.at += 1;
        }
        self.allowed.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_licence_expressions() {
        let allowed = [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Zlib",
        ]
        .map(str::to_owned)
        .to_vec();
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-2.0) AND Zlib",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT AND (GPL-2.0 OR AGPL-3.0)",
            "Apache-2.0 WITH Classpath-exception-2.0",
            "(MIT",
            "MIT )",
        ] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }
}
