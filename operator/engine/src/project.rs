//! What a step means for the status: phase, conditions and summary. It is a projection for people and
//! tools and is never read by a decision.

use k8s_controller::conditions::{self, ConditionStatus, DesiredCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use sas_api::status::{ApprovalRecord, CommonPart, CommonStatus, Execution, GatePart, Outcome, Phase};
use sas_api::{Reason, annotations, condition};

use crate::acting::is_waiting;
use crate::approval::{Source, Verdict};
use crate::events::cut;
use crate::facts::{Facts, Step, Wanted};
use crate::guard::Guard;
use crate::operation::{Blocked, Gate};
use crate::words::{approval_message, failure_message, rejection_message, unknown_message};

/// Longest message of a condition; the approval command has to fit whole.
const MESSAGE_BYTES: usize = 8_192;
/// Longest summary.
const SUMMARY_BYTES: usize = 2_000;

/// How a step shows.
struct View {
    phase: Phase,
    ready: ConditionStatus,
    reason: Reason,
    message: String,
    reconciling: bool,
    stalled: bool,
}

/// Writes phase, conditions and summary for a step into `status`.
pub(crate) fn project<K: Gate>(object: &K, status: &mut K::Status, step: &Step, facts: &Facts, report: &str) {
    let view = view(object, status, step, report, facts);
    let generation = object.meta().generation;
    let drift = drift(status.common(), step, facts, generation);
    approved(status, step, &view, facts, generation);
    let summary = match (step, &status.gate().plan) {
        (Step::AwaitApproval { .. }, Some(plan)) => format!(
            "{} waits for approval; the command is in the condition Ready",
            plan.plan.summary
        ),
        _ => view.message.clone(),
    };
    let plan = status.gate().plan.as_ref();
    let superseded =
        facts.flight.is_none() && plan.is_some_and(|plan| Some(plan.observed_generation) != generation);
    let common = status.common_mut();
    common.observed_generation = generation;
    common.phase = Some(view.phase);
    common.summary = Some(cut(&summary, SUMMARY_BYTES));
    let mut set = |type_: &str, value: ConditionStatus, reason: Reason, message: &str| {
        let condition = DesiredCondition::new(type_, value, reason.as_str(), cut(message, MESSAGE_BYTES));
        let _ = conditions::set(&mut common.conditions, condition.observed_generation(generation));
    };
    set(condition::READY, view.ready, view.reason, &view.message);
    for (type_, on) in [
        (condition::RECONCILING, view.reconciling),
        (condition::STALLED, view.stalled),
    ] {
        if on {
            set(type_, ConditionStatus::True, view.reason, &view.message);
        }
    }
    if drift == Some(true) {
        set(
            condition::DRIFT_DETECTED,
            ConditionStatus::True,
            Reason::Drifted,
            "the cloud differs from what was in order before",
        );
    }
    let gone = |type_: &str| {
        (type_ == condition::RECONCILING && !view.reconciling)
            || (type_ == condition::STALLED && !view.stalled)
            || (type_ == condition::DRIFT_DETECTED && drift == Some(false))
    };
    guarded(common, &facts.guard, generation);
    // A question that no longer stands must not stay open, nor an answer about the plan of an older spec.
    let nobody_is_asked =
        *step == Step::InSync || facts.running.is_some() && !matches!(step, Step::AwaitApproval { .. });
    let moot = |c: &Condition| {
        c.type_ == condition::APPROVED && (superseded || nobody_is_asked && c.status == "Unknown")
    };
    common.conditions.retain(|c| !gone(&c.type_) && !moot(c));
}

fn view<K: Gate>(object: &K, status: &K::Status, step: &Step, report: &str, facts: &Facts) -> View {
    let base = |phase, reason, message: String| View {
        phase,
        ready: ConditionStatus::False,
        reason,
        message,
        reconciling: false,
        stalled: false,
    };
    let working = |phase, reason, message| View {
        reconciling: true,
        ..base(phase, reason, message)
    };
    let stuck = |phase, reason, message| View {
        stalled: true,
        ..base(phase, reason, message)
    };
    let failed = |reason, message: &str| stuck(Phase::Failed, reason, failure_message(reason, message));
    let done = |report: &str| View {
        ready: ConditionStatus::True,
        ..base(
            if facts.one_shot {
                Phase::Succeeded
            } else {
                Phase::Ready
            },
            Reason::InSync,
            report.to_owned(),
        )
    };
    let plan = status.gate().plan.as_ref();
    let doing = doing(status, facts);
    match step {
        Step::RefuseSpec { message } => stuck(Phase::Failed, Reason::InvalidSpec, message.clone()),
        Step::InSync | Step::Finish => done(report),
        Step::StayEnded(ended) if ended.outcome == Outcome::Succeeded => done(report),
        Step::Block(blocked) if blocked.reason == Reason::LookingUp => {
            working(Phase::Looking, blocked.reason, blocked.message.clone())
        }
        Step::Block(blocked) => base(Phase::Blocked, blocked.reason, blocked.message.clone()),
        Step::AwaitApproval { reason, remark, .. } => base(
            Phase::PendingApproval,
            *reason,
            approval_message(object, plan, remark.as_deref(), &facts.guard),
        ),
        Step::StayRejected => stuck(
            Phase::Rejected,
            Reason::Rejected,
            rejection_message(object.meta().annotations.as_ref(), facts.one_shot),
        ),
        Step::Hold => base(
            if plan_in_flight(status) {
                Phase::Executing
            } else {
                Phase::PendingApproval
            },
            Reason::Paused,
            format!(
                "{doing}; approved, and held by the annotation {}: remove it to go on",
                annotations::PAUSED
            ),
        ),
        Step::Execute { .. } | Step::Resend { .. } | Step::Accept { .. } => {
            working(Phase::Executing, Reason::Executing, doing)
        }
        Step::NoteAbsence { .. } => working(
            Phase::Executing,
            Reason::Executing,
            format!("{doing}; the call seems not to have run; looking once more"),
        ),
        Step::Verify { progress } => {
            let (phase, reason) = progress_of(status);
            working(phase, reason, format!("{doing}; {progress}"))
        }
        Step::EndStop { message, .. } => {
            working(Phase::Verifying, Reason::Verifying, format!("{doing}: {message}"))
        }
        Step::VerifySlowly { progress } => {
            let (phase, _) = progress_of(status);
            working(phase, Reason::SlowScan, format!("{doing}; {progress}"))
        }
        Step::GiveUp(blocked) => failed(blocked.reason, &blocked.message),
        Step::Fail { reason, message } => failed(*reason, message),
        Step::StopUnknown { message } => stuck(
            Phase::OutcomeUnknown,
            Reason::OutcomeUnknown,
            unknown_message(message, facts.one_shot),
        ),
        Step::StayEnded(ended) if ended.outcome == Outcome::Unknown => stuck(
            Phase::OutcomeUnknown,
            Reason::OutcomeUnknown,
            unknown_message(&ended.message, facts.one_shot),
        ),
        Step::StayEnded(ended) => {
            let reason = match ended.outcome {
                Outcome::Revoked => Reason::Revoked,
                _ => Reason::Failed,
            };
            failed(reason, &ended.message)
        }
    }
}

/// What is being done, or would be.
fn doing<S: GatePart>(status: &S, facts: &Facts) -> String {
    let aside = status.gate().running.as_ref().map(|running| &running.plan);
    let plan = aside.filter(|_| facts.flight.is_none());
    let plan = plan.or(status.gate().plan.as_ref());
    plan.map(|plan| plan.plan.summary.clone()).unwrap_or_default()
}

/// Whether calls are still to be made, or only the effect of all of them is awaited. What stands aside to be
/// stopped has made all of its calls.
fn progress_of<S: GatePart>(status: &S) -> (Phase, Reason) {
    let gate = status.gate();
    let stops = |stop: &&Execution| gate.running.is_none() || stop.outcome.is_none();
    let all_made = gate.execution.as_ref().filter(stops).is_none_or(|execution| {
        let plan = gate.plan.as_ref().filter(|plan| plan.hash == execution.hash);
        let made = execution
            .calls
            .iter()
            .filter(|call| call.receipt.is_some())
            .count();
        made == execution.calls.len()
            && plan.is_none_or(|plan| i64::try_from(made).is_ok_and(|made| made >= plan.call_count))
    });
    if all_made {
        (Phase::Verifying, Reason::Verifying)
    } else {
        (Phase::Executing, Reason::Executing)
    }
}

fn plan_in_flight<S: GatePart>(status: &S) -> bool {
    status
        .gate()
        .execution
        .as_ref()
        .is_some_and(|e| e.outcome.is_none() && e.calls.iter().any(|c| c.intent.is_some()))
}

/// Sets the condition Approved where a plan exists.
fn approved<S: GatePart>(status: &mut S, step: &Step, view: &View, facts: &Facts, generation: Option<i64>) {
    let accepted = status.gate().approval.as_ref();
    let (value, reason, message) = match step {
        Step::Block(_) => match held_up(status, facts) {
            Some(Verdict::Approved(_)) if accepted.is_none() => covered(facts, view),
            Some(Verdict::Approved(_)) => approved_by(accepted),
            Some(_) if said_approved(status.common()) => (
                ConditionStatus::Unknown,
                Reason::AwaitingApproval,
                "the plan that waits is not approved any more".to_owned(),
            ),
            _ => return,
        },
        Step::AwaitApproval { .. } => (ConditionStatus::Unknown, view.reason, view.message.clone()),
        Step::StayRejected => (ConditionStatus::False, Reason::Rejected, view.message.clone()),
        _ if view.reason == Reason::Revoked => {
            (ConditionStatus::False, Reason::Revoked, view.message.clone())
        }
        Step::Hold if accepted.is_none() => covered(facts, view),
        Step::Execute { .. } | Step::Resend { .. } | Step::Hold | Step::Finish => approved_by(accepted),
        _ => return,
    };
    let condition = DesiredCondition::new(
        condition::APPROVED,
        value,
        reason.as_str(),
        cut(&message, MESSAGE_BYTES),
    );
    let _ = conditions::set(
        &mut status.common_mut().conditions,
        condition.observed_generation(generation),
    );
}

fn named(by: Option<&str>) -> String {
    cut(by.unwrap_or("somebody who gave no name"), 500)
}

/// What was approved in advance is counted, and with that accepted, when it is used.
fn covered(facts: &Facts, view: &View) -> (ConditionStatus, Reason, String) {
    let by = match &facts.verdict {
        Verdict::Approved(decision) => decision.by.as_deref(),
        _ => None,
    };
    let message = format!("{} covers the plan; {}", named(by), view.message);
    (ConditionStatus::Unknown, view.reason, message)
}

fn approved_by(accepted: Option<&ApprovalRecord>) -> (ConditionStatus, Reason, String) {
    let of_policy = accepted.is_some_and(|a| a.source == Source::Policy.as_str());
    let reason = if of_policy {
        Reason::ApprovedByPolicy
    } else {
        Reason::ApprovedByUser
    };
    let by = named(accepted.and_then(|a| a.by.as_deref()));
    (ConditionStatus::True, reason, format!("approved by {by}"))
}

/// The decision about a plan that waits for something else than a decision.
fn held_up<'a, S: GatePart>(status: &S, facts: &'a Facts) -> Option<&'a Verdict> {
    let waits = match facts.planned {
        Some(Wanted::Blocked(_)) => true,
        Some(Wanted::Change { .. }) => facts.unreachable.is_some(),
        _ => false,
    };
    (waits && facts.guard.obstacle().is_none() && is_waiting(status.gate())).then_some(&facts.verdict)
}

