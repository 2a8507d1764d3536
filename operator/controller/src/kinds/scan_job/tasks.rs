//! Reads how the tasks of a job stand, and finds the job's own among them. A scan for viruses is told apart
//! by its servers, the other tasks only by their times.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sas_api::account::DataCentre;
use sas_api::kinds::scan_job::{ScanKind, ScanTask, TaskState};
use sas_client::actions::{
    DescribeOnceTask, DescribeStrategy, DescribeStrategyExecDetail, GetVirusScanLatestTaskStatistic,
    LatestVirusScan, ListVirusScanTask, OnceTasks, Strategies, StrategyExecDetail, VirusScanTask,
    VirusScanTasks,
};
use sas_engine::Unavailable;

use super::account_wide::COLLECTION;
use super::answers::{self, Listed, StrategyRun};
use super::progress::Begun;
use crate::errand::{Answers, Pass};
use crate::kinds::comma_list;
use crate::sas::Sas;

/// Tasks per page; only the newest matter.
const PAGE: i64 = 20;
/// Parts of a scan for viruses per page.
const PARTS: i64 = 100;
/// Scans for viruses whose servers are compared.
const COMPARED: usize = 3;
/// The type of task that looks for vulnerabilities.
const VULNERABILITIES: &str = "VUL_CHECK_TASK";

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    Once {
        task_type: &'static str,
        since: i64,
        id: Option<String>,
    },
    Strategy(i64),
    StrategyRun(i64),
    VirusScans {
        since: i64,
        scan_type: Option<String>,
    },
    LatestVirusScan,
    VirusParts(String),
}

/// Its answer.
pub enum Answer {
    Once(OnceTasks),
    Strategy(Strategies),
    StrategyRun(StrategyExecDetail),
    VirusScans(VirusScanTasks),
    LatestVirusScan(LatestVirusScan),
    VirusParts(VirusScanTasks),
}

type Known = Answers<Question, Answer>;

/// What was read.
pub(super) struct Seen {
    known: Known,
    viruses: Vec<Listed>,
    /// The scan for viruses is of exactly the servers of the plan.
    pub(super) is_own_virus_scan: bool,
}

/// Reads how these tasks stand. `uuids` are the servers of the plan, where they are known one by one.
pub(super) async fn look(
    sas: &Sas,
    centre: DataCentre,
    pass: &Pass,
    begun: &[Begun],
    uuids: Option<&BTreeSet<String>>,
) -> Result<Seen, Unavailable> {
    let questions = |known: &Known| -> Vec<Question> {
        begun
            .iter()
            .flat_map(|task| questions(task, known, uuids.is_some()))
            .collect()
    };
    let read = |question| read(sas, centre, question);
    let known = sas.scans().tasks.collect(pass, questions, read).await?;
    let virus = begun.iter().find(|task| task.kind == ScanKind::Virus);
    let (viruses, is_own_virus_scan) =
        virus.map_or((Vec::new(), false), |task| own_viruses(task, &known, uuids));
    Ok(Seen {
        known,
        viruses,
        is_own_virus_scan,
    })
}

fn questions(task: &Begun, known: &Known, compare: bool) -> Vec<Question> {
    let since = task.since.as_millisecond();
    match task.kind {
        ScanKind::Push => Vec::new(),
        ScanKind::Vulnerabilities | ScanKind::Fingerprint => once(task).into_iter().collect(),
        ScanKind::Baseline => {
            let id = task.mark.as_deref().and_then(|id| id.parse().ok());
            id.into_iter()
                .flat_map(|id| [Question::Strategy(id), Question::StrategyRun(id)])
                .collect()
        }
        ScanKind::Virus => {
            let list = Question::VirusScans {
                since,
                scan_type: task.mark.clone(),
            };
            let listed = viruses(task, known).into_iter().take(COMPARED);
            let parts = listed
                .filter(|_| compare)
                .map(|scan| Question::VirusParts(scan.id));
            [list, Question::LatestVirusScan]
                .into_iter()
                .chain(parts)
                .collect()
        }
    }
}

/// The list of one-time tasks in which a task is to be found.
fn once(task: &Begun) -> Option<Question> {
    let task_type = match task.kind {
        ScanKind::Vulnerabilities => VULNERABILITIES,
        ScanKind::Fingerprint => COLLECTION,
        _ => return None,
    };
    Some(Question::Once {
        task_type,
        since: task.since.as_millisecond(),
        id: task.mark.clone(),
    })
}

/// Scans for viruses that may be a job's: those that began when it was ordered.
fn viruses(task: &Begun, known: &Known) -> Vec<Listed> {
    let since = task.since.as_millisecond();
    let pages = known.values().filter_map(|answer| match answer.as_ref() {
        Answer::VirusScans(page) => Some(page.list.iter()),
        _ => None,
    });
    let latest = known.values().find_map(|answer| match answer.as_ref() {
        Answer::LatestVirusScan(answer) => answer.data.as_ref().and_then(answers::virus_statistic),
        _ => None,
    });
    let mut scans: Vec<Listed> = pages.flatten().filter_map(answers::virus_task).collect();
    if let Some(latest) = latest {
        match scans.iter_mut().find(|scan| scan.id == latest.id) {
            // They were read one after the other: counts of a scan that ran are not those of its end.
            Some(scan) if scan.state != latest.state => {}
            Some(scan) => (scan.done, scan.total) = (latest.done, latest.total),
            // The list may lag behind.
            None => scans.push(latest),
        }
    }
    scans.retain(|scan| scan.started.is_some_and(|started| started >= since));
    // The job's own began soon after its order.
    scans.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
    scans
}

