//! Turns one look at an object and its cloud into [`Facts`]. Pure, apart from the clocks that are handed in.

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use sas_api::annotations;
use sas_api::plan::{Plan, PublishedPlan};
use sas_api::status::{Execution, GatePart, GateStatus, Outcome};

use crate::approval::{Decision, Said, Source, Verdict};
use crate::cloud::Cloud;
use crate::facts::{Ended, Facts, Refusal, Wanted};
use crate::flight;
use crate::guard::Guard;
use crate::hash::{self, HashError, Identity, Sealed};
use crate::large;
use crate::operation::{Blocked, Gate, Operation, Planned, Unavailable};
use crate::partial;
use crate::publish;
use crate::standing::{self, Coverage, Standing, Waiting};
use crate::stopping;
use crate::timing::Timing;

/// What one pass has seen.
pub(crate) struct Seen<'a, K: Gate, C: Cloud, O> {
    pub(crate) object: &'a K,
    /// Status as it will be judged: that of the object, with what this pass has already learnt.
    pub(crate) status: &'a K::Status,
    pub(crate) look: Result<(&'a C, &'a O), &'a Unavailable>,
    /// The full plan of the status, where it has one and it can be read.
    pub(crate) held: Option<&'a Plan>,
    /// The full plan of what stands aside, where something does and it can be read.
    pub(crate) running: Option<&'a Plan>,
    pub(crate) invalid: Option<String>,
    pub(crate) obstacle: Option<Blocked>,
    pub(crate) guard: Guard,
    pub(crate) standing: &'a dyn Standing,
    pub(crate) now: Timestamp,
    pub(crate) timing: Timing,
}

/// Facts, and the sealed plan that they speak of.
pub(crate) struct Gathered {
    pub(crate) facts: Facts,
    pub(crate) sealed: Option<Sealed>,
    /// The plan goes out under a new epoch.
    pub(crate) new_epoch: bool,
    /// The plan as it was judged by what was approved in advance, where that approves it.
    pub(crate) in_advance: Option<Waiting>,
}

/// Gathers all facts of one pass.
pub(crate) fn gather<K, C>(seen: &Seen<'_, K, C, K::Observed>) -> Result<Gathered, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    let gate = seen.status.gate();
    let annotation = |key| annotations::get(seen.object.meta().annotations.as_ref(), key);
    let mut facts = Facts {
        one_shot: seen.object.one_shot(),
        invalid: seen.invalid.clone(),
        unavailable: seen.look.err().map(|u| Blocked {
            reason: u.reason,
            message: u.message.clone(),
        }),
        obstacle: seen.obstacle.clone(),
        unreachable: None,
        guard: seen.guard.clone(),
        paused: annotation(annotations::PAUSED).is_some(),
        flight: None,
        running: None,
        refusal: None,
        ended: None,
        planned: None,
        verdict: Verdict::Undecided,
        uncovered: None,
    };
    if let Some(gathered) = stopping::beside(seen, &mut facts)? {
        return Ok(gathered);
    }
    if let Some(execution) = begun(gate) {
        let (flight, sealed) = flight::of(seen, execution);
        facts.unreachable = sealed
            .as_ref()
            .and_then(|sealed| unreachable(seen, &sealed.plan, flight.receipts, Some(execution)));
        facts.flight = Some(flight);
        return Ok(Gathered {
            facts,
            sealed,
            new_epoch: false,
            in_advance: None,
        });
    }
    if stopping::is_asked(seen.object, gate) {
        facts.refusal = Some(Refusal::Final(stopping::nothing(gate)));
    }
    facts.ended = ended(seen, gate);
    let Ok((cloud, observed)) = seen.look else {
        return Ok(Gathered {
            facts,
            sealed: None,
            new_epoch: false,
            in_advance: None,
        });
    };
    let identity = identity(seen.object, cloud);
    let waiting = waiting(seen, &identity);
    let generation = seen.object.meta().generation;
    // What was resolved for a plan binds until the spec is edited.
    let binding = waiting.filter(|(published, _)| Some(published.observed_generation) == generation);
    let planned = match seen.object.plan(observed, binding.map(|(_, held)| held)) {
        Planned::Nothing => Wanted::Nothing,
        Planned::Blocked(blocked) => {
            facts.planned = Some(Wanted::Blocked(blocked));
            return held_up(seen, binding, &identity, facts);
        }
        Planned::Impossible(blocked) => Wanted::Impossible(blocked),
        Planned::Change(plan) => {
            let published = waiting.map(|(published, _)| published);
            return change(seen, published, &identity, *plan, facts);
        }
    };
    facts.planned = Some(planned);
    Ok(Gathered {
        facts,
        sealed: None,
        new_epoch: false,
        in_advance: None,
    })
}

