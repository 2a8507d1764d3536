//! What the kinds that only look say of risks and alerts: figures of the cloud, whatever state its servers are
//! in, nothing twice, and a part that cannot be read beside parts that can.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use kube::api::DeleteParams;
use sas_api::condition;
use sas_api::kinds::risk_report::{RiskSection, SasRiskReportStatus, SectionName};
use sas_api::kinds::{SasAlertReport, SasRiskReport};
use sas_api::status::Phase;
use sas_sim::world::scans::{BaselineCheck, Finding, Necessity, ScanKind, Virus, Vulnerability};
use sas_sim::world::{Alert, ClientStatus, DataCentre, Level};
use sas_sim::{FaultKind, Rule};
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::{Value, json};

const VIRUSES: &str = "ListVirusScanMachineEvent";
const ALERTS: &str = "DescribeSuspEvents";
const VULNERABILITIES: &str = "DescribeGroupedVul";
/// A name as an attacker gives it, and how a status shows it.
const HOSTILE: &str = "kill\u{1b}[2J\u{202e}me\napproved: yes";
const SHOWN: &str = r"kill\u{1b}[2J\u{202e}me\napproved: yes";

fn known() -> Finding {
    Finding {
        known_at: Some(Timestamp::now()),
        ..Finding::default()
    }
}

fn vulnerability(kind: ScanKind, necessity: Necessity, servers: &[u32]) -> Vulnerability {
    Vulnerability {
        kind,
        alias_name: format!("{kind:?} of {} servers", servers.len()),
        related: ["CVE-2026-0001".to_owned()].into(),
        necessity,
        servers: servers
            .iter()
            .map(|number| (cloud::web(*number), known()))
            .collect(),
        ..Vulnerability::default()
    }
}

fn alert(number: i64, level: Level) -> Alert {
    let age = SignedDuration::from_secs(60 + number);
    Alert {
        uuid: cloud::web(1),
        kind: "Unusual logon".to_owned(),
        title: format!("{HOSTILE} {number} from 203.0.113.9"),
        level,
        raised_at: Timestamp::now().checked_sub(age).unwrap_or_default(),
        ..Alert::default()
    }
}

/// Something wrong of every sort, on servers of the free edition whose agents are offline.
fn with_risks(centre: &mut DataCentre) {
    for asset in centre.assets.values_mut() {
        asset.client_status = ClientStatus::Offline;
    }
    centre.scans.vulnerabilities = [
        ("v-1", vulnerability(ScanKind::Cve, Necessity::Asap, &[1])),
        ("v-2", vulnerability(ScanKind::Cve, Necessity::Asap, &[1, 2])),
        ("v-3", vulnerability(ScanKind::Cve, Necessity::Later, &[3])),
        ("v-4", vulnerability(ScanKind::Sca, Necessity::Nntf, &[2])),
    ]
    .map(|(name, vulnerability)| (name.to_owned(), vulnerability))
    .into();
    let check = BaselineCheck {
        check_item: "SSH allows empty passwords".to_owned(),
        check_level: "high".to_owned(),
        servers: [(cloud::web(1), known())].into(),
        ..BaselineCheck::default()
    };
    centre.scans.baseline_checks = [(58, check)].into();
    centre.alerts = [
        (11, alert(1, Level::Serious)),
        (12, alert(2, Level::Serious)),
        (13, alert(3, Level::Remind)),
    ]
    .into();
    let virus = |number| Virus {
        event_name: "Mining program".to_owned(),
        uuid: cloud::web(number),
        details: [("File path".to_owned(), HOSTILE.to_owned())].into(),
        finding: known(),
        ..Virus::default()
    };
    centre.scans.viruses = [(91, virus(1)), (92, virus(3))].into();
}

fn risky_world() -> sas_sim::World {
    let mut world = cloud::world();
    with_risks(world.centre(cloud::ACCOUNT, cloud::CENTRE));
    world
}