fn said_approved(common: &CommonStatus) -> bool {
    let mut conditions = common.conditions.iter();
    conditions.any(|condition| condition.type_ == condition::APPROVED && condition.status == "True")
}

/// Whether the cloud has moved away from an order that was reached for this very spec. `None` leaves
/// what was known.
fn drift(common: &CommonStatus, step: &Step, facts: &Facts, generation: Option<i64>) -> Option<bool> {
    match step {
        Step::InSync | Step::Finish | Step::RefuseSpec { .. } => return Some(false),
        _ => {}
    }
    if common.observed_generation != generation {
        return Some(false);
    }
    let was_ready = common
        .conditions
        .iter()
        .any(|c| c.type_ == condition::READY && c.status == "True");
    let wants_change = matches!(facts.planned, Some(Wanted::Change { .. }));
    (was_ready && wants_change && facts.flight.is_none()).then_some(true)
}

/// Sets a condition for this reason.
pub(crate) fn set_condition(
    common: &mut CommonStatus,
    kind: &str,
    value: ConditionStatus,
    why: &Blocked,
    generation: Option<i64>,
) {
    let message = cut(&why.message, MESSAGE_BYTES);
    let condition = DesiredCondition::new(kind, value, why.reason.as_str(), message);
    let _ = conditions::set(&mut common.conditions, condition.observed_generation(generation));
}