/// Something is missing. Whoever approves the plan that waits has decided all the same.
fn held_up<K, C>(
    seen: &Seen<'_, K, C, K::Observed>,
    waiting: Option<(&PublishedPlan, &Plan)>,
    identity: &Identity,
    mut facts: Facts,
) -> Result<Gathered, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    let seal =
        |(published, held): (&PublishedPlan, &Plan)| hash::seal(held.clone(), identity, published.epoch);
    let sealed = waiting.map(seal).transpose()?;
    if let Some(sealed) = &sealed {
        facts.verdict = verdict(seen, sealed);
    }
    Ok(Gathered {
        facts,
        sealed,
        new_epoch: false,
        in_advance: None,
    })
}

/// A change is wanted: under the epoch that waits, or under a new one.
pub(crate) fn change<K, C>(
    seen: &Seen<'_, K, C, K::Observed>,
    waiting: Option<&PublishedPlan>,
    identity: &Identity,
    plan: Plan,
    mut facts: Facts,
) -> Result<Gathered, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    let gate = seen.status.gate();
    if let Some(published) = waiting {
        let same_epoch = hash::seal(plan.clone(), identity, published.epoch)?;
        if same_epoch.hash == published.hash {
            facts.verdict = verdict(seen, &same_epoch);
            let current = Some(published.observed_generation) == seen.object.meta().generation;
            let mut in_advance = None;
            // Who approves scans in advance does not approve that they are stopped.
            if facts.verdict == Verdict::Undecided && current && facts.running.is_none() {
                in_advance = decide_in_advance(seen, published, &same_epoch, &mut facts);
            }
            let approved = matches!(facts.verdict, Verdict::Approved(_));
            facts.unreachable = unreachable(seen, &same_epoch.plan, 0, None).filter(|_| approved);
            let reads_well = approved || !publish::has_other_texts(&published.plan, &same_epoch.plan);
            facts.planned = Some(Wanted::Change {
                publish: !current || !reads_well,
            });
            return Ok(Gathered {
                facts,
                sealed: Some(same_epoch),
                new_epoch: false,
                in_advance,
            });
        }
    }
    let sealed = hash::seal(plan, identity, next_epoch(gate))?;
    facts.verdict = verdict(seen, &sealed);
    facts.planned = Some(Wanted::Change { publish: true });
    Ok(Gathered {
        facts,
        sealed: Some(sealed),
        new_epoch: true,
        in_advance: None,
    })
}

/// Why a call of a plan cannot act on its targets as things are.
fn unreachable<K, C>(
    seen: &Seen<'_, K, C, K::Observed>,
    plan: &Plan,
    call: usize,
    execution: Option<&Execution>,
) -> Option<String>
where
    K: Operation<C>,
    C: Cloud,
{
    let (_, observed) = seen.look.ok()?;
    let away = seen.object.away(plan, observed);
    partial::left_out(plan, call, execution, &away).err()
}

/// The plan that waits, short as in the status and in full, unless somebody rewrote it.
pub(crate) fn waiting<'a, K: Gate, C: Cloud, O>(
    seen: &Seen<'a, K, C, O>,
    identity: &Identity,
) -> Option<(&'a PublishedPlan, &'a Plan)> {
    let (published, held) = (valid(seen)?, seen.held?);
    shows_what_it_hashes(published, held, identity).then_some((published, held))
}

/// Whether the status shows the plan that its hash stands for. Whoever approves the hash has read the
/// status; a plan that somebody rewrote there must not be approved under the hash of another one.
fn shows_what_it_hashes(published: &PublishedPlan, held: &Plan, identity: &Identity) -> bool {
    let sealed = hash::seal(held.clone(), identity, published.epoch);
    published.account_id == identity.account
        && published.site == identity.site
        && large::is_excerpt(published, held)
        && sealed.is_ok_and(|s| s.hash == published.hash && s.plan.calls == held.calls)
}

/// An epoch that no plan has had, whichever part of the status still remembers the highest.
fn next_epoch(gate: &GateStatus) -> i64 {
    let planned = gate.plan.as_ref().map(|p| p.epoch);
    let executed = gate.execution.as_ref().map(|e| e.epoch);
    gate.epoch.max(planned).max(executed).unwrap_or(0) + 1
}

/// What the annotations say about a plan that has not begun. That of an approval which was used up says
/// nothing about the next plan.
fn verdict<K: Gate, C: Cloud, O>(seen: &Seen<'_, K, C, O>, sealed: &Sealed) -> Verdict {
    let verdict = said(seen).verdict(&sealed.hash, sealed.plan.risk);
    let gate = seen.status.gate();
    let aside = gate.running.as_ref().map(|running| &running.execution);
    let used_up = |hash: &String| {
        let mut executions = gate.execution.iter().chain(aside).chain(&gate.stopped_by);
        executions.any(|e| e.hash == *hash)
    };
    match &verdict {
        Verdict::Stale { named } if used_up(named) => Verdict::Undecided,
        _ => verdict,
    }
}

