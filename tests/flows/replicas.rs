//! Several replicas: one works, the next takes over when it dies, in the middle of a write as well, and
//! nobody works without the lease.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{Patch, PatchParams, PostParams};
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::operator::{LEASE, Operator};
use sas_tests::proxy::Moment;
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::json;

/// A flow in whose namespace the operator has the rights of its own one; no operator runs yet.
async fn with_leases(world: &World, name: &str) -> Result<Flow> {
    let flow = Flow::prepare(world, name, cloud::world()).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    let role: Role = serde_json::from_value(json!({
        "metadata": {"name": "leases"},
        "rules": [{
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
            "verbs": ["create", "get", "update"],
        }, {
            "apiGroups": ["sas-operator.io"], "resources": ["sasinstallcodes"], "verbs": ["create"],
        }],
    }))?;
    let binding: RoleBinding = serde_json::from_value(json!({
        "metadata": {"name": "leases"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "leases"},
        "subjects": [{"kind": "ServiceAccount", "name": "sas-operator", "namespace": "sas-system"}],
    }))?;
    flow.api::<Role>().create(&PostParams::default(), &role).await?;
    flow.api::<RoleBinding>()
        .create(&PostParams::default(), &binding)
        .await?;
    Ok(flow)
}

fn start(flow: &Flow, replica: &str) -> Result<Operator> {
    let mut setup = flow.setup();
    setup.replica = Some(replica.to_owned());
    "127.0.0.1:0".clone_into(&mut setup.listen);
    Operator::start(flow.world.operator()?, &setup)
}

async fn start_leader(flow: &Flow, replica: &str) -> Result<Operator> {
    let operator = start(flow, replica)?;
    leads(flow, replica).await?;
    Ok(operator)
}

/// Waits until a replica holds the lease.
async fn leads(flow: &Flow, replica: &str) -> Result<()> {
    wait::until(&format!("{replica} leads"), || async {
        let lease = flow.api::<Lease>().get_opt(LEASE).await?;
        let holder = lease
            .and_then(|lease| lease.spec?.holder_identity)
            .unwrap_or_default();
        Ok(holder.starts_with(replica).then_some(()))
    })
    .await
}

pub async fn the_second_takes_over_a_write(world: World) -> Result<()> {
    let flow = with_leases(&world, "takeover").await?;
    let first = start_leader(&flow, "first").await?;
    let _second = start(&flow, "second")?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let mut trap = flow.proxy.trap(Moment::BeforeAnswering, |asked| {
        asked.writes_status_of("sasauthbindings", "web") && asked.has_open_intent()
    });
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    trap.caught().await?;
    first.kill().await?;
    drop(trap);
    leads(&flow, "second").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_replica_that_is_asked_to_end_hands_over(world: World) -> Result<()> {
    let flow = with_leases(&world, "handover").await?;
    let mut first = start_leader(&flow, "first").await?;
    let mut second = start(&flow, "second")?;
    let asked = Instant::now();
    first.terminate().await?;
    ensure!(first.ended().await?, "it did not end well");
    leads(&flow, "second").await?;
    // A lease that is not given back takes 15 s to run out.
    ensure!(
        asked.elapsed() < Duration::from_secs(12),
        "handing over took {:?}",
        asked.elapsed()
    );
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    flow.pending::<SasAuthBinding>("web").await?;
    second.terminate().await?;
    ensure!(second.ended().await?, "it did not end well");
    Ok(())
}

pub async fn losing_the_lease_ends_the_process(world: World) -> Result<()> {
    let flow = with_leases(&world, "usurped").await?;
    let mut first = start_leader(&flow, "first").await?;
    let usurped = json!({"spec": {"holderIdentity": "usurper", "leaseDurationSeconds": 3600}});
    let patch = Patch::Merge(usurped);
    flow.api::<Lease>()
        .patch(LEASE, &PatchParams::default(), &patch)
        .await?;
    ensure!(!first.ended().await?, "it ended as if all were well");
    Ok(())
}
