//! `kubectl sas reject` and `kubectl sas revoke`: say no to plans, and take a decision back. Neither asks:
//! both only keep things from happening.

use anyhow::{Result, bail};
use sas_api::annotations;

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::decision::{self, Decision};
use crate::object::Object;
use crate::output::{GOOD, Page, WARNING};
use crate::select::Selection;
use crate::{failure, judge};

/// Flags of `reject`.
#[derive(Debug, clap::Args)]
pub struct RejectArgs {
    #[command(flatten)]
    selection: Selection,
    /// Why; the requester reads it.
    #[arg(long, short = 'm', value_name = "TEXT", value_parser = decision::comment)]
    comment: Option<String>,
    /// Reject only if the plan has this full hash.
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
}

/// Flags of `revoke`.
#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    selection: Selection,
}

/// Rejects the published plans.
pub async fn reject(args: &RejectArgs, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let by = cluster.user().await?;
    each(cluster, &objects, "rejected", |object| {
        let Some(plan) = object.plan() else {
            bail!("there is no plan for {} to reject", object.reference());
        };
        if args.hash.as_ref().is_some_and(|hash| *hash != plan.hash) {
            bail!(
                "the plan for {} has another hash, {}: read it with `kubectl sas plan {}`",
                object.reference(),
                plan.hash,
                object.target()
            );
        }
        if judge::is_spent(object, plan) {
            bail!(
                "the plan for {} was carried out and cannot be rejected any more; `kubectl sas receipt {}` shows what was sent",
                object.reference(),
                object.target()
            );
        }
        Ok(Some(Decision::Reject {
            hash: plan.hash.clone(),
            by: by.clone(),
            comment: args.comment.clone(),
        }))
    })
    .await
}

/// Takes approvals and rejections back.
pub async fn revoke(args: &RevokeArgs, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    each(cluster, &objects, "is undecided again", |object| {
        let decided = [annotations::APPROVED_PLAN, annotations::REJECTED_PLAN]
            .iter()
            .any(|key| object.annotation(key).is_some());
        if !decided && judge::counts_unseen(object) {
            bail!(
                "no annotation of {} approves its plan, and yet what the operator has recorded counts on, because a GitOps tool stripped the annotation or a policy approved in advance: end it with `kubectl sas reject {}`",
                object.reference(),
                object.target()
            );
        }
        Ok(decided.then_some(Decision::Revoke))
    })
    .await
}

/// Decides about each object in its turn; the first failure ends it, and what was decided before stands.
async fn each(
    cluster: &Cluster,
    objects: &[Object],
    done: &str,
    decision: impl Fn(&Object) -> Result<Option<Decision>>,
) -> Result<Ended> {
    for object in objects {
        let name = object.reference();
        let mut page = Page::default();
        match decision(object)? {
            None => page.line(format!("nothing is decided about {name}")),
            Some(decision) => {
                let decided = cluster.decide(object, &decision, false).await;
                decided.map_err(|error| failure::of_api(&format!("decide about {name}"), error))?;
                page.styled(GOOD, format!("{name} {done}"));
                if decision == Decision::Revoke
                    && let Some(remark) = what_stands(object)
                {
                    page.styled(WARNING, format!("  {remark}"));
                }
            }
        }
        page.print()?;
    }
    Ok(Ended::Well)
}

/// What a revocation cannot take back.
fn what_stands(object: &Object) -> Option<&'static str> {
    let begun = object.gate.execution.as_ref();
    if begun.is_some_and(|execution| execution.outcome.is_none()) {
        return Some("calls were begun under it: those stand, further ones are not made");
    }
    let spent = object.plan().is_some_and(|plan| judge::is_spent(object, plan));
    spent.then_some("its plan was carried out before: what was sent stands")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{binding, executed};

    #[test]
    fn what_was_sent_is_not_taken_back() {
        assert_eq!(what_stands(&binding()), None);
        let mut object = executed();
        assert!(what_stands(&object).unwrap().contains("carried out before"));
        object.gate.execution.as_mut().unwrap().outcome = None;
        assert!(what_stands(&object).unwrap().contains("calls were begun"));
    }
}