/// What was approved in advance says about the published plan, on which nobody has decided. Gives the plan
/// where that covers it: the use has to be counted.
fn decide_in_advance<K: Gate, C: Cloud, O>(
    seen: &Seen<'_, K, C, O>,
    published: &PublishedPlan,
    sealed: &Sealed,
    facts: &mut Facts,
) -> Option<Waiting> {
    let waiting = Waiting {
        kind: K::kind(&()).into_owned(),
        namespace: seen.object.namespace().unwrap_or_default(),
        name: seen.object.name_any(),
        hash: sealed.hash.clone(),
        risk: sealed.plan.risk,
        targets: published.target_count,
        writers: said(seen).known_writers(),
        computed: published.computed_time.0,
    };
    match seen.standing.approves(&waiting, seen.now) {
        Coverage::By(by) if standing::can_be_approved(sealed.plan.risk) => {
            facts.verdict = Verdict::Approved(Decision {
                by: Some(by),
                source: Source::Policy,
                ..Decision::default()
            });
            Some(waiting)
        }
        Coverage::By(_) => None,
        Coverage::Not { why } => {
            facts.uncovered = why;
            None
        }
    }
}

pub(crate) fn said<'a, K: Gate, C: Cloud, O>(seen: &'a Seen<'_, K, C, O>) -> Said<'a> {
    Said {
        meta: seen.object.meta(),
        accepted: seen.status.gate().approval.as_ref(),
        guard: &seen.guard,
        standing: seen.standing,
        now: seen.now,
    }
}

/// The execution that has begun and not ended: something was sent or may have been.
pub(crate) fn begun(gate: &GateStatus) -> Option<&Execution> {
    let execution = gate.execution.as_ref().filter(|e| e.outcome.is_none())?;
    execution
        .calls
        .iter()
        .any(|c| c.receipt.is_some() || c.intent.is_some())
        .then_some(execution)
}

/// Whether an epoch is the present one and its approval is not used up. Neither number can fall.
pub(crate) fn is_current(gate: &GateStatus, epoch: i64) -> bool {
    gate.epoch == Some(epoch) && gate.executed_epoch < Some(epoch)
}

/// The published plan, unless it has been executed or is of an epoch that is left behind.
pub(crate) fn unspent(gate: &GateStatus) -> Option<&PublishedPlan> {
    let plan = gate.plan.as_ref().filter(|p| is_current(gate, p.epoch))?;
    let spent = gate
        .execution
        .as_ref()
        .is_some_and(|e| e.epoch == plan.epoch && e.outcome.is_some());
    (!spent).then_some(plan)
}

/// The published plan, unless it has been executed, is over, was published under other admission policies
/// or was asked to be replaced. A rejected one is never over: nobody is asked the same again until
/// somebody wants that.
fn valid<'a, K: Gate, C: Cloud, O>(seen: &Seen<'a, K, C, O>) -> Option<&'a PublishedPlan> {
    let annotations = seen.object.meta().annotations.as_ref();
    let rejected = annotations::get(annotations, annotations::REJECTED_PLAN);
    let lasts = |plan: &PublishedPlan| plan.expires_time.0 > seen.now || rejected == Some(&plan.hash);
    let vouched = |plan: &PublishedPlan| seen.guard.vouches_for(plan.guard.as_deref());
    unspent(seen.status.gate()).filter(|plan| lasts(plan) && vouched(plan) && !replan_asked(seen))
}

fn replan_asked<K, C, O>(seen: &Seen<'_, K, C, O>) -> bool
where
    K: Gate,
    C: Cloud,
{
    let asked = publish::request(seen.object, annotations::REPLAN);
    asked.is_some() && asked != seen.status.gate().handled_replan
}

/// The end of the last execution, as long as it stands: until the spec changes or a new attempt is asked for.
fn ended<K: Gate, C: Cloud, O>(seen: &Seen<'_, K, C, O>, gate: &GateStatus) -> Option<Ended> {
    let execution = gate.execution.as_ref()?;
    let outcome = execution.outcome?;
    if Some(execution.observed_generation) != seen.object.meta().generation {
        return None;
    }
    let asked = publish::request(seen.object, annotations::RETRY);
    let retry = asked.is_some() && asked != gate.handled_retry;
    if retry && matches!(outcome, Outcome::Failed | Outcome::Revoked) {
        return None;
    }
    // A later epoch has begun: that end has been answered.
    if gate.epoch > gate.executed_epoch.max(Some(execution.epoch)) {
        return None;
    }
    Some(Ended {
        outcome,
        message: execution.message.clone().unwrap_or_default(),
    })
}

/// Whose plan it is.
pub(crate) fn identity<K: Gate, C: Cloud>(object: &K, cloud: &C) -> Identity {
    Identity {
        kind: K::kind(&()).into_owned(),
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
        account: cloud.account_id().to_owned(),
        site: cloud.site().to_owned(),
    }
}
