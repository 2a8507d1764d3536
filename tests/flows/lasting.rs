//! What happens over time: a waiting plan holds still, a converged resource costs nothing, drift makes a
//! new plan with its own approval, and a deletion changes nothing in the cloud.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::DeleteParams;
use sas_api::kinds::{SasAccount, SasAuthBinding, SasInstallCode};
use sas_api::status::{GatePart, Phase};
use sas_api::{Reason, annotations, condition};
use sas_sim::world::{ClientStatus, Edition};
use sas_sim::{FaultKind, Rule};
use sas_tests::approve::{hash_of, refused};
use sas_tests::traffic::Asked;
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::json;

/// A flow with a binding of all web servers that has been carried out, and its hash.
async fn converged(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    let hash = flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok((flow, hash))
}

/// UUIDs that a write names.
fn bound(write: &sas_sim::Record) -> Vec<String> {
    let mut uuids: Vec<String> = write
        .parameters
        .iter()
        .filter(|(name, _)| name.starts_with("Bind."))
        .map(|(_, uuid)| uuid.clone())
        .collect();
    uuids.sort();
    uuids
}

pub async fn a_waiting_plan_holds_still(world: World) -> Result<()> {
    let flow = Flow::start(&world, "still").await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    flow.cloud.add_web_server(4);
    flow.cloud.add_web_server(5);
    flow.cloud.set_agent(2, ClientStatus::Offline);
    let named = |object: &SasAuthBinding| {
        let left = object
            .status
            .as_ref()
            .map(|s| s.not_in_plan.clone())
            .unwrap_or_default();
        left == ["web-4", "web-5"]
    };
    let api = flow.api::<SasAuthBinding>();
    let scaled = wait::object(&api, "web", "aware of new servers", named).await?;
    assert_eq!(hash_of(&scaled)?, hash, "scaling up changed the waiting plan");
    flow.cloud.set_agent(2, ClientStatus::Online);
    tokio::time::sleep(Duration::from_secs(12)).await;
    let (_, later) = flow.pending::<SasAuthBinding>("web").await?;
    assert_eq!(later, hash, "a flapping agent changed the waiting plan");

    flow.approve::<SasAuthBinding>("web", &hash).await?;
    wait::until_true("the approved plan is carried out", || {
        !flow.cloud.committed().is_empty()
    })
    .await?;
    let write = flow.cloud.only_write(cloud::BIND);
    assert_eq!(bound(&write), [cloud::web(1), cloud::web(2), cloud::web(3)]);

    // The new servers get a plan of their own, with an approval of its own.
    let next = wait::object(&api, "web", "waiting for the new servers", |object| {
        wait::in_phase(object, Phase::PendingApproval) && hash_of(object).is_ok_and(|next| next != hash)
    });
    let next = hash_of(&next.await?)?;
    assert_eq!(flow.cloud.committed().len(), 1);
    flow.approve::<SasAuthBinding>("web", &next).await?;
    wait::until_true("the next plan is carried out", || {
        flow.cloud.committed().len() == 2
    })
    .await?;
    assert_eq!(bound(&flow.cloud.committed()[1]), [cloud::web(4), cloud::web(5)]);
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    Ok(())
}

