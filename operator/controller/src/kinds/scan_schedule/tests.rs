//! A schedule's times through gaps and overlaps of clocks, its agenda after crashes, interruptions and clocks
//! that jump, and which jobs follow from that.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use sas_api::kinds::scan_schedule::SasScanScheduleStatus;
use sas_api::kinds::{SasScanJob, SasScanSchedule};
use sas_engine::Report;
use serde_json::{Value, json};

use super::agenda::{Agenda, Past, Rules, agenda};
use super::timetable::Timetable;
use super::{Observed, look, runs, timetable_of};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn times(schedule: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let timetable = Timetable::new(schedule, zone).unwrap();
    let times = std::iter::successors(timetable.after(at(from)), |time| timetable.after(*time));
    times.take(count).map(|time| time.to_string()).collect()
}

#[test]
fn clocks_that_go_forward_or_back_skip_and_repeat_nothing() {
    // In Berlin clocks go from 2:00 to 3:00 on 2027-03-28, and from 3:00 to 2:00 on 2027-10-31.
    let cases: [(&str, &str, &[&str]); 4] = [
        (
            "30 2 * * *",
            "2027-03-27T12:00:00Z",
            &["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"],
        ),
        (
            "0 * * * *",
            "2027-03-28T00:30:00Z",
            &["2027-03-28T01:00:00Z", "2027-03-28T02:00:00Z"],
        ),
        (
            "30 2 * * *",
            "2027-10-30T12:00:00Z",
            &["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
        ),
        (
            "0 * * * *",
            "2027-10-30T23:30:00Z",
            &[
                "2027-10-31T00:00:00Z",
                "2027-10-31T01:00:00Z",
                "2027-10-31T02:00:00Z",
            ],
        ),
    ];
    for (schedule, from, expected) in cases {
        assert_eq!(
            times(schedule, "Europe/Berlin", from, expected.len()),
            expected,
            "{schedule} from {from}"
        );
    }
    assert_eq!(
        times("30 2 * * 1-5", "Asia/Shanghai", "2027-01-01T00:00:00Z", 2),
        ["2027-01-03T18:30:00Z", "2027-01-04T18:30:00Z"]
    );
    assert_eq!(
        times("@daily", "UTC", "2027-01-01T00:00:00Z", 1),
        ["2027-01-02T00:00:00Z"]
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_field() {
    let why = |schedule, zone| Timetable::new(schedule, zone).err().unwrap();
    for schedule in [
        "",
        "61 * * * *",
        "* * * *",
        "0 * * * * *",
        "0 0 0 1 1 * 2027",
        "TZ=UTC 0 0 * * *",
        "@reboot",
    ] {
        assert!(why(schedule, "UTC").starts_with("`schedule`"), "{schedule}");
    }
    for zone in ["Nowhere/Land", "../etc/passwd", ""] {
        assert!(why("@daily", zone).starts_with("`timeZone`"), "{zone}");
    }
    let mut never = schedule();
    never.spec.schedule = "0 0 30 2 *".to_owned();
    let why = timetable_of(&never, at(NOW)).err().unwrap();
    assert!(why.message.contains("no time that ever comes"), "{why:?}");
}

const NOW: &str = "2027-01-10T12:30:00Z";

/// The agenda of an hourly schedule at [`NOW`].
fn hourly(rules: Rules, considered: &str, newest_job: Option<&str>, is_full: bool) -> Agenda {
    let past = Past {
        considered: at(considered),
        newest_job: newest_job.map(at),
        is_full,
    };
    agenda(&Timetable::new("0 * * * *", "UTC").unwrap(), rules, past, at(NOW))
}

const FREE: Rules = Rules {
    suspend: false,
    deadline: None,
};

fn said(agenda: Agenda) -> (Option<String>, Option<String>, usize, String) {
    let text = |time: Option<Timestamp>| time.map(|time| time.strftime("%H:%M").to_string());
    (
        text(agenda.due),
        text(agenda.held),
        agenda.missed,
        agenda.considered.to_string(),
    )
}

#[test]
fn one_job_is_made_up_and_the_rest_is_counted() {
    let noon = || Some("12:00".to_owned());
    let cases = [
        (
            "nothing has come",
            "2027-01-10T12:00:00Z",
            (None, None, 0, "2027-01-10T12:00:00Z"),
        ),
        (
            "one has come",
            "2027-01-10T11:00:00Z",
            (noon(), None, 0, "2027-01-10T11:00:00Z"),
        ),
        (
            "three have come",
            "2027-01-10T09:00:00Z",
            (noon(), None, 2, "2027-01-10T11:59:59Z"),
        ),
        (
            "a year has gone by",
            "2026-01-10T09:00:00Z",
            (noon(), None, 1000, "2027-01-10T11:59:59Z"),
        ),
        (
            "the clock was put back a little",
            "2027-01-10T15:00:00Z",
            (None, None, 0, "2027-01-10T15:00:00Z"),
        ),
        (
            "the clock was wrong by years",
            "2031-01-10T15:00:00Z",
            (None, None, 0, NOW),
        ),
    ];
    for (case, considered, (due, held, missed, until)) in cases {
        assert_eq!(
            said(hourly(FREE, considered, None, false)),
            (due, held, missed, until.to_owned()),
            "{case}"
        );
    }
}

#[test]
fn what_was_decided_is_not_decided_again() {
    // What the agenda says is what the next one starts from.
    let first = hourly(FREE, "2027-01-10T09:00:00Z", None, false);
    let again = hourly(FREE, &first.considered.to_string(), None, false);
    assert_eq!((again.due, again.missed), (first.due, 0));
    // The job was created, and the process died before it wrote anything down.
    let after = hourly(FREE, "2027-01-10T09:00:00Z", Some("2027-01-10T12:00:00Z"), true);
    assert_eq!(said(after), (None, None, 2, "2027-01-10T12:00:00Z".to_owned()));
    // A job that is there proves nothing about later times.
    let older = hourly(FREE, "2027-01-10T09:00:00Z", Some("2027-01-10T11:00:00Z"), false);
    assert_eq!(said(older).0, Some("12:00".to_owned()));
    assert_eq!(older.missed, 1);
}

#[test]
fn suspension_deadline_and_a_job_that_has_not_ended() {
    let suspended = Rules {
        suspend: true,
        ..FREE
    };
    let agenda = hourly(suspended, "2027-01-10T09:00:00Z", None, false);
    assert_eq!(said(agenda), (None, None, 0, "2027-01-10T12:00:00Z".to_owned()));

    let late = |minutes| Rules {
        deadline: Some(Duration::from_mins(minutes)),
        ..FREE
    };
    let in_time = hourly(late(30), "2027-01-10T11:00:00Z", None, false);
    assert_eq!(said(in_time).0, Some("12:00".to_owned()));
    let too_late = hourly(late(29), "2027-01-10T10:00:00Z", None, false);
    assert_eq!(said(too_late), (None, None, 2, "2027-01-10T12:00:00Z".to_owned()));

    let held = hourly(FREE, "2027-01-10T10:00:00Z", None, true);
    assert_eq!(
        said(held),
        (
            None,
            Some("12:00".to_owned()),
            1,
            "2027-01-10T11:59:59Z".to_owned()
        )
    );
    let held_too_long = hourly(late(29), "2027-01-10T11:00:00Z", None, true);
    assert_eq!(
        said(held_too_long),
        (None, None, 1, "2027-01-10T12:00:00Z".to_owned())
    );
}

fn schedule() -> SasScanSchedule {
    serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanSchedule",
        "metadata": {"name": "nightly", "namespace": "shop", "uid": "uid-1", "generation": 1,
            "creationTimestamp": "2027-01-10T09:30:00Z"},
        "spec": {"schedule": "0 * * * *", "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 1,
            "jobTemplate": {
                "metadata": {"labels": {"team": "blue"}},
                "spec": {"accountRef": {"name": "main"}, "targets": {"uuids": ["u-1"]},
                    "scans": {"vulnerabilities": {}}}}},
    }))
    .unwrap()
}

