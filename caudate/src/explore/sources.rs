//! What the points of a sweep follow from: the sweep's file, the experiment's, and every file that they name, or that those name in turn.

use super::sweep::Sweep;
use crate::error::Error;
use caudate_core::file;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Value;

/// Each file by its name as written, with a hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sources(BTreeMap<String, String>);

impl Sources {
    /// The files of a sweep as they are now.
    ///
    /// # Errors
    /// If the sweep's or the experiment's file cannot be read.
    pub(super) fn of(sweep: &Sweep, sweep_file: &Path) -> Result<Self, Error> {
        let mut all = Self::default();
        all.add("sweep", &file::read(sweep_file)?);
        let text = file::read(&sweep.experiment)?;
        all.add("experiment", &text);
        // Names are relative to the experiment's folder, which may be somewhere else for another share. Values of axes are written as they
        // stand in the files that they are put into.
        let root = sweep.experiment.parent().unwrap_or(Path::new(""));
        let axes: Vec<Value> = sweep.axes.iter().flat_map(|axis| axis.values.clone()).collect();
        let mut waiting = vec![(PathBuf::new(), Value::Array(axes))];
        waiting.extend(toml_of(&text).map(|value| (PathBuf::new(), value)));
        while let Some((folder, value)) = waiting.pop() {
            match value {
                Value::String(name) => waiting.extend(all.add_named(root, &folder.join(name))),
                Value::Array(values) => waiting.extend(values.into_iter().map(|value| (folder.clone(), value))),
                Value::Table(table) => waiting.extend(table.into_iter().map(|(_, value)| (folder.clone(), value))),
                _ => {}
            }
        }
        Ok(all)
    }

    /// Adds a file if there is one of this name; returns its folder and content where that may name others.
    fn add_named(&mut self, root: &Path, name: &Path) -> Option<(PathBuf, Value)> {
        let shown = name.display().to_string();
        if self.0.contains_key(&shown) || !root.join(name).is_file() {
            return None;
        }
        let content = file::read(&root.join(name)).ok()?;
        self.add(&shown, &content);
        let is_toml = name.extension().is_some_and(|kind| kind == "toml");
        let value = is_toml.then(|| toml_of(&content)).flatten()?;
        Some((name.parent()?.to_owned(), value))
    }

    fn add(&mut self, name: &str, content: &[u8]) {
        // FNV-1a, 64 bits.
        let hash = content
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        self.0.insert(name.to_owned(), format!("{hash:016x}"));
    }

    /// A line for each file: hash and name.
    pub(super) fn to_text(&self) -> String {
        self.0.iter().map(|(name, hash)| format!("{hash} {name}\n")).collect()
    }

    /// The first file of which `text`, written earlier, says something else.
    pub(super) fn first_change(&self, text: &str) -> Option<String> {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let before: BTreeMap<&str, &str> = lines.map(|(hash, name)| (name, hash)).collect();
        let changed = self.0.iter().find(|(name, hash)| before.get(name.as_str()) != Some(&hash.as_str()));
        let gone = || before.keys().find(|name| !self.0.contains_key(**name)).map(|name| (*name).to_owned());
        changed.map(|(name, _)| name.clone()).or_else(gone)
    }
}

fn toml_of(content: &[u8]) -> Option<Value> {
    toml::from_str::<toml::Table>(std::str::from_utf8(content).ok()?).ok().map(Value::Table)
}
