//! The cloud misbehaves: replies are lost or unreadable after the call ran, calls are throttled or
//! forbidden, credentials end. An approved write is carried out once, as soon as it can be, and people
//! read in the condition what is missing.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use sas_api::Reason;
use sas_api::kinds::{SasAccount, SasAuthBinding, SasInstallCode};
use sas_api::status::{GatePart, Phase};
use sas_engine::operation::Gate;
use sas_sim::{FaultKind, Rule, Stage};
use sas_tests::wait;
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::json;

use crate::crash::Subject;

const NAME: &str = "subject";

/// Faults that leave the caller of a write in doubt.
pub const DOUBTS: [FaultKind; 6] = [
    FaultKind::CommitThenReset,
    FaultKind::CommitThenStatus,
    FaultKind::TruncatedJson,
    FaultKind::WrongTypes,
    FaultKind::ResetBefore,
    FaultKind::Html,
];

/// Approves while the next write goes wrong in this way; it is carried out once all the same.
pub async fn doubt<S: Subject>(world: World, kind: FaultKind) -> Result<()> {
    let flow = Flow::start_in(&world, "doubt", S::cloud(None)).await?;
    flow.create(&S::manifest()?).await?;
    let (_, hash) = flow.pending::<S::Kind>(NAME).await?;
    let mut rule = Rule::new(kind).on(S::WRITES).times(1);
    if kind == FaultKind::Html {
        rule.stage = Some(Stage::AfterCommit);
    }
    flow.cloud.fault(rule)?;
    flow.approve_because::<S::Kind>(NAME, &hash, Some("a drill"))
        .await?;
    flow.phase::<S::Kind>(NAME, S::DONE).await?;
    assert_eq!(flow.cloud.hits(kind), 1, "the fault did not happen");
    let write = flow.cloud.only_write(S::WRITES);
    for attempt in flow.cloud.requests_of(S::WRITES) {
        assert_eq!(attempt.nonce, write.nonce, "in doubt other bytes were sent");
    }
    wait::never("a second write", Duration::from_secs(3), || {
        flow.cloud.committed().len() != 1
    })
    .await
}

/// A flow with a binding that waits, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&SasAuthBinding::manifest()?).await?;
    let (_, hash) = flow.pending::<SasAuthBinding>(NAME).await?;
    Ok((flow, hash))
}

async fn message<K: Gate>(flow: &Flow, reason: Reason) -> Result<String> {
    let object = wait::reason(&flow.api::<K>(), NAME, reason).await?;
    Ok(wait::ready(&object).context("Ready is missing")?.2)
}

pub async fn a_throttled_write_waits_as_long_as_the_cloud_says(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "throttled").await?;
    let mut rule = Rule::new(FaultKind::Throttle).on(cloud::BIND).times(1);
    rule.retry_after_milliseconds = Some(4000);
    flow.cloud.fault(rule)?;
    flow.approve::<SasAuthBinding>(NAME, &hash).await?;
    message::<SasAuthBinding>(&flow, Reason::Throttled).await?;
    flow.phase::<SasAuthBinding>(NAME, Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    let attempts = flow.cloud.requests_of(cloud::BIND);
    assert_eq!(attempts.len(), 2, "{attempts:#?}");
    let pause = attempts[1].received_at.duration_since(attempts[0].received_at);
    ensure!(pause.as_millis() >= 4000, "the second attempt came after {pause}");
    // The first provably did not run, its nonce is spent: the second is a new attempt.
    ensure!(
        attempts[0].nonce != attempts[1].nonce,
        "a spent nonce was sent again"
    );
    Ok(())
}

pub async fn a_throttled_write_without_a_time_waits_a_little(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "throttled").await?;
    flow.cloud
        .fault(Rule::new(FaultKind::Throttle).on(cloud::BIND).times(3))?;
    flow.approve::<SasAuthBinding>(NAME, &hash).await?;
    flow.phase::<SasAuthBinding>(NAME, Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    let attempts = flow.cloud.requests_of(cloud::BIND);
    assert_eq!(attempts.len(), 4, "{attempts:#?}");
    for pair in attempts.windows(2) {
        let pause = pair[1].received_at.duration_since(pair[0].received_at);
        ensure!(
            pause.as_millis() >= 500,
            "attempts follow each other after {pause}"
        );
    }
    Ok(())
}

