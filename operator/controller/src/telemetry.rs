//! Logs to standard error, as JSON or for people, and the metrics of the cloud's side.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};
use sas_client::{CallObservation, Observer, Verdict};
use tracing_subscriber::EnvFilter;

use crate::args::{LogArgs, LogFormat};

/// Starts logging for the whole process.
pub fn start_logs(args: &LogArgs) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&args.log_filter)
        .with_context(|| format!("failed to read --log-filter {:?}", args.log_filter))?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match args.log_format {
        LogFormat::Json => logs
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
        LogFormat::Text => logs.try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("failed to start logging: {error}"))
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