pub async fn a_plan_that_became_wrong_is_replaced(world: World) -> Result<()> {
    let flow = Flow::start(&world, "wrong").await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    flow.cloud.change(|centre| centre.assets.remove(&cloud::web(3)));
    let api = flow.api::<SasAuthBinding>();
    let replaced = wait::object(&api, "web", "planned anew", |object| {
        hash_of(object).is_ok_and(|next| next != hash)
    });
    let replaced = replaced.await?;
    let gate = replaced
        .status
        .as_ref()
        .map(GatePart::gate)
        .context("there is no status")?;
    assert_eq!(
        (gate.epoch, gate.plan.as_ref().map(|p| p.target_count)),
        (Some(2), Some(2))
    );
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_converged_resource_costs_no_write(world: World) -> Result<()> {
    let (flow, _) = converged(&world, "quiet").await?;
    flow.create(&manifests::install_code("agents")?).await?;
    flow.approve_pending::<SasInstallCode>("agents").await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    // The account counts the servers at its own pace.
    wait::object(
        &flow.api::<SasAccount>(),
        manifests::ACCOUNT_NAME,
        "up to date",
        |account| {
            let quota = account.status.as_ref().and_then(|status| status.quota.as_ref());
            quota.is_some_and(|quota| quota.servers_bound == 3)
        },
    )
    .await?;
    // The output Secret and the last event may still be on their way.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (mark, looked) = (flow.proxy.traffic().mark(), flow.cloud.mark());
    tokio::time::sleep(Duration::from_secs(35)).await;
    let writes: Vec<_> = flow
        .proxy
        .traffic()
        .since(mark)
        .into_iter()
        .filter(Asked::is_write)
        .collect();
    ensure!(
        writes.is_empty(),
        "a converged resource costs writes: {writes:#?}"
    );
    let requests = flow.cloud.requests();
    let looks = |action: &str| {
        requests
            .iter()
            .filter(|r| r.seq > looked && r.action == action)
            .count()
    };
    for action in [cloud::LIST_SERVERS, cloud::LIST_CODES] {
        ensure!(
            looks(action) >= 3,
            "{action}: {} looks only, so the quiet proves nothing",
            looks(action)
        );
    }
    assert_eq!(flow.cloud.committed().len(), 2);
    Ok(())
}

pub async fn drift_needs_a_new_approval(world: World) -> Result<()> {
    let (flow, hash) = converged(&world, "drift").await?;
    flow.cloud.set_edition(2, Edition::FREE);
    let api = flow.api::<SasAuthBinding>();
    let drifted = wait::phase(&api, "web", Phase::PendingApproval).await?;
    let drift = wait::condition(&drifted, condition::DRIFT_DETECTED).context("DriftDetected is missing")?;
    assert_eq!(drift.0, "True");
    // The old approval is still on the object; it is spent.
    let (_, reason, _) = wait::ready(&drifted).context("Ready is missing")?;
    assert_eq!(reason, Reason::AwaitingApproval.as_str());
    let next = hash_of(&drifted)?;
    ensure!(next != hash, "the drift's plan has the hash of the old one");
    wait::never("a write without approval", Duration::from_secs(12), || {
        flow.cloud.committed().len() != 1
    })
    .await?;
    flow.approve::<SasAuthBinding>("web", &next).await?;
    let settled = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    ensure!(
        wait::condition(&settled, condition::DRIFT_DETECTED).is_none(),
        "the drift is over"
    );
    assert_eq!(flow.cloud.committed().len(), 2);
    assert_eq!(bound(&flow.cloud.committed()[1]), [cloud::web(2)]);

    // The same drift again: neither of the two approvals counts.
    flow.cloud.set_edition(2, Edition::FREE);
    let (_, third) = flow.pending::<SasAuthBinding>("web").await?;
    ensure!(
        third != next && third != hash,
        "an approval that was spent would count again"
    );
    // The second approval is still on the object, and the first cannot be put there again.
    let approval = [(annotations::APPROVED_PLAN, json!(hash))];
    refused(&flow.as_approver::<SasAuthBinding>(), "web", &approval, &third).await?;
    wait::never("a write on a spent approval", Duration::from_secs(11), || {
        flow.cloud.committed().len() != 2
    })
    .await
}

pub async fn a_deletion_changes_nothing_in_the_cloud(world: World) -> Result<()> {
    let (flow, _) = converged(&world, "deleted").await?;
    flow.create(&manifests::install_code("agents")?).await?;
    flow.pending::<SasInstallCode>("agents").await?;
    let attempts = flow.cloud.write_attempts().len();
    let bindings = flow.as_developer::<SasAuthBinding>();
    let deleted = bindings.delete("web", &DeleteParams::default()).await?;
    ensure!(deleted.right().is_some(), "the deletion waits for something");
    let codes = flow.as_developer::<SasInstallCode>();
    ensure!(
        codes
            .delete("agents", &DeleteParams::default())
            .await?
            .right()
            .is_some(),
        "it waits"
    );
    ensure!(
        bindings.get_opt("web").await?.is_none(),
        "the binding is still there"
    );
    wait::never("a write after a deletion", Duration::from_secs(12), || {
        flow.cloud.write_attempts().len() != attempts
    })
    .await?;
    assert_eq!(flow.cloud.edition(1), Some(Edition::ULTIMATE));
    Ok(())
}

pub async fn a_deletion_under_way_undoes_nothing(world: World) -> Result<()> {
    let flow = Flow::start(&world, "orphan").await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let mut slow = Rule::new(FaultKind::Slow).on(cloud::BIND).times(1);
    slow.seconds = Some(3.0);
    flow.cloud.fault(slow)?;
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    wait::until_true("the call is under way", || flow.cloud.hits(FaultKind::Slow) == 1).await?;
    let bindings = flow.as_developer::<SasAuthBinding>();
    ensure!(
        bindings
            .delete("web", &DeleteParams::default())
            .await?
            .right()
            .is_some(),
        "it waits"
    );
    let notes = || {
        let events = flow.proxy.traffic().events(0, "SasAuthBinding", "web");
        let notes = events.iter().filter_map(|event| event.body["note"].as_str());
        notes.map(str::to_owned).collect::<Vec<_>>()
    };
    let told = || notes().iter().any(|note| note.contains("deleted"));
    wait::until_true("an event that tells the outcome", told).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    let outcome = notes().into_iter().find(|note| note.contains(&write.request_id));
    ensure!(outcome.is_some(), "no event has the request id: {:?}", notes());
    assert_eq!(flow.cloud.edition(1), Some(Edition::ULTIMATE));
    Ok(())
}