/// Says whether the admission policies act, and how far they know who decides.
pub(crate) fn guarded(common: &mut CommonStatus, guard: &Guard, generation: Option<i64>) {
    let (value, reason, message) = match guard {
        Guard::Up(rules) if rules.stamped => (ConditionStatus::True, Reason::Stamped, rules.meaning()),
        Guard::Up(rules) => (ConditionStatus::True, Reason::NotStamped, rules.meaning()),
        Guard::Down { message } => (
            ConditionStatus::False,
            Reason::ApprovalUnguarded,
            format!("{message}; nothing is written meanwhile"),
        ),
        Guard::Advisory { message } => (
            ConditionStatus::False,
            Reason::ApprovalUnguarded,
            format!("{message}; the operator was started with --guard=advisory and goes on regardless"),
        ),
    };
    let condition = DesiredCondition::new(
        condition::APPROVAL_GUARD,
        value,
        reason.as_str(),
        cut(&message, MESSAGE_BYTES),
    );
    let _ = conditions::set(&mut common.conditions, condition.observed_generation(generation));
}

/// Writes phase and conditions for the moment between intent and call.
pub(crate) fn project_executing<K: Gate>(object: &K, status: &mut K::Status, guard: Guard) {
    let facts = Facts {
        one_shot: false,
        invalid: None,
        unavailable: None,
        obstacle: None,
        unreachable: None,
        guard,
        paused: false,
        flight: None,
        running: None,
        refusal: None,
        ended: None,
        planned: None,
        verdict: Verdict::Undecided,
        uncovered: None,
    };
    project(object, status, &Step::Execute { call: 0 }, &facts, "");
}
