//! Approvals in advance at work: a harmless plan runs without a person as often as its policy allows and no
//! more, a policy that is gone takes back what was not executed, and one in Shadow mode only takes notes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kube::Client;
use sas_api::annotations;
use sas_api::kinds::SasScanJob;
use sas_api::status::Phase;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, approve, cloud, kstatus, manifests, raw, wait};
use serde_json::{Value, json};

use crate::scan;

const PUSH: &str = "ModifyPushAllTask";

/// A flow in which a policy for one scan a day of the developer is in force.
async fn start(world: &World, name: &str, mode: &str) -> Result<(Flow, Client, String)> {
    let flow = scan::start(world, name).await?;
    let approver = world.client(Identity::Approver).await?;
    // A creation time has whole seconds, and the policy has to be younger than the operator's first look.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let policy = json!({
        "apiVersion": "sas-operator.io/v1alpha1",
        "kind": "SasApprovalPolicy",
        "metadata": {"name": "nightly"},
        "spec": {
            "kinds": ["SasScanJob"], "requesters": ["developer"], "maxTargets": 20, "maxPerDay": 1,
            "expires": "2099-01-01T00:00:00Z", "mode": mode,
        },
    });
    let all = raw::path("sasapprovalpolicies", &flow.namespace, "");
    let (created, answer) = raw::send(&approver, "POST", &all, policy).await?;
    ensure!(created == 201, "{answer}");
    let path = format!("{all}/nightly");
    wait::until("the policy is in force", async || {
        let policy = read(&approver, &path).await?;
        Ok(policy["status"]["inForce"].is_object().then_some(()))
    })
    .await?;
    Ok((flow, approver, path))
}

async fn read(client: &Client, path: &str) -> Result<Value> {
    Ok(raw::send(client, "GET", path, Value::Null).await?.1)
}

fn job(name: &str) -> Result<SasScanJob> {
    let spec = json!({
        "targets": {"uuids": [cloud::web(1)]}, "scans": {"vulnerabilities": {}}, "timeoutSeconds": 30,
    });
    manifests::scan_job(name, &spec)
}

/// No rule knows the time, but the API server has just written that of creation.
pub async fn a_policy_that_is_over_is_refused_or_says_so(world: World) -> Result<()> {
    let flow = scan::start(&world, "over").await?;
    let approver = world.client(Identity::Approver).await?;
    let all = raw::path("sasapprovalpolicies", &flow.namespace, "");
    let policy = |name: &str, expires: &str| {
        json!({
            "apiVersion": "sas-operator.io/v1alpha1",
            "kind": "SasApprovalPolicy",
            "metadata": {"name": name},
            "spec": {
                "kinds": ["SasScanJob", "SasInstallCode"], "requesters": ["developer"], "maxTargets": 20,
                "maxPerDay": 1, "expires": expires, "mode": "Enforce",
            },
        })
    };
    let past = policy("past", "2020-01-01T00:00:00Z");
    let (refused, answer) = raw::send(&approver, "POST", &all, past).await?;
    let message = answer["message"].as_str().unwrap_or_default();
    ensure!(
        refused == 422 && message.contains("spec.expires is in the past"),
        "{answer}"
    );
    let soon = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_secs(25))?;
    let (created, answer) = raw::send(&approver, "POST", &all, policy("soon", &soon.to_string())).await?;
    ensure!(created == 201, "{answer}");
    let path = format!("{all}/soon");
    let over = wait::until("the policy has expired", async || {
        let policy = read(&approver, &path).await?;
        // The operator looks again within a minute, or when somebody touches the policy.
        let touch = json!({"metadata": {"annotations": {"test": jiff::Timestamp::now().to_string()}}});
        raw::send_as(&approver, "PATCH", &path, "application/merge-patch+json", touch).await?;
        Ok((policy["status"]["phase"] == "Failed").then_some(policy))
    })
    .await?;
    assert_eq!(kstatus::read(&over), kstatus::Kstatus::Failed);
    ensure!(over["status"]["inForce"].is_null(), "{over}");
    assert_eq!(over["status"]["kinds"], "SasScanJob, SasInstallCode");
    Ok(())
}

pub async fn a_scan_is_approved_in_advance_once_a_day(world: World) -> Result<()> {
    let (flow, approver, path) = start(&world, "advance-scan", "Enforce").await?;
    flow.create(&job("one")?).await?;
    let done = flow.phase::<SasScanJob>("one", Phase::Succeeded).await?;
    let gate = done.status.context("the job has a status")?.gate;
    let approval = gate.approval.context("the approval is recorded")?;
    let by = approval.by.unwrap_or_default();
    ensure!(
        by.starts_with("policy:nightly@sha256:") && approval.source == "Policy",
        "{by}"
    );
    flow.cloud.only_write(PUSH);
    let used = &read(&approver, &path).await?["status"]["uses"];
    ensure!(
        used.as_array().is_some_and(|uses| uses.len() == 1) && used[0]["hash"] == approval.hash,
        "{used}"
    );
    // The day is used up: the next one waits for a person, and a person can still approve it.
    flow.create(&job("two")?).await?;
    flow.approve_pending::<SasScanJob>("two").await?;
    let done = flow.phase::<SasScanJob>("two", Phase::Succeeded).await?;
    let gate = done.status.context("the job has a status")?.gate;
    ensure!(
        gate.approval
            .is_some_and(|approval| approval.source == "Annotation")
    );
    ensure!(flow.cloud.committed().len() == 2);
    Ok(())
}

pub async fn a_policy_that_goes_takes_back_what_was_not_executed(world: World) -> Result<()> {
    let (flow, approver, path) = start(&world, "advance-gone", "Enforce").await?;
    let mut paused = job("paused")?;
    paused.metadata.annotations = Some([(annotations::PAUSED.to_owned(), "wait".to_owned())].into());
    flow.create(&paused).await?;
    wait::reason(&flow.api::<SasScanJob>(), "paused", sas_api::Reason::Paused).await?;
    let (deleted, answer) = raw::send(&approver, "DELETE", &path, Value::Null).await?;
    ensure!(deleted == 200, "{answer}");
    let developer = flow.api::<SasScanJob>();
    approve::annotate(&developer, "paused", &[(annotations::PAUSED, Value::Null)]).await?;
    flow.pending::<SasScanJob>("paused").await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_policy_in_the_shadow_takes_notes(world: World) -> Result<()> {
    let (flow, approver, path) = start(&world, "advance-shadow", "Shadow").await?;
    flow.create(&job("one")?).await?;
    let (_, hash) = flow.pending::<SasScanJob>("one").await?;
    // A touch has the operator look at the policy at once.
    let touch = json!({"metadata": {"annotations": {"example.com/touch": "1"}}});
    let media = "application/merge-patch+json";
    raw::send_as(&approver, "PATCH", &path, media, touch).await?;
    wait::until("the plan is noted", async || {
        let noted = &read(&approver, &path).await?["status"]["wouldHaveApproved"];
        Ok((noted[0]["hash"] == hash.as_str()).then_some(()))
    })
    .await?;
    flow.cloud.assert_no_write();
    Ok(())
}
