//! Accounts that act as a role which the key of a Secret assumes: what renewals, wrong roles, other accounts
//! and rotated keys do to plans and to the number of calls.

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use kube::api::{Patch, PatchParams};
use sas_api::Reason;
use sas_api::kinds::{SasAccount, SasAuthBinding};
use sas_api::status::Phase;
use sas_sim::world::Role;
use sas_tests::{Flow, World, approve, cloud, manifests, wait};
use serde_json::{Value, json};

/// What all tokens of temporary keys begin with.
pub(crate) const STS_TOKEN: &str = "CAIS";
const ASSUME_ROLE: &str = "AssumeRole";
const WEB: &str = "web";

pub(crate) fn role_arn(account: &str) -> String {
    format!("acs:ram::{account}:role/sas-operator")
}

/// Whom the key in the Secret belongs to.
fn user() -> String {
    format!("acs:ram::{}:user/sas-operator", cloud::ACCOUNT)
}

pub(crate) fn trusting(principal: &str) -> Role {
    Role {
        trust: vec![principal.to_owned()],
        ..Role::default()
    }
}

/// A cloud whose account has this role.
pub(crate) fn world_with(role: Role) -> sas_sim::World {
    let mut world = cloud::world();
    let account = world.accounts.entry(cloud::ACCOUNT.to_owned()).or_default();
    account.roles.insert("sas-operator".to_owned(), role);
    world
}

pub(crate) fn account(credentials: &Value) -> Result<SasAccount> {
    let mut account = serde_json::to_value(manifests::account(&[])?)?;
    account["spec"]["credentials"] = credentials.clone();
    account["spec"]["refreshIntervalSeconds"] = json!(30);
    Ok(serde_json::from_value(account)?)
}

/// The Secret's key, and the role of an account on top.
fn by_role(account: &str) -> Value {
    json!({
        "secretRef": {"name": manifests::CREDENTIALS},
        "assumeRole": {"roleARN": role_arn(account), "sessionName": "flow@tests"},
    })
}

/// A flow in which the key of the Secret assumes a role; no operator yet.
async fn prepare_by_role(world: &World, name: &str, cloud: sas_sim::World) -> Result<Flow> {
    let flow = Flow::prepare(world, name, cloud).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&account(&by_role(cloud::ACCOUNT))?).await?;
    Ok(flow)
}

pub(crate) async fn bind(flow: &Flow, name: &str, server: u32) -> Result<()> {
    let binding = manifests::binding_of(name, "Ultimate", &[cloud::web(server)])?;
    flow.create(&binding).await?;
    Ok(())
}

/// The temporary keys with which Security Center was asked, in the order of their first use.
fn temporary_keys(flow: &Flow) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for request in flow.cloud.requests() {
        if request.product == Some("sas") && keys.last() != Some(&request.access_key_id) {
            keys.push(request.access_key_id);
        }
    }
    keys
}

/// Waits until the account has no key, and says why.
pub(crate) async fn why_no_key(flow: &Flow) -> Result<String> {
    let accounts = flow.api::<SasAccount>();
    let account = wait::reason(&accounts, manifests::ACCOUNT_NAME, Reason::CredentialsNotReady).await?;
    let condition = wait::condition(&account, sas_api::condition::CREDENTIALS_READY);
    let (status, _, message) = condition.context("CredentialsReady is missing")?;
    ensure!(status == "False", "CredentialsReady is {status}");
    Ok(message)
}

