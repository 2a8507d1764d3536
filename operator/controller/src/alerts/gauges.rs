//! What became of alerts, as metrics: by policy, and by job with its operation.

use kube::ResourceExt;
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};

use crate::gauges::Gauges;

/// Alerts of policies, by what becomes of them.
pub static POLICIES: Gauges<SasAlertPolicy> = Gauges {
    name: "sas_operator_alert_policy_alerts",
    help: "Alerts that match a SasAlertPolicy, by what becomes of them; unread are those that were not looked at.",
    labels: &["namespace", "name", "state"],
    add: |found, policy| {
        let (namespace, name) = (policy.namespace().unwrap_or_default(), policy.name_any());
        let counts = policy.status.as_ref().and_then(|status| status.counts);
        let states = counts.into_iter().flat_map(|counts| {
            [
                ("matching", counts.matching),
                ("proposed", counts.proposed),
                ("pending", counts.pending),
                ("decided", counts.decided),
                ("excluded", counts.excluded),
                ("leftOver", counts.left_over),
                ("unread", counts.unread),
            ]
        });
        for (state, number) in states {
            let labels = [namespace.as_str(), name.as_str(), state];
            found.with_label_values(&labels).set(number);
        }
    },
};

/// Alerts of jobs that handle them, by operation and outcome.
pub static ACTIONS: Gauges<SasAlertAction> = Gauges {
    name: "sas_operator_alert_action_alerts",
    help: "Alerts of a SasAlertAction, by the operation that its spec names and what became of them.",
    labels: &["namespace", "name", "operation", "outcome"],
    add: |found, action| {
        let (namespace, name) = (action.namespace().unwrap_or_default(), action.name_any());
        let counts = action.status.as_ref().and_then(|status| status.counts);
        let outcomes = counts.into_iter().flat_map(|counts| {
            [
                ("Planned", counts.planned),
                ("Running", counts.running),
                ("Handled", counts.handled),
                ("AlreadyHandled", counts.already_handled),
                ("Failed", counts.failed),
                ("Excluded", counts.excluded),
            ]
        });
        for (outcome, number) in outcomes {
            let operation = action.spec.operation.as_str();
            let labels = [namespace.as_str(), name.as_str(), operation, outcome];
            found.with_label_values(&labels).set(number);
        }
    },
};

#[cfg(test)]
mod tests {
    use kube::core::DeserializeGuard;
    use kube::runtime::{reflector, watcher};
    use prometheus::{Registry, TextEncoder};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_series_of_an_object_follow_it_and_go_with_it() {
        let registry = Registry::new();
        let (policies, mut policy_writer) = reflector::store();
        let (actions, mut action_writer) = reflector::store();
        POLICIES.register(&registry, policies).unwrap();
        ACTIONS.register(&registry, actions).unwrap();
        let policy: SasAlertPolicy = serde_json::from_value(json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAlertPolicy",
            "metadata": {"name": "contain", "namespace": "security", "uid": "1"},
            "spec": {"accountRef": {"name": "main"}},
            "status": {"counts": {"matching": 9, "proposed": 4, "pending": 0, "decided": 0, "excluded": 2,
                "leftOver": 3, "unread": 0}},
        }))
        .unwrap();
        let action: SasAlertAction = serde_json::from_value(json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAlertAction",
            "metadata": {"name": "once", "namespace": "security", "uid": "2"},
            "spec": {"accountRef": {"name": "main"}, "alertIDs": ["1"], "operation": "quara"},
            "status": {"counts": {"total": 5, "planned": 0, "running": 0, "handled": 4, "alreadyHandled": 0,
                "failed": 1, "excluded": 0}},
        }))
        .unwrap();
        let (policy, action) = (DeserializeGuard(Ok(policy)), DeserializeGuard(Ok(action)));
        policy_writer.apply_watcher_event(&watcher::Event::Apply(policy.clone()));
        action_writer.apply_watcher_event(&watcher::Event::Apply(action.clone()));
        let shown = || TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        for series in [
            r#"sas_operator_alert_policy_alerts{name="contain",namespace="security",state="leftOver"} 3"#,
            r#"sas_operator_alert_action_alerts{name="once",namespace="security",operation="quara",outcome="Failed"} 1"#,
        ] {
            assert!(shown().contains(series), "{series}: {}", shown());
        }
        policy_writer.apply_watcher_event(&watcher::Event::Delete(policy));
        action_writer.apply_watcher_event(&watcher::Event::Delete(action));
        assert!(!shown().contains("security"), "{}", shown());
    }
}
