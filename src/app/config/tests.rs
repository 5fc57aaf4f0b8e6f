//! The configuration as an operator meets it.

mod layers;
mod profiles;
mod reference;
mod shown;
mod side_by_side;
mod threats;
mod values;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::Config;
use crate::config::{Fault, Record, Sources};

/// A secret that nothing is wrong with.
const SECRET: &str = "kJ8vQ2mZpX4tR7wB9nL1cF6hD3sG5yAe";

/// A directory with a `signet.toml`, and an environment.
struct Setting {
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Setting {
    fn file(toml: &str) -> Self {
        let directory = TempDir::new().expect("a directory");
        let setting = Self { directory, environment: Vec::new() };
        setting.write("signet.toml", toml);
        setting.mode("signet.toml", 0o600);
        setting
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    #[cfg(unix)]
    fn mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.directory.path().join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    }

    fn load(self) -> Result<(Config, Record), Vec<Fault>> {
        Config::load(&Sources {
            file: None,
            directory: self.directory.path().to_owned(),
            environment: self.environment.clone(),
            ..Sources::default()
        })
    }
}

fn load(toml: &str) -> Result<(Config, Record), Vec<Fault>> {
    Setting::file(toml).load()
}

fn config(toml: &str) -> Config {
    load(toml).unwrap_or_else(|faults| panic!("{toml}\n{faults:#?}")).0
}

/// The one fault of a configuration, as its line. The directory's name is cut out.
fn fault(toml: &str) -> String {
    let lines = faults(Setting::file(toml));
    assert_eq!(lines.len(), 1, "{toml}\n{lines:#?}");
    lines.into_iter().next().unwrap_or_default()
}

fn faults(setting: Setting) -> Vec<String> {
    let place = format!("{}/", setting.directory.path().display());
    let Err(faults) = setting.load() else { panic!("it loads") };
    faults.iter().map(|fault| fault.to_string().replace(&place, "")).collect()
}

fn warnings(toml: &str) -> Vec<String> {
    let (_, record) = load(toml).unwrap_or_else(|faults| panic!("{toml}\n{faults:#?}"));
    record.warnings.iter().map(|warning| warning.key.clone()).collect()
}

/// A production site, with more settings of the top level.
fn production(toml: &str) -> String {
    format!("base_url = \"https://auth.example.com\"\nsecret = \"{SECRET}\"\n{toml}")
}
