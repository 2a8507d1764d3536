//! Stopping a scan is a write like any other: whoever asks for it does not approve it, and an approval of the
//! scan is none of its stop.

use anyhow::{Context, Result, ensure};
use sas_api::annotations;
use sas_api::kinds::SasScanJob;
use sas_api::status::{GatePart, Outcome, Phase};
use sas_sim::world::ClientStatus;
use sas_tests::paths::{self, CHANGES, PATCHES, refused};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, approve, cloud, manifests, raw, wait};
use serde_json::{Value, json};

use super::annotated;
use crate::scan::{self, ADD, SELECT};
use crate::scan_partial;
use crate::scan_stop::{self, CANCEL, JOB};

const REQUEST: &str = "1";

fn path(flow: &Flow) -> String {
    raw::path("sasscanjobs", &flow.namespace, &format!("/{JOB}"))
}

async fn stored(flow: &Flow) -> Result<Value> {
    Ok(raw::send(&flow.admin(), "GET", &path(flow), Value::Null).await?.1)
}

/// A decision is refused by all of these ways, with these words.
async fn all_refused(flow: &Flow, who: Identity, hash: &str, words: &str) -> Result<()> {
    let client = flow.world.client(who).await?;
    let approval = json!({annotations::APPROVED_PLAN: hash});
    let approval = flow.world.decision(who.user(), &approval);
    for way in PATCHES {
        let answer = paths::change(&client, way, &path(flow), &approval).await?;
        refused(&format!("{way}: {approval}"), &answer, words)?;
    }
    Ok(())
}

/// Asks as an approver, who may change annotations and nothing else.
async fn asked_by(flow: &Flow, who: Identity) -> Result<String> {
    let request = flow
        .world
        .request_to_stop(who.user(), &stored(flow).await?, REQUEST);
    let client = flow.world.client(who).await?;
    let answer = paths::change(&client, "merge patch", &path(flow), &request).await?;
    ensure!(answer.status == 200, "{answer:?}");
    scan_stop::planned(flow).await
}

pub async fn who_asks_to_stop_a_scan_does_not_approve_it(world: World) -> Result<()> {
    let flow = scan_stop::running(&world, "stop-own", 3_600).await?;
    let who = Identity::Approver2;
    let hash = asked_by(&flow, who).await?;
    let annotations = stored(&flow).await?["metadata"]["annotations"].clone();
    assert_eq!(annotations[annotations::REQUESTED_BY], "developer,approver2");
    all_refused(&flow, who, &hash, "you wrote this spec yourself").await?;
    assert_eq!(flow.cloud.requests_of(CANCEL).len(), 0);
    // Somebody else may.
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let job = flow.get::<SasScanJob>(JOB).await?;
    let gate = job.status.as_ref().context("there is no status")?.gate();
    let stop = gate.stopped_by.last().context("nothing stopped it")?;
    assert_eq!(stop.outcome, Some(Outcome::Succeeded));
    assert_eq!(stop.requested_by.as_deref(), Some("developer,approver2"));
    let receipt = stop.calls[0].receipt.as_ref().context("there is no receipt")?;
    let cancelled = flow.cloud.requests_of(CANCEL).remove(0).parameters;
    assert_eq!(receipt.field("TaskId"), Some(cancelled["TaskId"].as_str()));
    assert_eq!(flow.cloud.requests_of(CANCEL).len(), 1);
    Ok(())
}

/// Whoever asks cannot name somebody else instead, nor take the names of the others away.
pub async fn nobody_asks_in_another_name(world: World) -> Result<()> {
    let flow = scan_stop::running(&world, "stop-name", 3_600).await?;
    let before = stored(&flow).await?["metadata"]["annotations"][annotations::REQUESTED_BY].clone();
    let client = world.client(Identity::Approver2).await?;
    let forged = [
        json!("somebody"),
        json!("developer,somebody"),
        json!(""),
        json!("approver2"),
    ];
    for (number, claimed) in forged.iter().enumerate() {
        for way in CHANGES {
            let request = annotated(&json!({
                annotations::CANCEL: format!("forged-{number}"), annotations::REQUESTED_BY: claimed,
            }));
            // Refused, or overwritten with the truth by the API server.
            let answer = paths::change(&client, way, &path(&flow), &request).await?;
            ensure!(
                !world.stamped || answer.status == 200 || answer.status == 403,
                "{way}: {answer:?}"
            );
            let named = stored(&flow).await?["metadata"]["annotations"][annotations::REQUESTED_BY].clone();
            ensure!(
                named == before || named == "developer,approver2",
                "{way} {claimed}: {named}"
            );
        }
    }
    assert_eq!(flow.cloud.requests_of(CANCEL).len(), 0);
    Ok(())
}

