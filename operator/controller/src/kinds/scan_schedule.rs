//! SasScanSchedule: creates a SasScanJob at each time of its schedule, under a name that follows from the time,
//! so that no crash makes a second one. It reads its own jobs and the clock, nothing of the cloud.

mod agenda;
mod runs;
mod timetable;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use sas_api::Reason;
use sas_api::kinds::scan_schedule::{ConcurrencyPolicy, SasScanScheduleStatus};
use sas_api::kinds::{SasScanJob, SasScanSchedule};
use sas_client::action::ActionInfo;
use sas_engine::{Blocked, Children, Report, Unavailable};

use self::agenda::{Agenda, Past, Rules, agenda};
use self::runs::Run;
use self::timetable::Timetable;
use crate::local::Local;

/// It calls no cloud action.
pub const ACTIONS: &[ActionInfo] = &[];

/// Jobs that have not ended, at most, whatever the schedule allows.
const MOST_ACTIVE: usize = 20;
/// Longest pause between two looks: a clock that was put forward is noticed after that.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// Largest number of missed runs that a status takes.
const MOST_MISSED: i64 = 9_007_199_254_740_991;

/// What a look brings.
pub struct Observed {
    runs: Vec<Run>,
    agenda: Agenda,
    now: Timestamp,
}

impl Report<Local> for SasScanSchedule {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        LONGEST_PAUSE
    }

    fn refresh_after(&self, observed: &Observed) -> Duration {
        let left =
            |next: Timestamp| Duration::try_from(next.duration_since(observed.now)).unwrap_or_default();
        let pause = observed.agenda.next.map_or(LONGEST_PAUSE, left);
        // Not a moment before its time.
        (pause + Duration::from_millis(100)).min(LONGEST_PAUSE)
    }

    async fn observe(&self, local: &Local) -> Result<Observed, Unavailable> {
        let timetable = timetable_of(self, local.now())?;
        let jobs = local.children_of::<_, SasScanJob>(self).await?;
        Ok(look(self, &timetable, jobs, local.now()))
    }

    fn children(&self, observed: &Observed) -> Children {
        Children {
            wanted: observed
                .agenda
                .due
                .map(|time| runs::child(self, time))
                .into_iter()
                .collect(),
            retired: runs::surplus(self, &observed.runs),
        }
    }

    fn report(&self, observed: &Observed, status: &mut SasScanScheduleStatus) -> String {
        let Observed { runs, agenda, .. } = observed;
        let active: Vec<_> = runs::active(runs).map(|run| run.job.name_any()).collect();
        status.active_count = i64::try_from(active.len()).ok();
        let newest_job = runs.iter().map(|run| run.time).max();
        status.last_schedule_time = newest_job.map(Time).max(status.last_schedule_time.take());
        status.last_successful_time = runs::last_success(runs)
            .map(Time)
            .max(status.last_successful_time.take());
        status.next_schedule_time = agenda.next.map(Time);
        let missed = i64::try_from(agenda.missed).unwrap_or(MOST_MISSED);
        let missed = status.missed_runs.unwrap_or_default().saturating_add(missed);
        status.missed_runs = Some(missed.min(MOST_MISSED));
        status.considered_until_time = Some(Time(agenda.considered));
        status.timetable = Some(timetable_in_words(self));
        let summary = summary(self, agenda, &active);
        status.active = active.into_iter().take(MOST_ACTIVE).collect();
        summary
    }

    fn news(&self, status: &SasScanScheduleStatus) -> Option<Blocked> {
        let before = self.status.as_ref().and_then(|status| status.missed_runs);
        let missed = status.missed_runs.unwrap_or_default() - before.unwrap_or_default();
        (missed > 0).then(|| Blocked {
            reason: Reason::RunMissed,
            message: format!("{missed} times of the schedule passed without a job; they are not made up"),
        })
    }
}

fn timetable_of(schedule: &SasScanSchedule, now: Timestamp) -> Result<Timetable, Unavailable> {
    let invalid = |message| Unavailable::new(Reason::InvalidSpec, message);
    let spec = &schedule.spec;
    let timetable = Timetable::new(&spec.schedule, &spec.time_zone).map_err(invalid)?;
    if timetable.after(now).is_none() {
        let message = format!(
            "`schedule` {:?} names no time that ever comes; correct it",
            spec.schedule
        );
        return Err(invalid(message));
    }
    Ok(timetable)
}

fn timetable_in_words(schedule: &SasScanSchedule) -> String {
    format!("{} {}", schedule.spec.schedule, schedule.spec.time_zone)
}

/// What the jobs that are there and the clock say.
fn look(
    schedule: &SasScanSchedule,
    timetable: &Timetable,
    jobs: Vec<SasScanJob>,
    now: Timestamp,
) -> Observed {
    let runs = runs::of(schedule, jobs);
    let most = match schedule.spec.concurrency_policy {
        ConcurrencyPolicy::Forbid => 1,
        ConcurrencyPolicy::Allow => MOST_ACTIVE,
    };
    let past = Past {
        considered: considered(schedule, now),
        newest_job: runs.iter().map(|run| run.time).filter(|time| *time <= now).max(),
        is_full: runs::active(&runs).count() >= most,
    };
    let rules = Rules {
        suspend: schedule.spec.suspend,
        deadline: schedule.spec.starting_deadline_seconds.map(super::seconds),
    };
    let agenda = agenda(timetable, rules, past, now);
    Observed { runs, agenda, now }
}

/// Up to when its times have been dealt with. Times of a schedule that was changed since did not exist then.
fn considered(schedule: &SasScanSchedule, now: Timestamp) -> Timestamp {
    let status = schedule.status.as_ref();
    let noted = status.and_then(|status| {
        status
            .considered_until_time
            .as_ref()
            .zip(status.timetable.as_ref())
    });
    match noted {
        Some((until, timetable)) if *timetable == timetable_in_words(schedule) => until.0,
        Some(_) => now,
        None => schedule
            .metadata
            .creation_timestamp
            .as_ref()
            .map_or(now, |time| time.0),
    }
}

fn summary(schedule: &SasScanSchedule, agenda: &Agenda, active: &[String]) -> String {
    let next = match agenda.next {
        _ if schedule.spec.suspend => "suspended: no jobs are created".to_owned(),
        Some(next) => format!("the next job is due at {next}"),
        None => "no further time comes".to_owned(),
    };
    let held = agenda
        .held
        .zip(active.first())
        .map_or_else(String::new, |(time, first)| {
            format!("; that of {time} waits until {first} has ended")
        });
    format!("{} jobs have not ended; {next}{held}", active.len())
}

#[cfg(test)]
mod tests;
