//! Where traces are sent.

use url::Url;

use crate::config::{Given, Section, Unset};

/// `[otlp]`.
#[derive(Clone, Debug)]
pub struct TracesConfig {
    /// The collector's base URL; None where there is none.
    pub endpoint: Option<Url>,
}

impl TracesConfig {
    /// Reads `[otlp]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let doc = "The collector of OpenTelemetry that gets a span for each request, as OTLP over HTTP: `/v1/traces` is appended. For builds with `--features otlp`.";
        let unset = Unset::Says("nothing is sent");
        Self { endpoint: root.table("otlp").ask("endpoint", "URL", unset, doc, endpoint) }
    }
}

fn endpoint(given: Given<'_>) -> Result<Url, String> {
    if !cfg!(feature = "otlp") {
        return Err(
            "needs a Signet that sends traces, and this one was built without; build it with `cargo build --release --features otlp`, or remove it"
                .to_owned(),
        );
    }
    let wanted = "the URL of a collector, like \"http://localhost:4318\"";
    let url = Url::parse(given.text().ok_or_else(|| given.mismatch(wanted))?);
    let url = url.ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| format!("must be {wanted}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no credentials; the collector gets them as OTEL_EXPORTER_OTLP_HEADERS".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path".to_owned());
    }
    Ok(url)
}
