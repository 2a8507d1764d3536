//! Runs of commands as the two listings of cloud assistant show them: which are still remembered,
//! their states one by one and together.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::action::Call;
use crate::ecs;
use crate::transcript::{self, Encoding};
use crate::world::{Invocation, RepeatMode, Run, RunStatus};

/// The invocations of the call's region that are not forgotten yet with their ids, newest first.
pub fn remembered<'a>(call: &'a Call<'_>) -> Vec<(&'a str, &'a Invocation)> {
    let region = ecs::region(call);
    let history = SignedDuration::from_hours(24 * call.centre.settings.assistant.history_days);
    let mut found: Vec<(&str, &Invocation)> = call
        .centre
        .invocations
        .iter()
        .map(|(id, invocation)| (id.as_str(), invocation))
        .filter(|(_, invocation)| {
            let age = call.now.duration_since(invocation.creation_time);
            invocation.region_id == region && age < history
        })
        .collect();
    found.sort_by(|one, other| (other.1.creation_time, one.0).cmp(&(one.1.creation_time, other.0)));
    found
}

/// What both listings say of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Shown<'a> {
    invocation_status: RunStatus,
    start_time: String,
    stop_time: &'static str,
    repeats: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i64>,
    error_code: &'a str,
    error_info: &'a str,
    output: String,
    dropped: i32,
}

impl<'a> Shown<'a> {
    /// The run as it is at this time; how it ends shows when it has.
    pub fn new(run: &'a Run, now: Timestamp, encoding: Encoding) -> Self {
        let status = run.status(now);
        let ended = status.is_final();
        let (output, dropped) = if ended {
            transcript::cut(&run.output)
        } else {
            ("", 0)
        };
        let started = run.start_time.filter(|start| now >= *start);
        Self {
            invocation_status: status,
            start_time: started.map(ecs::time).unwrap_or_default(),
            stop_time: "",
            repeats: i32::from(started.is_some()),
            exit_code: run.exit_code.filter(|_| ended),
            error_code: if ended { &run.error_code } else { "" },
            error_info: if ended { &run.error_info } else { "" },
            output: encoding.write(output),
            dropped,
        }
    }

    /// The same without the output.
    pub fn without_output(self) -> Self {
        Self {
            output: String::new(),
            dropped: 0,
            ..self
        }
    }
}

/// The time a run ended at, empty while it goes on.
pub fn finished(run: &Run, now: Timestamp) -> String {
    let ended = run.finish_time.filter(|finish| now >= *finish);
    ended.map(ecs::time).unwrap_or_default()
}

/// `InvokeRecordStatus` and `InstanceInvokeStatus`: a script that ran to its end is finished,
/// whatever its exit code.
pub fn record_status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Pending | RunStatus::Scheduled | RunStatus::Running => "Running",
        RunStatus::Success | RunStatus::Failed => "Finished",
        RunStatus::Timeout | RunStatus::Aborted | RunStatus::Error => "Failed",
    }
}

/// The state of an invocation on all its instances together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overall {
    /// `InvocationStatus`.
    pub status: &'static str,
    /// `InvokeStatus`, the older field with fewer values.
    pub legacy: &'static str,
}

/// Sums up an invocation. One without any record was lost and looks as if it were on its way.
pub fn overall(invocation: &Invocation, now: Timestamp) -> Overall {
    let statuses: Vec<RunStatus> = invocation.runs.values().map(|run| run.status(now)).collect();
    let any = |wanted| statuses.contains(&wanted);
    let of = |status, legacy| Overall { status, legacy };
    if invocation.repeat_mode != RepeatMode::Once {
        return of("Scheduled", "Running");
    }
    if statuses.is_empty() || any(RunStatus::Pending) {
        return of("Pending", "Running");
    }
    if any(RunStatus::Running) {
        return of("Running", "Running");
    }
    let good = statuses
        .iter()
        .filter(|status| **status == RunStatus::Success)
        .count();
    let ran = statuses
        .iter()
        .filter(|status| record_status(**status) == "Finished")
        .count();
    let legacy = match ran {
        0 => "Failed",
        ran if ran == statuses.len() => "Finished",
        _ => "PartialFailed",
    };
    match good {
        0 => of("Failed", legacy),
        good if good == statuses.len() => of("Success", legacy),
        _ => of("PartialFailed", legacy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RunStatus::{Failed, Success, Timeout};

    #[test]
    fn an_invocation_is_as_good_as_its_runs() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let overall_of = |endings: &[RunStatus], now| {
            let run = |(number, ending): (usize, &RunStatus)| {
                let run = Run {
                    start_time: Some(at(1)),
                    finish_time: Some(at(2)),
                    ending: *ending,
                    ..Run::default()
                };
                (format!("i-{number}"), run)
            };
            let invocation = Invocation {
                runs: endings.iter().enumerate().map(run).collect(),
                ..Invocation::default()
            };
            let overall = overall(&invocation, at(now));
            (overall.status, overall.legacy)
        };
        for (endings, now, expected) in [
            (&[Success, Failed][..], 0, ("Pending", "Running")),
            (&[Success, Failed], 1, ("Running", "Running")),
            (&[Success, Success], 2, ("Success", "Finished")),
            (&[Success, Failed], 2, ("PartialFailed", "Finished")),
            (&[Success, Timeout], 2, ("PartialFailed", "PartialFailed")),
            (&[Failed], 2, ("Failed", "Finished")),
            (&[Timeout], 2, ("Failed", "Failed")),
            (&[], 2, ("Pending", "Running")),
        ] {
            assert_eq!(overall_of(endings, now), expected, "{endings:?} at {now}");
        }
    }
}
