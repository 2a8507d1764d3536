//! The Secret that a resource gives out, and the secrets that nobody may see elsewhere.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use sas_api::Reason;
use sas_api::kinds::{SasAccount, SasAuthBinding, SasInstallCode};
use sas_api::status::Phase;
use sas_sim::world::InstallCode;
use sas_sim::{FaultKind, Rule};
use sas_tests::{Flow, World, cloud, manifests, secrecy, wait};
use serde::Serialize;
use serde_json::json;

const OUTPUT: &str = "agents-install-code";

/// A cloud that has a fitting code already.
fn with_a_code(code: &str) -> sas_sim::World {
    let mut world = cloud::world();
    let fitting = InstallCode {
        vendor_name: "ALIYUN".to_owned(),
        expires_at: Timestamp::now()
            .checked_add(SignedDuration::from_hours(24 * 60))
            .ok(),
        ..InstallCode::default()
    };
    let centre = world.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre.install_codes.insert(code.to_owned(), fitting);
    world
}

async fn output(flow: &Flow) -> Result<Secret> {
    wait::until("the output Secret", || async {
        Ok(flow.api::<Secret>().get_opt(OUTPUT).await?)
    })
    .await
}

fn code_in(secret: &Secret) -> Option<String> {
    let code = secret.data.as_ref()?.get("code")?;
    String::from_utf8(code.0.clone()).ok()
}

pub async fn a_fitting_code_is_adopted_without_a_write(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "adopt", with_a_code("adoptMe7")).await?;
    flow.create(&manifests::install_code("agents")?).await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    assert_eq!(code_in(&output(&flow).await?).as_deref(), Some("adoptMe7"));
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn adopt_never_creates(world: World) -> Result<()> {
    let flow = Flow::start(&world, "adopt").await?;
    let mut code = manifests::install_code("agents")?;
    code.spec.source = sas_api::kinds::install_code::CodeSource::Adopt;
    flow.create(&code).await?;
    wait::reason(&flow.api::<SasInstallCode>(), "agents", Reason::NoMatchingCode).await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_deleted_secret_is_restored(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "restore", with_a_code("adoptMe7")).await?;
    flow.create(&manifests::install_code("agents")?).await?;
    let first = output(&flow).await?;
    flow.api::<Secret>()
        .delete(OUTPUT, &DeleteParams::default())
        .await?;
    let second = output(&flow).await?;
    ensure!(first.uid() != second.uid(), "it was never gone");
    assert_eq!(first.data, second.data);
    // A value that somebody changed is put right, too.
    let patch = Patch::Merge(json!({"stringData": {"code": "forged"}}));
    flow.api::<Secret>()
        .patch(OUTPUT, &PatchParams::default(), &patch)
        .await?;
    wait::until("the right code", || async {
        let secret = flow.api::<Secret>().get(OUTPUT).await?;
        Ok((code_in(&secret).as_deref() == Some("adoptMe7")).then_some(()))
    })
    .await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_secret_of_somebody_else_is_left_alone(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "foreign", with_a_code("adoptMe7")).await?;
    let foreign: Secret = serde_json::from_value(json!({
        "metadata": {"name": OUTPUT}, "stringData": {"code": "theirs"},
    }))?;
    flow.create(&foreign).await?;
    flow.create(&manifests::install_code("agents")?).await?;
    let api = flow.api::<SasInstallCode>();
    let blocked = wait::reason(&api, "agents", Reason::OutputSecretConflict).await?;
    let message = wait::ready(&blocked).context("Ready is missing")?.2;
    ensure!(message.contains(OUTPUT), "{message}");
    assert_eq!(
        code_in(&flow.api::<Secret>().get(OUTPUT).await?).as_deref(),
        Some("theirs")
    );
    Ok(())
}

/// Everything of one kind that a reader of the namespace sees, as text.
async fn shown<K>(flow: &Flow) -> Result<String>
where
    K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned
        + Serialize,
{
    let api: Api<K> = flow.api();
    let objects = api.list(&ListParams::default()).await?.items;
    Ok(serde_json::to_string(&objects)?)
}

pub async fn secrets_appear_nowhere(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "secrecy", with_a_code("adoptMe7Canary")).await?;
    flow.account_ready().await?;
    let mut own = manifests::install_code("agents")?;
    own.spec.source = sas_api::kinds::install_code::CodeSource::Create;
    flow.create(&own).await?;
    flow.create(&manifests::install_code("adopted")?).await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    // Error texts are where secrets like to hide: wrong signatures, unreadable and broken replies.
    for kind in [FaultKind::TruncatedJson, FaultKind::WrongTypes] {
        flow.cloud.fault_once(kind, cloud::LIST_CODES)?;
        flow.cloud.fault_once(kind, "DescribeVersionConfig")?;
    }
    let mut rule = Rule::new(FaultKind::Error).on(cloud::ADD_CODE).times(1);
    rule.code = Some("SignatureDoesNotMatch".to_owned());
    rule.message = Some(format!("server string to sign is: {}&", cloud::ACCESS_KEY_SECRET));
    flow.cloud.fault(rule)?;
    flow.approve_pending::<SasInstallCode>("agents").await?;
    flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.phase::<SasInstallCode>("adopted", Phase::Ready).await?;
    flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;

    assert_eq!(flow.cloud.hits(FaultKind::Error), 1, "the error text never came");
    let mut secrets = flow.cloud.install_codes();
    ensure!(secrets.len() == 2, "an adopted and a created code: {secrets:?}");
    secrets.push(cloud::ACCESS_KEY_SECRET.to_owned());
    secrets.push(cloud::MERGED_VERSION.to_string());
    let read = [
        ("accounts", shown::<SasAccount>(&flow).await?),
        ("install codes", shown::<SasInstallCode>(&flow).await?),
        ("bindings", shown::<SasAuthBinding>(&flow).await?),
        ("events", shown::<Event>(&flow).await?),
        ("ConfigMaps", shown::<ConfigMap>(&flow).await?),
        ("metrics", flow.ask_operator("/metrics").await?),
        ("log", flow.operator_log()?),
    ];
    for (place, text) in &read {
        let leaks = secrecy::leaks(text, &secrets);
        ensure!(leaks.is_empty(), "secrets in the {place}: {leaks:?}");
    }
    ensure!(read[5].1.contains("sas_"), "the metrics are empty");
    // The search works, and what was searched is not empty.
    ensure!(read[6].1.contains("reconcile"), "the log is empty");
    ensure!(
        !secrecy::leaks(&shown::<Secret>(&flow).await?, &secrets).is_empty(),
        "the Secrets hold no secret"
    );
    Ok(())
}

pub async fn the_operator_reads_secrets_by_name_only(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "by-name", with_a_code("adoptMe7")).await?;
    flow.create(&manifests::install_code("agents")?).await?;
    output(&flow).await?;
    let asked = flow.proxy.traffic().since(0);
    let paths: BTreeSet<_> = asked
        .iter()
        .filter(|a| a.method == "GET" && a.path.contains("/secrets"))
        .map(|a| a.path.clone())
        .collect();
    let prefix = format!("/api/v1/namespaces/{}/secrets/", flow.namespace);
    let wanted = [manifests::CREDENTIALS, OUTPUT].map(|name| format!("{prefix}{name}"));
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), sorted(wanted));
    let forbidden: Vec<_> = asked.iter().filter(|a| a.status == Some(403)).collect();
    ensure!(
        forbidden.is_empty(),
        "the operator asks for more than it may: {forbidden:#?}"
    );
    Ok(())
}

fn sorted<const N: usize>(mut list: [String; N]) -> [String; N] {
    list.sort();
    list
}