/// The job of an hour of the day, with this status.
fn job(schedule: &SasScanSchedule, hour: i64, status: Value) -> SasScanJob {
    let time = at(&format!("2027-01-10T{hour:02}:00:00Z"));
    let mut job = SasScanJob::new(
        &runs::name(schedule, time),
        schedule.spec.job_template.spec.clone(),
    );
    job.metadata.uid = Some(format!("job-{hour}"));
    job.status = serde_json::from_value(status).unwrap();
    job
}

fn ended(well: bool) -> Value {
    json!({"completionTime": "2027-01-10T12:10:00Z", "conditions": [{"type": "Ready",
        "status": if well { "True" } else { "False" }, "reason": "InSync", "message": "",
        "lastTransitionTime": "2027-01-10T12:10:00Z"}]})
}

fn seen(schedule: &SasScanSchedule, jobs: Vec<SasScanJob>) -> Observed {
    look(schedule, &timetable_of(schedule, at(NOW)).unwrap(), jobs, at(NOW))
}

fn reported(schedule: &SasScanSchedule, observed: &Observed) -> SasScanScheduleStatus {
    let mut status = schedule.status.clone().unwrap_or_default();
    schedule.report(observed, &mut status);
    status
}

#[test]
fn a_job_is_named_after_its_time_and_made_of_the_template() {
    let schedule = schedule();
    let children = schedule.children(&seen(&schedule, Vec::new()));
    let names: Vec<_> = children.wanted.iter().map(sas_engine::Child::name).collect();
    assert_eq!(
        names,
        [format!("nightly-{}", at("2027-01-10T12:00:00Z").as_second() / 60)]
    );
    // From its creation on, 10:00 and 11:00 have passed as well.
    let status = reported(&schedule, &seen(&schedule, Vec::new()));
    assert_eq!(status.missed_runs, Some(2));
    assert_eq!(status.last_schedule_time, None, "nothing is assumed");
    assert_eq!(status.next_schedule_time, Some(Time(at("2027-01-10T13:00:00Z"))));
    assert!(schedule.news(&status).unwrap().message.starts_with("2 times"));
}

