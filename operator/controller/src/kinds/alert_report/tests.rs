//! What stands in the status of a report: alerts as they are, addresses hidden where that is wanted, and
//! never more than an object can hold.

use sas_api::alerts::AlertStatus;
use sas_client::actions::SuspEvent;
use serde_json::{Value, json};

use crate::table::Table as _;

use super::*;

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn report(spec: &Value) -> SasAlertReport {
    let mut object = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAlertReport",
        "metadata": {"name": "open", "namespace": "security", "uid": "r-1", "generation": 1},
        "spec": {"accountRef": {"name": "main"}},
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

fn alert(id: i64, level: &str) -> Alert {
    Alert {
        id,
        name: "Login from 203.0.113.9".into(),
        type_name: "Unusual logon".into(),
        level: level.into(),
        status: AlertStatus(77),
        uuid: "u-1".into(),
        server: "web-1".into(),
        internet_ip: "198.51.100.7".into(),
        intranet_ip: "10.0.0.7".into(),
        last: Some(now()),
        ..Alert::default()
    }
}

fn reported(report: &SasAlertReport, alerts: Vec<Alert>, unread: usize) -> (SasAlertReportStatus, String) {
    let mut status = SasAlertReportStatus::default();
    let observed = Observed::Looked(Looked {
        listed: Listed {
            alerts,
            unread,
            other_types: ["Web shell".to_owned()].into(),
        },
        recommendations: RecommendationList {
            table: RecommendationTable::built_in().map(std::sync::Arc::new),
            problem: None,
        },
        now: now(),
    });
    let summary = report.report(&observed, &mut status);
    assert_eq!(report.report(&Observed::Kept, &mut status.clone()), summary);
    (status, summary)
}

#[test]
fn an_alert_is_reported_as_it_is() {
    let alerts = vec![alert(1, "serious"), alert(2, "remind"), alert(3, "weird")];
    let (status, summary) = reported(&report(&json!({"limit": 1})), alerts, 4);
    assert_eq!(
        summary,
        "3 alerts: 1 serious, 1 remind, 1 other; 2 of them not listed; 4 more were not read"
    );
    assert_eq!(
        (status.matched, status.not_listed, status.unread),
        (Some(3), Some(2), Some(4))
    );
    let [only] = status.alerts.as_slice() else {
        panic!("{:?}", status.alerts)
    };
    assert_eq!((only.id.as_str(), only.status.as_str()), ("1", "unknown (77)"));
    assert_eq!(only.addresses, ["198.51.100.7", "10.0.0.7"]);
    assert_eq!(status.last_look.unwrap().generation, 1);
}

#[test]
fn open_alerts_say_what_is_recommended_and_why() {
    let handled = Alert {
        status: AlertStatus(32),
        ..alert(3, "serious")
    };
    let other = Alert {
        type_name: "Nothing that a rule knows".into(),
        ..alert(2, "serious")
    };
    let alerts = vec![alert(1, "serious"), other, handled];
    let (status, _) = reported(&report(&json!({"state": "Any"})), alerts, 0);
    let recommended: Vec<_> = status
        .alerts
        .iter()
        .map(|alert| alert.recommended.as_ref())
        .collect();
    let [Some(first), None, None] = recommended.as_slice() else {
        panic!("{recommended:?}")
    };
    assert_eq!(first.operation, "block_ip");
    assert!(first.reason.contains("address"), "{}", first.reason);
}

#[test]
fn addresses_are_hidden_where_that_is_wanted() {
    let (status, _) = reported(
        &report(&json!({"maskAddresses": true})),
        vec![alert(1, "serious")],
        0,
    );
    let shown = serde_json::to_string(&status).unwrap();
    assert_eq!(status.alerts[0].addresses, ["198.51.*.*", "10.0.*.*"]);
    assert_eq!(status.alerts[0].name, "Login from 203.0.*.*");
    for address in ["203.0.113.9", "198.51.100.7", "10.0.0.7"] {
        assert!(!shown.contains(address), "{shown}");
    }
}

#[test]
fn the_largest_object_fits_and_says_what_it_leaves_out() {
    let hostile = || Some("\"\\\u{1b}\u{202e}\u{1F600}".repeat(20_000));
    let row = SuspEvent {
        id: Some(i64::MAX),
        alarm_event_name_display: hostile(),
        alarm_event_type: hostile(),
        level: hostile(),
        event_status: Some(i64::MIN),
        uuid: hostile(),
        instance_name: hostile(),
        internet_ip: hostile(),
        intranet_ip: hostile(),
        ..Default::default()
    };
    let selector = json!({
        "types": vec!["服".repeat(128); 50], "names": vec!["服".repeat(256); 50],
        "uuids": vec!["u".repeat(128); 100],
    });
    let mut object = report(&json!({"limit": 500, "selector": selector}));
    let alerts = vec![Alert::from_row(&row).unwrap(); 10_000];
    let (status, summary) = reported(&object, alerts, 0);
    let listed = i64::try_from(status.alerts.len()).unwrap();
    assert!(listed > 50, "{listed}");
    assert_eq!(status.not_listed, Some(10_000 - listed));
    assert!(summary.contains("of them not listed"), "{summary}");
    object.status = Some(status);
    let size = serde_json::to_vec(&object).unwrap().len();
    assert!(size < 200_000, "{size}");
}

#[test]
fn whoever_mistypes_a_type_learns_which_there_are() {
    for (spec, alerts, told) in [
        (json!({"selector": {"types": ["Webshell"]}}), vec![], true),
        (
            json!({"selector": {"types": ["Unusual logon"]}}),
            vec![alert(1, "serious")],
            false,
        ),
        (json!({"selector": {"levels": ["serious"]}}), vec![], false),
        (json!({}), vec![], false),
    ] {
        let (status, summary) = reported(&report(&spec), alerts, 0);
        assert_eq!(
            summary.contains("types of those that are there: 'Web shell'"),
            told,
            "{summary}"
        );
        assert_eq!(status.other_types.is_empty(), !told);
    }
}
