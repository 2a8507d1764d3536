//! The same attacks as people type them: what kubectl makes of a command, and many objects at once.

use anyhow::{Result, ensure};
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::world::Identity;
use sas_tests::{World, approve, cloud, manifests};
use serde_json::json;

use super::Target;

pub async fn kubectl_brings_no_decision(world: World) -> Result<()> {
    let target = Target::new(&world, "typed").await?;
    let second = manifests::binding_of("second", "Ultimate", &[cloud::web(2)])?;
    target.flow.create(&second).await?;
    target.flow.pending::<SasAuthBinding>("second").await?;
    let namespace = &target.flow.namespace;
    let file = world.dir().join("flows").join(namespace).join("web.json");
    let stored = target.stored().await?;
    let mut export = json!({
        "apiVersion": stored["apiVersion"], "kind": stored["kind"], "spec": stored["spec"],
        "metadata": {"name": "web", "annotations": stored["metadata"]["annotations"]},
    });
    export["metadata"]["annotations"][annotations::APPROVED_PLAN] = json!(target.hash);
    export["metadata"]["annotations"][annotations::APPROVED_BY] = json!("approver");
    std::fs::write(&file, serde_json::to_vec(&export)?)?;
    let file = file.display();
    let (plan, hash) = (annotations::APPROVED_PLAN, &target.hash);
    let decision = format!("{plan}={hash}");
    let patch = json!({"metadata": {"annotations": {plan: hash}}});
    let without_right = "needs the verb approve";
    let commands = [
        (
            format!("annotate --overwrite sasauthbinding web {decision}"),
            without_right,
        ),
        (
            format!("annotate --overwrite sasauthbinding --all {decision}"),
            without_right,
        ),
        (
            format!("annotate --overwrite sas --all {decision}"),
            without_right,
        ),
        (
            format!("annotate --local=false --overwrite --filename={file} {decision}"),
            without_right,
        ),
        (
            format!("patch sasauthbinding web --type=merge --patch='{patch}'"),
            without_right,
        ),
        (format!("replace --filename={file}"), without_right),
        (
            format!("apply --server-side --force-conflicts --filename={file}"),
            without_right,
        ),
        (format!("apply --filename={file}"), without_right),
        (
            format!("annotate --as=approver --overwrite sasauthbinding web {decision}"),
            "cannot impersonate",
        ),
        // Last: it deletes before it is refused.
        (
            format!("replace --force --filename={file}"),
            "cannot be created with a decision",
        ),
    ];
    for (command, words) in commands {
        let line = format!("kubectl --namespace={namespace} {command}");
        let output = approve::run(&world, Identity::Developer, &line).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success() && said.contains(words), "{line}: {said}");
    }
    target.flow.cloud.assert_no_write();
    Ok(())
}
