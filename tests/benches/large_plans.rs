//! What a large plan costs: the time from `kubectl apply` of a scan of so many servers to its published plan,
//! the reads of the cloud that it took, and the sizes of the objects that hold it. It needs a control plane of
//! its own, see CONTRIBUTING.md.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use sas_api::kinds::SasScanJob;
use sas_api::status::GatePart;
use sas_sim::world::{Billing, Edition};
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::json;

/// Servers of a job.
const SIZES: [u32; 4] = [10, 100, 1_000, 10_000];
/// Ten thousand servers are a hundred pages, of which the operator reads ten in a second.
const PATIENCE: Duration = Duration::from_mins(10);

#[tokio::main]
async fn main() -> Result<()> {
    let Some(world) = World::of_bench()? else {
        return Ok(());
    };
    println!(
        "{:>8} {:>9} {:>7} {:>7} {:>12} {:>12} {:>14}",
        "servers", "seconds", "reads", "calls", "object", "ConfigMaps", "the largest"
    );
    for servers in SIZES {
        measure(&world, servers).await?;
    }
    Ok(())
}

async fn measure(world: &World, servers: u32) -> Result<()> {
    let flow = Flow::start_in(world, &format!("large-{servers}"), protected(servers)).await?;
    flow.account_ready().await?;
    let before = flow.cloud.requests().len();
    let spec = json!({"targets": {"selector": {"groupNames": ["web"]}}, "scans": {"vulnerabilities": {}}});
    let started = Instant::now();
    flow.create(&manifests::scan_job("all", &spec)?).await?;
    let job = published(&flow).await?;
    let took = started.elapsed();
    let reads = flow.cloud.requests().len() - before;
    let maps: Api<ConfigMap> = Api::namespaced(flow.admin(), &flow.namespace);
    let owner = job.uid();
    let mut sizes = Vec::new();
    for map in maps.list(&ListParams::default()).await?.items {
        if map
            .owner_references()
            .iter()
            .any(|other| Some(&other.uid) == owner.as_ref())
        {
            sizes.push(serde_json::to_vec(&map)?.len());
        }
    }
    let plan = job.status.as_ref().and_then(|status| status.gate().plan.as_ref());
    let calls = plan.map_or(0, |published| published.call_count);
    println!(
        "{servers:>8} {:>9.1} {reads:>7} {calls:>7} {:>12} {:>12} {:>14}",
        took.as_secs_f64(),
        kib(serde_json::to_vec(&job)?.len()),
        sizes.len(),
        kib(sizes.into_iter().max().unwrap_or_default()),
    );
    Ok(())
}

/// The job once its plan is published.
async fn published(flow: &Flow) -> Result<SasScanJob> {
    let started = Instant::now();
    loop {
        let job: SasScanJob = flow.get("all").await?;
        if job
            .status
            .as_ref()
            .is_some_and(|status| status.gate().plan.is_some())
        {
            return Ok(job);
        }
        (started.elapsed() < PATIENCE)
            .then_some(())
            .with_context(|| format!("there is no plan yet: {:?}", job.status))?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A cloud with so many servers, each of which has an edition.
fn protected(servers: u32) -> sas_sim::World {
    let mut world = cloud::world_of(servers);
    for asset in world.centre(cloud::ACCOUNT, cloud::CENTRE).assets.values_mut() {
        (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::Subscription);
    }
    world
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}
