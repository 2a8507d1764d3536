//! `kubectl sas` on a real API server with the operator: what it shows, what it writes, what it refuses
//! before the server does, and that the server's refusals are shown in the server's own words.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_api::{Reason, annotations, condition};
use sas_sim::world::{Billing, Edition};
use sas_tests::approve::{annotate, hash_of};
use sas_tests::plugin::{Ran, Terminal, run};
use sas_tests::world::Identity::{Admin, Approver, Approver2, Developer};
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::{Value, json};

/// A flow with a binding of the first web server that waits for approval, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    Ok((flow, hash))
}

async fn as_approver(flow: &Flow, arguments: &[&str]) -> Result<Ran> {
    run(flow, Approver, arguments).await
}

/// The value of an annotation of the binding; an empty one is none.
async fn said(flow: &Flow, key: &str) -> Result<Option<String>> {
    let object: SasAuthBinding = flow.get("web").await?;
    Ok(annotations::get(Some(object.annotations()), key).map(str::to_owned))
}

pub async fn a_plan_is_read_approved_and_receipted(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin").await?;
    let pending = as_approver(&flow, &["pending"]).await?.well()?;
    let row = pending.lines().nth(1).context("nothing is pending")?;
    ensure!(
        row.contains("sasauthbinding/web") && row.contains("R3"),
        "{pending}"
    );

    let plan = as_approver(&flow, &["plan", "web"]).await?.well()?;
    for words in [
        hash.as_str(),
        cloud::BIND,
        &cloud::web(1),
        "AuthVersion = 7",
        "web-1",
        "costs money",
    ] {
        ensure!(plan.contains(words), "{words} is missing: {plan}");
    }
    let document = as_approver(&flow, &["plan", "sasauth/web", "-o", "json"])
        .await?
        .well()?;
    let document: Value = serde_json::from_str(&document)?;
    assert_eq!(document["plan"]["hash"], json!(hash));

    let nearly = as_approver(&flow, &["approve", "web", "--yes", &hash[..20]]).await?;
    nearly.ended(1, &format!("full hash {hash}"))?;
    as_approver(&flow, &["approve", "web"])
        .await?
        .ended(1, "no terminal")?;
    as_approver(&flow, &["approve", "web", "--yes", &hash, "--dry-run"])
        .await?
        .well()?;
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, None);
    flow.cloud.assert_no_write();

    let approve = [
        "approve",
        "sasauthbinding",
        "web",
        "--yes",
        &hash,
        "--comment",
        "change 4711",
    ];
    as_approver(&flow, &approve).await?.well()?;
    as_approver(&flow, &["wait", "--for", "done", "web"])
        .await?
        .well()?;
    let sent = flow.cloud.only_write(cloud::BIND);

    let receipt = as_approver(&flow, &["receipt", "web", "-o", "json"])
        .await?
        .well()?;
    let receipt: Value = serde_json::from_str(&receipt)?;
    assert_eq!(
        receipt["execution"]["calls"][0]["receipt"]["requestID"],
        json!(sent.request_id)
    );
    assert_eq!(receipt["approval"]["by"], json!("approver"));
    assert_eq!(receipt["approval"]["comment"], json!("change 4711"));
    assert_eq!(receipt["requestedBy"], json!("developer"));
    let text = as_approver(&flow, &["receipt", "web"]).await?.well()?;
    ensure!(
        text.contains(&sent.request_id) && text.contains("Bind.1 = "),
        "{text}"
    );
    let none = as_approver(&flow, &["pending"]).await?.well()?;
    ensure!(none.contains("no plan waits"), "{none}");
    let again = as_approver(&flow, &["approve", "web", "--yes", &hash]).await?;
    again.ended(1, "its approval is spent")
}

