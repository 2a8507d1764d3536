//! What the tools make of a state: nothing looks finished before it is, and waiting for a person is no
//! failure.

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use sas_api::Reason;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_sim::{FaultKind, Rule};
use sas_tests::gitops::{Tool, judge};
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::{Flow, World, cloud, manifests, raw, wait};
use serde_json::{Value, json};

use super::Repository;

/// Fails unless Flux and Argo CD judge the object so; returns what Argo CD shows.
async fn assert_judged(flow: &Flow, path: &str, flux: Kstatus, argocd: &str) -> Result<String> {
    let (_, object) = raw::send(&flow.admin(), "GET", path, Value::Null).await?;
    let judged = judge(&flow.world, &object).await?;
    ensure!(
        (judged.flux.as_str(), judged.argocd.as_str()) == (format!("{flux:?}").as_str(), argocd),
        "{path} is judged {judged:?}: {object:#}"
    );
    // Other flows rely on this reading of kstatus.
    assert_eq!(kstatus::read(&object), flux, "{path}");
    Ok(judged.message)
}

pub async fn the_tools_read_every_state(world: World) -> Result<()> {
    let mut repository = Repository::new(&world, Tool::ArgoCd, &["web"]).await?;
    let path = raw::path("sasauthbindings", &repository.flow.namespace, "/web");
    let flow = &mut repository.flow;
    let account = raw::path("sasaccounts", &flow.namespace, "/main");
    flow.account_ready().await?;
    assert_judged(flow, &account, Kstatus::Current, "Healthy").await?;
    let message = assert_judged(flow, &path, Kstatus::InProgress, "Suspended").await?;
    ensure!(message.contains("kubectl annotate"), "Argo CD shows {message}");

    // What it waits for is no person.
    let lost = manifests::binding_of("lost", "Ultimate", &[cloud::web(9)])?;
    repository.manifests.push(serde_json::to_value(lost)?);
    repository.sync().await?;
    let flow = &mut repository.flow;
    flow.phase::<SasAuthBinding>("lost", Phase::Blocked).await?;
    let blocked = raw::path("sasauthbindings", &flow.namespace, "/lost");
    assert_judged(flow, &blocked, Kstatus::InProgress, "Progressing").await?;

    // A commit that the operator has not seen; the old status says that something waits.
    flow.kill_operator().await?;
    repository.manifests[0]["spec"]["edition"] = json!("Enterprise");
    repository.sync().await?;
    assert_judged(&repository.flow, &path, Kstatus::InProgress, "Progressing").await?;
    // An object that the operator has not seen.
    let code = serde_json::to_value(manifests::install_code("agents")?)?;
    repository.manifests.push(code);
    repository.sync().await?;
    let code = raw::path("sasinstallcodes", &repository.flow.namespace, "/agents");
    assert_judged(&repository.flow, &code, Kstatus::InProgress, "Progressing").await?;
    repository.flow.start_operator()?;

    repository.flow.pending::<SasAuthBinding>("web").await?;
    repository.plugin(&["reject", "web"]).await?.well()?;
    let flow = &repository.flow;
    let api = flow.api::<SasAuthBinding>();
    wait::reason(&api, "web", Reason::Rejected).await?;
    assert_judged(flow, &path, Kstatus::Failed, "Degraded").await?;
    carried_out(&mut repository, &path).await
}

/// From a rejection to the end, through a commit that makes another plan.
async fn carried_out(repository: &mut Repository, path: &str) -> Result<()> {
    repository.manifests[0]["spec"]["edition"] = json!("Ultimate");
    repository.sync().await?;
    repository.flow.pending::<SasAuthBinding>("web").await?;
    repository.pause(json!("maintenance")).await?;
    repository.approve_by_command("web").await?;
    let flow = &repository.flow;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::Paused).await?;
    assert_judged(flow, path, Kstatus::InProgress, "Suspended").await?;

    let mut slow = Rule::new(FaultKind::Slow).on(cloud::BIND).times(1);
    slow.seconds = Some(5.0);
    flow.cloud.fault(slow)?;
    repository.pause(Value::Null).await?;
    wait::until_true("the call is under way", || flow.cloud.hits(FaultKind::Slow) == 1).await?;
    assert_judged(flow, path, Kstatus::InProgress, "Progressing").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    assert_judged(flow, path, Kstatus::Current, "Healthy").await?;
    Ok(())
}

/// What comes after a write in one Application waits for the write, and so for the approval.
pub async fn a_sync_wave_waits_for_the_approval(world: World) -> Result<()> {
    let mut repository = Repository::new(&world, Tool::ArgoCd, &["web"]).await?;
    repository.manifests[0]["metadata"]["labels"] = json!({"team": "blue"});
    repository.manifests.push(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "later", "annotations": {"argocd.argoproj.io/sync-wave": "1"}},
    }));
    let later = repository.flow.api::<ConfigMap>();
    let approved = async {
        let applied = || async {
            let labels = repository.stored("web").await?.labels().clone();
            Ok(labels.contains_key("team").then_some(()))
        };
        wait::until("the first wave is applied", applied).await?;
        repository.assert_nothing_written().await?;
        ensure!(
            later.get_opt("later").await?.is_none(),
            "the second wave did not wait"
        );
        repository.approve_by_command("web").await
    };
    let (synced, approved) = tokio::join!(repository.sync(), approved);
    approved?;
    synced?;
    ensure!(
        later.get_opt("later").await?.is_some(),
        "the second wave is missing"
    );
    repository.assert_carried_out().await
}

/// A hook is over when its write is; made anew by the next sync, it finds everything as wanted.
pub async fn a_hook_ends_with_the_write(world: World) -> Result<()> {
    let mut repository = Repository::new(&world, Tool::ArgoCd, &[]).await?;
    let mut hook = serde_json::to_value(manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)?;
    hook["metadata"]["annotations"] = json!({
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    });
    repository.manifests = vec![hook];
    let (synced, approved) = tokio::join!(repository.sync(), approved_hook(&repository));
    approved?;
    synced?;
    repository.assert_carried_out().await?;

    let before = repository.stored("web").await?.uid();
    repository.sync().await?;
    let again = repository.stored("web").await?;
    ensure!(again.uid() != before, "the hook was not made anew");
    ensure!(
        wait::in_phase(&again, Phase::Ready),
        "the sync did not wait for {again:?}"
    );
    repository.assert_carried_out().await
}

async fn approved_hook(repository: &Repository) -> Result<()> {
    let api = repository.flow.api::<SasAuthBinding>();
    wait::until("the hook is there", async || {
        Ok(api.get_opt("web").await?.map(|_| ()))
    })
    .await?;
    repository.approve_by_command("web").await?;
    Ok(())
}
