//! Another policy that writes, and runs after ours, changes a spec in somebody's request: whoever sent the
//! request is a writer all the same.

use anyhow::{Result, ensure};
use kube::Client;
use sas_api::annotations;
use sas_tests::{World, raw, wait};
use serde_json::{Value, json};

use super::{Target, annotated};

/// The API server runs policies in an order of its own; of so many, one will run after ours.
const COUNT: usize = 6;
const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1";

pub async fn a_later_policy_hides_no_writer(world: World) -> Result<()> {
    let target = Target::new(&world, "mutated").await?;
    let admin = target.flow.admin();
    let mut stored = Vec::new();
    for number in 0..COUNT {
        let name = format!("longer-{number}-{}", target.flow.namespace);
        for (plural, object) in policy(&name, number, &target.flow.namespace) {
            let answer = raw::send_full(&admin, "POST", &format!("{POLICIES}/{plural}"), object).await?;
            ensure!(answer.status == 201, "{answer:?}");
            stored.push(format!("{POLICIES}/{plural}/{name}"));
        }
    }
    let ended = mutated(&target).await;
    for path in stored {
        raw::send(&admin, "DELETE", &path, Value::Null).await?;
    }
    ended
}

/// Annotation on which policy `number` acts.
fn trigger(number: usize) -> String {
    format!("example.com/longer-{number}")
}

/// What policy `number` makes of the refresh interval.
fn interval(number: usize) -> usize {
    70 + number
}

/// A policy that changes the spec of whatever has the annotation, and its binding.
fn policy(name: &str, number: usize, namespace: &str) -> [(&'static str, Value); 2] {
    let spec = json!({
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConstraints": {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "resourceRules": [{
                "apiGroups": [sas_api::GROUP], "apiVersions": ["*"], "operations": ["UPDATE"],
                "resources": ["sasauthbindings"],
            }],
        },
        "matchConditions": [{
            "name": "asked-for",
            "expression": format!("'{}' in object.metadata.?annotations.orValue({{}})", trigger(number)),
        }],
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {
            "expression": format!("Object{{spec: Object.spec{{refreshIntervalSeconds: {}}}}}", interval(number)),
        }}],
    });
    [
        (
            "mutatingadmissionpolicies",
            json!({"metadata": {"name": name}, "spec": spec}),
        ),
        (
            "mutatingadmissionpolicybindings",
            json!({"metadata": {"name": name}, "spec": {"policyName": name}}),
        ),
    ]
}

async fn mutated(target: &Target) -> Result<()> {
    let (who, client) = target.writing_approver().await?;
    for number in 0..COUNT {
        let object = wait::until("the policy acts", async || {
            // Taken off first, so that it is this request that changes the spec.
            touched(target, &client, number, Value::Null).await?;
            let object = touched(target, &client, number, json!("yes")).await?;
            let acted = object["spec"]["refreshIntervalSeconds"] == interval(number);
            Ok(acted.then_some(object))
        })
        .await?;
        touched(target, &client, number, Value::Null).await?;
        let metadata = &object["metadata"];
        let said = &metadata["annotations"][annotations::REQUESTED_GENERATION];
        ensure!(
            said.as_str() == Some(&metadata["generation"].to_string()),
            "the writers are those of another generation: {metadata:#}"
        );
    }
    let writers = &target.stored().await?["metadata"]["annotations"][annotations::REQUESTED_BY];
    ensure!(writers == "developer,approver2", "the writers are {writers}");
    let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
    target
        .refused_by_every_way(
            &client,
            &target.decision(who, &approval),
            "you wrote this spec yourself",
        )
        .await?;
    target.assert_untouched().await
}

async fn touched(target: &Target, client: &Client, number: usize, value: Value) -> Result<Value> {
    let change = annotated(&json!({trigger(number): value}));
    target.accepted(client, "merge patch", &change).await
}