#[test]
fn a_job_that_waits_for_its_approval_holds_the_next() {
    let mut schedule = schedule();
    let waiting = json!({"phase": "PendingApproval"});
    let observed = seen(&schedule, vec![job(&schedule, 11, waiting.clone())]);
    assert!(schedule.children(&observed).wanted.is_empty());
    let mut status = SasScanScheduleStatus::default();
    let summary = schedule.report(&observed, &mut status);
    assert!(
        summary.contains("that of 2027-01-10T12:00:00Z waits until nightly-"),
        "{summary}"
    );
    assert_eq!((status.active_count, status.active.len()), (Some(1), 1));
    assert_eq!(status.last_schedule_time, Some(Time(at("2027-01-10T11:00:00Z"))));

    schedule.spec.concurrency_policy = sas_api::kinds::scan_schedule::ConcurrencyPolicy::Allow;
    let observed = seen(&schedule, vec![job(&schedule, 11, waiting.clone())]);
    assert_eq!(schedule.children(&observed).wanted.len(), 1);
    let many = (0..20)
        .map(|hour| job(&schedule, hour, waiting.clone()))
        .collect();
    assert!(schedule.children(&seen(&schedule, many)).wanted.is_empty());
}

#[test]
fn only_surplus_jobs_that_ended_are_removed() {
    let schedule = schedule();
    let unknown = json!({"phase": "OutcomeUnknown"});
    let jobs = vec![
        job(&schedule, 4, unknown),
        job(&schedule, 5, ended(true)),
        job(&schedule, 6, ended(false)),
        job(&schedule, 7, ended(true)),
        job(&schedule, 8, ended(false)),
        job(&schedule, 9, ended(false)),
    ];
    let retired = schedule.children(&seen(&schedule, jobs)).retired;
    let expected = [5, 6, 8].map(|hour| job(&schedule, hour, ended(true)));
    let expected: Vec<_> = expected.iter().filter_map(sas_engine::Retired::over).collect();
    assert_eq!(retired, expected);
}

#[test]
fn a_timetable_that_was_changed_makes_nothing_up() {
    let mut schedule = schedule();
    schedule.status = Some(reported(&schedule, &seen(&schedule, Vec::new())));
    schedule.spec.schedule = "*/10 * * * *".to_owned();
    let observed = seen(&schedule, Vec::new());
    assert!(schedule.children(&observed).wanted.is_empty());
    let status = reported(&schedule, &observed);
    assert_eq!(status.missed_runs, Some(2), "those of before");
    assert!(schedule.news(&status).is_none());
}

#[test]
fn jobs_of_other_names_are_none_of_its_runs() {
    let schedule = schedule();
    for name in [
        "nightly",
        "nightly-",
        "nightly-x",
        "nightly-07",
        "nightly-+7",
        "other-30217",
        "nightly-1-2",
    ] {
        let job = SasScanJob::new(name, schedule.spec.job_template.spec.clone());
        assert_eq!(runs::of(&schedule, vec![job]).len(), 0, "{name}");
    }
    let own = job(&schedule, 3, Value::Null);
    assert!(own.name_any().starts_with("nightly-"));
    assert_eq!(runs::of(&schedule, vec![own]).len(), 1);
    // One for a time that has not come says nothing about the times before it.
    let future = SasScanJob::new("nightly-90000000", schedule.spec.job_template.spec.clone());
    let observed = seen(&schedule, vec![future]);
    assert_eq!(observed.agenda.considered, at("2027-01-10T11:59:59Z"));
}
