//! One broken object, account or namespace stops no other.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use sas_api::Reason;
use sas_api::kinds::account::SecretRef;
use sas_api::kinds::{SasAccount, SasAuthBinding, SasInstallCode};
use sas_api::status::Phase;
use sas_sim::world::{Account, Key};
use sas_sim::{FaultKind, Rule};
use sas_tests::flow::make_namespace;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw, wait};
use serde_json::{Value, json};

/// Breaks the status of a binding in the operator's name: the API server takes this time, no client can
/// read it.
async fn break_status(flow: &Flow, name: &str) -> Result<()> {
    let operator = flow.world.client(Identity::Operator).await?;
    let path = |rest: &str| raw::path("sasauthbindings", &flow.namespace, &format!("/{name}{rest}"));
    let (_, mut object) = raw::send(&operator, "GET", &path(""), Value::Null).await?;
    object["status"]["conditions"] = json!([{
        "type": "Ready", "status": "True", "reason": "InSync", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00+99:99",
    }]);
    let answer = raw::send_full(&operator, "PUT", &path("/status"), object).await?;
    ensure!(
        answer.status == 200,
        "the API server refused the broken status: {answer:?}"
    );
    let typed = flow.api::<SasAuthBinding>().get(name).await;
    ensure!(typed.is_err(), "the status is not broken");
    Ok(())
}

pub async fn an_undecodable_object_stops_no_other(world: World) -> Result<()> {
    let mut flow = Flow::start(&world, "broken").await?;
    flow.create(&manifests::binding_of("broken", "Ultimate", &[cloud::web(1)])?)
        .await?;
    flow.pending::<SasAuthBinding>("broken").await?;
    break_status(&flow, "broken").await?;
    let told = || {
        let events = flow.proxy.traffic().events(0, "SasAuthBinding", "broken");
        events
            .iter()
            .any(|event| event.body["reason"] == Reason::InvalidSpec.as_str())
    };
    wait::until_true("an event about the broken object", told).await?;

    flow.create(&manifests::binding_of("sound", "Ultimate", &[cloud::web(2)])?)
        .await?;
    flow.approve_pending::<SasAuthBinding>("sound").await?;
    flow.phase::<SasAuthBinding>("sound", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);

    // It is there when an operator starts, too.
    flow.kill_operator().await?;
    flow.start_operator()?;
    flow.create(&manifests::binding_of("later", "Ultimate", &[cloud::web(3)])?)
        .await?;
    flow.pending::<SasAuthBinding>("later").await?;
    Ok(())
}