pub async fn a_later_plan_is_shown_against_the_approved_one(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-diff").await?;
    as_approver(&flow, &["approve", "web", "--yes", &hash])
        .await?
        .well()?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    let edit = Patch::Merge(json!({"spec": {"targets": {"uuids": [cloud::web(1), cloud::web(2)]}}}));
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.patch("web", &PatchParams::default(), &edit).await?;
    flow.pending::<SasAuthBinding>("web").await?;
    let plan = as_approver(&flow, &["plan", "web"]).await?.well()?;
    let (_, diff) = plan
        .split_once("Against the plan that was approved last")
        .with_context(|| format!("there is no comparison: {plan}"))?;
    for (sign, server) in [("-", cloud::web(1)), ("+", cloud::web(2))] {
        let line = format!("  {sign} server {server} ");
        ensure!(
            diff.lines().any(|shown| shown.starts_with(&line)),
            "{line} is missing: {diff}"
        );
    }
    // What was sent before is still on record, although another plan waits.
    let receipt = as_approver(&flow, &["receipt", "web"]).await?.well()?;
    ensure!(
        receipt.contains(&hash) && receipt.contains(&cloud::web(1)),
        "{receipt}"
    );
    Ok(())
}

pub async fn refusals_are_the_servers_own_words(world: World) -> Result<()> {
    let mut bound = cloud::world();
    let assets = &mut bound.centre(cloud::ACCOUNT, cloud::CENTRE).assets;
    let asset = assets.get_mut(&cloud::web(1)).context("web-1 is there")?;
    (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::Subscription);
    let flow = Flow::start_in(&world, "plugin-no", bound).await?;
    let unbind = manifests::binding_of("web", "Free", &[cloud::web(1)])?;
    let admin = flow.api::<SasAuthBinding>();
    admin.create(&PostParams::default(), &unbind).await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;

    let approve = ["approve", "web", "--yes", &hash];
    as_approver(&flow, &approve).await?.ended(1, "say --comment")?;
    let approve = ["approve", "web", "--yes", &hash, "--comment", "decommissioned"];
    let own = run(&flow, Admin, &approve).await?;
    own.ended(
        1,
        "you wrote this spec yourself, and the preset Standard asks for another person",
    )?;
    own.ended(1, "'sas-approval'")?;
    let developer = run(&flow, Developer, &approve).await?;
    developer.ended(1, "needs the verb approve on this kind")?;
    run(&flow, Admin, &["can-i", "web"])
        .await?
        .ended(3, "you wrote this spec yourself")?;
    run(&flow, Developer, &["can-i", "web"])
        .await?
        .ended(3, "the role sas-approver holds it")?;
    run(&flow, Developer, &["can-i"]).await?.ended(3, "developer")?;
    let impersonated = run(&flow, Admin, &["--as", "developer", "can-i"]).await?;
    impersonated.ended(3, "you are developer, in namespace")?;
    as_approver(&flow, &["can-i", "web"])
        .await?
        .ended(0, "yes, you can approve")?;
    as_approver(&flow, &["can-i"]).await?.ended(0, "approver")?;
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, None);
    flow.cloud.assert_no_write();

    as_approver(&flow, &approve).await?.well()?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    let approval = done.status.and_then(|status| status.gate.approval);
    assert_eq!(
        approval.and_then(|approval| approval.comment).as_deref(),
        Some("decommissioned")
    );
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_decision_replaces_the_one_before(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-mind").await?;
    as_approver(&flow, &["reject", "web", "--comment", "not today"])
        .await?
        .well()?;
    flow.phase::<SasAuthBinding>("web", Phase::Rejected).await?;
    as_approver(&flow, &["wait", "web"])
        .await?
        .ended(3, "not today")?;
    as_approver(&flow, &["revoke", "web"]).await?.well()?;
    flow.pending::<SasAuthBinding>("web").await?;
    // The printed command and older tools write as another manager, or leave an end behind that is over.
    let earlier = [
        (annotations::REJECTED_PLAN, json!(hash)),
        (annotations::APPROVAL_COMMENT, json!("by hand")),
        (annotations::APPROVAL_NOT_AFTER, json!("2020-01-01T00:00:00Z")),
    ];
    annotate(&flow.as_approver::<SasAuthBinding>(), "web", &earlier).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Rejected).await?;
    flow.cloud.assert_no_write();
    run(&flow, Approver2, &["approve", "web", "--yes", &hash])
        .await?
        .well()?;
    as_approver(&flow, &["wait", "web"]).await?.well()?;
    let done: SasAuthBinding = flow.get("web").await?;
    let approval = done
        .status
        .and_then(|status| status.gate.approval)
        .context("no approval was kept")?;
    assert_eq!(
        (approval.by.as_deref(), approval.comment),
        (Some("approver2"), None)
    );
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn steering_leaves_the_decision_alone(world: World) -> Result<()> {
    let (mut flow, hash) = waiting(&world, "plugin-steer").await?;
    as_approver(&flow, &["pause", "web"]).await?.well()?;
    as_approver(&flow, &["approve", "web", "--yes", &hash])
        .await?
        .well()?;
    assert!(
        said(&flow, annotations::PAUSED).await?.is_some(),
        "an approval ended the pause"
    );
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::Paused).await?;
    as_approver(&flow, &["wait", "web", "--timeout", "1"])
        .await?
        .ended(4, "is not done after 1 s")?;
    flow.cloud.assert_no_write();
    // Nobody looks while the approval is taken back and the pause ends.
    flow.kill_operator().await?;
    as_approver(&flow, &["resume", "web"]).await?.well()?;
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, Some(hash));
    as_approver(&flow, &["revoke", "web"]).await?.well()?;
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, None);
    flow.start_operator()?;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::AwaitingApproval).await?;
    flow.cloud.assert_no_write();

    let (_, before) = flow.pending::<SasAuthBinding>("web").await?;
    as_approver(&flow, &["replan", "web"]).await?.well()?;
    let another = |object: &SasAuthBinding| hash_of(object).is_ok_and(|hash| hash != before);
    wait::object(&flow.api::<SasAuthBinding>(), "web", "planned anew", another).await?;
    as_approver(&flow, &["retry", "web"])
        .await?
        .ended(0, "nothing has failed")
}

