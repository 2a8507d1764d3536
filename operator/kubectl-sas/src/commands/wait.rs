//! `kubectl sas wait`: until a plan is approved or everything is done, with exit codes that a script can
//! tell apart.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use sas_api::condition::{APPROVED, READY, STALLED};
use sas_api::plan::PublishedPlan;
use sas_api::status::Phase;
use sas_api::{Reason, annotations};

use super::Ended;
use crate::args::duration;
use crate::cluster::{Cluster, write_kinds};
use crate::judge;
use crate::object::Object;
use crate::output::{ERROR, GOOD, Page, WARNING};
use crate::select::Selection;
use crate::show;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Flags of `wait`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// What to wait for.
    #[arg(long = "for", value_name = "EVENT", default_value = "done")]
    event: Event,
    /// How long to wait at most: `90s`, `10m`, or seconds.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    timeout: Duration,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Event {
    /// The operator has accepted an approval of the plan, or nothing is left to approve.
    Approved,
    /// The cloud is as the spec wants it.
    Done,
}

/// How far an object is from what is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    Reached,
    Waiting(String),
    Hopeless(String),
}

/// Waits for all objects. 0: reached; 3: one cannot come by itself any more; 4: the time is over.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let deadline = Instant::now() + args.timeout;
    let mut missing = cluster.select(&args.selection, &write_kinds()).await?;
    let mut ended = Ended::Well;
    loop {
        let mut page = Page::default();
        let mut waiting = Vec::new();
        for object in missing {
            let name = object.reference();
            match progress(&object, args.event) {
                Progress::Reached => page.styled(GOOD, format!("{name} {}", args.event.as_str())),
                Progress::Hopeless(why) => {
                    ended = Ended::No;
                    page.styled(ERROR, format!("{name} stopped: {why}"));
                }
                Progress::Waiting(why) => waiting.push((object, why)),
            }
        }
        page.print()?;
        if waiting.is_empty() {
            return Ok(ended);
        }
        if Instant::now() >= deadline {
            let mut page = Page::default();
            for (object, why) in &waiting {
                page.styled(
                    WARNING,
                    format!(
                        "{} is not {} after {} s: {why}",
                        object.reference(),
                        args.event.as_str(),
                        args.timeout.as_secs()
                    ),
                );
            }
            page.print_beside()?;
            return Ok(Ended::TimedOut);
        }
        tokio::time::sleep(PAUSE).await;
        missing = Vec::new();
        for (object, _) in &waiting {
            missing.push(cluster.again(object).await?);
        }
    }
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Event::Approved => "approved",
            Event::Done => "done",
        }
    }
}

fn progress(object: &Object, event: Event) -> Progress {
    let (status, reason, message) =
        object
            .condition(READY)
            .unwrap_or(("Unknown", "", "the operator has not seen it yet"));
    let said = || show::without_command(message).to_owned();
    if object.raw.metadata.generation != object.common.observed_generation {
        return Progress::Waiting("the operator has not seen the present spec yet".to_owned());
    }
    if status == "True" || (event == Event::Approved && is_accepted(object)) {
        return Progress::Reached;
    }
    let stalled = object
        .condition(STALLED)
        .is_some_and(|(status, ..)| status == "True");
    if stalled && !is_being_reconsidered(object, reason) {
        return Progress::Hopeless(said());
    }
    Progress::Waiting(said())
}

/// Whether the operator has accepted an approval of the present spec's plan, and it is not spent yet.
fn is_accepted(object: &Object) -> bool {
    let (Some(approval), Some(plan)) = (&object.gate.approval, object.plan()) else {
        return false;
    };
    let present = object.raw.metadata.generation == Some(plan.observed_generation);
    let stands = object
        .condition(APPROVED)
        .is_some_and(|(status, ..)| status == "True");
    approval.hash == plan.hash
        && present
        && stands
        && !judge::is_spent(object, plan)
        && !is_taken_back(object, plan)
}

/// Whether somebody has taken the approval back or refused the plan, which the operator may not have seen yet.
/// What a service account strips may count on; whether it does, the operator says.
fn is_taken_back(object: &Object, plan: &PublishedPlan) -> bool {
    let refused = object.annotation(annotations::REJECTED_PLAN) == Some(&plan.hash);
    let there = object.annotation(annotations::APPROVED_PLAN) == Some(&plan.hash);
    let recorded = object.gate.approval.as_ref();
    let in_advance = recorded.is_some_and(|approval| approval.source == "Policy");
    let stripped = object
        .annotation(annotations::REVOKED_BY)
        .is_some_and(|who| who.starts_with("system:serviceaccount:") && who.ends_with(&plan.hash));
    refused || !(there || in_advance || stripped)
}

