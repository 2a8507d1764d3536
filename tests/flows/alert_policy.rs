//! Policies and what they propose: groups of alerts that wait for somebody's approval, once each whatever happens to
//! the operator, within their limits, and never a write by itself.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use sas_api::kinds::alert_policy::{PolicyCounts, ProposalOutcome, SasAlertPolicyStatus};
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};
use sas_api::status::Phase;
use sas_api::{Reason, annotations, labels};
use sas_tests::alerts::logon;
use sas_tests::proxy::Moment;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, alerts, approve, manifests, rights, wait};
use serde_json::{Value, json};

use crate::alerts::fifty_seven;

/// The policy of these flows.
pub const NAME: &str = "contain";
/// Seconds between two looks: as few as may be.
const REFRESH: i64 = manifests::REFRESH_SECONDS;

pub fn policy(spec: &Value) -> Result<SasAlertPolicy> {
    let mut full = json!({"refreshIntervalSeconds": REFRESH});
    if let (Some(full), Some(spec)) = (full.as_object_mut(), spec.as_object()) {
        full.extend(spec.clone());
    }
    manifests::alert_policy(NAME, full)
}

/// The SasAlertActions of the namespace, by name.
async fn proposals(flow: &Flow) -> Result<Vec<SasAlertAction>> {
    let listed = flow.api::<SasAlertAction>().list(&ListParams::default()).await?;
    let mut items = listed.items;
    items.sort_by_key(ResourceExt::name_any);
    Ok(items)
}

fn counts(policy: &SasAlertPolicy) -> PolicyCounts {
    let counts = policy.status.as_ref().and_then(|status| status.counts);
    counts.unwrap_or_default()
}

fn status(policy: &SasAlertPolicy) -> Result<&SasAlertPolicyStatus> {
    policy.status.as_ref().context("there is no status")
}

/// Waits until everything that the policy drafted is there.
async fn proposed(flow: &Flow, alerts: i64) -> Result<SasAlertPolicy> {
    wait::object(&flow.api(), NAME, "told of its proposals", |policy| {
        let counts = counts(policy);
        counts.proposed >= alerts && counts.pending == 0
    })
    .await
}

/// Waits until the policy has looked at the cloud twice more: what it would do, it has done.
async fn two_looks(flow: &Flow) -> Result<SasAlertPolicy> {
    let when = |policy: &SasAlertPolicy| {
        let look = policy
            .status
            .as_ref()
            .and_then(|status| status.last_look.as_ref());
        look.map(|look| look.time.clone())
    };
    let mut policy: SasAlertPolicy = flow.get(NAME).await?;
    for _ in 0..2 {
        let before = when(&policy);
        policy = wait::object(&flow.api(), NAME, "looked at again", |policy| {
            when(policy) > before
        })
        .await?;
    }
    Ok(policy)
}

fn ids(action: &SasAlertAction) -> BTreeSet<i64> {
    action
        .spec
        .alert_ids
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect()
}

/// The proposal with this operation.
fn with<'a>(actions: &'a [SasAlertAction], operation: &str) -> Result<&'a SasAlertAction> {
    let mut actions = actions.iter();
    let found = actions.find(|action| action.spec.operation.as_str() == operation);
    found.with_context(|| format!("nothing proposes {operation}"))
}

