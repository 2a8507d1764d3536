//! Calls whose fate shows late: the effect lags behind the reply, or the operator returns when the bytes
//! of its intent are long worthless. A call that provably never ran is made anew, one that ran is not.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use kube::core::object::HasStatus;
use sas_api::kinds::{SasAuthBinding, SasInstallCode};
use sas_api::status::{GatePart, Phase};
use sas_sim::world::InstallCode;
use sas_sim::{FaultKind, Rule, Stage};
use sas_tests::{Flow, World, cloud, manifests, wait};

use crate::crash::Subject;

const NAME: &str = "subject";
/// Longer than the gateway remembers a nonce.
const FORGOTTEN_SECONDS: f64 = 33.0 * 60.0;

/// The operator dies over a call and comes back when no copy of it can be accepted any more.
async fn return_after_long<S: Subject>(world: &World, stage: Stage) -> Result<(Flow, String)> {
    let mut flow = Flow::start_in(world, "long-after", S::cloud(None)).await?;
    flow.create(&S::manifest()?).await?;
    let (_, hash) = flow.pending::<S::Kind>(NAME).await?;
    let mut hang = Rule::new(FaultKind::Hang).on(S::WRITES).times(1);
    hang.stage = Some(stage);
    flow.cloud.fault(hang)?;
    flow.approve_because::<S::Kind>(NAME, &hash, Some("a drill"))
        .await?;
    wait::until_true("the call hangs", || flow.cloud.hits(FaultKind::Hang) == 1).await?;
    flow.kill_operator().await?;
    assert_eq!(
        flow.cloud.committed().len(),
        usize::from(stage == Stage::AfterCommit)
    );
    flow.cloud.step_clock(FORGOTTEN_SECONDS)?;
    flow.start_operator()?;
    Ok((flow, hash))
}

pub async fn a_call_that_never_ran_is_made_anew<S: Subject>(world: World) -> Result<()> {
    let (flow, hash) = return_after_long::<S>(&world, Stage::Gateway).await?;
    let done = flow.phase::<S::Kind>(NAME, S::DONE).await?;
    let write = flow.cloud.only_write(S::WRITES);
    let attempts = flow.cloud.requests_of(S::WRITES);
    assert_eq!(attempts.len(), 2, "{attempts:#?}");
    ensure!(
        attempts[0].nonce != attempts[1].nonce,
        "worthless bytes were sent again"
    );
    let execution = done
        .status()
        .and_then(|s| s.gate().execution.clone())
        .context("no execution")?;
    assert_eq!(
        execution.hash, hash,
        "another plan than the approved one was carried out"
    );
    let receipt = execution.calls[0]
        .receipt
        .as_ref()
        .context("the receipt is missing")?;
    assert_eq!(receipt.request_id.as_deref(), Some(write.request_id.as_str()));
    Ok(())
}

/// Where a repeat may do harm, nobody makes it on suspicion.
pub async fn a_call_that_never_ran_is_left_to_people<S: Subject>(world: World) -> Result<()> {
    let (flow, _) = return_after_long::<S>(&world, Stage::Gateway).await?;
    flow.phase::<S::Kind>(NAME, Phase::OutcomeUnknown).await?;
    assert_eq!(flow.cloud.requests_of(S::WRITES).len(), 1, "it was sent again");
    ensure!(flow.cloud.committed().is_empty(), "{:?}", flow.cloud.committed());
    Ok(())
}

pub async fn a_call_that_ran_is_found<S: Subject>(world: World) -> Result<()> {
    let (flow, _) = return_after_long::<S>(&world, Stage::AfterCommit).await?;
    flow.phase::<S::Kind>(NAME, S::DONE).await?;
    flow.cloud.only_write(S::WRITES);
    assert_eq!(flow.cloud.requests_of(S::WRITES).len(), 1, "it was sent again");
    Ok(())
}

