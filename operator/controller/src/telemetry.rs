//! Logs to standard error, as JSON or for people, and the metrics of the cloud's side.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};
use sas_client::{CallObservation, Observer, Verdict};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::args::{LogArgs, LogFormat};

/// Starts logging for the whole process.
pub fn start_logs(args: &LogArgs) -> anyhow::Result<()> {
    logs(args, std::io::stderr, std::io::stderr().is_terminal())?
        .try_init()
        .map_err(|error| anyhow::anyhow!("failed to start logging: {error}"))
}

/// What writes the log lines that the arguments ask for.
fn logs<W>(args: &LogArgs, writer: W, colours: bool) -> anyhow::Result<impl Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&args.log_filter)
        .with_context(|| format!("failed to read --log-filter {:?}", args.log_filter))?;
    let lines = fmt::layer().with_ansi(colours).with_writer(writer);
    let lines = match args.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
        LogFormat::Text => lines.boxed(),
    };
    let no_bodies = filter_fn(|line| !quotes_a_body(line));
    Ok(tracing_subscriber::registry()
        .with(filter)
        .with(no_bodies)
        .with(lines))
}

/// Whether a line may hold the whole answer of the API server, and that may be a Secret: the Kubernetes
/// client warns of an answer that it cannot read by quoting it. No filter may bring these lines back.
fn quotes_a_body(line: &Metadata<'_>) -> bool {
    line.target() == "kube_client::client" && *line.level() > Level::ERROR
}

/// Metrics that the engine does not know.
#[derive(Clone)]
pub struct Metrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// 1 while this replica works.
    pub leading: IntGauge,
}

impl Metrics {
    /// Registers the metrics.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new(
                "sas_operator_cloud_requests_total",
                "Calls to the cloud by action and outcome.",
            ),
            &["api", "code"],
        )?;
        let buckets = vec![0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "sas_operator_cloud_request_duration_seconds",
                "Length of calls to the cloud.",
            )
            .buckets(buckets),
            &["api"],
        )?;
        let leading = IntGauge::new(
            "sas_operator_leading",
            "1 while this replica works, 0 while it stands by.",
        )?;
        let version = [("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
        let build =
            Opts::new("sas_operator_build_info", "Version of this program.").const_labels(version.into());
        let build = IntGauge::with_opts(build)?;
        build.set(1);
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(leading.clone()))?;
        registry.register(Box::new(build))?;
        Ok(Self {
            requests,
            seconds,
            leading,
        })
    }

    /// Counts every call to the cloud.
    pub fn observer(&self) -> Observer {
        let metrics = self.clone();
        Arc::new(move |call: &CallObservation| {
            metrics
                .requests
                .with_label_values(&[call.action, outcome(call.verdict)])
                .inc();
            metrics
                .seconds
                .with_label_values(&[call.action])
                .observe(call.elapsed.as_secs_f64());
        })
    }
}

fn outcome(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "ok",
        Some(Verdict::Retry) => "retry",
        Some(Verdict::Rejected) => "rejected",
        Some(Verdict::Forbidden) => "forbidden",
        Some(Verdict::Unknown) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Mutex, PoisonError};

    use k8s_openapi::api::core::v1::Secret;
    use kube::client::Body;
    use kube::{Api, Client};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A client whose API server answers with a Secret that is cut off in the middle.
    fn broken_api_server() -> Client {
        let answer = tower::service_fn(|_: http::Request<Body>| async {
            let cut = br#"{"metadata":{"name":"key"},"data":{"accessKeySecret":"Y2FuYXJ5"},"#;
            Ok::<_, tower::BoxError>(http::Response::new(Body::from(cut.to_vec())))
        });
        Client::new(answer, "default")
    }

    #[tokio::test]
    async fn an_unreadable_secret_is_not_logged() {
        for log_format in [LogFormat::Json, LogFormat::Text] {
            let lines = Lines::default();
            let args = LogArgs {
                log_format,
                log_filter: "trace,kube_client::client=trace".to_owned(),
            };
            let writer = lines.clone();
            let subscriber = logs(&args, move || writer.clone(), false).unwrap();
            let guard = tracing::subscriber::set_default(subscriber);
            tracing::info!("the log works");
            let api: Api<Secret> = Api::namespaced(broken_api_server(), "default");
            let error = api.get("key").await.unwrap_err().to_string();
            drop(guard);
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert!(text.contains("the log works"), "{text}");
            assert!(
                !text.contains("Y2FuYXJ5") && !error.contains("Y2FuYXJ5"),
                "{text} {error}"
            );
        }
    }
}
