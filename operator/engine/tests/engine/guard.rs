//! What the engine does while nobody guards the approvals, and after a time in which nobody did.

use sas_api::annotations;
use sas_api::status::Phase;
use sas_engine::Guard;
use sas_engine::guard::{FourEyes, Rules};

use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

const ARGO: &str = "system:serviceaccount:argocd:argocd-application-controller";

pub fn up(identity: &str) -> Guard {
    Guard::Up(Rules {
        identity: identity.to_owned(),
        four_eyes: FourEyes::WhereKnown,
        gitops: vec![ARGO.to_owned()],
        stamped: true,
        ..Rules::default()
    })
}

pub fn down() -> Guard {
    Guard::Down {
        message: "the policy sas-approval is not bound".to_owned(),
    }
}

/// A toy under acting policies, whose plan is published.
async fn planned() -> World {
    let world = World::new(ToySpec::default());
    world.guard.send_replace(up("first"));
    world.run().await;
    assert_eq!(world.phase(), Phase::PendingApproval);
    world
}

fn approve_as(world: &World, who: &str) {
    world.approve();
    world.annotate(annotations::APPROVED_BY, Some(who));
}

fn guard_condition(world: &World) -> (String, String) {
    let conditions = world.status().common.conditions;
    let guard = conditions.iter().find(|c| c.type_ == "ApprovalGuard").unwrap();
    (guard.status.clone(), guard.reason.clone())
}

#[tokio::test]
async fn nothing_is_sent_while_the_policies_do_not_act() {
    let world = planned().await;
    assert_eq!(guard_condition(&world), ("True".to_owned(), "Stamped".to_owned()));
    world.guard.send_replace(down());
    approve_as(&world, "bob");
    world.run().await;
    assert_eq!(
        (world.gateway.sent(), world.reason().as_str()),
        (0, "ApprovalUnguarded")
    );
    assert_eq!(guard_condition(&world).0, "False");
    assert!(
        world.status().gate.approval.is_none(),
        "what nobody guarded is not latched"
    );
}