pub async fn an_approval_of_a_scan_is_none_of_its_stop(world: World) -> Result<()> {
    let flow = scan_stop::running(&world, "stop-other", 3_600).await?;
    let scan = approve::hash_of(&flow.get::<SasScanJob>(JOB).await?)?;
    let developer = world.client(Identity::Developer).await?;
    let request = world.request_to_stop("developer", &stored(&flow).await?, REQUEST);
    let answer = paths::change(&developer, "merge patch", &path(&flow), &request).await?;
    ensure!(answer.status == 200, "{answer:?}");
    let stop = scan_stop::planned(&flow).await?;
    // It stands there still: taken away and given anew it is refused.
    assert_eq!(
        stored(&flow).await?["metadata"]["annotations"][annotations::APPROVED_PLAN],
        scan
    );
    let approver = world.client(Identity::Approver).await?;
    let none = annotated(&json!({annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null}));
    let answer = paths::change(&approver, "merge patch", &path(&flow), &none).await?;
    ensure!(answer.status == 200, "{answer:?}");
    let words = "must be the full hash of the published plan";
    all_refused(&flow, Identity::Approver, &scan, words).await?;
    wait::never("a stop", std::time::Duration::from_secs(3), || {
        !flow.cloud.requests_of(CANCEL).is_empty()
    })
    .await?;
    flow.approve::<SasScanJob>(JOB, &stop).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    assert_eq!(flow.cloud.requests_of(CANCEL).len(), 1);
    // Nor does the approval of the stop begin the scan once more.
    let again = [(annotations::RETRY, json!("1"))];
    approve::annotate(&flow.as_developer::<SasScanJob>(), JOB, &again).await?;
    let (_, next) = flow.pending::<SasScanJob>(JOB).await?;
    ensure!(next != scan && next != stop, "a hash comes back");
    assert_eq!(flow.cloud.committed().len(), 2);
    let answer = paths::change(&approver, "merge patch", &path(&flow), &none).await?;
    ensure!(answer.status == 200, "{answer:?}");
    all_refused(&flow, Identity::Approver, &stop, words).await?;
    all_refused(&flow, Identity::Approver, &scan, words).await?;
    assert_eq!(flow.cloud.committed().len(), 2);
    Ok(())
}

/// A job between two of its calls, which waits for a server: an approver who asked to stop it now would be a
/// writer of the plan, and the approval of the rest void.
pub async fn nobody_asks_between_two_calls(world: World) -> Result<()> {
    let flow = scan::start(&world, "stop-between").await?;
    let spec = json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"virus": {}}});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    let hash = flow.pending::<SasScanJob>(JOB).await?.1;
    scan_partial::held_at(&flow, ADD, &hash).await?;
    flow.cloud.set_agent(1, ClientStatus::Offline);
    let is_between = |job: &SasScanJob| {
        let said = wait::ready(job).map(|(_, _, message)| message);
        said.is_some_and(|said| said.contains("waiting until it can"))
    };
    wait::object(&flow.api::<SasScanJob>(), JOB, "between two calls", is_between).await?;
    flow.cloud.heal();
    assert_eq!(flow.cloud.carried_out(), [SELECT]);
    let who = Identity::Approver;
    let client = world.client(who).await?;
    for way in PATCHES {
        let request = world.request_to_stop(who.user(), &stored(&flow).await?, REQUEST);
        let answer = paths::change(&client, way, &path(&flow), &request).await?;
        let words = "the operator has not made all of its calls yet";
        refused(&format!("{way}: {request}"), &answer, words)?;
    }
    flow.cloud.set_agent(1, ClientStatus::Online);
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    Ok(())
}