pub async fn several_plans_are_approved_together_or_not_at_all(world: World) -> Result<()> {
    let (flow, first) = waiting(&world, "plugin-many").await?;
    let mut other = manifests::binding_of("db", "Ultimate", &[cloud::web(2)])?;
    other.metadata.labels = Some([("team".to_owned(), "shop".to_owned())].into());
    flow.create(&other).await?;
    let label = Patch::Merge(json!({"metadata": {"labels": {"team": "shop"}}}));
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.patch("web", &PatchParams::default(), &label).await?;
    let (_, second) = flow.pending::<SasAuthBinding>("db").await?;

    let one = as_approver(&flow, &["approve", "-l", "team=shop", "--yes", &first]).await?;
    one.ended(1, &second)?;
    let strange = format!("sha256:{}", "0".repeat(64));
    let three = [
        "approve",
        "-l",
        "team=shop",
        "--yes",
        &first,
        "--yes",
        &second,
        "--yes",
        &strange,
    ];
    as_approver(&flow, &three).await?.ended(1, "no object has")?;
    flow.cloud.assert_no_write();
    let both = ["approve", "-l", "team=shop", "--yes", &first, "--yes", &second];
    let both = as_approver(&flow, &both).await?;
    ensure!(
        both.err.contains("web") && both.err.contains("db"),
        "not both were shown: {both:?}"
    );
    both.well()?;
    as_approver(&flow, &["wait", "-l", "team=shop"]).await?.well()?;
    assert_eq!(flow.cloud.committed().len(), 2);
    Ok(())
}

