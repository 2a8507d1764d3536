//! Many approved scans that wait for the limit of an account, and one alert that is to be handled meanwhile. How
//! long that took is told in calls of the cloud's log, which no slow machine changes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use kube::ResourceExt;
use kube::api::ListParams;
use sas_api::kinds::{SasAlertAction, SasScanJob};
use sas_api::status::GatePart;
use sas_sim::world::{Billing, Edition};
use serde_json::json;

use crate::flow::Flow;
use crate::manifests;
use crate::proxy::Moment;
use crate::world::World;
use crate::{alerts, cloud, wait};

/// The call that every scan waits for.
pub const SCAN: &str = "ModifyPushAllTask";
const ALERT: &str = "contain";
/// Requests that a person's script sends at the same time.
const AT_ONCE: usize = 16;

/// How long an alert waited beside scans, and what all of that took.
#[derive(Debug)]
pub struct Overtaken {
    /// Scans that were approved and had not been ordered when the alert's call left.
    pub waiting: usize,
    /// Scans that were ordered from the approval of the alert's plan to its call.
    pub since_approval: usize,
    /// Scans that were ordered from the alert's intent to its call.
    pub since_intent: usize,
    /// From the first scan to the last plan.
    pub planned_in: Duration,
    /// From the approval of the alert's plan to its call.
    pub called_in: Duration,
}

/// Approves an alert action while so many scans wait, of which `per_second` are ordered.
pub async fn overtake(world: &World, scans: usize, per_second: u32, patience: Duration) -> Result<Overtaken> {
    let mut flow = Flow::prepare(world, "rush", protected()).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    // Nothing is called yet but to plan.
    flow.configure(&["--rate-limit", "1000", "--concurrency", "256"], &[]);
    flow.start_operator()?;
    flow.account_ready().await?;
    let planned_in = plan(&flow, scans, patience).await?;
    let alerts = alerts::LOGONS.map(|id| id.to_string());
    let spec = json!({"alertIDs": alerts, "operation": "block_ip", "blockIP": {"durationSeconds": 3600}});
    flow.create(&manifests::alert_action(ALERT, spec)?).await?;
    let (_, hash) = flow.pending::<SasAlertAction>(ALERT).await?;

    flow.kill_operator().await?;
    approve(&flow).await?;
    flow.configure(
        &["--rate-limit", &per_second.to_string(), "--concurrency", "256"],
        &[],
    );
    flow.start_operator()?;
    // More than what a full bucket lets through at once.
    wait::until_true("the scans wait for each other", || {
        ordered(&flow) > 2 * per_second as usize
    })
    .await?;
    let mut intent = flow.proxy.trap(Moment::BeforeAnswering, |asked| {
        asked.writes_status_of("sasalertactions", ALERT) && asked.has_open_intent()
    });
    let (before, approved) = (ordered(&flow), Instant::now());
    flow.approve::<SasAlertAction>(ALERT, &hash).await?;
    intent.caught().await?;
    let at_intent = ordered(&flow);
    intent.release();
    wait::until_true("the alert is handled", || {
        !flow.cloud.requests_of(alerts::HANDLE).is_empty()
    })
    .await?;
    let called_in = approved.elapsed();
    let log = flow.cloud.requests();
    let call = log
        .iter()
        .position(|request| request.action == alerts::HANDLE)
        .context("the call left")?;
    let after = log[..call]
        .iter()
        .filter(|request| request.action == SCAN)
        .count();
    Ok(Overtaken {
        waiting: scans.saturating_sub(after),
        since_approval: after.saturating_sub(before),
        since_intent: after.saturating_sub(at_intent),
        planned_in,
        called_in,
    })
}

/// Scans that were ordered so far.
fn ordered(flow: &Flow) -> usize {
    flow.cloud.requests_of(SCAN).len()
}

/// Writes scans and waits until each has its plan.
async fn plan(flow: &Flow, scans: usize, patience: Duration) -> Result<Duration> {
    let started = Instant::now();
    let spec = &json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"vulnerabilities": {}}});
    stream::iter(0..scans)
        .map(|number| async move {
            flow.create(&manifests::scan_job(&format!("scan-{number}"), spec)?)
                .await
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await?;
    while hashes(flow).await?.len() < scans {
        ensure!(
            started.elapsed() < patience,
            "{scans} scans are not planned within {patience:?}"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(started.elapsed())
}

/// Approves all scans.
async fn approve(flow: &Flow) -> Result<()> {
    stream::iter(hashes(flow).await?)
        .map(|(name, hash)| async move { flow.approve::<SasScanJob>(&name, &hash).await })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await
}

/// Names and plans of the scans that have one.
async fn hashes(flow: &Flow) -> Result<Vec<(String, String)>> {
    let jobs = flow.api::<SasScanJob>().list(&ListParams::default()).await?;
    let planned = jobs.items.iter().filter_map(|job| {
        let plan = job.status.as_ref()?.gate().plan.as_ref()?;
        Some((job.name_any(), plan.hash.clone()))
    });
    Ok(planned.collect())
}

/// A cloud whose servers have an edition.
fn protected() -> sas_sim::World {
    let mut world = cloud::world();
    for asset in world.centre(cloud::ACCOUNT, cloud::CENTRE).assets.values_mut() {
        (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::Subscription);
    }
    world
}
