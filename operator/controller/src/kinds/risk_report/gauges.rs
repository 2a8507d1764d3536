//! Open risks as metrics, and how old they are.

use kube::ResourceExt;
use sas_api::kinds::SasRiskReport;

use crate::gauges::Gauges;

/// What stands for the severity of findings that were only counted.
const UNREAD: &str = "unread";

/// Open risks of reports.
pub static OPEN: Gauges<SasRiskReport> = Gauges {
    name: "sas_operator_open_risks",
    help: "Open risks of a SasRiskReport by section, type and severity.",
    labels: &["namespace", "name", "section", "type", "severity"],
    add: |found, report| {
        let (namespace, name) = (report.namespace().unwrap_or_default(), report.name_any());
        for section in report.status.iter().flat_map(|status| &status.sections) {
            let open = |type_: &str, severity: &str, number| {
                let labels = [&namespace, &name, section.name.as_str(), type_, severity];
                found.with_label_values(&labels).set(number);
            };
            for count in &section.counts {
                let type_ = count.type_.map_or("", |type_| type_.as_str());
                open(type_, &count.severity, count.open);
            }
            if let Some(unread) = section.unread {
                open("", UNREAD, unread);
            }
        }
    },
};

/// When the sections of reports were read.
pub static READ: Gauges<SasRiskReport> = Gauges {
    name: "sas_operator_open_risks_read_timestamp_seconds",
    help: "When a section of a SasRiskReport was read last, in seconds since 1970.",
    labels: &["namespace", "name", "section"],
    add: |found, report| {
        let (namespace, name) = (report.namespace().unwrap_or_default(), report.name_any());
        for section in report.status.iter().flat_map(|status| &status.sections) {
            if let Some(read) = &section.read_time {
                let labels = [&namespace, &name, section.name.as_str()];
                found.with_label_values(&labels).set(read.0.as_second());
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use kube::core::DeserializeGuard;
    use kube::runtime::{reflector, watcher};
    use prometheus::{Registry, TextEncoder};

    use super::*;

    fn report(name: &str, serious: i64) -> DeserializeGuard<SasRiskReport> {
        let report = serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasRiskReport",
            "metadata": {"name": name, "namespace": "security", "uid": name},
            "spec": {"accountRef": {"name": "main"}},
            "status": {"sections": [{
                "name": "Alerts", "readTime": "2026-11-21T10:00:00Z", "unread": 7,
                "counts": [{"severity": "serious", "open": serious}, {"severity": "remind", "open": 0}],
            }, {
                "name": "Virus", "error": "the RAM policy lacks a right",
            }]},
        });
        DeserializeGuard(Ok(serde_json::from_value(report).unwrap()))
    }

    #[test]
    fn the_series_of_a_report_follow_it_and_go_with_it() {
        let (reports, mut writer) = reflector::store();
        let registry = Registry::new();
        OPEN.register(&registry, reports.clone()).unwrap();
        READ.register(&registry, reports).unwrap();
        let scrape = || TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        assert_eq!(scrape(), "");
        writer.apply_watcher_event(&watcher::Event::Apply(report("a", 2)));
        writer.apply_watcher_event(&watcher::Event::Apply(report("b", 3)));
        let labels = |name: &str, severity: &str| {
            format!(
                "sas_operator_open_risks{{name=\"{name}\",namespace=\"security\",section=\"Alerts\",\
                 severity=\"{severity}\",type=\"\"}}"
            )
        };
        let text = scrape();
        for (series, value) in [
            (labels("a", "serious"), 2),
            (labels("a", "remind"), 0),
            (labels("b", "serious"), 3),
            (labels("b", "unread"), 7),
        ] {
            assert!(
                text.contains(&format!("{series} {value}\n")),
                "{series} {value}\n{text}"
            );
        }
        assert!(
            text.contains("section=\"Alerts\"} 1795255200") && !text.contains("Virus"),
            "{text}"
        );
        writer.apply_watcher_event(&watcher::Event::Delete(report("a", 2)));
        let text = scrape();
        assert!(
            !text.contains("name=\"a\"") && text.contains("name=\"b\""),
            "{text}"
        );
    }
}