/// A cloud whose readers see a change after some seconds.
/// The reply is lost and no effect is to be seen: it looks as if the call had not run, and it has.
pub async fn a_lost_reply_with_a_late_effect_is_no_reason_to_repeat<S: Subject>(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "lost-and-late", S::cloud(Some(8))).await?;
    flow.create(&S::manifest()?).await?;
    let (_, hash) = flow.pending::<S::Kind>(NAME).await?;
    flow.cloud.fault_once(FaultKind::CommitThenReset, S::WRITES)?;
    flow.approve_because::<S::Kind>(NAME, &hash, Some("a drill"))
        .await?;
    flow.phase::<S::Kind>(NAME, S::DONE).await?;
    let write = flow.cloud.only_write(S::WRITES);
    for attempt in flow.cloud.requests_of(S::WRITES) {
        assert_eq!(attempt.nonce, write.nonce, "other bytes were sent");
    }
    Ok(())
}

/// The bytes of the intent cannot be signed again, and the effect is not to be seen yet.
pub async fn another_key_is_no_reason_to_repeat<S: Subject>(world: World) -> Result<()> {
    let mut flow = Flow::start_in(&world, "rotated", S::cloud(Some(8))).await?;
    flow.create(&S::manifest()?).await?;
    let (_, hash) = flow.pending::<S::Kind>(NAME).await?;
    flow.cloud.fault_once(FaultKind::CommitThenHang, S::WRITES)?;
    flow.approve_because::<S::Kind>(NAME, &hash, Some("a drill"))
        .await?;
    wait::until_true("the call ran", || flow.cloud.committed().len() == 1).await?;
    flow.kill_operator().await?;
    let (access_key, secret) = ("LTAI5tRotatedKey00000016", "canaryRotatedSecret0123456789");
    flow.cloud.rotate_key(access_key, secret);
    flow.replace_credentials(&manifests::credentials(access_key, secret)?)
        .await?;
    flow.start_operator()?;
    flow.phase::<S::Kind>(NAME, S::DONE).await?;
    flow.cloud.only_write(S::WRITES);
    Ok(())
}

pub async fn an_effect_that_lags_is_waited_for(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "lag", cloud::lagging_world(8)).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    flow.create(&manifests::install_code("agents")?).await?;
    flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.approve_pending::<SasInstallCode>("agents").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Verifying).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    let mut actions: Vec<_> = flow
        .cloud
        .committed()
        .into_iter()
        .map(|write| write.action)
        .collect();
    actions.sort();
    assert_eq!(actions, [cloud::ADD_CODE, cloud::BIND]);
    Ok(())
}

pub async fn a_code_that_runs_out_is_renewed_by_a_new_plan(world: World) -> Result<()> {
    let mut ending = cloud::world();
    let hours = |count| {
        Timestamp::now()
            .checked_add(SignedDuration::from_hours(count))
            .ok()
    };
    let code = InstallCode {
        vendor_name: "ALIYUN".to_owned(),
        expires_at: hours(48),
        ..InstallCode::default()
    };
    let codes = &mut ending.centre(cloud::ACCOUNT, cloud::CENTRE).install_codes;
    codes.insert("oldCode1".to_owned(), code);
    let flow = Flow::start_in(&world, "renewal", ending).await?;
    flow.create(&manifests::install_code("agents")?).await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    flow.cloud.assert_no_write();
    flow.cloud.change(|centre| {
        if let Some(code) = centre.install_codes.get_mut("oldCode1") {
            code.expires_at = hours(12);
        }
    });
    flow.pending::<SasInstallCode>("agents").await?;
    flow.cloud.assert_no_write();
    assert_eq!(
        delivered(&flow).await?,
        "oldCode1",
        "the old code is gone before the new one is there"
    );
    flow.approve_pending::<SasInstallCode>("agents").await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    flow.cloud.only_write(cloud::ADD_CODE);
    let new = delivered(&flow).await?;
    ensure!(
        new != "oldCode1" && flow.cloud.install_codes().contains(&new),
        "{new}"
    );
    Ok(())
}

async fn delivered(flow: &Flow) -> Result<String> {
    let secret = flow.api::<Secret>().get("agents-install-code").await?;
    let code = secret
        .data
        .and_then(|mut data| data.remove("code"))
        .context("no code")?;
    Ok(String::from_utf8(code.0)?)
}
