//! Whether a task is the one that a job ordered, where the cloud answered no id. Following a scan can live with a
//! doubt, stopping one cannot: it must be the only task that began soon after the order, at a time when
//! every such task is listed, and one that no other job may have ordered.

use jiff::{SignedDuration, Timestamp};
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::ScanKind;
use sas_api::status::GatePart;

use super::answers::Listed;
use super::progress::{self, Begun};

/// A task begins within this time after its order, and is listed within it after it began. No source says how
/// long that takes; a task that takes longer is nobody's.
pub(super) const SOON: SignedDuration = SignedDuration::from_secs(60);

/// Why a task is not certainly a job's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Tasks that began at that time may not be listed yet.
    Early,
    /// It will not be certain later either, and why.
    Lasting(&'static str),
}

/// What another job has ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rival {
    begun: Vec<Begun>,
    /// Ids of tasks that it follows as its own.
    ids: Vec<String>,
}

impl Rival {
    pub(super) fn of(job: &SasScanJob) -> Self {
        let Some(status) = &job.status else {
            return Self::default();
        };
        let gate = status.gate();
        let aside = gate.running.iter().map(|running| &running.execution);
        let executions = gate.execution.iter().chain(aside);
        Self {
            begun: executions
                .flat_map(|execution| progress::begun(&[], execution))
                .collect(),
            ids: status
                .tasks
                .iter()
                .filter_map(|task| task.task_id.clone())
                .collect(),
        }
    }

    fn may_have_begun(&self, kind: ScanKind, task: &Listed) -> bool {
        let fits = |begun: &Begun| match &begun.mark {
            Some(id) => *id == task.id,
            None => begun.is_within(task, SOON),
        };
        self.ids.contains(&task.id) || self.begun.iter().any(|begun| begun.kind == kind && fits(begun))
    }
}

impl Begun {
    /// Whether a task began between the order and `after` it.
    fn is_within(&self, task: &Listed, after: SignedDuration) -> bool {
        let until = self.until.checked_add(after).unwrap_or(Timestamp::MAX);
        let within = |started| (self.since.as_millisecond()..=until.as_millisecond()).contains(&started);
        task.started.is_some_and(within)
    }

    /// Why the only task that fits the order is not certainly its effect. Where none or several fit, no id is
    /// claimed anyway.
    pub(super) fn doubt(&self, listed: &[Listed], rivals: &[Rival], now: Timestamp) -> Option<Doubt> {
        let fitting = self.fitting(listed);
        let [only] = fitting.as_slice() else {
            return None;
        };
        if self.names_its_task() {
            return None;
        }
        if rivals.iter().any(|rival| rival.may_have_begun(self.kind, only)) {
            return Some(Doubt::Lasting("another SasScanJob may have ordered this task"));
        }
        if !self.is_within(only, SOON) {
            return Some(Doubt::Lasting(
                "the only task that is listed began long after the order, so somebody else may have ordered it",
            ));
        }
        let all_listed = self.until.checked_add(SOON + SOON).unwrap_or(Timestamp::MAX);
        (now < all_listed).then_some(Doubt::Early)
    }
}

#[cfg(test)]
mod tests {
    use sas_api::kinds::scan_job::TaskState;
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn task(id: &str, second: i64) -> Listed {
        Listed {
            id: id.into(),
            started: Some(at(second).as_millisecond()),
            state: TaskState::Running,
            percent: None,
            done: None,
            total: None,
        }
    }

    /// A job that ordered a scan for vulnerabilities at this time, sent so often.
    fn job(second: i64, resends: Option<i64>, tasks: &serde_json::Value) -> SasScanJob {
        let hash = format!("sha256:{}", "0".repeat(64));
        let mut intent = json!({"attempt": 1, "nonce": "n", "timestamp": at(second).to_string(), "keyFingerprint": "k",
            "startedTime": at(second).to_string()});
        if let Some(resends) = resends {
            intent["resends"] = json!(resends);
        }
        serde_json::from_value(json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanJob", "metadata": {"name": "other"},
            "spec": {"accountRef": {"name": "main"}, "scope": "Account", "dataCentre": "cn-shanghai",
                "scans": {"vulnerabilities": {}}},
            "status": {"tasks": tasks, "execution": {"hash": hash, "epoch": 1, "observedGeneration": 1,
                "startedTime": at(second).to_string(), "calls": [{"callIndex": 0, "action": "ModifyStartVulScan",
                    "intent": intent, "receipt": {"requestID": "r"}}]}},
        }))
        .unwrap()
    }

    fn ordered(job: &SasScanJob) -> Begun {
        let execution = job.status.as_ref().unwrap().gate().execution.as_ref().unwrap();
        progress::begun(&[], execution).remove(0)
    }

    #[test]
    fn a_task_is_a_jobs_own_only_if_nobody_else_can_have_ordered_it() {
        let none = json!([]);
        let once = ordered(&job(0, None, &none));
        let often = ordered(&job(0, Some(1), &none));
        let rival = |second| vec![Rival::of(&job(second, None, &none))];
        let follows = |id| {
            let task = json!([{"kind": "Vulnerabilities", "state": "Running", "taskID": id}]);
            vec![Rival::of(&job(-10_000, None, &task))]
        };
        let another = Some(Doubt::Lasting("another SasScanJob may have ordered this task"));
        let foreign = Some(Doubt::Lasting(
            "the only task that is listed began long after the order, so somebody else may have ordered it",
        ));
        let early = Some(Doubt::Early);
        let table = [
            (&once, vec![task("a", 1)], vec![], 121, None),
            (&once, vec![task("a", 1)], vec![], 119, early),
            (&once, vec![task("a", 60)], vec![], 200, None),
            (&once, vec![task("a", 61)], vec![], 200, foreign),
            (&once, vec![task("a", 3_000)], vec![], 4_000, foreign),
            (&once, vec![task("a", -3)], vec![], 200, None),
            (&once, vec![], vec![], 200, None),
            (&once, vec![task("a", 1), task("b", 2)], vec![], 200, None),
            (&once, vec![task("a", 30)], rival(-20), 200, another),
            (&once, vec![task("a", 30)], rival(29), 200, another),
            (&once, vec![task("a", 30)], rival(-3_600), 200, None),
            (&once, vec![task("a", 30)], rival(40), 200, None),
            (&once, vec![task("a", 30)], follows("a"), 200, another),
            (&once, vec![task("a", 30)], follows("z"), 200, None),
            // Its bytes may have run as late as the gateway takes them.
            (&often, vec![task("a", 800)], vec![], 1_000, early),
            (&often, vec![task("a", 800)], vec![], 1_100, None),
        ];
        for (begun, listed, rivals, second, expected) in table {
            let case = format!("{listed:?} {rivals:?} at {second}");
            assert_eq!(begun.doubt(&listed, &rivals, at(second)), expected, "{case}");
        }
        let answered = Begun {
            kind: ScanKind::Fingerprint,
            mark: Some("a".into()),
            ..once
        };
        assert_eq!(answered.doubt(&[task("a", 900)], &rival(0), at(0)), None);
    }
}
