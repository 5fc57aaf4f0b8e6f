//! What stands in the place of the traces in a build without them.

use super::Answered;
use super::config::TracesConfig;

#[derive(Clone, Default)]
pub struct Traces(());

pub struct Trace;

impl Traces {
    /// # Errors
    /// None.
    pub fn start(_: &TracesConfig) -> Result<Self, String> {
        Ok(Self(()))
    }

    pub fn begin<'h>(&self, _: &'static str, _: impl Fn(&str) -> Option<&'h str>) -> Trace {
        Trace
    }

    pub async fn stop(&self) {}
}

impl Trace {
    pub fn end(self, _: &Answered<'_>) {}
}
