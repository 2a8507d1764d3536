//! `kubectl sas doctor` and `init` on a real API server: what an administrator, a developer and an approver are
//! told about a cluster that is in order, and about one with a policy missing.

use anyhow::{Context, Result, ensure};
use sas_api::condition;
use sas_api::kinds::SasAccount;
use sas_tests::approve::run as in_a_shell;
use sas_tests::plugin::{Ran, run};
use sas_tests::world::Identity::{self, Admin, Approver, Developer};
use sas_tests::{Flow, World, manifests, wait};
use serde_json::Value;

use crate::guard::{put_back, take_away};

/// What the doctor tells somebody, and how it ended.
async fn doctor(flow: &Flow, who: Identity) -> Result<(Option<i32>, Vec<Value>)> {
    let Ran { code, out, err } = run(flow, who, &["doctor", "-o", "json"]).await?;
    let report: Value = serde_json::from_str(&out).with_context(|| format!("no report: {out}{err}"))?;
    let findings = report["findings"].as_array().context("no findings")?.clone();
    ensure!(report["healthy"] == (code == Some(0)), "{report}");
    Ok((code, findings))
}

/// The findings of an area with a level.
fn found<'a>(findings: &'a [Value], area: &str, level: &str) -> Vec<&'a str> {
    let matching = findings
        .iter()
        .filter(|finding| finding["area"] == area && finding["level"] == level);
    matching
        .filter_map(|finding| finding["message"].as_str())
        .collect()
}

/// A flow whose account has been looked at.
async fn ready(world: &World, name: &str) -> Result<Flow> {
    let flow = Flow::start(world, name).await?;
    let accounts = flow.api::<SasAccount>();
    wait::object(&accounts, manifests::ACCOUNT_NAME, "ready", |account| {
        wait::condition(account, condition::READY).is_some_and(|(status, ..)| status == "True")
    })
    .await?;
    Ok(flow)
}

pub async fn everybody_is_told_what_is_in_order(world: World) -> Result<()> {
    let flow = ready(&world, "doctor").await?;
    let (code, all) = doctor(&flow, Admin).await?;
    assert_eq!(code, Some(0), "{all:#?}");
    assert_eq!(found(&all, "API server", "ok").len(), 1);
    assert_eq!(found(&all, "Kinds", "ok").len(), 1, "{all:#?}");
    let guard = found(&all, "Approvals", "ok");
    let preset = format!("preset {:?} ", world.preset);
    let names = if world.stamped {
        "the API server writes who"
    } else {
        "approvers send their own name"
    };
    let effective = |said: &str| said.contains(&preset) && said.contains(names);
    ensure!(guard.iter().any(|said| effective(said)), "{all:#?}");
    ensure!(found(&all, "Accounts", "ok").len() == 1, "{all:#?}");
    // Argo CD's default installation may do everything, in the operator's namespace as well.
    let powers = found(&all, "Who can be the operator", "warning");
    let argo = "service account argocd/argocd-application-controller";
    ensure!(powers.iter().any(|said| said.contains(argo)), "{all:#?}");
    ensure!(
        !powers.iter().any(|said| said.contains("user developer")),
        "{all:#?}"
    );

    for (who, edits, approves) in [
        (Developer, "edit every kind", "approve nothing"),
        (Approver, "edit SasApprovalPolicy", "approve every kind"),
    ] {
        let (code, some) = doctor(&flow, who).await?;
        assert_eq!(code, Some(0), "{some:#?}");
        let rights = found(&some, "Your rights", "ok").join("\n");
        ensure!(rights.contains(edits) && rights.contains(approves), "{rights}");
        assert_eq!(
            found(&some, "Approvals", "unknown"),
            ["you may not look at the admission policies"]
        );
        let hearsay = found(&some, "Approvals", "ok").join("\n");
        ensure!(
            hearsay.contains("the operator says: ") && effective(&hearsay),
            "{some:#?}"
        );
        assert_eq!(
            found(&some, "Who can be the operator", "warning"),
            Vec::<&str>::new()
        );
    }

    let text = run(&flow, Admin, &["doctor"]).await?.well()?;
    ensure!(
        text.contains("Approvals\n  ok") && text.contains("errors: 0"),
        "{text}"
    );
    Ok(())
}