pub async fn fifty_seven_alerts_are_proposed_and_none_is_handled(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "proposals", fifty_seven()).await?;
    flow.create(&policy(
        &json!({"selector": {"levels": ["serious", "suspicious", "remind"]}}),
    )?)
    .await?;
    let told = proposed(&flow, 50).await?;
    let counts = counts(&told);
    assert_eq!(
        (
            counts.matching,
            counts.proposed,
            counts.excluded,
            counts.left_over
        ),
        (57, 50, 7, 0)
    );
    let left: i64 = status(&told)?.excluded.iter().map(|one| one.alerts).sum();
    assert_eq!(left, 7, "{:?}", status(&told)?.excluded);

    let actions = proposals(&flow).await?;
    let expected: [(&str, BTreeSet<i64>); 4] = [
        ("block_ip", (1..=23).collect()),
        ("kill_and_quara", (101..=112).collect()),
        ("quara", (201..=209).collect()),
        ("kill_process", (301..=306).collect()),
    ];
    assert_eq!(actions.len(), expected.len());
    for (operation, alerts) in &expected {
        let action = with(&actions, operation)?;
        assert_eq!(ids(action), *alerts, "{operation}");
        assert_eq!(
            action.labels()[labels::CREATED_FOR],
            told.uid().unwrap_or_default()
        );
        flow.pending::<SasAlertAction>(&action.name_any()).await?;
    }
    flow.cloud.assert_no_write();

    // One of them is approved; the others stay as they are.
    let shells = with(&actions, "kill_process")?.name_any();
    flow.approve_pending::<SasAlertAction>(&shells).await?;
    flow.phase::<SasAlertAction>(&shells, Phase::Succeeded).await?;
    assert_eq!(
        flow.cloud.handled(),
        [("kill_process".to_owned(), (301..=306).collect())]
    );
    let after = wait::object(
        &flow.api(),
        NAME,
        "told of the success",
        |policy: &SasAlertPolicy| {
            let proposals = policy.status.iter().flat_map(|status| &status.proposals);
            let mut done = proposals.filter(|one| one.outcome == Some(ProposalOutcome::Done));
            done.any(|one| one.name == shells)
        },
    )
    .await?;
    assert_eq!(status(&after)?.active_count, Some(3));
    two_looks(&flow).await?;
    assert_eq!(proposals(&flow).await?.len(), expected.len());
    flow.cloud.only_write(alerts::HANDLE);
    Ok(())
}

