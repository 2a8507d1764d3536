//! Facts about stopping what was begun, because a person asked for it by an annotation. The calls that stop
//! are a plan of their own, with its own epoch, approval and execution. Meanwhile what they stop stands aside
//! in the status ([`aside`](crate::aside)) and is followed as before.

use kube::ResourceExt;
use sas_api::plan::Plan;
use sas_api::status::{Execution, GatePart, GateStatus, Outcome};
use sas_api::{Reason, annotations};

use crate::approval::{Decision, Verdict};
use crate::cloud::Cloud;
use crate::facts::{Facts, Refusal, Running};
use crate::flight;
use crate::gather::{self, Gathered, Seen};
use crate::hash::{self, HashError};
use crate::operation::{Blocked, Gate, Operation, Planned};
use crate::publish;

/// What is being followed: its plan in full, and its execution.
struct Followed<'a> {
    plan: &'a Plan,
    execution: &'a Execution,
}

/// Whether a person asks to stop what was begun, and was not answered yet.
pub(crate) fn is_asked<K: Gate>(object: &K, gate: &GateStatus) -> bool {
    let asked = publish::request(object, annotations::CANCEL);
    let plan_waits = gate.running.is_some() && gather::unspent(gate).is_some();
    asked.is_some() && (asked != gate.handled_cancel || plan_waits)
}

/// Gathers the facts where something is to be stopped, or stands aside for that already. Nothing, where
/// what was begun is followed like any other.
pub(crate) fn beside<K, C>(
    seen: &Seen<'_, K, C, K::Observed>,
    facts: &mut Facts,
) -> Result<Option<Gathered>, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    let gate = seen.status.gate();
    let is_aside = gate.running.is_some();
    let asked = is_asked(seen.object, gate);
    if !is_aside && !asked {
        return Ok(None);
    }
    let followed = followed(seen);
    let running = match &followed {
        Some(followed) => Some(course(seen, followed)),
        // Its plan is gone or was changed.
        None => is_aside.then_some(Running {
            intact: seen.look.is_err(),
            settled: None,
            overdue: false,
            stopped: false,
        }),
    };
    let gathered = |facts: &Facts, sealed| Gathered {
        facts: facts.clone(),
        sealed,
        new_epoch: false,
        in_advance: None,
    };
    if let Some(execution) = gather::begun(gate).filter(|_| is_aside) {
        let (flight, sealed) = flight::of(seen, execution);
        (facts.flight, facts.running) = (Some(flight), running);
        return Ok(Some(gathered(facts, sealed)));
    }
    if asked {
        facts.running.clone_from(&running);
        match followed {
            Some(followed) => {
                if let Some(gathered) = plan_to_stop(seen, &followed, facts)? {
                    return Ok(Some(gathered));
                }
            }
            None if gather::begun(gate).is_some() => {
                facts.refusal = Some(Refusal::Later(Blocked {
                    reason: Reason::Executing,
                    message: "not all calls are made yet; what they begin can be stopped then".to_owned(),
                }));
            }
            None => {}
        }
    }
    facts.running = running.filter(|_| is_aside);
    Ok(is_aside.then(|| gathered(facts, None)))
}

/// What is begun with all its calls made and not ended, whether it stands aside already or not.
fn followed<'a, K: Gate, C: Cloud, O>(seen: &Seen<'a, K, C, O>) -> Option<Followed<'a>> {
    let gate = seen.status.gate();
    if let Some(running) = &gate.running {
        return Some(Followed {
            plan: seen.running?,
            execution: &running.execution,
        });
    }
    let published = gate.plan.as_ref()?;
    let execution = gather::begun(gate)?;
    let answered = execution.calls.iter().filter(|c| c.receipt.is_some()).count();
    let all_made = i64::try_from(answered) == Ok(published.call_count) && execution.hash == published.hash;
    let plan = seen.held.filter(|_| all_made)?;
    Some(Followed { plan, execution })
}

