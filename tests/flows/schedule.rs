//! Schedules and their jobs: who wrote a schedule approves none of them, nobody slips a job of his own under
//! one, and a job that comes back under its name waits for an approval of its own.

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use sas_api::kinds::{SasScanJob, SasScanSchedule};
use sas_api::status::Phase;
use sas_api::{Reason, annotations, labels};
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, approve, cloud, manifests, paths, raw, rights, wait};
use serde_json::{Value, json};

use crate::scan;

const PUSH: &str = "ModifyPushAllTask";

/// What the jobs scan for.
fn job_spec() -> Value {
    json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"vulnerabilities": {}}, "timeoutSeconds": 30})
}

/// A schedule for every minute, written by somebody who may also approve.
async fn scheduled(flow: &Flow) -> Result<SasScanSchedule> {
    let writer = Identity::Approver2.user();
    rights::give(&flow.admin(), &flow.namespace, writer, rights::SAS_EDITOR).await?;
    rights::give(&flow.admin(), &flow.namespace, writer, rights::SAS_APPROVER).await?;
    let job = serde_json::to_value(manifests::scan_job("template", &job_spec())?)?;
    let schedule: SasScanSchedule = serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanSchedule",
        "metadata": {"name": "nightly", "annotations": flow.world.claim_of_new(writer)},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"metadata": {"labels": {"team": "blue"}},
            "spec": job["spec"]}},
    }))?;
    let api = flow.api_as::<SasScanSchedule>(Identity::Approver2).await?;
    Ok(api.create(&PostParams::default(), &schedule).await?)
}

/// The first job of the schedule that the operator created.
async fn run(flow: &Flow, schedule: &SasScanSchedule) -> Result<SasScanJob> {
    let api = flow.api::<SasScanJob>();
    let label = format!("{}={}", labels::CREATED_FOR, schedule.uid().unwrap_or_default());
    wait::until("a job of the schedule", async || {
        let jobs = api.list(&ListParams::default().labels(&label)).await?;
        Ok(jobs.items.into_iter().next())
    })
    .await
}

pub async fn the_writer_of_a_schedule_approves_none_of_its_jobs(world: World) -> Result<()> {
    let flow = scan::start(&world, "schedule").await?;
    let schedule = scheduled(&flow).await?;
    // Somebody else is named as its writer, in vain.
    let forged = json!({"metadata": {"annotations": {annotations::REQUESTED_BY: "somebody",
        annotations::REQUESTED_GENERATION: "1"}}});
    let path = raw::path("sasscanschedules", &flow.namespace, "/nightly");
    let writer = world.client(Identity::Approver2).await?;
    for way in paths::CHANGES {
        paths::change(&writer, way, &path, &forged).await?;
        let stored = flow.get::<SasScanSchedule>("nightly").await?;
        assert_eq!(
            stored.annotations()[annotations::REQUESTED_BY],
            "approver2",
            "{way}"
        );
    }
    let job = run(&flow, &schedule).await?;
    let name = job.name_any();
    assert_eq!(job.annotations()[annotations::REQUESTED_BY], "approver2");
    assert_eq!(job.labels()["team"], "blue");
    let (_, hash) = flow.pending::<SasScanJob>(&name).await?;
    let own = flow.api_as::<SasScanJob>(Identity::Approver2).await?;
    let decision = world.decision("approver2", &json!({annotations::APPROVED_PLAN: hash}));
    let decision: Vec<_> = decision["metadata"]["annotations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    approve::refused(&own, &name, &decision, "you wrote this spec yourself").await?;
    flow.cloud.assert_no_write();

    // Somebody else approves it. The next job waits for this one, and none is made twice.
    flow.approve::<SasScanJob>(&name, &hash).await?;
    flow.phase::<SasScanJob>(&name, Phase::Succeeded).await?;
    flow.cloud.only_write(PUSH);
    let api = flow.api::<SasScanSchedule>();
    wait::object(&api, "nightly", "told of the success", |schedule| {
        let status = schedule.status.as_ref();
        status.is_some_and(|status| {
            status.last_successful_time.is_some() && status.last_schedule_time.is_some()
        })
    })
    .await?;
    Ok(())
}

/// No rule of the API server knows all time zones.
pub async fn a_time_zone_that_nobody_knows_fails_until_it_is_corrected(world: World) -> Result<()> {
    let flow = scan::start(&world, "zone").await?;
    let job = serde_json::to_value(manifests::scan_job("template", &job_spec())?)?;
    let schedule: SasScanSchedule = serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanSchedule",
        "metadata": {"name": "nightly"},
        "spec": {"schedule": "30 2 * * *", "timeZone": "Europe/Shanghai", "jobTemplate": {"spec": job["spec"]}},
    }))?;
    flow.create(&schedule).await?;
    let api = flow.as_developer::<SasScanSchedule>();
    let failed = wait::reason(&api, "nightly", Reason::InvalidSpec).await?;
    ensure!(wait::in_phase(&failed, Phase::Failed), "{failed:?}");
    let (.., message) = wait::ready(&failed).context("Ready is missing")?;
    ensure!(
        message.contains("`timeZone` \"Europe/Shanghai\" is not known"),
        "{message}"
    );
    assert_eq!(kstatus::read(&serde_json::to_value(&failed)?), Kstatus::Failed);
    let right = json!({"spec": {"timeZone": "Asia/Shanghai"}});
    api.patch("nightly", &PatchParams::default(), &Patch::Merge(right))
        .await?;
    let ready = wait::object(&api, "nightly", "in order", |object| {
        wait::in_phase(object, Phase::Ready)
    })
    .await?;
    assert_eq!(kstatus::read(&serde_json::to_value(&ready)?), Kstatus::Current);
    Ok(())
}

