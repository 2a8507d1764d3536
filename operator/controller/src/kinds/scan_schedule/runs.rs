//! The jobs of a schedule. The name of each says which time it is for, and nothing can change a name.

use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::ObjectMeta;
use sas_api::kinds::{SasScanJob, SasScanSchedule};
use sas_engine::{Child, Retired, ended};

/// A job and its time.
pub struct Run {
    pub time: Timestamp,
    pub job: SasScanJob,
}

/// Those of `jobs` that are for a time of the schedule, the oldest first.
pub fn of(schedule: &SasScanSchedule, jobs: Vec<SasScanJob>) -> Vec<Run> {
    let run = |job: SasScanJob| time_of(schedule, &job.name_any()).map(|time| Run { time, job });
    let mut runs: Vec<_> = jobs.into_iter().filter_map(run).collect();
    runs.sort_by_key(|run| run.time);
    runs
}

/// Those that have not ended.
pub fn active(runs: &[Run]) -> impl Iterator<Item = &Run> {
    runs.iter().filter(|run| ended(&run.job).is_none())
}

/// When one succeeded last.
pub fn last_success(runs: &[Run]) -> Option<Timestamp> {
    let ends = runs.iter().filter_map(|run| ended(&run.job));
    ends.filter(|ended| ended.well).map(|ended| ended.at).max()
}

/// Ended jobs beyond those that are kept, the oldest first.
pub fn surplus(schedule: &SasScanSchedule, runs: &[Run]) -> Vec<Retired> {
    let beyond = |well: bool, kept: i32| {
        let is_meant = |run: &&Run| ended(&run.job).is_some_and(|ended| ended.well == well);
        let ended: Vec<_> = runs.iter().filter(is_meant).collect();
        let surplus = ended
            .len()
            .saturating_sub(usize::try_from(kept).unwrap_or_default());
        ended.into_iter().take(surplus)
    };
    let succeeded = beyond(true, schedule.spec.successful_jobs_history_limit);
    let failed = beyond(false, schedule.spec.failed_jobs_history_limit);
    succeeded
        .chain(failed)
        .filter_map(|run| Retired::over(&run.job))
        .collect()
}

/// The job for a time.
pub fn child(schedule: &SasScanSchedule, time: Timestamp) -> Child {
    let template = &schedule.spec.job_template;
    let metadata = template.metadata.clone().unwrap_or_default();
    let mut job = SasScanJob::new(&name(schedule, time), template.spec.clone());
    job.metadata = ObjectMeta {
        labels: Some(metadata.labels),
        annotations: Some(metadata.annotations),
        ..job.metadata
    };
    Child::new(&job)
}

/// The name of the job for a time: the schedule's with the minutes since 1970.
pub fn name(schedule: &SasScanSchedule, time: Timestamp) -> String {
    format!("{}-{}", schedule.name_any(), time.as_second().div_euclid(60))
}

/// The time that a job of this name is for.
fn time_of(schedule: &SasScanSchedule, job: &str) -> Option<Timestamp> {
    let minutes: i64 = job
        .strip_prefix(&schedule.name_any())?
        .strip_prefix('-')?
        .parse()
        .ok()?;
    let time = Timestamp::from_second(minutes.checked_mul(60)?).ok()?;
    (name(schedule, time) == job).then_some(time)
}
