//! Stopping a scan that runs. The cloud stops one-time tasks by their id and executions of a strategy by the
//! strategy's; it has no call that stops checks of single servers or a scan for viruses. Where several tasks may
//! be the job's, or another job or somebody else may have ordered the only one, none is stopped.

use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{ScanKind, ScanTask, TaskState};
use sas_api::plan::{Call, Plan, Repeat, Risk};
use sas_api::status::GatePart;
use sas_api::{Reason, annotations};
use sas_client::action::Action;
use sas_client::actions::{CancelOnceTask, ExecStrategy};
use sas_engine::{Blocked, Made, Planned, Settled};

use super::attribution::Doubt;
use super::look::Course;
use super::progress::{in_words, is_over};
use crate::kinds::call;

/// What the cloud can do about a task.
enum Way {
    Call(Call),
    /// Nothing yet, and why.
    Later(&'static str),
    /// Why it cannot be stopped.
    None(&'static str),
}

/// Whether somebody asks to stop a job, or has it stopped.
pub(super) fn is_asked(job: &SasScanJob) -> bool {
    let gate = job.status.as_ref().map(GatePart::gate);
    let asked = annotations::get(job.metadata.annotations.as_ref(), annotations::CANCEL);
    asked.is_some() || gate.is_some_and(|gate| gate.running.is_some())
}

/// The plan that stops what runs of a job.
pub(super) fn plan(plan: &Plan, course: &Course) -> Planned {
    let mut running = course.tasks.iter().filter(|task| !is_over(task)).peekable();
    if running.peek().is_none() {
        return Planned::Nothing;
    }
    let (mut calls, mut stopped) = (Vec::new(), Vec::new());
    let (mut later, mut stays) = (None, Vec::new());
    for task in running {
        match way(plan, task, course) {
            Way::Call(call) => {
                calls.push(call);
                stopped.push(task.kind.as_str());
            }
            Way::Later(why) => later = Some(why),
            Way::None(why) => stays.push(format!("{} goes on: {why}", task.kind.as_str())),
        }
    }
    if let Some(why) = later {
        return Planned::blocked(Reason::LookingUp, why);
    }
    if calls.is_empty() {
        return Planned::Impossible(Blocked {
            reason: Reason::NotStoppable,
            message: format!("the scan cannot be stopped: {}", stays.join("; ")),
        });
    }
    if stopped.contains(&ScanKind::Vulnerabilities.as_str()) {
        stays.push(
            "the cloud names no task when a scan for vulnerabilities is ordered: the one that is stopped is the only one that \
             began within a minute of the order; look whether somebody else ordered one then"
                .to_owned(),
        );
    }
    if calls.iter().any(|call| call.action == ExecStrategy::NAME) {
        stays.push("every run of the baseline strategy is stopped, whoever began it".to_owned());
    }
    Planned::Change(Box::new(Plan {
        summary: format!("stop the scan ({})", stopped.join(", ")),
        risk: Risk::R1,
        calls,
        targets: Vec::new(),
        values: Vec::new(),
        cost: None,
        partial: false,
        warnings: stays,
    }))
}

fn way(plan: &Plan, task: &ScanTask, course: &Course) -> Way {
    let centre = course.centre;
    let doubt = course.doubts.iter().find(|(kind, _)| *kind == task.kind);
    match (task.kind, &task.task_id) {
        (ScanKind::Push, _) => Way::None("the cloud has no call that stops checks of single servers"),
        (ScanKind::Virus, _) => Way::None("the cloud has no call that stops a scan for viruses"),
        _ if task.state == TaskState::Pending => {
            Way::Later("the cloud does not list every task of the job yet")
        }
        (ScanKind::Baseline, _) => {
            let started = plan.calls.iter().find(|call| call.action == ExecStrategy::NAME);
            let strategy = started.and_then(|call| call.value("StrategyId")?.parse().ok());
            match strategy {
                // Made again later, it might stop a run that somebody else has begun meanwhile.
                Some(strategy) => Way::Call(Call {
                    repeat: Repeat::Never,
                    ..call(&terminate(strategy), centre)
                }),
                None => Way::None("the plan of the job names no strategy"),
            }
        }
        (ScanKind::Vulnerabilities | ScanKind::Fingerprint, Some(id)) => match doubt {
            Some((_, Doubt::Early)) => Way::Later(
                "which task is the job's own is known two minutes after the order has arrived, when all are listed",
            ),
            Some((_, Doubt::Lasting(why))) => Way::None(why),
            None => Way::Call(cancel(id, centre)),
        },
        (ScanKind::Vulnerabilities | ScanKind::Fingerprint, None) => {
            Way::None("several tasks may be this one, and somebody else's must not be stopped")
        }
    }
}

fn cancel(id: &str, centre: DataCentre) -> Call {
    let request = CancelOnceTask {
        task_id: Some(id.to_owned()),
    };
    call(&request, centre)
}

fn terminate(strategy: i64) -> ExecStrategy {
    ExecStrategy {
        strategy_id: Some(strategy),
        exec_action: Some("terminate".to_owned()),
        ..Default::default()
    }
}

/// Whether what these calls stop has ended.
pub(super) fn settle(plan: &Plan, made: &[Made<'_>], course: &Course) -> Settled {
    let Some(last) = made.last() else {
        return Settled::NotStarted;
    };
    if last.receipt.is_none() {
        return if has_ended(last, course) {
            Settled::Done
        } else {
            Settled::Unproven
        };
    }
    if made.len() < plan.calls.len() || !made.iter().all(|call| has_ended(call, course)) {
        return Settled::Wait(in_words(&course.tasks));
    }
    // A task that was stopped counts as failed. That of a strategy does not say how it ended.
    let was_done = |call: &Made<'_>| {
        call.call.action == CancelOnceTask::NAME
            && meant(call, course).is_some_and(|task| task.state == TaskState::Succeeded)
    };
    if made.iter().all(was_done) {
        return Settled::Failed("the scan had ended by itself before it was stopped".to_owned());
    }
    Settled::Done
}

/// Of a strategy's run the cloud says that it ended, and not whether it was stopped or came to its end.
pub(super) fn say_what_is_not_known(job: &SasScanJob, tasks: &mut [ScanTask]) {
    let gate = job.status.as_ref().map(GatePart::gate);
    let last = gate.and_then(|gate| gate.running.as_ref().and(gate.execution.as_ref()));
    let stops = gate.iter().flat_map(|gate| &gate.stopped_by).chain(last);
    let mut calls = stops.flat_map(|stop| &stop.calls);
    if !calls.any(|call| call.action == ExecStrategy::NAME && call.intent.is_some()) {
        return;
    }
    for task in tasks
        .iter_mut()
        .filter(|task| task.kind == ScanKind::Baseline && is_over(task))
    {
        let unknown = "it was asked to stop; the cloud does not say whether it had come to its end before";
        let known = task.message.take().map(|known| format!("{known}; "));
        task.message = Some(format!("{}{unknown}", known.unwrap_or_default()));
    }
}

fn has_ended(made: &Made<'_>, course: &Course) -> bool {
    meant(made, course).is_some_and(is_over)
}

/// The task that a call is to stop.
fn meant<'a>(made: &Made<'_>, course: &'a Course) -> Option<&'a ScanTask> {
    let id = made.parameters.get("TaskId");
    course.tasks.iter().find(|task| match made.call.action.as_str() {
        CancelOnceTask::NAME => task.task_id.is_some() && task.task_id.as_ref() == id,
        _ => task.kind == ScanKind::Baseline,
    })
}