pub async fn throttled_reads_delay_a_plan(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "throttled", cloud::world()).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    flow.cloud
        .fault(Rule::new(FaultKind::Throttle).on(cloud::LIST_SERVERS).times(30))?;
    flow.create(&SasAuthBinding::manifest()?).await?;
    let mut flow = flow;
    flow.start_operator()?;
    message::<SasAuthBinding>(&flow, Reason::Throttled).await?;
    flow.cloud.heal();
    flow.pending::<SasAuthBinding>(NAME).await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_forbidden_write_goes_on_when_the_policy_is_fixed(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "forbidden").await?;
    let missing = format!("yundun-sas:{}", cloud::BIND);
    flow.cloud.change_key(|key| key.deny = vec![missing.clone()]);
    flow.approve::<SasAuthBinding>(NAME, &hash).await?;
    let message = message::<SasAuthBinding>(&flow, Reason::PermissionDenied).await?;
    ensure!(
        message.contains(&missing),
        "the condition does not name {missing}: {message}"
    );
    assert!(flow.cloud.committed().is_empty());
    flow.cloud.change_key(|key| key.deny.clear());
    flow.phase::<SasAuthBinding>(NAME, Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_forbidden_read_goes_on_when_the_policy_is_fixed(world: World) -> Result<()> {
    let mut closed = cloud::world();
    let missing = format!("yundun-sas:{}", cloud::LIST_CODES);
    cloud::key_of(&mut closed).deny = vec![missing.clone()];
    let flow = Flow::start_in(&world, "forbidden", closed).await?;
    flow.create(&SasInstallCode::manifest()?).await?;
    let message = message::<SasInstallCode>(&flow, Reason::PermissionDenied).await?;
    ensure!(
        message.contains(&missing),
        "the condition does not name {missing}: {message}"
    );
    flow.cloud.change_key(|key| key.deny.clear());
    flow.pending::<SasInstallCode>(NAME).await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn wrong_credentials_go_on_when_the_secret_is_fixed(world: World) -> Result<()> {
    let mut flow = Flow::prepare(&world, "credentials", cloud::world()).await?;
    flow.create(&manifests::credentials(cloud::ACCESS_KEY, "not-its-secret")?)
        .await?;
    flow.create(&manifests::account(&[])?).await?;
    flow.create(&SasAuthBinding::manifest()?).await?;
    flow.start_operator()?;
    let message = message::<SasAuthBinding>(&flow, Reason::CredentialsNotReady).await?;
    ensure!(
        message.contains(manifests::CREDENTIALS),
        "the condition does not name the Secret: {message}"
    );
    let accounts = flow.api::<SasAccount>();
    wait::reason(&accounts, manifests::ACCOUNT_NAME, Reason::CredentialsNotReady).await?;
    flow.replace_credentials(&manifests::valid_credentials()?).await?;
    flow.pending::<SasAuthBinding>(NAME).await?;
    flow.account_ready().await?;
    Ok(())
}

pub async fn expired_credentials_keep_the_approval(world: World) -> Result<()> {
    const TOKEN: &str = "canarySecurityToken0123456789";
    let mut temporary = cloud::world();
    cloud::key_of(&mut temporary).security_token = Some(TOKEN.to_owned());
    let mut flow = Flow::prepare(&world, "expired", temporary).await?;
    let mut secret = manifests::valid_credentials()?;
    let text = secret.string_data.get_or_insert_default();
    text.insert("securityToken".to_owned(), TOKEN.to_owned());
    flow.create(&secret).await?;
    flow.create(&manifests::account(&[])?).await?;
    flow.create(&SasAuthBinding::manifest()?).await?;
    flow.start_operator()?;
    let (_, hash) = flow.pending::<SasAuthBinding>(NAME).await?;

    flow.cloud
        .change_key(|key| key.expires_at = Some(Timestamp::now()));
    flow.approve::<SasAuthBinding>(NAME, &hash).await?;
    message::<SasAuthBinding>(&flow, Reason::CredentialsNotReady).await?;
    assert!(flow.cloud.committed().is_empty());
    // Somebody puts fresh credentials into the Secret; the approval is still good.
    flow.cloud
        .change_key(|key| (key.security_token, key.expires_at) = (None, None));
    flow.replace_credentials(&manifests::valid_credentials()?).await?;
    flow.phase::<SasAuthBinding>(NAME, Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    let leaked = sas_tests::secrecy::leaks(&flow.operator_log()?, &[TOKEN.to_owned()]);
    ensure!(leaked.is_empty(), "{leaked:?}");
    Ok(())
}

pub async fn a_missing_key_in_the_secret_is_named(world: World) -> Result<()> {
    let mut flow = Flow::prepare(&world, "incomplete", cloud::world()).await?;
    let secret: Secret = serde_json::from_value(json!({
        "metadata": {"name": manifests::CREDENTIALS},
        "stringData": {"accessKeyID": cloud::ACCESS_KEY},
    }))?;
    flow.create(&manifests::account(&[])?).await?;
    flow.start_operator()?;
    let accounts = flow.api::<SasAccount>();
    for (secret, named) in [(None, manifests::CREDENTIALS), (Some(secret), "accessKeySecret")] {
        if let Some(secret) = secret {
            flow.create(&secret).await?;
        }
        wait::object(
            &accounts,
            manifests::ACCOUNT_NAME,
            &format!("missing {named}"),
            |account| {
                wait::ready(account).is_some_and(|(_, reason, message)| {
                    reason == Reason::CredentialsNotReady.as_str() && message.contains(named)
                })
            },
        )
        .await?;
    }
    Ok(())
}

pub async fn a_refused_write_fails_and_a_retry_needs_a_new_approval(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "refused").await?;
    let mut rule = Rule::new(FaultKind::Error).on(cloud::BIND).times(1);
    rule.code = Some("IllegalParam".to_owned());
    rule.message = Some("Bind is not right".to_owned());
    flow.cloud.fault(rule)?;
    flow.approve::<SasAuthBinding>(NAME, &hash).await?;
    let failed = flow.phase::<SasAuthBinding>(NAME, Phase::Failed).await?;
    let message = wait::ready(&failed).context("Ready is missing")?.2;
    ensure!(
        message.contains("IllegalParam"),
        "the condition does not say what the cloud said: {message}"
    );
    wait::never("another attempt", Duration::from_secs(12), || {
        flow.cloud.requests_of(cloud::BIND).len() != 1
    })
    .await?;
    let retry = [(sas_api::annotations::RETRY, json!("1"))];
    sas_tests::approve::annotate(&flow.as_developer::<SasAuthBinding>(), NAME, &retry).await?;
    let (again, next) = flow.pending::<SasAuthBinding>(NAME).await?;
    ensure!(next != hash, "a spent approval would count again");
    assert_eq!(again.status.as_ref().and_then(|s| s.gate().epoch), Some(2));
    flow.approve::<SasAuthBinding>(NAME, &next).await?;
    flow.phase::<SasAuthBinding>(NAME, Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