/// Disturbs every other flow.
pub async fn a_missing_policy_is_found_by_everybody(world: World) -> Result<()> {
    let flow = ready(&world, "doctor-policy").await?;
    let binding = take_away(&flow).await?;
    let ended = unguarded(&flow).await;
    // Whatever happened, the others need it.
    put_back(&flow, &binding).await?;
    ended
}

async fn unguarded(flow: &Flow) -> Result<()> {
    let missing = "ValidatingAdmissionPolicyBinding sas-approval is missing";
    wait::object(
        &flow.api::<SasAccount>(),
        manifests::ACCOUNT_NAME,
        "told",
        |account| {
            wait::condition(account, condition::APPROVAL_GUARD)
                .is_some_and(|(status, _, message)| status == "False" && message.contains(missing))
        },
    )
    .await?;
    for who in [Admin, Approver] {
        let (code, findings) = doctor(flow, who).await?;
        let errors = found(&findings, "Approvals", "error").join("\n");
        ensure!(errors.contains(missing), "{who:?}: {findings:#?}");
        assert_eq!(code, Some(3), "{who:?}");
    }
    Ok(())
}

pub async fn the_first_manifests_are_accepted(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "init", sas_tests::cloud::world()).await?;
    let plugin = world.plugin()?.display().to_string();
    for (servers, network) in [
        ("ecs", "internal"),
        ("ecs", "overseas"),
        ("other", "public"),
        ("other", "leased-line"),
        ("other", "overseas"),
        ("other", "proxy"),
    ] {
        for purpose in ["server", "image"] {
            let command = format!(
                "{plugin} init --servers {servers} --network {network} --purpose {purpose} --os windows \
                 --namespace {0} | kubectl apply --dry-run=server --filename=-",
                flow.namespace
            );
            let output = in_a_shell(&world, Developer, &command).await?;
            let (said, error) = (
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            ensure!(output.status.success(), "{command}: {error}");
            ensure!(
                said.contains("sasaccount.sas-operator.io/main created (server dry run)"),
                "{said}"
            );
            assert_eq!(said.contains("sasinstallcode"), network != "proxy", "{said}");
            assert_eq!(said.contains("sasauthbinding"), purpose == "server", "{said}");
        }
    }
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/samples/rbac");
    let command = format!(
        "cat {}/*.yaml | sed 's/namespace: security/namespace: {}/' | kubectl apply --dry-run=server --filename=-",
        examples.display(),
        flow.namespace
    );
    let output = in_a_shell(&world, Admin, &command).await?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

pub async fn names_are_completed(world: World) -> Result<()> {
    let flow = ready(&world, "complete").await?;
    let binding = manifests::binding_of("web", "Ultimate", &[sas_tests::cloud::web(1)])?;
    flow.create(&binding).await?;
    for (line, wanted) in [
        (vec!["approve", ""], "sasauthbinding/web\tSasAuthBinding\n"),
        (vec!["approve", "sasauth", "w"], "web\tSasAuthBinding\n:4\n"),
        (vec!["status", "sasacc", ""], "main\tSasAccount\n"),
        (vec!["approve", "x"], ":4\n"),
    ] {
        let mut words = vec!["--namespace", &flow.namespace];
        words.extend(line.iter().copied());
        let said = candidates(&world, Developer, &words).await?;
        ensure!(said.contains(wanted), "{line:?}: {said}");
    }
    let spaces = candidates(&world, Admin, &["pending", "--namespace", ""]).await?;
    ensure!(
        spaces.contains(&format!("{}\tnamespace\n", flow.namespace)),
        "{spaces}"
    );
    // Where the cluster cannot be reached there are no names, and no error either.
    let words = ["approve", "--context", "nowhere", ""];
    assert_eq!(candidates(&world, Admin, &words).await?, ":4\n");
    Ok(())
}

/// What kubectl is told when somebody presses TAB.
async fn candidates(world: &World, who: Identity, words: &[&str]) -> Result<String> {
    let link = world.dir().join("kubectl_complete-sas");
    if !link.exists() {
        std::os::unix::fs::symlink(world.plugin()?.canonicalize()?, &link)?;
    }
    let output = tokio::process::Command::new(link)
        .args(words)
        .env("KUBECONFIG", world.kubeconfig(who))
        .output()
        .await?;
    ensure!(output.status.success(), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}