/// How it stands, read back.
fn course<K, C>(seen: &Seen<'_, K, C, K::Observed>, followed: &Followed<'_>) -> Running
where
    K: Operation<C>,
    C: Cloud,
{
    let execution = followed.execution;
    let look = seen.look.ok();
    let intact = |cloud: &C| {
        let identity = gather::identity(seen.object, cloud);
        let sealed = hash::seal(followed.plan.clone(), &identity, execution.epoch);
        sealed.is_ok_and(|sealed| sealed.hash == execution.hash)
    };
    let uid = seen.object.uid().unwrap_or_default();
    let settle = |(_, observed): (&C, &K::Observed)| {
        let made = flight::made(followed.plan, execution, &uid);
        seen.object.settle(followed.plan, &made, observed)
    };
    let patience = seen.object.patience().unwrap_or(seen.timing.settle_timeout);
    let gate = seen.status.gate();
    let last = gate.running.as_ref().and(gate.execution.as_ref());
    let mut stops = gate.stopped_by.iter().chain(last);
    Running {
        intact: look.is_none_or(|(cloud, _)| intact(cloud)),
        settled: look.map(settle),
        overdue: flight::overdue(execution, seen.now, patience),
        stopped: stops.any(|stop| stop.outcome == Some(Outcome::Succeeded)),
    }
}

/// The facts with a plan to stop it. Without one they say why, where the cloud could be looked at.
fn plan_to_stop<K, C>(
    seen: &Seen<'_, K, C, K::Observed>,
    followed: &Followed<'_>,
    facts: &mut Facts,
) -> Result<Option<Gathered>, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    let Ok((cloud, observed)) = seen.look else {
        return Ok(None);
    };
    let uid = seen.object.uid().unwrap_or_default();
    let made = flight::made(followed.plan, followed.execution, &uid);
    let plan = match seen.object.stop(followed.plan, &made, observed) {
        Planned::Change(plan) => *plan,
        other => {
            facts.refusal = Some(match other {
                Planned::Blocked(why) => Refusal::Later(why),
                Planned::Impossible(why) => Refusal::Final(why),
                _ => Refusal::Final(ended_by_itself()),
            });
            return Ok(None);
        }
    };
    let identity = gather::identity(seen.object, cloud);
    // A plan that does not stand beside what it stops is another one.
    let waiting = gather::waiting(seen, &identity).filter(|_| seen.status.gate().running.is_some());
    let published = waiting.map(|(published, _)| published);
    let gathered = gather::change(seen, published, &identity, plan, facts.clone())?;
    if let Verdict::Rejected(decision) = &gathered.facts.verdict {
        facts.refusal = Some(Refusal::Final(rejected(decision)));
        return Ok(None);
    }
    Ok(Some(gathered))
}

fn rejected(decision: &Decision) -> Blocked {
    let by = decision.by.as_deref().unwrap_or("somebody who gave no name");
    let why = decision.comment.as_deref().map(|why| format!(": {why}"));
    Blocked {
        reason: Reason::Rejected,
        message: format!(
            "the plan to stop it was rejected by {by}{}; it goes on",
            why.unwrap_or_default()
        ),
    }
}

/// The answer where what runs has ended meanwhile.
pub(crate) fn ended_by_itself() -> Blocked {
    Blocked {
        reason: Reason::NothingToStop,
        message: "it ended by itself before it was stopped".to_owned(),
    }
}

/// The answer where nothing is followed that could be stopped.
pub(crate) fn nothing(gate: &GateStatus) -> Blocked {
    let outcome = gate.execution.as_ref().map(|execution| execution.outcome);
    let message = match outcome {
        Some(Some(Outcome::Unknown)) => {
            "nobody knows what became of the calls, so nothing is stopped; look at the cloud's console"
        }
        Some(Some(_)) => "what was begun has ended already",
        _ => {
            "nothing was begun that could be stopped; reject the plan, or delete this resource, to keep it so"
        }
    };
    Blocked {
        reason: Reason::NothingToStop,
        message: message.to_owned(),
    }
}