pub async fn an_approval_outlives_the_key(world: World) -> Result<()> {
    let mut short = world_with(trusting(&user()));
    short.sts.session_seconds = Some(30);
    let mut flow = prepare_by_role(&world, "renewed", short).await?;
    bind(&flow, WEB, 1).await?;
    flow.start_operator()?;
    let (_, hash) = flow.pending::<SasAuthBinding>(WEB).await?;
    let planned_with = temporary_keys(&flow);
    wait::until_true("the key was renewed", || {
        temporary_keys(&flow).len() > planned_with.len()
    })
    .await?;
    let (_, later) = flow.pending::<SasAuthBinding>(WEB).await?;
    assert_eq!(hash, later, "the renewal has changed the plan");
    flow.approve::<SasAuthBinding>(WEB, &hash).await?;
    flow.phase::<SasAuthBinding>(WEB, Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    ensure!(!planned_with.contains(&write.access_key_id), "{write:?}");
    ensure!(write.access_key_id.starts_with("STS."), "{write:?}");

    let asked = flow.cloud.requests_of(ASSUME_ROLE);
    let name = asked[0].parameters.get("RoleSessionName").map(String::as_str);
    assert_eq!(name, Some("flow@tests"));
    ensure!(
        asked
            .iter()
            .all(|request| request.access_key_id == cloud::ACCESS_KEY)
    );
    assert_eq!(flow.cloud.requests_of("GetCallerIdentity").len(), 1);
    let log = flow.operator_log()?;
    for key in temporary_keys(&flow)
        .iter()
        .map(String::as_str)
        .chain([STS_TOKEN])
    {
        ensure!(!log.contains(key), "the log holds {key}");
    }
    Ok(())
}

pub async fn another_account_needs_another_approval(world: World) -> Result<()> {
    const OTHER: &str = "1700000000000017";
    let mut two = world_with(trusting(&user()));
    let twin = two.accounts[cloud::ACCOUNT].clone();
    let other = two.accounts.entry(OTHER.to_owned()).or_default();
    (other.roles, other.data_centres) = (twin.roles, twin.data_centres);
    let mut flow = prepare_by_role(&world, "moved", two).await?;
    bind(&flow, WEB, 1).await?;
    flow.start_operator()?;
    let (_, hash) = flow.pending::<SasAuthBinding>(WEB).await?;
    // Nobody looks while both happen, so that the approval is there first.
    flow.kill_operator().await?;
    flow.approve::<SasAuthBinding>(WEB, &hash).await?;
    let patch = json!({"spec": {"credentials": by_role(OTHER)}});
    let accounts = flow.as_developer::<SasAccount>();
    accounts
        .patch(
            manifests::ACCOUNT_NAME,
            &PatchParams::default(),
            &Patch::Merge(&patch),
        )
        .await?;
    flow.start_operator()?;
    let stale = wait::reason(&flow.api::<SasAuthBinding>(), WEB, Reason::ApprovalStale).await?;
    let anew = approve::hash_of(&stale)?;
    ensure!(anew != hash, "another account has the same hash");
    flow.cloud.assert_no_write();
    flow.approve::<SasAuthBinding>(WEB, &anew).await?;
    flow.phase::<SasAuthBinding>(WEB, Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    assert_eq!(write.account.as_deref(), Some(OTHER));
    Ok(())
}

pub async fn a_wrong_role_costs_one_call_per_pause(world: World) -> Result<()> {
    let mut flow = prepare_by_role(&world, "untrusted", world_with(Role::default())).await?;
    for server in 1..=3 {
        bind(&flow, &format!("web-{server}"), server).await?;
    }
    flow.start_operator()?;
    let message = why_no_key(&flow).await?;
    for part in ["`sts:AssumeRole`", "trust policy", &role_arn(cloud::ACCOUNT)] {
        ensure!(message.contains(part), "{part} is missing: {message}");
    }
    let bindings = flow.api::<SasAuthBinding>();
    for server in 1..=3 {
        wait::reason(&bindings, &format!("web-{server}"), Reason::CredentialsNotReady).await?;
    }
    wait::until_true("three tries", || flow.cloud.requests().len() >= 3).await?;
    let tries = flow.cloud.requests();
    ensure!(tries.iter().all(|call| call.action == ASSUME_ROLE), "{tries:#?}");
    let pauses = tries
        .windows(2)
        .map(|pair| pair[1].received_at.duration_since(pair[0].received_at));
    for (pause, least) in pauses.zip([4, 8, 16]) {
        ensure!(
            pause >= SignedDuration::from_secs(least),
            "only {pause} between two tries"
        );
    }
    flow.cloud.change_account(|account| {
        account.roles.insert("sas-operator".to_owned(), trusting(&user()));
    });
    for server in 1..=3 {
        flow.pending::<SasAuthBinding>(&format!("web-{server}")).await?;
    }
    flow.account_ready().await?;
    Ok(())
}

pub async fn a_rotated_key_below_a_role_is_used_at_once(world: World) -> Result<()> {
    let mut flow = prepare_by_role(&world, "below", world_with(trusting(&user()))).await?;
    flow.start_operator()?;
    flow.account_ready().await?;
    let (access_key, secret) = ("LTAI5tRotatedKey00000017", "canaryRotatedSecret0123456789");
    flow.cloud.rotate_key(access_key, secret);
    flow.replace_credentials(&manifests::credentials(access_key, secret)?)
        .await?;
    wait::until_true("the new key assumes the role", || {
        let asked = flow.cloud.requests_of(ASSUME_ROLE);
        asked
            .last()
            .is_some_and(|call| call.access_key_id == access_key && call.code.is_none())
    })
    .await?;
    flow.account_ready().await?;
    Ok(())
}