#[tokio::test]
async fn policies_that_blinked_leave_the_plan_as_it_was() {
    let world = planned().await;
    let hash = world.hash();
    world.guard.send_replace(down());
    world.run().await;
    world.guard.send_replace(up("first"));
    world.run().await;
    assert_eq!(world.hash(), hash);
    approve_as(&world, "bob");
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn an_approval_from_before_other_policies_is_worth_nothing() {
    let world = planned().await;
    let (hash, epoch) = (world.hash(), world.epoch());
    // Written while nothing held it to the truth, and found by an operator that starts afterwards.
    approve_as(&world, "mallory");
    world.guard.send_replace(up("second"));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_ne!(world.hash(), hash);
    assert!(world.epoch() > epoch);
    approve_as(&world, "bob");
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_plan_from_unguarded_times_is_made_anew() {
    let world = World::new(ToySpec::default());
    world.guard.send_replace(down());
    world.run().await;
    let hash = world.hash();
    approve_as(&world, "mallory");
    world.guard.send_replace(up("first"));
    world.run().await;
    assert_eq!(world.gateway.sent(), 0);
    assert_ne!(world.hash(), hash);
}

#[tokio::test]
async fn policies_that_fall_between_intent_and_call_stop_the_call() {
    let world = planned().await;
    approve_as(&world, "bob");
    let guard = world.guard.clone();
    let fall = crate::support::apiserver::Fault::Before(Box::new(move |_| {
        guard.send_replace(down());
    }));
    world.api.fail("status", "toys", 0, fall);
    world.pass().await.unwrap();
    assert_eq!(
        world.gateway.sent(),
        0,
        "the intent is stored, and the door is shut"
    );
    world.clock.advance(3600);
    world.run().await;
    assert_eq!(world.gateway.sent(), 0);
    world.guard.send_replace(up("first"));
    world.clock.advance(3600);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_call_whose_reply_is_lost_is_not_sent_again_unguarded() {
    let world = planned().await;
    approve_as(&world, "bob");
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    let sent = world.gateway.sent();
    world.guard.send_replace(down());
    for _ in 0..5 {
        world.pass().await.unwrap();
    }
    assert_eq!(world.gateway.sent(), sent);
    world.guard.send_replace(up("first"));
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_writer_cannot_approve_even_if_the_policies_let_it_pass() {
    let world = planned().await;
    world.annotate(annotations::REQUESTED_BY, Some("alice"));
    approve_as(&world, "alice");
    world.run().await;
    assert_eq!(
        (world.gateway.sent(), world.reason().as_str()),
        (0, "ApprovalIncomplete")
    );
}

#[tokio::test]
async fn a_listed_controller_that_strips_an_accepted_approval_revokes_nothing() {
    let world = planned().await;
    world.annotate(annotations::PAUSED, Some("change freeze"));
    approve_as(&world, "bob");
    world.run().await;
    let accepted = world.status().gate.approval.expect("the approval is latched");
    assert_eq!(
        (accepted.by.as_deref(), accepted.hash),
        (Some("bob"), world.hash())
    );
    world.annotate(annotations::APPROVED_PLAN, None);
    world.annotate(annotations::APPROVED_BY, None);
    world.annotate(annotations::REVOKED_BY, Some(&format!("{ARGO} {}", world.hash())));
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_person_who_takes_an_accepted_approval_away_revokes_it() {
    for stamp in [Some("carol"), None] {
        let world = planned().await;
        world.annotate(annotations::PAUSED, Some("change freeze"));
        approve_as(&world, "bob");
        world.run().await;
        world.annotate(annotations::APPROVED_PLAN, None);
        let stamp = stamp.map(|who| format!("{who} {}", world.hash()));
        world.annotate(annotations::REVOKED_BY, stamp.as_deref());
        world.annotate(annotations::PAUSED, None);
        world.run().await;
        assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    }
}

/// The policies were away for a moment that the watch has not told of yet.
#[tokio::test]
async fn policies_that_changed_unseen_are_seen_before_the_call() {
    let mut world = planned().await;
    let guard = world.guard.clone();
    world.look_at_guard = std::sync::Arc::new(move || {
        guard.send_replace(up("second"));
        Box::pin(std::future::ready(true))
    });
    let hash = world.hash();
    approve_as(&world, "mallory");
    world.pass().await.unwrap();
    assert_eq!(world.gateway.sent(), 0);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_ne!(world.hash(), hash);
}

#[tokio::test]
async fn nothing_is_sent_while_the_policies_cannot_be_looked_at() {
    let mut world = planned().await;
    world.look_at_guard = std::sync::Arc::new(|| Box::pin(std::future::ready(false)));
    approve_as(&world, "bob");
    for _ in 0..5 {
        world.pass().await.unwrap();
    }
    assert_eq!(world.gateway.sent(), 0);
    world.look_at_guard = std::sync::Arc::new(|| Box::pin(std::future::ready(true)));
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

/// What a person refused does not come back because a GitOps controller once stripped its approval.
#[tokio::test]
async fn a_rejection_that_is_taken_back_revives_no_approval() {
    let world = planned().await;
    world.annotate(annotations::PAUSED, Some("wait"));
    approve_as(&world, "bob");
    world.run().await;
    assert!(world.status().gate.approval.is_some(), "latched");
    let hash = world.hash();
    world.annotate(annotations::APPROVED_PLAN, None);
    world.annotate(annotations::APPROVED_BY, None);
    world.annotate(annotations::REVOKED_BY, Some(&format!("{ARGO} {hash}")));
    world.run().await;
    assert!(
        world.status().gate.approval.is_some(),
        "stripping takes nothing away"
    );
    world.annotate(annotations::REJECTED_PLAN, Some(&hash));
    world.run().await;
    assert_eq!(
        (world.phase(), world.status().gate.approval),
        (Phase::Rejected, None)
    );
    world.annotate(annotations::REJECTED_PLAN, None);
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
}
