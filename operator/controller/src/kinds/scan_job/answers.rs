//! What the cloud says about tasks, in one form. Its actions number states differently: a one-time task is
//! done at 2, a scan for viruses at 100 (20 is the state of a part), and every word that is not an end
//! means that the task goes on.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use sas_api::kinds::scan_job::TaskState;
use sas_client::actions::{OnceTask, Strategy, StrategyExecDetail, VirusScanStatistic, VirusScanTask};

use crate::assets::printable;

/// Longest id of a task.
const ID_CHARS: usize = 128;
/// State 2 of a strategy.
const STRATEGY_RUNS: i64 = 2;
/// Times of day in texts are of this zone, in hours east of Greenwich.
const CHINA: i8 = 8;

/// A task as the cloud lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    /// In milliseconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) state: TaskState,
    pub(super) percent: Option<i64>,
    pub(super) done: Option<i64>,
    pub(super) total: Option<i64>,
}

/// The last run of a strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StrategyRun {
    pub(super) running: bool,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: bool,
    pub(super) percent: Option<i64>,
    pub(super) failed: usize,
    pub(super) all_failed: bool,
}

fn id(text: Option<&str>) -> Option<String> {
    text.map(|text| printable(text, ID_CHARS))
        .filter(|text| !text.is_empty())
}

/// `40%`, `40` or `40.0`.
pub(super) fn percent(text: &str) -> Option<i64> {
    let digits = text.trim().trim_end_matches('%').split('.').next()?;
    let number: i64 = digits.parse().ok()?;
    Some(number.clamp(0, 100))
}

/// A one-time task.
pub(super) fn once_task(task: &OnceTask) -> Option<Listed> {
    Some(Listed {
        id: id(task.task_id.as_deref())?,
        started: task.task_start_time,
        state: once_state(task.task_status, task.task_status_text.as_deref()),
        percent: task.progress.as_deref().and_then(percent),
        done: task.success_count,
        total: task.total_count,
    })
}

/// By number first, then by word; what is neither an end goes on.
pub(super) fn once_state(number: Option<i64>, text: Option<&str>) -> TaskState {
    let ends = [
        (2, "SUCCESS", TaskState::Succeeded),
        (3, "FAIL", TaskState::Failed),
        (4, "TIMEOUT", TaskState::TimedOut),
    ];
    let is = |(code, word, _): &(i64, &str, TaskState)| match number {
        Some(number) => number == *code,
        None => text == Some(*word),
    };
    ends.into_iter()
        .find(is)
        .map_or(TaskState::Running, |(.., end)| end)
}

/// A scan for viruses of the list of scans.
pub(super) fn virus_task(task: &VirusScanTask) -> Option<Listed> {
    Some(Listed {
        id: id(task.task_id.as_deref())?,
        started: task.start_time,
        state: once_state(task.status, None),
        percent: task.progress.map(|number| number.clamp(0, 100)),
        done: None,
        total: None,
    })
}

/// The latest scan for viruses.
pub(super) fn virus_statistic(scan: &VirusScanStatistic) -> Option<Listed> {
    let progress = scan.progress.as_deref().and_then(percent);
    let seen = scan.complete_machine.unwrap_or(0) + scan.un_complete_machine.unwrap_or(0);
    let all_seen = scan.scan_machine.is_some_and(|all| all > 0 && seen >= all);
    let state = match scan.status {
        Some(100) => TaskState::Succeeded,
        // Some of the vendor's tools read 20 as the end; alone it is the state of a part.
        Some(20) if progress == Some(100) && all_seen => TaskState::Succeeded,
        Some(0) => TaskState::Pending,
        _ => TaskState::Running,
    };
    Some(Listed {
        id: id(scan.task_id.as_deref())?,
        started: scan.scan_time,
        state,
        percent: progress,
        done: scan.complete_machine,
        total: scan.scan_machine,
    })
}

/// A strategy and the particulars of its last run.
pub(super) fn strategy_run(strategy: Option<&Strategy>, detail: &StrategyExecDetail) -> StrategyRun {
    let running = strategy.is_some_and(|strategy| strategy.exec_status == Some(STRATEGY_RUNS));
    let while_running = strategy.and_then(|strategy| strategy.percent.as_deref());
    let text = while_running.filter(|_| running).or(detail.percent.as_deref());
    let percent = text.and_then(percent);
    let failed = detail.failed_ecs_list.len();
    let covered = strategy.and_then(|strategy| strategy.ecs_count);
    StrategyRun {
        running,
        started: detail.start_time.as_deref().and_then(china_time),
        ended: detail.end_time.as_deref().and_then(china_time).is_some() || percent == Some(100),
        percent,
        failed,
        all_failed: failed > 0
            && covered.is_some_and(|covered| i64::try_from(failed).is_ok_and(|f| f >= covered)),
    }
}

/// `2026-11-21 05:06:07`, eight hours ahead of UTC.
fn china_time(text: &str) -> Option<Timestamp> {
    let local: DateTime = text.trim().parse().ok()?;
    let zone = TimeZone::fixed(Offset::constant(CHINA));
    local.to_zoned(zone).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_as_it_is_written() {
        for (text, expected) in [
            ("40%", Some(40)),
            ("40", Some(40)),
            (" 99.5% ", Some(99)),
            ("250%", Some(100)),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(percent(text), expected, "{text}");
        }
    }

    #[test]
    fn only_ends_are_ends() {
        for (number, text, expected) in [
            (Some(1), Some("SUCCESS"), TaskState::Running),
            (Some(2), Some("PROCESSING"), TaskState::Succeeded),
            (Some(3), None, TaskState::Failed),
            (Some(4), None, TaskState::TimedOut),
            (None, Some("INIT"), TaskState::Running),
            (None, Some("START"), TaskState::Running),
            (None, Some("DISPATCH"), TaskState::Running),
            (None, Some("PROCESSING"), TaskState::Running),
            (None, Some("SUCCESS"), TaskState::Succeeded),
            (None, Some("FAIL"), TaskState::Failed),
            (None, Some("TIMEOUT"), TaskState::TimedOut),
            (None, None, TaskState::Running),
        ] {
            assert_eq!(once_state(number, text), expected, "{number:?} {text:?}");
        }
    }

    #[test]
    fn a_scan_for_viruses_is_done_at_100_and_not_at_20() {
        let scan = |status, progress: &str, complete| VirusScanStatistic {
            task_id: Some("t".into()),
            status: Some(status),
            progress: Some(progress.into()),
            scan_machine: Some(3),
            complete_machine: Some(complete),
            un_complete_machine: Some(0),
            ..Default::default()
        };
        for (scan, expected) in [
            (scan(0, "0", 0), TaskState::Pending),
            (scan(10, "50", 1), TaskState::Running),
            (scan(20, "50", 1), TaskState::Running),
            (scan(20, "100", 2), TaskState::Running),
            (scan(20, "100", 3), TaskState::Succeeded),
            (scan(100, "100", 3), TaskState::Succeeded),
        ] {
            assert_eq!(virus_statistic(&scan).unwrap().state, expected, "{scan:?}");
        }
    }

    #[test]
    fn times_are_those_of_china() {
        let expected: Timestamp = "2026-11-20T21:06:07Z".parse().unwrap();
        assert_eq!(china_time("2026-11-21 05:06:07"), Some(expected));
        assert_eq!(
            china_time("2026-11-21T05:06"),
            "2026-11-20T21:06:00Z".parse().ok()
        );
        assert_eq!(china_time("yesterday"), None);
    }
}
