//! Open risks as metrics. They are read off the reports themselves at every scrape, so that those of a report
//! that is deleted are gone with it, and a restart forgets nothing.

use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};
use sas_api::kinds::SasRiskReport;
use sas_api::kinds::risk_report::RiskSection;

const OPEN_LABELS: &[&str] = &["namespace", "name", "section", "type", "severity"];
const READ_LABELS: &[&str] = &["namespace", "name", "section"];
/// What stands for the severity of findings that were only counted.
const UNREAD: &str = "unread";

/// Registers the metrics of all reports that a store holds.
pub fn register(
    registry: &Registry,
    reports: Store<DeserializeGuard<SasRiskReport>>,
) -> Result<(), prometheus::Error> {
    let Gauges { open, read } = Gauges::new()?;
    let descriptions = [open.desc(), read.desc()].concat().into_iter().cloned().collect();
    registry.register(Box::new(RiskGauges {
        reports,
        descriptions,
    }))
}

struct RiskGauges {
    reports: Store<DeserializeGuard<SasRiskReport>>,
    descriptions: Vec<Desc>,
}

impl Collector for RiskGauges {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let gauges = Gauges::new().expect("the same descriptions made them when they were registered");
        for report in self.reports.state() {
            if let Ok(report) = &report.0 {
                gauges.add(report);
            }
        }
        [gauges.open.collect(), gauges.read.collect()].concat()
    }
}

/// The figures of one scrape.
struct Gauges {
    open: IntGaugeVec,
    read: IntGaugeVec,
}

impl Gauges {
    fn new() -> Result<Self, prometheus::Error> {
        Ok(Self {
            open: IntGaugeVec::new(
                Opts::new(
                    "sas_operator_open_risks",
                    "Open risks of a SasRiskReport by section, type and severity.",
                ),
                OPEN_LABELS,
            )?,
            read: IntGaugeVec::new(
                Opts::new(
                    "sas_operator_open_risks_read_timestamp_seconds",
                    "When a section of a SasRiskReport was read last, in seconds since 1970.",
                ),
                READ_LABELS,
            )?,
        })
    }

    fn add(&self, report: &SasRiskReport) {
        let (namespace, name) = (report.namespace().unwrap_or_default(), report.name_any());
        let sections = report.status.iter().flat_map(|status| &status.sections);
        for section in sections {
            self.add_section(&namespace, &name, section);
        }
    }

    fn add_section(&self, namespace: &str, name: &str, section: &RiskSection) {
        let place = [namespace, name, section.name.as_str()];
        let open = |type_: &str, severity: &str, number| {
            let [namespace, name, section] = place;
            let labels = [namespace, name, section, type_, severity];
            self.open.with_label_values(&labels).set(number);
        };
        for count in &section.counts {
            let type_ = count.type_.map_or("", |type_| type_.as_str());
            open(type_, &count.severity, count.open);
        }
        if let Some(unread) = section.unread {
            open("", UNREAD, unread);
        }
        if let Some(read) = &section.read_time {
            self.read.with_label_values(&place).set(read.0.as_second());
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::runtime::{reflector, watcher};
    use prometheus::TextEncoder;

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
        register(&registry, reports).unwrap();
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
