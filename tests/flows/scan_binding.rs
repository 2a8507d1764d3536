//! Servers without a paid edition get one before they are scanned, by a binding of their own that somebody
//! approves on its own. The job binds nothing: the request log and the executions say who called what.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use sas_api::kinds::{SasAuthBinding, SasScanJob};
use sas_api::status::{GatePart, Phase};
use sas_api::{Reason, annotations};
use sas_engine::operation::Gate;
use sas_sim::world::Edition;
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::json;

use crate::scan;

const JOB: &str = "scan";
const BINDING: &str = "scan-binding";
const PUSH: &str = "ModifyPushAllTask";
/// Less than the pause after which a job that waits looks again without being woken.
const SOON: Duration = Duration::from_secs(50);

/// What the job says while it waits for its binding.
async fn told(flow: &Flow, part: &str) -> Result<String> {
    let says = |job: &SasScanJob| {
        wait::ready(job).filter(|(_, reason, message)| {
            reason == Reason::AwaitingBinding.as_str() && message.contains(part)
        })
    };
    let job = wait::object(&flow.api::<SasScanJob>(), JOB, part, |job| says(job).is_some()).await?;
    Ok(says(&job).context("it says something else now")?.2)
}

/// The actions that a resource has called.
fn called(object: &impl Gate) -> Result<Vec<String>> {
    let execution = object
        .status()
        .and_then(|status| status.gate().execution.as_ref());
    let execution = execution.context("nothing was executed")?;
    Ok(execution.calls.iter().map(|call| call.action.clone()).collect())
}

pub async fn servers_get_an_edition_by_a_plan_of_their_own(world: World) -> Result<()> {
    let flow = scan::start(&world, "scan-binding").await?;
    flow.cloud.set_edition(2, Edition::FREE);
    let spec = json!({
        "targets": {"uuids": [cloud::web(1), cloud::web(2)]},
        "scans": {"vulnerabilities": {}},
        "timeoutSeconds": 30,
        "prerequisites": {"binding": "Plan", "edition": "Ultimate", "mode": "Subscription"},
    });
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    let blocked = wait::reason(&flow.api::<SasScanJob>(), JOB, Reason::AwaitingBinding).await?;
    let (binding, hash) = flow.pending::<SasAuthBinding>(BINDING).await?;
    assert_eq!(
        binding.spec.targets.uuids,
        [cloud::web(2)],
        "the others have an edition"
    );
    let message = wait::ready(&blocked).context("Ready is missing")?.2;
    ensure!(
        message.contains(BINDING) && message.contains("web-2"),
        "{message}"
    );
    assert_eq!(
        binding.annotations().get(annotations::REQUESTED_BY),
        blocked.annotations().get(annotations::REQUESTED_BY),
        "who wrote the job wrote its binding"
    );
    let owner = binding
        .owner_references()
        .first()
        .context("the binding has no owner")?;
    assert_eq!((&owner.kind[..], &owner.name[..]), ("SasScanJob", JOB));
    flow.cloud.assert_no_write();

    flow.approve::<SasAuthBinding>(BINDING, &hash).await?;
    let bound = flow.phase::<SasAuthBinding>(BINDING, Phase::Ready).await?;
    let ready = Instant::now();
    let (_, hash) = flow.pending::<SasScanJob>(JOB).await?;
    ensure!(ready.elapsed() < SOON, "it planned after {:?}", ready.elapsed());
    flow.cloud.only_write(cloud::BIND);
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let committed: Vec<_> = flow
        .cloud
        .committed()
        .into_iter()
        .map(|write| write.action)
        .collect();
    assert_eq!(committed, [cloud::BIND, PUSH]);
    assert_eq!(called(&bound)?, [cloud::BIND]);
    assert_eq!(called(&done)?, [PUSH], "the job binds nothing");
    let push = flow.cloud.requests_of(PUSH);
    assert_eq!(
        push[0].parameters["Uuids"],
        format!("{},{}", cloud::web(1), cloud::web(2))
    );
    Ok(())
}

pub async fn a_binding_that_is_refused_keeps_the_job_waiting(world: World) -> Result<()> {
    let flow = scan::start(&world, "scan-unbound").await?;
    for number in 1..=3 {
        flow.cloud.set_edition(number, Edition::FREE);
    }
    let spec = json!({
        "targets": {"selector": {"tags": ["web"]}},
        "scans": {"vulnerabilities": {}},
        "onPartial": "Proceed",
        "prerequisites": {"binding": "Plan", "edition": "Ultimate", "mode": "Subscription"},
    });
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    wait::reason(&flow.api::<SasScanJob>(), JOB, Reason::AwaitingBinding).await?;
    let (binding, hash) = flow.pending::<SasAuthBinding>(BINDING).await?;
    assert_eq!(
        binding.spec.targets.uuids,
        [cloud::web(1), cloud::web(2)],
        "web-3 is offline and not scanned anyway"
    );
    flow.reject::<SasAuthBinding>(BINDING, &hash).await?;
    flow.phase::<SasAuthBinding>(BINDING, Phase::Rejected).await?;
    told(&flow, "which is Rejected").await?;
    flow.cloud.assert_no_write();
    Ok(())
}

/// The account pays in two ways and the job names none: the job says what its binding asks for.
pub async fn a_choice_that_the_binding_needs_is_told(world: World) -> Result<()> {
    let mut both = scan::world()?;
    let centre = both.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre.pay_as_you_go = Some(cloud::pay_as_you_go(Timestamp::now()));
    let flow = Flow::start_in(&world, "scan-choose", both).await?;
    flow.account_ready().await?;
    flow.cloud.set_edition(2, Edition::FREE);
    let spec = json!({
        "targets": {"uuids": [cloud::web(1), cloud::web(2)]},
        "scans": {"vulnerabilities": {}},
        "prerequisites": {"binding": "Plan", "edition": "Ultimate"},
    });
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    told(&flow, BINDING).await?;
    wait::reason(&flow.api::<SasAuthBinding>(), BINDING, Reason::ChooseMode).await?;
    let blocked = Instant::now();
    let message = told(&flow, "which is Blocked (ChooseMode: ").await?;
    ensure!(blocked.elapsed() < SOON, "told after {:?}", blocked.elapsed());
    ensure!(!message.contains("to approve"), "there is no plan: {message}");
    let patch = Patch::Merge(json!({"spec": {"mode": "Subscription"}}));
    flow.as_developer::<SasAuthBinding>()
        .patch(BINDING, &PatchParams::default(), &patch)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>(BINDING).await?;
    told(&flow, "has a plan of its own to approve").await?;
    flow.approve::<SasAuthBinding>(BINDING, &hash).await?;
    flow.phase::<SasAuthBinding>(BINDING, Phase::Ready).await?;
    flow.pending::<SasScanJob>(JOB).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
