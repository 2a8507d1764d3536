//! Approvals in advance: which plans they cover, that every use is counted before it is accepted, and that
//! what was accepted is worth nothing once the approval does not stand any more.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use k8s_openapi::jiff::Timestamp;
use sas_api::status::Phase;
use sas_api::{Reason, Risk, annotations, condition};
use sas_engine::{Coverage, Standing, Unavailable, Waiting};

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::{TOY, World, annotate};

const POLICY: &str = "policy:nightly@sha256:1";

/// One policy that approves any plan of alice, as often as it is allowed to.
struct Nightly {
    gone: AtomicBool,
    left: AtomicUsize,
    counted: Mutex<BTreeSet<String>>,
    /// Whether its cached answer is yes although nothing is left.
    stale: bool,
}

impl Nightly {
    fn new(left: usize) -> Arc<Self> {
        Arc::new(Self {
            gone: AtomicBool::new(false),
            left: AtomicUsize::new(left),
            counted: Mutex::default(),
            stale: false,
        })
    }

    fn counted(&self) -> usize {
        self.counted.lock().unwrap().len()
    }

    fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }
}

impl Standing for Nightly {
    fn approves(&self, plan: &Waiting, _now: Timestamp) -> Coverage {
        assert_eq!((plan.kind.as_str(), plan.namespace.as_str()), ("Toy", "ns"));
        let known = self.counted.lock().unwrap().contains(&plan.hash);
        let has_left = known || self.stale || self.left.load(Ordering::SeqCst) > 0;
        let of_alice = plan.writers.as_deref() == Some(&["alice".to_owned()]);
        if has_left && of_alice && !self.is_gone() {
            return Coverage::By(POLICY.to_owned());
        }
        let why = self.is_gone().then(|| "the policy is gone".to_owned());
        Coverage::Not { why }
    }

    fn stands(&self, namespace: &str, by: &str, _now: Timestamp) -> bool {
        (namespace, by) == ("ns", POLICY) && !self.is_gone()
    }

    fn count<'a>(
        &'a self,
        plan: &'a Waiting,
        _by: &'a str,
        _now: Timestamp,
    ) -> BoxFuture<'a, Result<(), Unavailable>> {
        let mut counted = self.counted.lock().unwrap();
        let answer = if counted.contains(&plan.hash) {
            Ok(())
        } else if self.left.load(Ordering::SeqCst) == 0 {
            Err(Unavailable::new(
                Reason::AwaitingApproval,
                "nothing is left today",
            ))
        } else {
            self.left.fetch_sub(1, Ordering::SeqCst);
            counted.insert(plan.hash.clone());
            Ok(())
        };
        Box::pin(std::future::ready(answer))
    }
}

fn harmless() -> ToySpec {
    ToySpec {
        risk: Risk::R1,
        ..ToySpec::default()
    }
}

/// A world in which alice wrote the toy and the policy stands.
fn world(spec: ToySpec, policy: &Arc<Nightly>) -> World {
    let mut world = World::new(spec);
    world.standing = policy.clone();
    world.annotate(annotations::REQUESTED_BY, Some("alice"));
    world.annotate(annotations::REQUESTED_GENERATION, Some("1"));
    world
}

#[tokio::test]
async fn a_covered_plan_is_counted_once_and_executed_once() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    world.run().await;
    assert_eq!(
        (world.phase(), world.gateway.runs_of("a"), policy.counted()),
        (Phase::Ready, 1, 1)
    );
    let approval = world.status().gate.approval.unwrap();
    assert_eq!(
        (approval.by.as_deref(), approval.source.as_str()),
        (Some(POLICY), "Policy")
    );
    let (status, reason, _) = approved(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("True", "ApprovedByPolicy"));
}

/// A use counts when the plan is carried out, not while somebody holds it.
#[tokio::test]
async fn what_is_held_is_covered_and_not_yet_approved() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    world.annotate(annotations::PAUSED, Some("true"));
    world.run().await;
    let (status, reason, message) = approved(&world);
    assert_eq!((status.as_str(), reason.as_str()), ("Unknown", "Paused"));
    assert!(
        message.starts_with(&format!("{POLICY} covers the plan")),
        "{message}"
    );
    assert_eq!((world.gateway.sent(), policy.counted()), (0, 0));
}

#[tokio::test]
async fn a_plan_says_why_it_is_not_covered() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    policy.gone.store(true, Ordering::SeqCst);
    world.run().await;
    let (status, reason, message) = approved(&world);
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("Unknown", "AwaitingApproval")
    );
    assert!(message.starts_with("the policy is gone. "), "{message}");
}

/// Status, reason and message of the condition that says who approved.
fn approved(world: &World) -> (String, String, String) {
    let mut conditions = world.status().common.conditions.into_iter();
    let said = conditions.find(|c| c.type_ == condition::APPROVED).unwrap();
    (said.status, said.reason, said.message)
}

