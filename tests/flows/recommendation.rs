//! The table of recommendations changes while a plan that follows from it waits: another proposal is another
//! plan, and what was approved for the old one counts for nothing.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use sas_api::kinds::SasAlertAction;
use sas_api::status::Phase;
use sas_tests::alerts::LOGONS;
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::{Value, json};

use crate::alerts::NAME;

/// Where the operator looks for its table.
const NAMESPACE: &str = "sas-system";

fn table(rule: &Value) -> String {
    let mut rule = rule.clone();
    rule["reason"] = json!("we always do so");
    json!({"rules": [rule]}).to_string()
}

pub async fn another_table_is_another_plan(world: World) -> Result<()> {
    let mut flow = Flow::prepare(&world, "recommended", cloud::world()).await?;
    flow.configure(&["--recommendation-table", &flow.namespace.clone()], &[]);
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    let tables = Api::<ConfigMap>::namespaced(flow.admin(), NAMESPACE);
    let block = json!({"operations": ["block_ip"], "blockIP": {"durationSeconds": 3600}});
    let first: ConfigMap = serde_json::from_value(json!({
        "metadata": {"name": flow.namespace}, "data": {"recommendations.yaml": table(&block)},
    }))?;
    tables.create(&PostParams::default(), &first).await?;
    flow.start_operator()?;
    let ids = LOGONS.map(|id| id.to_string());
    let spec = json!({"alertIDs": ids, "operation": "Recommended"});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    let (waiting, blocking) = flow.pending::<SasAlertAction>(NAME).await?;
    assert_eq!(operations(&waiting)?, ["block_ip"]);

    // The table is read again every half minute, or by the next operator at once.
    flow.kill_operator().await?;
    let other = json!({"data": {"recommendations.yaml": table(&json!({"operations": ["manual_handled"]}))}});
    tables
        .patch(&flow.namespace, &PatchParams::default(), &Patch::Merge(&other))
        .await?;
    flow.start_operator()?;
    let api = flow.api::<SasAlertAction>();
    let changed = sas_tests::wait::object(&api, NAME, "planned anew", |action| {
        operations(action).is_ok_and(|operations| operations == ["manual_handled"])
    })
    .await?;
    let handling = sas_tests::approve::hash_of(&changed)?;
    ensure!(handling != blocking, "another proposal has the same hash");
    let refused = flow.approve::<SasAlertAction>(NAME, &blocking).await;
    ensure!(refused.is_err(), "the plan that is gone was approved");
    flow.cloud.assert_no_write();

    flow.approve::<SasAlertAction>(NAME, &handling).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    assert_eq!(
        flow.cloud.handled(),
        [("manual_handled".to_owned(), LOGONS.to_vec())]
    );
    tables.delete(&flow.namespace, &DeleteParams::default()).await?;
    Ok(())
}

/// The operations of the calls of the published plan.
fn operations(action: &SasAlertAction) -> Result<Vec<String>> {
    let plan = action
        .status
        .as_ref()
        .and_then(|status| status.gate.plan.as_ref());
    let calls = &plan.context("there is no plan")?.plan.calls;
    let operation = |call: &sas_api::plan::Call| call.value("OperationCode").unwrap_or_default().to_owned();
    Ok(calls.iter().map(operation).collect())
}