pub async fn a_plan_that_changes_while_it_is_read_is_not_approved(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-late").await?;
    let mut terminal = Terminal::start(&flow, Approver, &["approve", "web"])?;
    let shown = terminal.shows("Only `yes` counts:").await?;
    ensure!(shown.contains(&hash), "the plan was not shown: {shown}");
    let edit = Patch::Merge(json!({"spec": {"edition": "Enterprise"}}));
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.patch("web", &PatchParams::default(), &edit).await?;
    let another = |object: &SasAuthBinding| hash_of(object).is_ok_and(|now| now != hash);
    wait::object(&flow.api::<SasAuthBinding>(), "web", "another plan", another).await?;
    terminal.types("yes").await?;
    let (code, shown) = terminal.ended().await?;
    ensure!(
        code == Some(1) && shown.contains("changed while you read it"),
        "{code:?}: {shown}"
    );
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, None);
    flow.cloud.assert_no_write();

    let mut terminal = Terminal::start(&flow, Approver, &["approve", "web"])?;
    terminal.shows("Only `yes` counts:").await?;
    terminal.types("y").await?;
    let (code, shown) = terminal.ended().await?;
    ensure!(
        code == Some(1) && shown.contains("nothing was approved"),
        "{code:?}: {shown}"
    );

    let mut terminal = Terminal::start(&flow, Approver, &["approve", "web"])?;
    terminal.shows("Only `yes` counts:").await?;
    terminal.types("yes").await?;
    let (code, shown) = terminal.ended().await?;
    ensure!(code == Some(0), "{code:?}: {shown}");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn what_people_and_clouds_write_cannot_steer_a_terminal(world: World) -> Result<()> {
    let mut hostile = cloud::world();
    let assets = &mut hostile.centre(cloud::ACCOUNT, cloud::CENTRE).assets;
    let asset = assets.get_mut(&cloud::web(1)).context("web-1 is there")?;
    "web\u{202e}\u{1b}[2J\u{200b}-1".clone_into(&mut asset.instance_name);
    let flow = Flow::start_in(&world, "plugin-esc", hostile).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let text = "no\u{1b}]0;owned\u{7}\u{9b}31m\u{2066}\nRisk: R0";
    let rejection = [
        (annotations::REJECTED_PLAN, json!(hash)),
        (annotations::APPROVAL_COMMENT, json!(text)),
    ];
    annotate(&flow.as_approver::<SasAuthBinding>(), "web", &rejection).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Rejected).await?;
    for arguments in [
        &["plan", "web"][..],
        &["status"],
        &["pending", "-o", "wide"],
        &["plan", "web", "-o", "json"],
        &["status", "web", "-o", "yaml"],
        &["approve", "web"],
    ] {
        let ran = as_approver(&flow, arguments).await?;
        let hidden = |c: char| c != '\n' && sas_api::text::is_hidden(c);
        ensure!(
            !ran.out.contains(hidden) && !ran.err.contains(hidden),
            "{arguments:?}: {ran:?}"
        );
    }
    // The comment reads back as it was written.
    let document = as_approver(&flow, &["status", "web", "-o", "json"])
        .await?
        .well()?;
    let document: Value = serde_json::from_str(&document)?;
    let annotations = &document["items"][0]["metadata"]["annotations"];
    assert_eq!(annotations[annotations::APPROVAL_COMMENT], json!(text));
    Ok(())
}

