//! Which pages a survey reads, and that its figures are right for one request, for many servers, and for
//! more than is read.

#![expect(clippy::unnecessary_wraps, reason = "values stand as the cloud gives them")]

use std::collections::HashMap;
use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::alerts::Language;
use serde_json::{Value, json};

use super::*;

const PLACE: Place = Place {
    centre: DataCentre::CnShanghai,
    language: Language::En,
};

fn survey(sections: &Value, servers: Option<usize>) -> Survey {
    let spec = json!({"accountRef": {"name": "main"}, "sections": sections});
    let uuids = servers.map(|number| (0..number).map(|n| format!("u-{n:04}")).collect::<Vec<_>>());
    Survey::of(&serde_json::from_value(spec).unwrap(), PLACE, uuids.as_deref())
}

fn finding(id: &str, severity: &str, servers: Option<i64>) -> RiskFinding {
    RiskFinding {
        id: id.to_owned(),
        severity: severity.to_owned(),
        servers,
        ..RiskFinding::default()
    }
}

fn batch(total: usize, findings: Vec<RiskFinding>) -> Answer {
    Ok(Batch {
        total,
        rows: findings.len(),
        findings,
        servers: Vec::new(),
    })
}

/// Answers every question until there are none left, as passes do.
fn answered(survey: &Survey, answer: impl Fn(&Question) -> Answer) -> Known {
    let mut known = HashMap::new();
    loop {
        let open: Vec<_> = survey
            .questions(&known)
            .into_iter()
            .filter(|q| !known.contains_key(q))
            .collect();
        if open.is_empty() {
            return known;
        }
        known.extend(open.into_iter().map(|question| {
            let answer = Arc::new(answer(&question));
            (question, answer)
        }));
    }
}

fn open(found: &Found) -> Vec<(String, i64)> {
    let counts = found.counts.iter().filter(|count| count.open > 0);
    counts
        .map(|count| {
            let type_ = count.type_.map_or("", VulnerabilityType::as_str);
            (
                format!("{type_} {}", count.severity).trim().to_owned(),
                count.open,
            )
        })
        .collect()
}

fn ids(found: &Found) -> Vec<&str> {
    found.findings.iter().map(|finding| finding.id.as_str()).collect()
}

#[test]
fn a_whole_account_takes_one_page_of_each_list() {
    let survey = survey(&Value::Null, None);
    let known = answered(&survey, |question| match question.list {
        // More than a page: the length of the list counts them.
        List::Vulnerabilities {
            type_: VulnerabilityType::Cve,
            urgency: "asap",
            ..
        } => batch(
            250,
            (0..100)
                .map(|n| finding(&format!("v{n}"), "asap", Some(n)))
                .collect(),
        ),
        _ => batch(0, Vec::new()),
    });
    // 6 types by 3 urgencies, 3 levels of checks, 3 of alerts, 1 list of viruses.
    assert_eq!(known.len(), 6 * 3 + 3 + 3 + 1);
    let found = survey.found(SectionName::Vulnerabilities, &known).unwrap();
    assert_eq!((open(&found), found.unread), (vec![("cve asap".into(), 250)], 0));
    assert_eq!(found.counts.len(), 18);
    assert_eq!(ids(&found)[..2], ["v99", "v98"]);
    let virus = survey.found(SectionName::Virus, &known).unwrap();
    assert_eq!((virus.counts.len(), virus.unread), (3, 0));
}

#[test]
fn only_what_is_asked_for_is_read() {
    let survey = survey(&json!({"vulnerabilities": {"types": ["sca"]}, "virus": {}}), None);
    assert_eq!(
        survey.sections(),
        [SectionName::Vulnerabilities, SectionName::Virus]
    );
    let known = answered(&survey, |_| batch(0, Vec::new()));
    assert_eq!(known.len(), 3 + 1);
    assert!(known.keys().all(|question| match &question.list {
        List::Vulnerabilities { type_, servers, .. } =>
            *type_ == VulnerabilityType::Sca && servers.is_empty(),
        List::Viruses => true,
        _ => false,
    }));
}

