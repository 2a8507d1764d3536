//! Schedules whose operator was away: a job is created once although the operator dies before it notes that,
//! times that passed are told, and what is suspended stays so. Each schedule has one time in every hour, the
//! last one two minutes ago, so that no further one comes while a flow runs.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use sas_api::kinds::scan_schedule::SasScanScheduleStatus;
use sas_api::kinds::{SasScanJob, SasScanSchedule};
use sas_tests::proxy::Moment;
use sas_tests::traffic::Asked;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, manifests, wait};
use serde_json::{Value, json};

use crate::scan_crash;

const NAME: &str = "hourly";
const PLURAL: &str = "sasscanschedules";

/// A flow without an operator, and a schedule that was looked at four hours ago for the last time. Three of
/// its times passed before the one that is due. Gives the name of the job for that one.
async fn away(world: &World, changes: &Value) -> Result<(Flow, String)> {
    let mut flow = scan_crash::start(world, "away").await?;
    flow.kill_operator().await?;
    let now = Timestamp::now();
    let minutes = now.as_second().div_euclid(60) - 2;
    let job = json!({"scope": "Account", "scans": {"fingerprint": {}}, "onPartial": "Proceed"});
    let job = serde_json::to_value(manifests::scan_job("template", &job)?)?;
    let cron = format!("{} * * * *", minutes.rem_euclid(60));
    let mut spec = json!({"schedule": cron, "jobTemplate": {"spec": job["spec"]}});
    if let (Some(spec), Some(changes)) = (spec.as_object_mut(), changes.as_object()) {
        spec.extend(changes.clone());
    }
    let schedule: SasScanSchedule = serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanSchedule",
        "metadata": {"name": NAME}, "spec": spec,
    }))?;
    let mut schedule = flow.create(&schedule).await?;
    let looked = now.checked_sub(SignedDuration::from_hours(4))?;
    schedule.status = Some(SasScanScheduleStatus {
        considered_until_time: Some(Time(Timestamp::from_second(looked.as_second())?)),
        timetable: Some(format!("{cron} UTC")),
        ..SasScanScheduleStatus::default()
    });
    let operator: Api<SasScanSchedule> = flow.api_as(Identity::Operator).await?;
    operator
        .replace_status(NAME, &PostParams::default(), &schedule)
        .await?;
    Ok((flow, format!("{NAME}-{minutes}")))
}

async fn jobs(flow: &Flow) -> Result<Vec<(String, Option<String>)>> {
    let listed = flow.api::<SasScanJob>().list(&ListParams::default()).await?;
    Ok(listed
        .into_iter()
        .map(|job| (job.name_any(), job.uid()))
        .collect())
}

/// The schedule, once its status is as wanted.
async fn once(
    flow: &Flow,
    what: &str,
    wanted: impl Fn(&SasScanScheduleStatus) -> bool,
) -> Result<SasScanSchedule> {
    let api = flow.api::<SasScanSchedule>();
    wait::object(&api, NAME, what, |schedule| {
        schedule.status.as_ref().is_some_and(&wanted)
    })
    .await
}

pub async fn a_crash_before_the_job_is_noted_makes_no_second_one(world: World) -> Result<()> {
    let (mut flow, expected) = away(&world, &json!({})).await?;
    let created = AtomicBool::new(false);
    let mut trap = flow.proxy.trap(Moment::BeforeForwarding, move |asked| {
        if asked.method == "POST" && asked.path.ends_with("/sasscanjobs") {
            created.store(true, Ordering::Relaxed);
        }
        created.load(Ordering::Relaxed) && asked.writes_status_of(PLURAL, NAME)
    });
    flow.start_operator()?;
    trap.caught().await?;
    flow.kill_operator().await?;
    drop(trap);
    let first = jobs(&flow).await?;
    assert_eq!(
        first.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        [&expected]
    );

    flow.start_operator()?;
    let told = once(&flow, "told of its job", |status| {
        status.last_schedule_time.is_some()
    })
    .await?;
    let status = told.status.context("there is no status")?;
    assert_eq!((status.missed_runs, status.active), (Some(3), vec![expected]));
    assert_eq!(jobs(&flow).await?, first);
    Ok(())
}