#[tokio::test]
async fn what_is_not_harmless_waits_for_a_person() {
    for risk in [Risk::R2, Risk::R3, Risk::R4] {
        let policy = Nightly::new(9);
        let world = world(ToySpec { risk, ..harmless() }, &policy);
        world.run().await;
        assert_eq!(
            (world.phase(), world.gateway.sent(), policy.counted()),
            (Phase::PendingApproval, 0, 0)
        );
    }
}

#[tokio::test]
async fn writers_that_are_not_known_are_not_covered() {
    for (writers, generation) in [
        ("alice,mallory", "1"),
        ("alice", "2"),
        ("alice,?", "1"),
        ("", "1"),
    ] {
        let policy = Nightly::new(9);
        let world = world(harmless(), &policy);
        world.annotate(annotations::REQUESTED_BY, Some(writers));
        world.annotate(annotations::REQUESTED_GENERATION, Some(generation));
        world.run().await;
        assert_eq!(
            (world.phase(), world.gateway.sent()),
            (Phase::PendingApproval, 0),
            "{writers} {generation}"
        );
    }
}

#[tokio::test]
async fn a_use_that_cannot_be_counted_is_not_accepted() {
    let mut policy = Arc::into_inner(Nightly::new(0)).unwrap();
    policy.stale = true;
    let world = world(harmless(), &Arc::new(policy));
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::PendingApproval, 0));
    assert_eq!(world.status().gate.approval, None);
}

#[tokio::test]
async fn a_crash_after_counting_counts_no_second_time() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    world.pass().await.unwrap();
    world.api.fail("status", "toys", 0, ApiFault::Refuse);
    assert!(world.pass().await.is_err());
    assert_eq!((policy.counted(), world.gateway.sent()), (1, 0));
    world.run().await;
    assert_eq!(
        (world.phase(), world.gateway.runs_of("a"), policy.counted()),
        (Phase::Ready, 1, 1)
    );
}

#[tokio::test]
async fn what_was_accepted_is_worth_nothing_when_the_policy_is_gone() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    world.pass().await.unwrap();
    world.pass().await.unwrap();
    assert!(world.status().gate.approval.is_some());
    policy.gone.store(true, Ordering::SeqCst);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::PendingApproval, 0));
}

#[tokio::test]
async fn a_policy_that_goes_between_two_calls_stops_the_second() {
    let policy = Nightly::new(1);
    let items = [("a", "1"), ("b", "1")].map(|(name, value)| (name.into(), value.into()));
    let spec = ToySpec {
        items: items.into(),
        one_by_one: true,
        ..harmless()
    };
    let world = world(spec, &policy);
    while world.gateway.sent() == 0 {
        world.pass().await.unwrap();
    }
    policy.gone.store(true, Ordering::SeqCst);
    world.run().await;
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Failed, "Revoked")
    );
    assert_eq!((world.gateway.runs_of("a"), world.gateway.runs_of("b")), (1, 0));
}

#[tokio::test]
async fn a_lost_reply_is_resent_under_the_same_approval() {
    let policy = Nightly::new(1);
    let world = world(harmless(), &policy);
    world.gateway.fail([Fault::LoseRequest]);
    world.run().await;
    assert_eq!(
        (world.phase(), world.gateway.runs_of("a"), policy.counted()),
        (Phase::Ready, 1, 1)
    );
}

#[tokio::test]
async fn what_a_person_says_goes_before_the_policy() {
    let policy = Nightly::new(9);
    let world = world(harmless(), &policy);
    let reject = ApiFault::Before(Box::new(|objects| {
        objects.edit(TOY, |o| {
            let hash = o["status"]["plan"]["hash"].as_str().map(str::to_owned);
            annotate(o, annotations::REJECTED_PLAN, hash.as_deref());
        });
    }));
    // Just before the approval is noted.
    world.api.fail("status", "toys", 1, reject);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Rejected, 0));
}

#[tokio::test]
async fn paused_is_not_counted() {
    let policy = Nightly::new(9);
    let world = world(harmless(), &policy);
    world.annotate(annotations::PAUSED, Some("wait"));
    world.run().await;
    assert_eq!(
        (
            policy.counted(),
            world.gateway.sent(),
            world.status().gate.approval
        ),
        (0, 0, None)
    );
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.phase(), policy.counted()), (Phase::Ready, 1));
}

/// Who approves in advance that something is done does not approve that it is stopped.
#[tokio::test]
async fn a_stop_waits_for_a_person() {
    let policy = Nightly::new(9);
    let world = world(
        ToySpec {
            once: true,
            stoppable: true,
            patience: Some(1_000),
            ..harmless()
        },
        &policy,
    );
    world.gateway.lag(1_000);
    for _ in 0..6 {
        world.pass().await.unwrap();
    }
    assert_eq!((world.phase(), policy.counted()), (Phase::Verifying, 1));
    world.gateway.lag(0);
    world.annotate(annotations::CANCEL, Some("1"));
    for _ in 0..6 {
        world.pass().await.unwrap();
    }
    assert_eq!(
        (world.phase(), world.gateway.sent(), policy.counted()),
        (Phase::PendingApproval, 1, 1)
    );
}
