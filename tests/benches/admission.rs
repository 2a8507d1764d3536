//! What the admission policies cost: the time of a patch as its sender sees it, guarded and, after the
//! policies' bindings were taken away, unguarded; and of a ConfigMap's patch, which they never see. It needs a
//! control plane of its own, see docs/approval.md, and leaves it unguarded.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kube::Client;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, paths, raw, wait};
use serde_json::{Value, json};

/// Patches of each sort; every other one of the decisions approves, the ones between revoke.
const PATCHES: usize = 600;
/// Not counted: connections are opened, policies are compiled.
const WARM_UP: usize = 50;

#[tokio::main]
async fn main() -> Result<()> {
    let Some(world) = World::of_bench()? else {
        return Ok(());
    };
    let mut flow = Flow::start(&world, "bench").await?;
    let web = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    flow.create(&web).await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    // It would react to what is measured.
    flow.kill_operator().await?;
    let developer = world.client(Identity::Developer).await?;
    let approver = world.client(Identity::Approver).await?;
    let path = raw::path("sasauthbindings", &flow.namespace, "/web");
    let config_map = config_map(&flow, &developer).await?;

    println!("{PATCHES} patches each, one after the other, in milliseconds");
    println!("{:44} {:>7} {:>7} {:>7}", "", "p50", "p95", "p99");
    report("ConfigMap, annotation", &developer, &config_map, marked).await?;
    let decide = |number| decision(&world, &hash, number);
    report("guarded, annotation", &developer, &path, marked).await?;
    report("guarded, approval and revocation", &approver, &path, decide).await?;
    let name = unguard(&flow).await?;
    ensure!(name > 0, "there were no policies");
    report("unguarded, annotation", &developer, &path, marked).await?;
    report("unguarded, approval and revocation", &approver, &path, decide).await
}

fn marked(number: usize) -> Value {
    json!({"metadata": {"annotations": {"example.com/number": number.to_string()}}})
}

fn decision(world: &World, hash: &str, number: usize) -> Value {
    if number.is_multiple_of(2) {
        return world.decision("approver", &json!({annotations::APPROVED_PLAN: hash}));
    }
    json!({"metadata": {"annotations": {annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null}}})
}

async fn config_map(flow: &Flow, developer: &Client) -> Result<String> {
    let path = format!("/api/v1/namespaces/{}/configmaps", flow.namespace);
    let object = json!({"metadata": {"name": "bench"}, "data": {"a": "b"}});
    let answer = raw::send_full(developer, "POST", &path, object).await?;
    ensure!(answer.status == 201, "{answer:?}");
    Ok(format!("{path}/bench"))
}

async fn report(what: &str, client: &Client, path: &str, change: impl Fn(usize) -> Value) -> Result<()> {
    let mut times = Vec::with_capacity(PATCHES);
    for number in 0..WARM_UP + PATCHES {
        let change = change(number);
        let start = Instant::now();
        let answer = paths::change(client, "merge patch", path, &change).await?;
        let took = start.elapsed();
        ensure!(answer.status == 200, "{answer:?}");
        if number >= WARM_UP {
            times.push(took);
        }
    }
    times.sort();
    let [p50, p95, p99] = [50, 95, 99].map(|percent| milliseconds(times[times.len() * percent / 100]));
    println!("{what:44} {p50:7.2} {p95:7.2} {p99:7.2}");
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Takes all bindings of our policies away and waits until nothing is refused; returns how many there were.
async fn unguard(flow: &Flow) -> Result<usize> {
    let admin = flow.admin();
    let base = "/apis/admissionregistration.k8s.io/v1";
    let mut count = 0;
    for plural in [
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicybindings",
    ] {
        let (_, list) = raw::send(&admin, "GET", &format!("{base}/{plural}"), Value::Null).await?;
        for binding in list["items"].as_array().into_iter().flatten() {
            let name = binding["metadata"]["name"]
                .as_str()
                .context("a binding has a name")?;
            raw::send(&admin, "DELETE", &format!("{base}/{plural}/{name}"), Value::Null).await?;
            count += 1;
        }
    }
    let collection = raw::path("sasauthbindings", &flow.namespace, "?dryRun=All");
    let mut born = serde_json::to_value(manifests::binding_of("born", "Ultimate", &[cloud::web(2)])?)?;
    born["metadata"]["annotations"] = json!({annotations::APPROVED_PLAN: "x"});
    wait::until("nobody guards", async || {
        let answer = raw::send_full(&admin, "POST", &collection, born.clone()).await?;
        Ok((answer.status == 201).then_some(()))
    })
    .await?;
    Ok(count)
}
