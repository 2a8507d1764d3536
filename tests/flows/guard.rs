//! The admission policies themselves: they type-check, and while one of them is away nothing is written,
//! not on an approval from before and not on one from the time between.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicySpec,
};
use kube::api::{DeleteParams, PostParams};
use kube::{Api, ResourceExt};
use sas_api::kinds::{SasAccount, SasAuthBinding};
use sas_api::status::Phase;
use sas_api::{Reason, condition};
use sas_engine::operation::Reported;
use sas_tests::approve::{approve, hash_of};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, wait};

/// Status and reason of the condition ApprovalGuard.
fn guarded<K: Reported>(object: &K) -> Option<(String, String)> {
    let found = wait::condition(object, condition::APPROVAL_GUARD)?;
    Some((found.0, found.1))
}

/// A flow with a binding that waits, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let reason = if world.stamped {
        Reason::Stamped
    } else {
        Reason::NotStamped
    };
    let wanted = ("True".to_owned(), reason.as_str().to_owned());
    let api = flow.api::<SasAuthBinding>();
    let object = wait::object(&api, "web", "waiting and guarded", |object| {
        guarded(object).as_ref() == Some(&wanted) && wait::in_phase(object, Phase::PendingApproval)
    });
    let hash = hash_of(&object.await?)?;
    Ok((flow, hash))
}

/// Takes the binding of the policy about approvals away and returns it as it has to be put back.
pub async fn take_away(flow: &Flow) -> Result<ValidatingAdmissionPolicyBinding> {
    let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(flow.admin());
    let mut binding = bindings.get("sas-approval").await?;
    bindings.delete("sas-approval", &DeleteParams::default()).await?;
    binding.metadata = kube::core::ObjectMeta {
        name: binding.metadata.name,
        ..kube::core::ObjectMeta::default()
    };
    Ok(binding)
}

/// Puts it back. The API server learns of a binding a moment later; the operator tries it out and says
/// when it acts again.
pub async fn put_back(flow: &Flow, binding: &ValidatingAdmissionPolicyBinding) -> Result<()> {
    Api::all(flow.admin())
        .create(&PostParams::default(), binding)
        .await?;
    wait::object(
        &flow.api::<SasAccount>(),
        manifests::ACCOUNT_NAME,
        "guarded again",
        |account| guarded(account).is_some_and(|(status, _)| status == "True"),
    )
    .await?;
    Ok(())
}

/// Disturbs every other flow.
pub async fn nothing_is_written_while_a_policy_is_away(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "unguarded").await?;
    let binding = take_away(&flow).await?;
    let ended = unguarded(&flow, &hash).await;
    // Whatever happened, the others need it.
    put_back(&flow, &binding).await?;
    ended?;

    let api = flow.api::<SasAuthBinding>();
    let again = wait::object(&api, "web", "planned anew", |object| {
        guarded(object).is_some_and(|(status, _)| status == "True")
            && wait::in_phase(object, Phase::PendingApproval)
            && hash_of(object).is_ok_and(|next| next != hash)
    });
    let next = hash_of(&again.await?)?;
    wait::never(
        "a write on an approval from unguarded times",
        Duration::from_secs(12),
        || !flow.cloud.write_attempts().is_empty(),
    )
    .await?;
    flow.approve::<SasAuthBinding>("web", &next).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

/// The developer approves what he wrote, and the API server lets him.
async fn unguarded(flow: &Flow, hash: &str) -> Result<()> {
    let api = flow.api::<SasAuthBinding>();
    let remedy = "ValidatingAdmissionPolicyBinding sas-approval is missing: apply config/policy";
    wait::object(&api, "web", "told what is missing", |object| {
        wait::condition(object, condition::APPROVAL_GUARD)
            .is_some_and(|(status, _, message)| status == "False" && message.contains(remedy))
    })
    .await?;
    // The API server forgets a binding a moment later.
    let developer = flow.as_developer::<SasAuthBinding>();
    wait::until("anybody may approve", async || {
        Ok(approve(&developer, "web", hash).await.ok())
    })
    .await?;
    wait::reason(&api, "web", Reason::ApprovalUnguarded).await?;
    wait::never("a write that nobody guards", Duration::from_secs(12), || {
        !flow.cloud.write_attempts().is_empty()
    })
    .await
}