/// Those of them that do not scan other servers than the plan, and whether one is certainly the job's.
fn own_viruses(task: &Begun, known: &Known, uuids: Option<&BTreeSet<String>>) -> (Vec<Listed>, bool) {
    let mut scans = viruses(task, known);
    let Some(uuids) = uuids else {
        return (scans, false);
    };
    let parts = |scan: &Listed| match known.get(&Question::VirusParts(scan.id.clone()))?.as_ref() {
        Answer::VirusParts(page) => {
            let parts: BTreeSet<&str> = page.list.iter().filter_map(|part| part.uuid.as_deref()).collect();
            (!parts.is_empty()).then_some(parts)
        }
        _ => None,
    };
    let equal = |scan: &Listed| {
        parts(scan).is_some_and(|parts| parts.iter().copied().eq(uuids.iter().map(String::as_str)))
    };
    let all_compared = scans.len() <= COMPARED;
    if let Some(own) = scans.iter().find(|scan| equal(scan)).cloned() {
        let others: Vec<Listed> = scans
            .into_iter()
            .filter(|scan| scan.id != own.id && equal(scan))
            .collect();
        let certain = others.is_empty() && all_compared;
        return (std::iter::once(own).chain(others).collect(), certain);
    }
    // One whose parts are not listed yet may still be the job's.
    scans.retain(|scan| parts(scan).is_none());
    (scans, false)
}

impl Seen {
    /// How one of the tasks stands.
    pub(super) fn task(&self, task: &Begun, now: Timestamp, patience: SignedDuration) -> ScanTask {
        match task.kind {
            ScanKind::Push => task.pushed(now, patience),
            ScanKind::Virus => task.among(&self.viruses),
            ScanKind::Baseline => task.of_strategy(&self.strategy(task).unwrap_or_default()),
            ScanKind::Vulnerabilities | ScanKind::Fingerprint => task.among(&self.once_tasks(task)),
        }
    }

    /// The one-time tasks among which a task is to be found; none for other kinds of tasks.
    pub(super) fn once_tasks(&self, task: &Begun) -> Vec<Listed> {
        let answer = once(task).and_then(|question| self.known.get(&question));
        let rows = answer.iter().flat_map(|answer| match answer.as_ref() {
            Answer::Once(page) => page.task_manage_response_list.as_slice(),
            _ => &[],
        });
        rows.filter_map(answers::once_task).collect()
    }

    /// Names of the servers on which the scan for viruses failed, of the first page of its parts.
    pub(super) fn unscanned(&self) -> Vec<String> {
        let [only] = self.viruses.as_slice() else {
            return Vec::new();
        };
        let Some(parts) = self.known.get(&Question::VirusParts(only.id.clone())) else {
            return Vec::new();
        };
        let Answer::VirusParts(page) = parts.as_ref() else {
            return Vec::new();
        };
        let has_failed = |part: &&VirusScanTask| {
            let part = answers::virus_task(part);
            part.is_some_and(|part| matches!(part.state, TaskState::Failed | TaskState::TimedOut))
        };
        let names = page
            .list
            .iter()
            .filter(has_failed)
            .filter_map(|part| part.instance_name.clone().or(part.uuid.clone()));
        names.collect()
    }

    fn strategy(&self, task: &Begun) -> Option<StrategyRun> {
        let id: i64 = task.mark.as_deref()?.parse().ok()?;
        let Answer::StrategyRun(detail) = self.known.get(&Question::StrategyRun(id))?.as_ref() else {
            return None;
        };
        let Answer::Strategy(answer) = self.known.get(&Question::Strategy(id))?.as_ref() else {
            return None;
        };
        let strategy = answer.strategies.iter().find(|strategy| strategy.id == Some(id));
        Some(answers::strategy_run(strategy, detail))
    }
}

async fn read(sas: &Sas, centre: DataCentre, question: Question) -> Result<Answer, Unavailable> {
    Ok(match question {
        Question::Once { task_type, since, id } => {
            let request = DescribeOnceTask {
                task_type: Some(task_type.to_owned()),
                task_id: id,
                source: Some("console".to_owned()),
                start_time_query: Some(since),
                current_page: Some(1),
                page_size: Some(PAGE),
                ..Default::default()
            };
            Answer::Once(sas.read(&request, centre).await?)
        }
        Question::Strategy(id) => {
            let request = DescribeStrategy {
                strategy_ids: comma_list([id.to_string()]),
                ..Default::default()
            };
            Answer::Strategy(sas.read(&request, centre).await?)
        }
        Question::StrategyRun(id) => {
            let request = DescribeStrategyExecDetail {
                strategy_id: Some(id),
                current_page: Some(1),
                page_size: Some(PARTS),
            };
            Answer::StrategyRun(sas.read(&request, centre).await?)
        }
        Question::VirusScans { since, scan_type } => {
            let request = ListVirusScanTask {
                root_task: Some(true),
                scan_type,
                start_time: Some(since),
                current_page: Some(1),
                page_size: Some(PAGE),
                ..Default::default()
            };
            Answer::VirusScans(sas.read(&request, centre).await?)
        }
        Question::LatestVirusScan => Answer::LatestVirusScan(
            sas.read(&GetVirusScanLatestTaskStatistic::default(), centre)
                .await?,
        ),
        Question::VirusParts(root) => {
            let request = ListVirusScanTask {
                root_task_id: Some(root),
                current_page: Some(1),
                page_size: Some(PARTS),
                ..Default::default()
            };
            Answer::VirusParts(sas.read(&request, centre).await?)
        }
    })
}