fn risk_report(spec: &Value) -> Result<SasRiskReport> {
    object("SasRiskReport", spec)
}

fn object<K: serde::de::DeserializeOwned>(kind: &str, spec: &Value) -> Result<K> {
    let mut object = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": kind, "metadata": {"name": "report"},
        "spec": {"accountRef": {"name": manifests::ACCOUNT_NAME}, "refreshIntervalSeconds": 3600},
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    Ok(serde_json::from_value(object)?)
}

fn section(status: &SasRiskReportStatus, name: SectionName) -> Result<&RiskSection> {
    let found = status.sections.iter().find(|section| section.name == name);
    found.with_context(|| format!("{name:?} is missing"))
}

/// How many there are, and of which severity.
fn open(section: &RiskSection) -> (Option<i64>, Vec<String>) {
    let counts = section.counts.iter().filter(|count| count.open > 0);
    let count = |count: &sas_api::kinds::risk_report::RiskCount| {
        let type_ = count.type_.map_or("", |type_| type_.as_str());
        format!("{type_} {} {}", count.severity, count.open)
            .trim()
            .to_owned()
    };
    (section.open, counts.map(count).collect())
}

pub async fn risks_are_counted_and_the_worst_are_listed(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "risks", risky_world()).await?;
    flow.create(&risk_report(&json!({"topN": 2}))?).await?;
    let report = flow.phase::<SasRiskReport>("report", Phase::Ready).await?;
    let status = report.status.as_ref().context("there is no status")?;
    let vulnerabilities = section(status, SectionName::Vulnerabilities)?;
    let counts = ["cve asap 2", "cve later 1", "sca nntf 1"];
    assert_eq!(
        open(vulnerabilities),
        (Some(4), counts.map(str::to_owned).to_vec())
    );
    let top: Vec<_> = vulnerabilities
        .top
        .iter()
        .map(|finding| (finding.id.as_str(), finding.servers))
        .collect();
    assert_eq!(top, [("v-2", Some(2)), ("v-1", Some(1))]);
    assert_eq!(vulnerabilities.not_listed, Some(2));
    let baseline = section(status, SectionName::Baseline)?;
    assert_eq!(open(baseline), (Some(1), vec!["high 1".to_owned()]));
    let alerts = section(status, SectionName::Alerts)?;
    assert_eq!(
        open(alerts),
        (Some(3), vec!["serious 2".to_owned(), "remind 1".to_owned()])
    );
    ensure!(alerts.top[0].title.starts_with(SHOWN), "{:?}", alerts.top);
    let virus = section(status, SectionName::Virus)?;
    assert_eq!(open(virus), (Some(2), vec!["serious 2".to_owned()]));
    ensure!(
        virus.top[0].detail.as_deref() == Some(&format!("File path: {SHOWN}")),
        "{:?}",
        virus.top
    );
    flow.cloud.assert_no_write();

    // Its own status wakes the report, and that is no reason to read again.
    let reads = flow.cloud.requests_of(VULNERABILITIES).len();
    assert_eq!(reads, 6 * 3);
    let again = || flow.cloud.requests_of(VULNERABILITIES).len() > reads;
    wait::never(
        "the cloud is read again",
        std::time::Duration::from_secs(3),
        again,
    )
    .await?;

    let series = format!(
        "sas_operator_open_risks{{name=\"report\",namespace=\"{}\"",
        flow.namespace
    );
    let metrics = flow.ask_operator("/metrics").await?;
    ensure!(
        metrics.contains(&format!(
            "{series},section=\"Alerts\",severity=\"serious\",type=\"\"}} 2"
        )),
        "{metrics}"
    );
    flow.as_developer::<SasRiskReport>()
        .delete("report", &DeleteParams::default())
        .await?;
    wait::until("the series are gone", || async {
        let metrics = flow.ask_operator("/metrics").await?;
        Ok((!metrics.contains(&series)).then_some(()))
    })
    .await
}