/// Whether somebody has just said something that the operator has not answered yet.
fn is_being_reconsidered(object: &Object, reason: &str) -> bool {
    let asked = |key: &str, answered: &Option<String>| {
        // Longer requests are remembered by their digest; this program writes short ones.
        object
            .annotation(key)
            .is_some_and(|asked| answered.as_deref() != Some(asked))
    };
    let rejection_stands = object
        .plan()
        .is_some_and(|plan| object.annotation(annotations::REJECTED_PLAN) == Some(&plan.hash));
    asked(annotations::REPLAN, &object.gate.handled_replan)
        || (object.common.phase == Some(Phase::Failed)
            && asked(annotations::RETRY, &object.gate.handled_retry))
        || (reason == Reason::Rejected.as_str() && !rejection_stands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{binding, executed};

    fn stalled(phase: Phase, reason: &str) -> Object {
        let mut object = binding();
        object.common.phase = Some(phase);
        for condition in &mut object.common.conditions {
            condition.reason = reason.to_owned();
        }
        let mut stalled = object.common.conditions[0].clone();
        stalled.type_ = STALLED.to_owned();
        stalled.status = "True".to_owned();
        object.common.conditions.push(stalled);
        object
    }

    fn annotate(object: &mut Object, key: &str, value: &str) {
        let annotations = object.raw.metadata.annotations.get_or_insert_default();
        annotations.insert(key.to_owned(), value.to_owned());
    }

    #[test]
    fn what_is_done_is_also_approved() {
        for event in [Event::Approved, Event::Done] {
            assert_eq!(progress(&executed(), event), Progress::Reached);
            assert!(matches!(progress(&binding(), event), Progress::Waiting(_)));
        }
    }

    #[test]
    fn an_older_spec_proves_nothing() {
        let mut object = executed();
        object.raw.metadata.generation = Some(3);
        assert!(matches!(progress(&object, Event::Done), Progress::Waiting(_)));
    }

    /// An object whose plan was approved and is being carried out.
    fn under_way() -> Object {
        let mut object = executed();
        let hash = object.plan().unwrap().hash.clone();
        annotate(&mut object, annotations::APPROVED_PLAN, &hash);
        object.common.conditions[0].status = "False".to_owned();
        object.gate.executed_epoch = Some(2);
        object
    }

    #[test]
    fn an_approval_without_its_annotation_counts_where_a_service_account_stripped_it() {
        let mut object = under_way();
        annotate(&mut object, annotations::APPROVED_PLAN, "");
        let hash = object.plan().unwrap().hash.clone();
        for (who, reached) in [
            ("developer", false),
            ("system:serviceaccount:argocd:controller", true),
        ] {
            annotate(&mut object, annotations::REVOKED_BY, &format!("{who} {hash}"));
            let found = progress(&object, Event::Approved);
            assert_eq!(found == Progress::Reached, reached, "{who}: {found:?}");
        }
        object.raw.metadata.annotations = None;
        "Policy".clone_into(&mut object.gate.approval.as_mut().unwrap().source);
        assert_eq!(progress(&object, Event::Approved), Progress::Reached);
    }

    #[test]
    fn an_accepted_approval_is_not_the_end() {
        let object = under_way();
        assert_eq!(progress(&object, Event::Approved), Progress::Reached);
        assert!(matches!(progress(&object, Event::Done), Progress::Waiting(_)));
    }

    #[test]
    fn an_approval_that_is_spent_or_of_an_older_spec_or_over_is_none() {
        let changes: [fn(&mut Object); 6] = [
            |object| annotate(object, annotations::APPROVED_PLAN, ""),
            |object| {
                let hash = object.plan().unwrap().hash.clone();
                annotate(object, annotations::REJECTED_PLAN, &hash);
            },
            |object| object.gate.executed_epoch = Some(3),
            |object| {
                object.raw.metadata.generation = Some(3);
                object.common.observed_generation = Some(3);
            },
            |object| object.common.conditions[1].status = "Unknown".to_owned(),
            |object| object.gate.approval = None,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut object = under_way();
            change(&mut object);
            let progress = progress(&object, Event::Approved);
            assert!(matches!(progress, Progress::Waiting(_)), "{number}: {progress:?}");
        }
    }

    #[test]
    fn a_failure_is_the_end_until_somebody_asks_for_more() {
        let mut object = stalled(Phase::Failed, "Failed");
        assert!(matches!(progress(&object, Event::Done), Progress::Hopeless(_)));
        annotate(&mut object, annotations::RETRY, "1");
        assert!(matches!(progress(&object, Event::Done), Progress::Waiting(_)));
        object.gate.handled_retry = Some("1".to_owned());
        assert!(matches!(progress(&object, Event::Done), Progress::Hopeless(_)));
    }

    #[test]
    fn a_rejection_is_the_end_while_it_stands() {
        let mut object = stalled(Phase::Rejected, "Rejected");
        assert!(matches!(progress(&object, Event::Approved), Progress::Waiting(_)));
        let hash = object.plan().unwrap().hash.clone();
        annotate(&mut object, annotations::REJECTED_PLAN, &hash);
        assert!(matches!(
            progress(&object, Event::Approved),
            Progress::Hopeless(_)
        ));
    }
}