pub async fn a_large_plan_is_read_in_full(world: World) -> Result<()> {
    const SERVERS: usize = 130;
    let mut flow = Flow::start_in(&world, "plugin-large", cloud::world_of(u32::try_from(SERVERS)?)).await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    let (object, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let plan = object.status.and_then(|status| status.gate.plan);
    ensure!(
        plan.is_some_and(|plan| plan.plan.targets.len() < SERVERS),
        "the plan fits into the status"
    );
    let document = as_approver(&flow, &["plan", "web", "-o", "json"]).await?.well()?;
    let document: Value = serde_json::from_str(&document)?;
    let targets = document["plan"]["targets"]
        .as_array()
        .context("there are no targets")?;
    assert_eq!(targets.len(), SERVERS);
    let text = as_approver(&flow, &["plan", "web"]).await?.well()?;
    for number in 1..=u32::try_from(SERVERS)? {
        ensure!(text.contains(&cloud::web(number)), "server {number} is missing");
    }
    flow.kill_operator().await?;
    // Without the ConfigMaps nobody can read what the hash stands for.
    let maps = flow.api::<ConfigMap>();
    maps.delete_collection(&DeleteParams::default(), &ListParams::default())
        .await?;
    let approval = as_approver(&flow, &["approve", "web", "--yes", &hash]).await?;
    approval.ended(1, "ConfigMap")?;
    assert_eq!(said(&flow, annotations::APPROVED_PLAN).await?, None);
    Ok(())
}

pub async fn after_an_approval_that_ended_comes_another(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-over").await?;
    let over = [
        (annotations::APPROVED_PLAN, json!(hash)),
        (annotations::APPROVAL_COMMENT, json!("for today")),
        (annotations::APPROVAL_NOT_AFTER, json!("2020-01-01T00:00:00Z")),
    ];
    annotate(&flow.as_approver::<SasAuthBinding>(), "web", &over).await?;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::ApprovalExpired).await?;
    let plan = as_approver(&flow, &["plan", "web"]).await?.well()?;
    for words in [
        "2020-01-01T00:00:00Z, which is over",
        "decide: `kubectl sas approve",
    ] {
        ensure!(plan.contains(words), "{words}: {plan}");
    }
    as_approver(&flow, &["wait", "--for", "approved", "web", "--timeout", "1"])
        .await?
        .ended(4, "is not approved after 1 s")?;
    as_approver(&flow, &["approve", "web", "--yes", &hash])
        .await?
        .ended(0, "sasauthbinding/web approved")?;
    as_approver(&flow, &["wait", "web"]).await?.well()?;
    flow.cloud.only_write(cloud::BIND);
    let receipt = as_approver(&flow, &["receipt", "web"]).await?.well()?;
    ensure!(!receipt.contains("for today"), "{receipt}");
    Ok(())
}

pub async fn a_blocked_spec_is_neither_approved_nor_in_the_way(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-block").await?;
    as_approver(&flow, &["approve", "web", "--yes", &hash])
        .await?
        .well()?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.create(&manifests::binding_of("db", "Ultimate", &[cloud::web(2)])?)
        .await?;
    flow.create(&manifests::binding_of("app", "Ultimate", &[cloud::web(3)])?)
        .await?;
    let (_, next) = flow.pending::<SasAuthBinding>("app").await?;
    flow.pending::<SasAuthBinding>("db").await?;
    // One was carried out and one waited when their specs became impossible.
    let nowhere = "00000001-f10e-4000-8000-00000000dead";
    let edit = json!({"metadata": {"labels": {"team": "shop"}}, "spec": {"targets": {"uuids": [nowhere]}}});
    let developer = flow.as_developer::<SasAuthBinding>();
    for name in ["web", "db"] {
        developer
            .patch(name, &PatchParams::default(), &Patch::Merge(&edit))
            .await?;
        let blocked = flow.phase::<SasAuthBinding>(name, Phase::Blocked).await?;
        let approved = wait::condition(&blocked, condition::APPROVED);
        ensure!(approved.is_none(), "{name}: {approved:?}");
        let wait = ["wait", "--for", "approved", name, "--timeout", "1"];
        as_approver(&flow, &wait).await?.ended(4, nowhere)?;
        let plan = as_approver(&flow, &["plan", name]).await?.well()?;
        ensure!(
            plan.contains("there is none for the present one") && plan.contains(nowhere),
            "{plan}"
        );
    }
    let label = Patch::Merge(json!({"metadata": {"labels": {"team": "shop"}}}));
    developer.patch("app", &PatchParams::default(), &label).await?;
    let pending = as_approver(&flow, &["pending"]).await?.well()?;
    ensure!(
        pending.contains("sasauthbinding/app") && !pending.contains("sasauthbinding/db"),
        "{pending}"
    );
    as_approver(&flow, &["approve", "-l", "team=shop", "--yes", &next])
        .await?
        .ended(0, "sasauthbinding/app approved")?;
    // What was done before is still known, with the names.
    let receipt = as_approver(&flow, &["receipt", "web"]).await?.well()?;
    for words in ["Requested by: developer", "Approved by:  approver", &hash] {
        ensure!(receipt.contains(words), "{words}: {receipt}");
    }
    Ok(())
}