pub async fn a_crash_while_proposing_proposes_nothing_twice(world: World) -> Result<()> {
    let mut flow = Flow::start_in(&world, "proposal-crash", fifty_seven()).await?;
    // The operator dies before it learns that the first of them is there.
    let mut trap = flow.proxy.trap(Moment::BeforeAnswering, |asked| {
        asked.method == "POST" && asked.path.ends_with("/sasalertactions")
    });
    flow.create(&policy(&json!({}))?).await?;
    trap.caught().await?;
    flow.kill_operator().await?;
    trap.release();
    let first = proposals(&flow).await?;
    assert_eq!(first.len(), 1);
    // Another alert of the same sort would make another group of those that are not proposed yet.
    let known = ids(&first[0]);
    flow.cloud.change(|centre| centre.alerts.insert(1_000, logon(1)));
    flow.start_operator()?;
    proposed(&flow, 51).await?;
    two_looks(&flow).await?;
    let actions = proposals(&flow).await?;
    let all: Vec<i64> = actions.iter().flat_map(ids).collect();
    let once: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!((all.len(), once.len()), (51, 51), "{all:?}");
    let same = actions.iter().find(|action| action.uid() == first[0].uid());
    assert_eq!(same.map(ids), Some(known));
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn no_more_is_proposed_than_may_be_within_an_hour(world: World) -> Result<()> {
    let mut flow = Flow::start_in(&world, "proposal-limit", fifty_seven()).await?;
    flow.create(&policy(&json!({"maxActionsPerHour": 2}))?).await?;
    // The two most urgent sorts: what is serious goes before logons.
    let limited = proposed(&flow, 1).await?;
    let seen = counts(&limited);
    assert_eq!(seen.matching, seen.proposed + seen.excluded + seen.left_over);
    ensure!(seen.left_over >= 23, "{seen:?}");
    wait::until_true("an event about what is left over", || {
        let events = flow.proxy.traffic().events(0, "SasAlertPolicy", NAME);
        events
            .iter()
            .any(|event| event.body["reason"] == Reason::ProposalsLeftOver.as_str())
    })
    .await?;
    // Also for an operator that knows nothing of the last hour but what it reads.
    flow.kill_operator().await?;
    flow.start_operator()?;
    two_looks(&flow).await?;
    assert_eq!(proposals(&flow).await?.len(), 2);

    edit(&flow, &json!({"maxActionsPerHour": 3})).await?;
    wait::until("one more", async || {
        let actions = proposals(&flow).await?;
        ensure!(actions.len() <= 3, "{} proposals", actions.len());
        Ok((actions.len() == 3).then_some(()))
    })
    .await?;
    edit(&flow, &json!({"maxActionsPerHour": 60, "suspend": true})).await?;
    two_looks(&flow).await?;
    assert_eq!(proposals(&flow).await?.len(), 3);
    flow.cloud.assert_no_write();
    Ok(())
}

/// Changes the spec of the policy as the developer.
async fn edit(flow: &Flow, spec: &Value) -> Result<()> {
    let before: SasAlertPolicy = flow.get(NAME).await?;
    let user = Identity::Developer.user();
    let change = flow.world.edit(user, &serde_json::to_value(&before)?, spec);
    let api = flow.as_developer::<SasAlertPolicy>();
    api.patch(NAME, &PatchParams::default(), &Patch::Merge(change))
        .await?;
    Ok(())
}

pub async fn what_was_rejected_is_not_proposed_again(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "proposal-refused", alerts::world([(1, logon(1))])).await?;
    flow.create(&policy(&json!({"historyLimit": 0}))?).await?;
    proposed(&flow, 1).await?;
    let name = proposals(&flow).await?[0].name_any();
    let (_, hash) = flow.pending::<SasAlertAction>(&name).await?;
    let mut decision = vec![(annotations::REJECTED_PLAN, json!(hash))];
    if !world.stamped {
        decision.push((annotations::APPROVED_BY, json!(Identity::Approver.user())));
    }
    approve::annotate(&flow.as_approver::<SasAlertAction>(), &name, &decision).await?;
    wait::until("what was refused is not kept", async || {
        Ok(proposals(&flow).await?.is_empty().then_some(()))
    })
    .await?;
    let after = two_looks(&flow).await?;
    assert_eq!((counts(&after).decided, counts(&after).left_over), (1, 0));
    let noted = &status(&after)?.proposals;
    assert_eq!(
        (noted.len(), noted[0].outcome),
        (1, Some(ProposalOutcome::NotDone))
    );

    // Nor is one that somebody deletes instead.
    flow.cloud.change(|centre| centre.alerts.insert(2, logon(2)));
    wait::until("one about the other alert", async || {
        Ok((proposals(&flow).await?.len() == 1).then_some(()))
    })
    .await?;
    proposed(&flow, 1).await?;
    let other = proposals(&flow).await?[0].name_any();
    let api = flow.as_developer::<SasAlertAction>();
    api.delete(&other, &DeleteParams::default()).await?;
    let after = two_looks(&flow).await?;
    assert_eq!(counts(&after).decided, 2);
    assert_eq!(proposals(&flow).await?.len(), 0);
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn the_writer_of_a_policy_approves_none_of_its_proposals(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "proposal-writer", alerts::world([(1, logon(1))])).await?;
    let writer = Identity::Approver2.user();
    rights::give(&flow.admin(), &flow.namespace, writer, rights::SAS_EDITOR).await?;
    rights::give(&flow.admin(), &flow.namespace, writer, rights::SAS_APPROVER).await?;
    let mut policy = policy(&json!({}))?;
    policy.annotations_mut().extend(world.claim_of_new(writer));
    let own = flow.api_as::<SasAlertPolicy>(Identity::Approver2).await?;
    own.create(&PostParams::default(), &policy).await?;
    proposed(&flow, 1).await?;
    let action = proposals(&flow).await?.remove(0);
    assert_eq!(action.annotations()[annotations::REQUESTED_BY], writer);
    let name = action.name_any();
    let (_, hash) = flow.pending::<SasAlertAction>(&name).await?;
    let decision = world.decision(writer, &json!({annotations::APPROVED_PLAN: hash}));
    let decision: Vec<_> = decision["metadata"]["annotations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    let api = flow.api_as::<SasAlertAction>(Identity::Approver2).await?;
    approve::refused(&api, &name, &decision, "you wrote this spec yourself").await?;
    flow.cloud.assert_no_write();

    flow.approve::<SasAlertAction>(&name, &hash).await?;
    flow.phase::<SasAlertAction>(&name, Phase::Succeeded).await?;
    flow.cloud.only_write(alerts::HANDLE);
    Ok(())
}

pub async fn a_policy_that_goes_takes_its_proposals_along(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "proposal-end", fifty_seven()).await?;
    // Somebody's own is nobody's proposal, and its alerts are not proposed.
    flow.create(&manifests::alert_action_on("own", "manual_handled", &[301, 302])?)
        .await?;
    flow.create(&policy(&json!({}))?).await?;
    proposed(&flow, 50).await?;
    let actions = proposals(&flow).await?;
    assert_eq!(actions.len(), 5);
    assert_eq!(ids(with(&actions, "kill_process")?), (303..=306).collect());
    let api = flow.as_developer::<SasAlertPolicy>();
    api.delete(NAME, &DeleteParams::default()).await?;
    wait::until("the proposals are gone", async || {
        let left = proposals(&flow).await?;
        let names: Vec<_> = left.iter().map(ResourceExt::name_any).collect();
        Ok((names == ["own"]).then_some(()))
    })
    .await?;
    flow.cloud.assert_no_write();
    Ok(())
}
