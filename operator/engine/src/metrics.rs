//! Metrics of the engine. Labels are kinds, steps and reasons, never names of objects.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

/// Counters of the engine.
#[derive(Clone)]
pub struct Metrics {
    pub(crate) passes: IntCounterVec,
    pub(crate) pass_seconds: HistogramVec,
    pub(crate) steps: IntCounterVec,
    pub(crate) status_writes: IntCounterVec,
    pub(crate) calls: IntCounterVec,
    pub(crate) undecodable: IntCounterVec,
}

impl Metrics {
    /// Registers the metrics.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec, prometheus::Error> {
            let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(metric.clone()))?;
            Ok(metric)
        };
        let buckets = vec![
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
        ];
        let seconds = HistogramOpts::new(
            "controller_runtime_reconcile_time_seconds",
            "Length of a reconciliation.",
        );
        let pass_seconds = HistogramVec::new(seconds.buckets(buckets), &["controller"])?;
        registry.register(Box::new(pass_seconds.clone()))?;
        Ok(Self {
            passes: counter(
                "controller_runtime_reconcile_total",
                "Reconciliations by result.",
                &["controller", "result"],
            )?,
            pass_seconds,
            steps: counter(
                "sas_operator_steps_total",
                "Decisions by kind and reason.",
                &["kind", "reason"],
            )?,
            status_writes: counter(
                "sas_operator_status_writes_total",
                "Status writes by kind and result.",
                &["kind", "result"],
            )?,
            calls: counter(
                "sas_operator_calls_total",
                "Approved calls by action and result.",
                &["action", "result"],
            )?,
            undecodable: counter(
                "sas_operator_undecodable_objects_total",
                "Sightings of objects that do not fit their kind.",
                &["kind"],
            )?,
        })
    }
}