/// Disturbs every other flow. A spec from before Strict, whose writers nobody named: nobody can approve it
/// any more, and whoever tries is told how to go on.
pub async fn a_spec_from_before_strict_has_a_way_out(world: World) -> Result<()> {
    let flow = Flow::start(&world, "nameless").await?;
    let binding = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.create(&PostParams::default(), &binding).await?;
    flow.pending::<SasAuthBinding>("web").await?;
    let can_i = async || sas_tests::plugin::run(&flow, Identity::Approver, &["can-i", "web"]).await;
    can_i().await?.ended(0, "yes")?;

    let policies = Api::<ValidatingAdmissionPolicy>::all(flow.admin());
    let standard = policies.get("sas-approval").await?.spec;
    set_rules(&policies, strict()?).await?;
    let refused = wait::until("Strict acts", async || {
        let answer = can_i().await?;
        Ok((answer.code != Some(0)).then_some(answer))
    })
    .await;
    // Whatever happened, the others need it.
    set_rules(&policies, standard).await?;
    refused?.ended(
        3,
        "so nobody can approve it: delete the object and create it again",
    )?;
    wait::until("Standard acts again", async || {
        Ok((can_i().await?.code == Some(0)).then_some(()))
    })
    .await?;
    flow.cloud.assert_no_write();
    Ok(())
}

fn strict() -> Result<Option<ValidatingAdmissionPolicySpec>> {
    let (_, document) = policy_files()?
        .into_iter()
        .find(|(preset, document)| preset == "strict" && document["metadata"]["name"] == "sas-approval")
        .context("there is no policy about approvals")?;
    Ok(serde_json::from_value::<ValidatingAdmissionPolicy>(document)?.spec)
}

async fn set_rules(
    policies: &Api<ValidatingAdmissionPolicy>,
    rules: Option<ValidatingAdmissionPolicySpec>,
) -> Result<()> {
    let mut policy = policies.get("sas-approval").await?;
    policy.spec = rules;
    policies
        .replace("sas-approval", &PostParams::default(), &policy)
        .await?;
    Ok(())
}

/// The API server checks types only for the versions that a policy names; ours name all, so that no later
/// version leads around them. Copies that name the served version are checked here.
pub async fn the_policies_type_check(world: World) -> Result<()> {
    let admin = world.client(Identity::Admin).await?;
    let policies = Api::<ValidatingAdmissionPolicy>::all(admin);
    for (file, document) in policy_files()? {
        let Ok(mut copy) = serde_json::from_value::<ValidatingAdmissionPolicy>(document) else {
            continue;
        };
        let name = format!("typed-{file}-{}", copy.name_any());
        copy.metadata.name = Some(name.clone());
        let spec = copy.spec.as_mut().context("a policy has a spec")?;
        let rules = spec
            .match_constraints
            .as_mut()
            .and_then(|c| c.resource_rules.as_mut());
        for rule in rules.into_iter().flatten() {
            if rule.api_versions.as_deref() == Some(&["*".to_owned()]) {
                rule.api_versions = Some(vec![match rule.api_groups.as_deref() {
                    Some([group]) if group == sas_api::GROUP => sas_api::VERSION.to_owned(),
                    _ => "v1".to_owned(),
                }]);
            }
        }
        policies.create(&PostParams::default(), &copy).await?;
        let checked = wait::until(&format!("{name} is checked"), async || {
            let status = policies.get(&name).await?.status;
            Ok(status.filter(|status| status.observed_generation.is_some()))
        })
        .await;
        policies.delete(&name, &DeleteParams::default()).await?;
        let warnings = checked?
            .type_checking
            .and_then(|checking| checking.expression_warnings);
        ensure!(
            warnings.as_ref().is_none_or(Vec::is_empty),
            "{name}: {warnings:#?}"
        );
    }
    Ok(())
}

/// The documents of all policies that validate, with the preset's name.
fn policy_files() -> Result<Vec<(String, serde_json::Value)>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/policy");
    let mut found = Vec::new();
    for preset in ["solo", "standard", "strict"] {
        for file in std::fs::read_dir(root.join(preset))? {
            let text = std::fs::read_to_string(file?.path())?;
            let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&text)?;
            let policies = documents
                .into_iter()
                .filter(|document| document["kind"] == "ValidatingAdmissionPolicy");
            found.extend(policies.map(|document| (preset.to_owned(), document)));
        }
    }
    ensure!(found.len() >= 7, "only {} policies were found", found.len());
    Ok(found)
}