pub async fn risks_of_some_servers_are_theirs_alone(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "risks-of", risky_world()).await?;
    let targets = json!({"uuids": [cloud::web(3), "gone"], "instanceIDs": [cloud::instance(2)]});
    flow.create(&risk_report(&json!({"targets": targets}))?).await?;
    let report = flow.phase::<SasRiskReport>("report", Phase::Ready).await?;
    let status = report.status.as_ref().context("there is no status")?;
    assert_eq!(
        (status.servers, status.missing.as_slice()),
        (Some(2), &["gone".to_owned()][..])
    );
    let counted = |name| Ok::<_, anyhow::Error>(section(status, name)?.open);
    assert_eq!(counted(SectionName::Vulnerabilities)?, Some(3));
    assert_eq!(counted(SectionName::Baseline)?, Some(0));
    assert_eq!(counted(SectionName::Alerts)?, Some(0));
    assert_eq!(counted(SectionName::Virus)?, Some(1));
    let summary = status.common.summary.as_deref().unwrap_or_default();
    ensure!(
        summary.contains("on 2 servers; the cloud does not list gone"),
        "{summary}"
    );
    Ok(())
}

pub async fn a_section_that_cannot_be_read_blanks_no_other(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "partly-risky", risky_world()).await?;
    let mut denied = Rule::new(FaultKind::Error).on(VIRUSES).times(1000);
    (denied.status, denied.code) = (Some(403), Some("NoPermission".to_owned()));
    flow.cloud.fault(denied)?;
    flow.create(&risk_report(&json!({}))?).await?;
    let report = flow.phase::<SasRiskReport>("report", Phase::Ready).await?;
    let status = report.status.as_ref().context("there is no status")?;
    let virus = section(status, SectionName::Virus)?;
    let error = virus.error.as_deref().context("there is no error")?;
    ensure!(error.contains(&format!("yundun-sas:{VIRUSES}")), "{error}");
    assert_eq!((virus.open, virus.read_time.as_ref()), (None, None));
    let alerts = section(status, SectionName::Alerts)?;
    ensure!(
        alerts.open == Some(3) && alerts.read_time.is_some() && alerts.error.is_none(),
        "{alerts:?}"
    );
    let summary = status.common.summary.as_deref().unwrap_or_default();
    ensure!(summary.contains("not all could be read: Virus: "), "{summary}");
    let mut conditions = status.common.conditions.iter();
    let complete = conditions.find(|known| known.type_ == condition::COMPLETE);
    let complete = complete.context("no condition says that it is not complete")?;
    assert_eq!(
        (complete.status.as_str(), complete.reason.as_str()),
        ("False", "PermissionDenied")
    );
    ensure!(
        complete.message.contains(&format!("yundun-sas:{VIRUSES}")),
        "{}",
        complete.message
    );

    // The part that is missing is tried again long before the next look is due.
    flow.cloud.heal();
    let whole = |report: &SasRiskReport| {
        let status = report.status.as_ref();
        let virus = status.and_then(|status| section(status, SectionName::Virus).ok());
        virus.is_some_and(|virus| virus.open == Some(2) && virus.error.is_none())
    };
    wait::object(&flow.api(), "report", "whole again", whole).await?;
    Ok(())
}

pub async fn a_report_without_any_right_names_one(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "no-risks", risky_world()).await?;
    let mut denied = Rule::new(FaultKind::Error).on(ALERTS).times(1000);
    (denied.status, denied.code) = (Some(403), Some("NoPermission".to_owned()));
    flow.cloud.fault(denied)?;
    flow.create(&risk_report(&json!({"sections": {"alerts": {}}}))?)
        .await?;
    let report = flow.phase::<SasRiskReport>("report", Phase::Blocked).await?;
    let (ready, reason, message) = wait::ready(&report).context("there is no condition Ready")?;
    assert_eq!((ready.as_str(), reason.as_str()), ("False", "PermissionDenied"));
    ensure!(message.contains("yundun-sas:DescribeSuspEvents"), "{message}");
    flow.cloud.heal();
    flow.phase::<SasRiskReport>("report", Phase::Ready).await?;
    Ok(())
}