#[test]
fn a_finding_on_servers_of_several_requests_counts_once() {
    let survey = survey(&json!({"baseline": {}, "alerts": {}}), Some(250));
    let known = answered(&survey, |question| match &question.list {
        List::Checks {
            level: "high",
            servers,
        } => {
            let own = format!("only {}", servers[0]);
            batch(
                2,
                vec![
                    finding("ssh", "high", Some(servers.len().try_into().unwrap())),
                    finding(&own, "high", Some(1)),
                ],
            )
        }
        List::Alerts {
            level: AlertLevel::Serious,
            servers,
        } => batch(1, vec![finding(&servers[0], "serious", None)]),
        _ => batch(0, Vec::new()),
    });
    assert_eq!(known.len(), 3 * (3 + 3));
    let found = survey.found(SectionName::Baseline, &known).unwrap();
    assert_eq!(open(&found), [("high".into(), 4)]);
    assert_eq!((ids(&found)[0], found.findings[0].servers), ("ssh", Some(250)));
    let found = survey.found(SectionName::Alerts, &known).unwrap();
    assert_eq!(open(&found), [("serious".into(), 3)]);
}

#[test]
fn what_is_not_read_is_counted() {
    let survey = survey(
        &json!({"vulnerabilities": {"types": ["cve"]}, "virus": {}}),
        Some(101),
    );
    let page = |question: &Question, total: usize| {
        let rows = total.saturating_sub((question.page - 1) * PAGE).min(PAGE);
        let row = |n| {
            finding(
                &format!("{:?} {} {n}", question.list, question.page),
                "serious",
                Some(1),
            )
        };
        batch(total, (0..rows).map(row).collect())
    };
    let known = answered(&survey, |question| match &question.list {
        List::Vulnerabilities { urgency: "asap", .. } => page(question, 2_500),
        List::ScannedServers => Ok(Batch {
            total: 101,
            rows: if question.page == 1 { 100 } else { 1 },
            servers: match question.page {
                1 => (0..100)
                    .map(|n| ScannedServer {
                        uuid: format!("u-{n:04}"),
                        findings: n,
                    })
                    .collect(),
                _ => vec![ScannedServer {
                    uuid: "stranger".into(),
                    findings: 9_999,
                }],
            },
            ..Batch::default()
        }),
        List::VirusesOf(uuid) => page(question, uuid[2..].parse().unwrap()),
        _ => batch(0, Vec::new()),
    });
    let found = survey.found(SectionName::Vulnerabilities, &known).unwrap();
    // Two requests about 100 and 1 servers, of each of which 20 pages are read.
    assert_eq!(
        (open(&found), found.unread),
        (vec![("cve asap".into(), 4_000)], 1_000)
    );
    let found = survey.found(SectionName::Virus, &known).unwrap();
    // 50 servers with 50 to 99 findings are read, those with 1 to 49 are counted, a stranger is not.
    let read: i64 = (50..100).sum();
    let counted: usize = (1..50).sum();
    assert_eq!(
        (open(&found), found.unread),
        (vec![("serious".into(), read)], counted)
    );
}

#[test]
fn a_severity_that_nobody_knows_is_counted_as_other() {
    let survey = survey(&json!({"virus": {}}), Some(1));
    let known = answered(&survey, |question| {
        assert_eq!(question.list, List::VirusesOf("u-0000".into()));
        batch(
            3,
            vec![
                finding("1", "awful", None),
                finding("2", "", None),
                finding("3", "serious", None),
            ],
        )
    });
    let found = survey.found(SectionName::Virus, &known).unwrap();
    assert_eq!(open(&found), [("serious".into(), 1), ("other".into(), 2)]);
    assert_eq!(ids(&found), ["3", "1", "2"]);
}

#[test]
fn no_servers_means_nothing_rather_than_everything() {
    let survey = survey(&Value::Null, Some(0));
    let known = answered(&survey, |question| panic!("{question:?}"));
    for section in survey.sections() {
        assert_eq!(open(&survey.found(*section, &known).unwrap()), []);
    }
}

#[test]
fn an_error_concerns_its_section_alone() {
    let survey = survey(&Value::Null, None);
    let denied = Unavailable::new(Reason::PermissionDenied, "the RAM policy lacks `yundun-sas:X`");
    let known = answered(&survey, |question| match question.list {
        List::Checks { level: "low", .. } => Err(denied.clone()),
        _ => batch(0, Vec::new()),
    });
    for section in survey.sections() {
        let found = survey.found(*section, &known);
        assert_eq!(
            found.err(),
            (*section == SectionName::Baseline).then(|| denied.clone())
        );
    }
}