pub async fn what_passed_too_long_ago_is_told_and_not_made_up(world: World) -> Result<()> {
    let (mut flow, _) = away(&world, &json!({"startingDeadlineSeconds": 60})).await?;
    flow.start_operator()?;
    once(&flow, "told of all four", |status| status.missed_runs == Some(4)).await?;
    wait::until_true("an event says so", || {
        let events = flow.proxy.traffic().events(0, "SasScanSchedule", NAME);
        let told = |event: &Asked| {
            event.body["reason"] == "RunMissed"
                && event.body["note"]
                    .as_str()
                    .is_some_and(|note| note.contains("4 times"))
        };
        events.iter().any(told)
    })
    .await?;
    assert_eq!(jobs(&flow).await?, []);
    Ok(())
}

pub async fn what_passes_while_suspended_is_not_made_up(world: World) -> Result<()> {
    let (mut flow, _) = away(&world, &json!({"suspend": true})).await?;
    flow.start_operator()?;
    let suspended =
        |summary: &Option<String>| summary.as_ref().is_some_and(|text| text.contains("suspended"));
    once(&flow, "suspended", |status| suspended(&status.common.summary)).await?;
    let claim = world.claim_of_new(Identity::Developer.user());
    let go_on = json!({"spec": {"suspend": false}, "metadata": {"annotations": claim}});
    let api = flow.as_developer::<SasScanSchedule>();
    let changed = api
        .patch(NAME, &PatchParams::default(), &Patch::Merge(&go_on))
        .await?;
    let resumed = once(&flow, "no longer suspended", |status| {
        status.common.observed_generation == changed.metadata.generation && !suspended(&status.common.summary)
    })
    .await?;
    let status = resumed.status.context("there is no status")?;
    ensure!(
        status.missed_runs.unwrap_or_default() == 0,
        "{:?}",
        status.missed_runs
    );
    assert_eq!(jobs(&flow).await?, []);
    flow.cloud.assert_no_write();
    Ok(())
}

/// Lets the operator create the job, and gives its plan.
async fn planned(flow: &mut Flow, job: &str) -> Result<String> {
    flow.start_operator()?;
    wait::until("the job is created", async || {
        Ok(flow.api::<SasScanJob>().get_opt(job).await?)
    })
    .await?;
    Ok(flow.pending::<SasScanJob>(job).await?.1)
}

async fn is_removed(flow: &Flow) -> Result<()> {
    wait::until("the job is removed", async || {
        Ok(jobs(flow).await?.is_empty().then_some(()))
    })
    .await
}

pub async fn jobs_beyond_the_history_are_removed(world: World) -> Result<()> {
    let (mut flow, job) = away(&world, &json!({"successfulJobsHistoryLimit": 0})).await?;
    let hash = planned(&mut flow, &job).await?;
    flow.approve::<SasScanJob>(&job, &hash).await?;
    is_removed(&flow).await?;
    flow.cloud.only_write("GenerateOnceTask");
    once(&flow, "told of the success", |status| {
        status.last_successful_time.is_some() && status.active.is_empty()
    })
    .await?;
    Ok(())
}

pub async fn refused_jobs_beyond_the_history_are_removed(world: World) -> Result<()> {
    let (mut flow, job) = away(&world, &json!({"failedJobsHistoryLimit": 0})).await?;
    let hash = planned(&mut flow, &job).await?;
    flow.reject::<SasScanJob>(&job, &hash).await?;
    is_removed(&flow).await?;
    flow.cloud.assert_no_write();
    let told = once(&flow, "told that it is over", |status| status.active.is_empty()).await?;
    let status = told.status.context("there is no status")?;
    ensure!(status.last_successful_time.is_none(), "nothing was scanned");
    Ok(())
}
