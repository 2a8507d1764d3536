//! What stands in the status of a report: figures with their time, errors beside what was known before, and
//! never more than an object can hold, whatever attackers wrote.

#![expect(clippy::unnecessary_wraps, reason = "values stand as the cloud gives them")]

use sas_api::Reason;
use sas_api::kinds::risk_report::{RiskCount, RiskFinding};
use sas_client::actions::{CheckItemWarning, GroupedVulnerability, SuspEvent, VirusScanMachineEvent};
use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    "2026-11-21T10:00:00.5Z".parse().unwrap()
}

fn report(spec: &Value) -> SasRiskReport {
    let mut object = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasRiskReport",
        "metadata": {"name": "all", "namespace": "security", "uid": "r-1", "generation": 1},
        "spec": {"accountRef": {"name": "main"}, "topN": 100},
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

fn found(severity: &str, open: i64, findings: Vec<RiskFinding>) -> Result<Found, Unavailable> {
    let counts = vec![RiskCount {
        type_: None,
        severity: severity.to_owned(),
        open,
    }];
    Ok(Found {
        counts,
        unread: 0,
        findings,
    })
}

fn denied() -> Unavailable {
    Unavailable::new(
        Reason::PermissionDenied,
        "the RAM policy lacks `yundun-sas:ListVirusScanMachineEvent`; add it",
    )
}

fn looked(sections: Vec<(SectionName, Result<Found, Unavailable>)>, now: Timestamp) -> Observed {
    Observed::Looked(Looked {
        targets: None,
        sections,
        now,
    })
}

fn of(status: &SasRiskReportStatus, name: SectionName) -> &RiskSection {
    status
        .sections
        .iter()
        .find(|section| section.name == name)
        .unwrap()
}

#[test]
fn a_section_that_fails_keeps_its_figures_and_their_time() {
    let mut report = report(&json!({}));
    let mut status = SasRiskReportStatus::default();
    let first = vec![
        (SectionName::Alerts, found("serious", 2, Vec::new())),
        (SectionName::Virus, found("serious", 1, Vec::new())),
    ];
    let summary = report.report(&looked(first, now()), &mut status);
    assert_eq!(summary, "2 alerts, 1 virus finding open");
    let later = now().checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
    let second = || {
        vec![
            (SectionName::Alerts, found("serious", 5, Vec::new())),
            (SectionName::Virus, Err(denied())),
        ]
    };
    let summary = report.report(&looked(second(), later), &mut status);
    assert!(
        summary.starts_with("5 alerts, 1 virus finding open; not all could be read: Virus: the RAM policy lacks `yundun-sas:ListVirusScanMachineEvent`"),
        "{summary}"
    );
    let complete = |status: &SasRiskReportStatus| {
        let mut known = status.common.conditions.iter();
        let found = known.find(|known| known.type_ == condition::COMPLETE)?;
        Some((found.status.clone(), found.reason.clone(), found.message.clone()))
    };
    let (value, reason, message) = complete(&status).unwrap();
    assert_eq!(
        (value.as_str(), reason.as_str()),
        ("False", denied().reason.as_str())
    );
    assert!(
        message.contains("`yundun-sas:ListVirusScanMachineEvent`"),
        "{message}"
    );
    let (alerts, virus) = (of(&status, SectionName::Alerts), of(&status, SectionName::Virus));
    assert_eq!(
        (alerts.open, alerts.read_time.clone()),
        (Some(5), Some(whole_second(later)))
    );
    assert_eq!(
        (virus.open, virus.read_time.clone()),
        (Some(1), Some(whole_second(now())))
    );
    // What serves still says the same, and what was read for another spec is gone.
    assert_eq!(report.report(&Observed::Kept, &mut status.clone()), summary);
    report.metadata.generation = Some(2);
    report.report(&looked(second(), later), &mut status);
    let virus = of(&status, SectionName::Virus);
    assert_eq!((virus.open, virus.read_time.clone()), (None, None));
    assert!(virus.error.is_some());
    let whole = vec![(SectionName::Alerts, found("serious", 1, Vec::new()))];
    report.report(&looked(whole, later), &mut status);
    assert_eq!(complete(&status).unwrap().0, "True");
    report.unavailable(&denied(), &mut status);
    assert_eq!(complete(&status), None, "Ready says it");
}

#[test]
fn nothing_at_all_is_an_obstacle_and_its_reason_stands_at_every_section() {
    let all = [
        (SectionName::Alerts, Err(denied())),
        (SectionName::Virus, Err(denied())),
    ];
    assert_eq!(nothing(&all), Some(denied()));
    let some = [
        (SectionName::Alerts, found("remind", 0, Vec::new())),
        (SectionName::Virus, Err(denied())),
    ];
    assert_eq!(nothing(&some), None);
    let mut status = SasRiskReportStatus {
        sections: vec![RiskSection::empty(SectionName::Virus)],
        ..SasRiskReportStatus::default()
    };
    report(&json!({})).unavailable(&denied(), &mut status);
    assert!(
        status.sections[0]
            .error
            .as_ref()
            .unwrap()
            .contains("ListVirusScanMachineEvent")
    );
}

#[test]
fn a_part_that_failed_is_tried_again_soon() {
    let mut object = report(&json!({}));
    assert_eq!(object.refresh(), Duration::from_mins(15));
    let mut status = SasRiskReportStatus::default();
    let sections = vec![
        (SectionName::Alerts, found("remind", 0, Vec::new())),
        (SectionName::Virus, Err(denied())),
    ];
    object.report(&looked(sections, now()), &mut status);
    object.status = Some(status);
    assert_eq!(object.refresh(), Duration::from_mins(1));
}

/// Every text as an attacker would have it: long, and made of what takes most room.
fn hostile() -> Option<String> {
    Some("\"\\\u{1b}\u{202e}\u{1F600}".repeat(20_000))
}

fn hostile_findings() -> Vec<RiskFinding> {
    let vulnerability = GroupedVulnerability {
        name: hostile(),
        alias_name: hostile(),
        related: hostile(),
        asap_count: Some(i64::MAX),
        gmt_last: Some(i64::MAX),
        ..Default::default()
    };
    let check = CheckItemWarning {
        check_id: Some(i64::MIN),
        check_item: hostile(),
        check_type: hostile(),
        advice: hostile(),
        warning_machine_count: Some(i64::MIN),
        ..Default::default()
    };
    let alert = SuspEvent {
        id: Some(i64::MAX),
        alarm_event_name_display: hostile(),
        alarm_event_type: hostile(),
        level: hostile(),
        instance_name: hostile(),
        last_time_stamp: Some(253_402_207_200_000),
        ..Default::default()
    };
    let virus = VirusScanMachineEvent {
        event_id: Some(i64::MIN),
        event_name: hostile(),
        level: hostile(),
        instance_name: hostile(),
        details: vec![sas_client::actions::VirusScanEventDetail {
            name_display: hostile(),
            value_display: hostile(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let rows = [
        row::vulnerability(
            &vulnerability,
            sas_api::kinds::risk_report::VulnerabilityType::Cve,
            "asap",
        ),
        row::check(&check, "high"),
        row::alert(&alert),
        row::virus(&virus),
    ];
    rows.into_iter().map(Option::unwrap).collect()
}

#[test]
fn the_largest_object_fits_and_says_what_it_leaves_out() {
    let uuids: Vec<_> = (0..150)
        .map(|n| format!("{n:08}-5a5a-4000-8000-{n:012}"))
        .collect();
    let ids: Vec<_> = (0..150).map(|n| format!("i-{n:020}")).collect();
    let mut object = report(&json!({"targets": {"uuids": uuids, "instanceIDs": ids}}));
    let mut status = SasRiskReportStatus::default();
    let names = [
        SectionName::Vulnerabilities,
        SectionName::Baseline,
        SectionName::Alerts,
        SectionName::Virus,
    ];
    let sections = names.into_iter().zip(hostile_findings());
    let sections = sections.map(|(name, finding)| (name, found("serious", 5_000, vec![finding; 5_000])));
    let observed = Observed::Looked(Looked {
        targets: Some(Targets {
            missing: vec!["\u{1F600}".repeat(128); NAMED],
            ..Targets::default()
        }),
        sections: sections.collect(),
        now: now(),
    });
    let summary = object.report(&observed, &mut status);
    status.common.summary = Some(summary.chars().take(2_000).collect());
    object.status = Some(status);
    let size = serde_json::to_vec(&object).unwrap().len();
    assert!(size < 200_000, "{size}");
    for section in &object.status.as_ref().unwrap().sections {
        let listed = i64::try_from(section.top.len()).unwrap();
        assert!(listed > 10, "{:?} {listed}", section.name);
        assert_eq!(section.not_listed, Some(5_000 - listed));
    }
    let text = serde_json::to_string(&object).unwrap();
    let hidden = |c: char| sas_api::text::is_hidden(c);
    assert!(!text.contains(hidden));
}

#[test]
fn fewer_findings_than_asked_for_are_all_listed() {
    let mut status = SasRiskReportStatus::default();
    let finding = |id: &str| RiskFinding {
        id: id.into(),
        ..RiskFinding::default()
    };
    let section = (
        SectionName::Virus,
        found("serious", 3, vec![finding("1"), finding("2"), finding("3")]),
    );
    report(&json!({})).report(&looked(vec![section.clone()], now()), &mut status);
    assert_eq!(
        (status.sections[0].top.len(), status.sections[0].not_listed),
        (3, None)
    );
    report(&json!({"topN": 2})).report(&looked(vec![section], now()), &mut status);
    assert_eq!(
        (status.sections[0].top.len(), status.sections[0].not_listed),
        (2, Some(1))
    );
}
