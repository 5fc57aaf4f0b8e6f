//! Spans, and the thread that sends them. The crates of OpenTelemetry read `OTEL_…` variables of their own: the service's
//! name, the sampler, headers for the collector, the queue.

use std::time::Duration;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, Context, Key, KeyValue, StringValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

use super::Answered;
use super::client::Client;
use super::config::TracesConfig;

/// How long the end waits for the last spans to be delivered.
const PATIENCE: Duration = Duration::from_secs(5);

/// Begins spans, if there is somewhere to send them. Copies share the queue.
#[derive(Clone, Default)]
pub struct Traces(Option<Sending>);

#[derive(Clone)]
struct Sending {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A request that is not answered yet. Where it never is, the span ends with it.
pub struct Trace(Option<Begun>);

struct Begun {
    span: Span,
    method: &'static str,
}

impl Traces {
    /// Starts the thread that sends. A queue is between it and the requests; what does not fit is dropped.
    ///
    /// # Errors
    /// The `OTEL_…` variables make no sense, in words.
    pub fn start(config: &TracesConfig) -> Result<Self, String> {
        let Some(endpoint) = &config.endpoint else { return Ok(Self(None)) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::default())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
            .build()
            .map_err(|error| error.to_string())?;
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
        let tracer = provider.tracer("signet");
        Ok(Self(Some(Sending { provider, tracer })))
    }

    /// Begins the span of a request, as a part of the trace that headers name which are believed.
    pub fn begin<'h>(&self, method: &'static str, believed: impl Fn(&str) -> Option<&'h str>) -> Trace {
        Trace(self.0.as_ref().map(|sending| {
            let trace = TraceHeaders { parent: believed("traceparent"), state: believed("tracestate") };
            let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &trace);
            let (name, method) = if method == "other" { ("HTTP", "_OTHER") } else { (method, method) };
            let span = sending.tracer.span_builder(name).with_kind(SpanKind::Server);
            let span = span.with_attributes([KeyValue::new("http.request.method", method)]);
            Begun { span: sending.tracer.build_with_context(span, &context), method: name }
        }))
    }

    /// Sends what waits, and nothing any more.
    pub async fn stop(&self) {
        let Some(Sending { provider, .. }) = self.0.clone() else { return };
        let stopped = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE)).await;
        match stopped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the last traces are lost: {error}"),
            Err(error) => tracing::error!("the traces could not be ended: {error}"),
        }
    }
}

impl Trace {
    /// Ends the span.
    pub fn end(self, answered: &Answered<'_>) {
        let Some(Begun { mut span, method }) = self.0 else { return };
        if let Some(route) = answered.route {
            span.update_name(format!("{method} {route}"));
            span.set_attribute(KeyValue::new("http.route", route.to_owned()));
        }
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(answered.status)));
        let id = Array::String(vec![StringValue::from(answered.request_id.to_owned())]);
        span.set_attribute(KeyValue::new("http.response.header.x-request-id", Value::Array(id)));
        if answered.status >= 500 {
            span.set_attribute(KeyValue::new("error.type", answered.status.to_string()));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// Who sends the spans: a service that is called `signet` unless `OTEL_SERVICE_NAME` says otherwise.
fn resource() -> Resource {
    let name = Resource::builder().build().get(&Key::new("service.name"));
    let named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if named { resource.build() } else { resource.with_service_name("signet").build() }
}

/// The two headers of W3C's Trace Context.
struct TraceHeaders<'h> {
    parent: Option<&'h str>,
    state: Option<&'h str>,
}

impl Extractor for TraceHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.parent,
            "tracestate" => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}
