//! What jobs found, as metrics.

use kube::ResourceExt;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{Findings, ScanKind};

use crate::gauges::Gauges;

/// Findings that a job read.
pub static FINDINGS: Gauges<SasScanJob> = Gauges {
    name: "sas_operator_scan_findings",
    help: "Findings that a SasScanJob read, by scan and severity, before the scan and after it.",
    labels: &["namespace", "name", "scan", "severity", "when"],
    add: |found, job| {
        let (namespace, name) = (job.namespace().unwrap_or_default(), job.name_any());
        let results = job.status.as_ref().and_then(|status| status.results.as_ref());
        let moments = results.into_iter().flat_map(|results| {
            [
                ("before", results.before.as_ref()),
                ("after", results.after.as_ref()),
            ]
        });
        for (when, findings) in moments.filter_map(|(when, findings)| Some((when, findings?))) {
            for (scan, severity, number) in counts(findings) {
                let labels = [namespace.as_str(), name.as_str(), scan.as_str(), severity, when];
                found.with_label_values(&labels).set(number);
            }
        }
    },
};

fn counts(findings: &Findings) -> impl Iterator<Item = (ScanKind, &'static str, i64)> {
    let scans = [
        (ScanKind::Vulnerabilities, findings.vulnerabilities),
        (ScanKind::Baseline, findings.baseline),
        (ScanKind::Virus, findings.virus),
    ];
    scans
        .into_iter()
        .filter_map(|(scan, counts)| Some((scan, counts?)))
        .flat_map(|(scan, counts)| {
            [
                (scan, "high", counts.high),
                (scan, "medium", counts.medium),
                (scan, "low", counts.low),
            ]
        })
}

#[cfg(test)]
mod tests {
    use kube::core::DeserializeGuard;
    use kube::runtime::{reflector, watcher};
    use prometheus::{Registry, TextEncoder};

    use super::*;

    #[test]
    fn the_series_of_a_job_follow_it_and_go_with_it() {
        let (jobs, mut writer) = reflector::store();
        let registry = Registry::new();
        FINDINGS.register(&registry, jobs).unwrap();
        let job: SasScanJob = serde_json::from_value(serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanJob",
            "metadata": {"name": "web", "namespace": "security", "uid": "1"},
            "spec": {"accountRef": {"name": "main"}, "targets": {"uuids": ["u-1"]}, "scans": {"baseline": {}}},
            "status": {"results": {"after": {
                "observedTime": "2026-11-21T10:00:00Z", "baseline": {"high": 2, "medium": 0, "low": 1},
            }}},
        }))
        .unwrap();
        let guarded = DeserializeGuard(Ok(job));
        writer.apply_watcher_event(&watcher::Event::Apply(guarded.clone()));
        let shown = || TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        let series = r#"sas_operator_scan_findings{name="web",namespace="security",scan="baseline",severity="high",when="after"} 2"#;
        assert!(shown().contains(series), "{}", shown());
        writer.apply_watcher_event(&watcher::Event::Delete(guarded));
        assert!(!shown().contains("web"), "{}", shown());
    }
}