pub async fn a_job_in_a_schedules_place_is_told_and_left_alone(world: World) -> Result<()> {
    let flow = scan::start(&world, "place").await?;
    let schedule = scheduled(&flow).await?;
    // The developer takes the names of the next minutes, and says that the schedule is the owner.
    let minute = jiff::Timestamp::now().as_second().div_euclid(60);
    for minute in minute..minute + 4 {
        let mut job = manifests::scan_job(&format!("nightly-{minute}"), &job_spec())?;
        job.labels_mut()
            .insert(labels::CREATED_FOR.to_owned(), schedule.uid().unwrap_or_default());
        job.metadata.owner_references =
            kube::Resource::controller_owner_ref(&schedule, &()).map(|owner| vec![owner]);
        // The operator may have been first with the one of this minute.
        let _ = flow.create(&job).await;
    }
    let first = format!("nightly-{}", minute + 1);
    let theirs: SasScanJob = flow.get(&first).await?;
    // What the operator itself created meanwhile would hold the next.
    let own: Vec<SasScanJob> = flow.api().list(&ListParams::default()).await?.items;
    let own = own
        .iter()
        .filter(|job| job.annotations()[annotations::REQUESTED_BY] == "approver2");
    for job in own {
        flow.api::<SasScanJob>()
            .delete(&job.name_any(), &kube::api::DeleteParams::default())
            .await?;
    }
    let told = wait::reason(&flow.api::<SasScanSchedule>(), "nightly", Reason::ChildConflict).await?;
    let status = told.status.context("there is no status")?;
    ensure!(
        status.active.is_empty(),
        "{:?} is taken for its own",
        status.active
    );
    let after: SasScanJob = flow.get(&first).await?;
    assert_eq!((after.uid(), &after.spec), (theirs.uid(), &theirs.spec));
    flow.cloud.assert_no_write();
    Ok(())
}

/// Argo CD's self-healing brings back what a time to live has removed.
pub async fn a_job_that_comes_back_waits_for_another_approval(world: World) -> Result<()> {
    let flow = scan::start(&world, "back").await?;
    let mut spec = job_spec();
    spec["ttlSecondsAfterFinished"] = json!(0);
    let mut job = manifests::scan_job("once", &spec)?;
    job.annotations_mut()
        .extend(world.claim_of_new(Identity::ArgoCd.user()));
    let argocd = flow.api_as::<SasScanJob>(Identity::ArgoCd).await?;
    argocd.create(&PostParams::default(), &job).await?;
    let hash = flow.approve_pending::<SasScanJob>("once").await?;
    wait::until("the job is removed", async || {
        Ok(argocd.get_opt("once").await?.is_none().then_some(()))
    })
    .await?;
    flow.cloud.only_write(PUSH);

    argocd.create(&PostParams::default(), &job).await?;
    let (_, again) = flow.pending::<SasScanJob>("once").await?;
    ensure!(again != hash, "another job has the plan of the old one");
    let refused = flow.approve::<SasScanJob>("once", &hash).await;
    ensure!(refused.is_err(), "the old approval fits the new job");
    flow.cloud.only_write(PUSH);
    Ok(())
}