pub async fn what_was_applied_in_our_name_is_left_alone(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "plugin-name").await?;
    let developer = flow.as_developer::<SasAuthBinding>();
    let ours = PatchParams::apply(sas_api::APPROVER_FIELD_MANAGER).force();
    // A pause: an apply of the decision alone would lift it.
    let pause = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding",
        "metadata": {"name": "web", "annotations": {annotations::PAUSED: "freeze"}},
    });
    developer.patch("web", &ours, &Patch::Apply(&pause)).await?;
    as_approver(&flow, &["approve", "web", "--yes", &hash])
        .await?
        .well()?;
    assert_eq!(said(&flow, annotations::PAUSED).await?.as_deref(), Some("freeze"));
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::Paused).await?;
    // The whole object: an apply of the decision alone would be one without a spec.
    let mut whole = serde_json::to_value(manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)?;
    whole["metadata"] = json!({"name": "web", "annotations": {annotations::PAUSED: "freeze"}});
    developer.patch("web", &ours, &Patch::Apply(&whole)).await?;
    for arguments in [&["revoke", "web"][..], &["reject", "web"], &["revoke", "web"]] {
        as_approver(&flow, arguments).await?.well()?;
    }
    let pending = wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::AwaitingApproval).await?;
    as_approver(&flow, &["approve", "web", "--yes", &hash_of(&pending)?])
        .await?
        .well()?;
    as_approver(&flow, &["wait", "--for", "approved", "web"])
        .await?
        .well()?;
    as_approver(&flow, &["revoke", "web"]).await?.well()?;
    as_approver(&flow, &["wait", "--for", "approved", "web", "--timeout", "1"])
        .await?
        .ended(4, "is not approved")?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn what_somebody_may_not_read_stops_nothing_else(world: World) -> Result<()> {
    let (flow, _) = waiting(&world, "plugin-part").await?;
    let admin = flow.admin();
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}", flow.namespace);
    let role = json!({"metadata": {"name": "part"}, "rules": [
        {"apiGroups": ["sas-operator.io"], "resources": ["sasauthbindings"], "verbs": ["get", "list"]},
    ]});
    let binding = json!({
        "metadata": {"name": "part"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "part"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "part-reader"}],
    });
    for (plural, object) in [("roles", role), ("rolebindings", binding)] {
        let stored = sas_tests::raw::send_full(&admin, "POST", &format!("{path}/{plural}"), object).await?;
        ensure!(stored.status == 201, "{stored:?}");
    }
    let as_reader = async |arguments: &[&str]| {
        let words: Vec<&str> = ["--as", "part-reader"].iter().chain(arguments).copied().collect();
        run(&flow, Admin, &words).await
    };
    wait::until("the reader may read", async || {
        Ok((as_reader(&["pending"]).await?.code == Some(0)).then_some(()))
    })
    .await?;
    for arguments in [&["pending"][..], &["status"], &["plan", "web"]] {
        let ran = as_reader(arguments).await?;
        ran.ended(0, "sasauthbinding/web")?;
        let warnings = ran.err.matches("you may not read").count();
        ensure!(warnings == 1 && ran.err.contains("sasinstallcodes"), "{ran:?}");
    }
    as_reader(&["plan", "sasinstallcode/web"])
        .await?
        .ended(1, "ask for one of the roles")?;
    as_reader(&["plan", "sasauth/web?dryRun=All"])
        .await?
        .ended(1, "is no name of an object")
}