pub async fn a_broken_account_stops_no_other(world: World) -> Result<()> {
    let flow = Flow::start(&world, "broken").await?;
    let mut broken = manifests::account(&[])?;
    broken.metadata.name = Some("broken".to_owned());
    broken.spec.credentials.secret_ref = Some(SecretRef {
        name: "not-there".to_owned(),
    });
    flow.create(&broken).await?;
    let mut of_broken = manifests::binding_of("of-broken", "Ultimate", &[cloud::web(1)])?;
    "broken".clone_into(&mut of_broken.spec.account_ref.name);
    flow.create(&of_broken).await?;
    let mut of_nobody = manifests::binding_of("of-nobody", "Ultimate", &[cloud::web(1)])?;
    "nobody".clone_into(&mut of_nobody.spec.account_ref.name);
    flow.create(&of_nobody).await?;
    let api = flow.api::<SasAuthBinding>();
    wait::reason(&api, "of-broken", Reason::CredentialsNotReady).await?;
    wait::reason(&api, "of-nobody", Reason::AccountNotFound).await?;

    flow.account_ready().await?;
    flow.create(&manifests::binding_of("sound", "Ultimate", &[cloud::web(2)])?)
        .await?;
    flow.approve_pending::<SasAuthBinding>("sound").await?;
    flow.phase::<SasAuthBinding>("sound", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn an_account_decides_which_namespaces_may_use_it(world: World) -> Result<()> {
    let mut flow = Flow::prepare(&world, "tenant", cloud::world()).await?;
    let owner = format!("owner-{}", flow.namespace);
    make_namespace(&flow.admin(), &owner).await?;
    let secrets = Api::namespaced(flow.admin(), &owner);
    secrets
        .create(&PostParams::default(), &manifests::valid_credentials()?)
        .await?;
    let accounts = Api::<SasAccount>::namespaced(flow.admin(), &owner);
    accounts
        .create(&PostParams::default(), &manifests::account(&["somebody-else"])?)
        .await?;

    let mut binding = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    binding.spec.account_ref.namespace = Some(owner.clone());
    flow.create(&binding).await?;
    flow.start_operator()?;
    let api = flow.api::<SasAuthBinding>();
    let refused = wait::reason(&api, "web", Reason::AccountNotAllowed).await?;
    let message = wait::ready(&refused).context("Ready is missing")?.2;
    ensure!(
        message.contains("allowedNamespaces"),
        "the message does not say what to do: {message}"
    );
    ensure!(flow.cloud.requests().is_empty(), "a foreign account was used");

    let allow = Patch::Merge(json!({"spec": {"allowedNamespaces": [flow.namespace]}}));
    accounts
        .patch(manifests::ACCOUNT_NAME, &PatchParams::default(), &allow)
        .await?;
    flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);

    // Taken back, it does not work any more, and nothing is undone.
    let forbid = Patch::Merge(json!({"spec": {"allowedNamespaces": []}}));
    accounts
        .patch(manifests::ACCOUNT_NAME, &PatchParams::default(), &forbid)
        .await?;
    wait::reason(&api, "web", Reason::AccountNotAllowed).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_hanging_action_does_not_hold_up_other_kinds(world: World) -> Result<()> {
    let flow = Flow::start(&world, "slow").await?;
    // All calls of one action hang; a resource that does not need it goes on.
    flow.cloud
        .fault(Rule::new(FaultKind::Hang).on(cloud::LIST_CODES).times(1000))?;
    for number in 1..=4 {
        flow.create(&manifests::install_code(&format!("hangs-{number}"))?)
            .await?;
    }
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

/// An account of the cloud of which nothing is ever heard.
const SILENT: &str = "2600000000000026";

pub async fn many_silent_accounts_stop_no_other(world: World) -> Result<()> {
    let mut cloud = cloud::world();
    let key = Key {
        access_key_secret: "silentAccessKeySecret0123456789".to_owned(),
        ..Key::default()
    };
    let account = Account {
        keys: [("LTAI5tFlowTests000000026".to_owned(), key.clone())].into(),
        ..Account::default()
    };
    cloud.accounts.insert(SILENT.to_owned(), account);
    let flow = Flow::start_in(&world, "silence", cloud).await?;
    flow.account_ready().await?;
    let mut silence = Rule::new(FaultKind::Hang).times(100_000);
    (silence.account, silence.seconds) = (Some(SILENT.to_owned()), Some(3600.0));
    flow.cloud.fault(silence)?;
    let mut secret = manifests::credentials("LTAI5tFlowTests000000026", &key.access_key_secret)?;
    secret.metadata.name = Some("silent".to_owned());
    flow.create(&secret).await?;
    // Many more than passes of one kind may run at once in a single account.
    for number in 0..40 {
        let name = format!("silent-{number}");
        let mut silent = manifests::account(&[])?;
        silent.metadata.name = Some(name.clone());
        silent.spec.credentials.secret_ref = Some(SecretRef {
            name: "silent".to_owned(),
        });
        flow.create(&silent).await?;
        for twin in ["a", "b"] {
            let mut code = manifests::install_code(&format!("{name}-{twin}"))?;
            code.spec.account_ref.name.clone_from(&name);
            flow.create(&code).await?;
        }
    }
    wait::until_true("passes that wait for the silent accounts", || {
        flow.cloud.hits(FaultKind::Hang) >= 20
    })
    .await?;
    let began = Instant::now();
    flow.create(&manifests::install_code("sound")?).await?;
    flow.pending::<SasInstallCode>("sound").await?;
    // A silent account costs 30 s at its first call; a healthy one waits for none of them.
    let waited = began.elapsed();
    ensure!(waited < Duration::from_secs(25), "the plan came after {waited:?}");
    Ok(())
}