/// More alerts than one pass may read.
const MANY: i64 = 1_650;

pub async fn many_alerts_are_read_page_by_page(world: World) -> Result<()> {
    let mut cloud = cloud::world();
    let centre = cloud.centre(cloud::ACCOUNT, cloud::CENTRE);
    let level = |number: i64| {
        if number % 3 == 0 {
            Level::Serious
        } else {
            Level::Remind
        }
    };
    centre.alerts = (1..=MANY)
        .map(|number| (number, alert(number, level(number))))
        .collect();
    let flow = Flow::start_in(&world, "alerts", cloud).await?;
    let spec = json!({"limit": 500, "maskAddresses": true, "selector": {"types": ["Unusual logon"]}});
    flow.create(&object::<SasAlertReport>("SasAlertReport", &spec)?)
        .await?;
    let report = flow.phase::<SasAlertReport>("report", Phase::Ready).await?;
    let status = report.status.as_ref().context("there is no status")?;
    assert_eq!(status.matched, Some(MANY));
    let levels: Vec<_> = status
        .levels
        .iter()
        .map(|count| (count.level.as_str(), count.alerts))
        .collect();
    assert_eq!(levels, [("serious", 550), ("suspicious", 0), ("remind", 1_100)]);
    let listed = i64::try_from(status.alerts.len())?;
    ensure!(
        listed > 100 && status.not_listed == Some(MANY - listed),
        "{listed}"
    );
    // The latest come first, and nothing that an attacker wrote steers a terminal or shows an address.
    let first = status.alerts.first().context("there are no alerts")?;
    assert_eq!((first.id.as_str(), first.status.as_str()), ("1", "Pending"));
    assert_eq!(first.name, format!("{SHOWN} 1 from 203.0.*.*"));
    assert_eq!(first.addresses, ["10.16.*.*"]);
    let recommended = first.recommended.as_ref().map(|advice| advice.operation.as_str());
    assert_eq!(recommended, Some("block_ip"));
    let size = serde_json::to_vec(&report)?.len();
    ensure!(size < 200_000, "{size}");

    // Every page was read once, over at least three passes of eight reads.
    let mut pages: Vec<i64> = Vec::new();
    for request in flow.cloud.requests_of(ALERTS) {
        let page = request
            .parameters
            .get("CurrentPage")
            .context("a request names no page")?;
        pages.push(page.parse()?);
    }
    pages.sort_unstable();
    assert_eq!(pages, (1..=17).collect::<Vec<_>>());
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn alerts_are_told_in_the_wanted_language_and_state(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "alerts-in", risky_world()).await?;
    let spec = json!({
        "language": "zh", "state": "Open",
        "selector": {"levels": ["serious"], "types": ["异常登录"], "uuids": [cloud::web(1)], "sinceSeconds": 86400},
    });
    flow.create(&object::<SasAlertReport>("SasAlertReport", &spec)?)
        .await?;
    let report = flow.phase::<SasAlertReport>("report", Phase::Ready).await?;
    let status = report.status.as_ref().context("there is no status")?;
    let seen: Vec<_> = status
        .alerts
        .iter()
        .map(|alert| (alert.id.as_str(), alert.type_.as_str()))
        .collect();
    assert_eq!(seen, [("11", "异常登录"), ("12", "异常登录")]);
    let request = flow
        .cloud
        .requests_of(ALERTS)
        .pop()
        .context("nothing was asked")?;
    for (name, value) in [
        ("Lang", "zh"),
        ("Dealed", "N"),
        ("Levels", "serious"),
        ("From", "sas"),
    ] {
        assert_eq!(
            request.parameters.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    Ok(())
}
