//! A cloud that loses requests and replies, is late, or gets a copy long after it left. Whatever it does, a
//! call runs at most once, and the resource says what is known.

use sas_api::plan::Repeat;
use sas_api::status::{Outcome, Phase};

use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

const KINDS: [Repeat; 4] = [
    Repeat::ClientToken,
    Repeat::AfterProof,
    Repeat::Harmless,
    Repeat::Never,
];

async fn approved(repeat: Repeat) -> World {
    let world = World::new(ToySpec {
        repeat,
        ..Default::default()
    });
    world.approved().await;
    world
}

/// Where a world ends and how often the call ran.
fn end(world: &World) -> (Phase, usize) {
    (world.phase(), world.gateway.runs_of("a"))
}

/// Passes ten minutes apart until nothing is under way any more.
async fn hours_later(world: &World) {
    for _ in 0..20 {
        world.clock.advance(600);
        world.pass().await.unwrap();
    }
    world.run().await;
}

#[tokio::test]
async fn a_lost_reply_is_answered_by_looking() {
    for repeat in KINDS {
        let world = approved(repeat).await;
        world.gateway.fail([Fault::LoseReply]);
        world.run().await;
        assert_eq!(end(&world), (Phase::Ready, 1), "{repeat:?}");
        assert_eq!(world.execution().outcome, Some(Outcome::Succeeded));
        assert_eq!(
            world.execution().calls[0].receipt.as_ref().unwrap().request_id,
            None
        );
    }
}

#[tokio::test]
async fn a_lost_reply_with_a_late_effect_runs_once() {
    for repeat in KINDS {
        let world = approved(repeat).await;
        world.gateway.fail([Fault::LoseReply]);
        world.gateway.lag(120);
        world.run().await;
        assert_eq!(end(&world), (Phase::Ready, 1), "{repeat:?}");
        assert_eq!(
            world.gateway.sent(),
            2,
            "{repeat:?}: one copy told that the first had arrived"
        );
    }
}

#[tokio::test]
async fn a_lost_request_is_sent_again_with_the_same_nonce() {
    for repeat in KINDS {
        let world = approved(repeat).await;
        world.gateway.fail([Fault::LoseRequest]);
        world.pass().await.unwrap();
        let intent = world.execution().calls[0].intent.clone().unwrap();
        world.run().await;
        assert_eq!(end(&world), (Phase::Ready, 1), "{repeat:?}");
        assert_eq!(world.gateway.ran()[0].nonce, intent.nonce);
    }
}

#[tokio::test]
async fn a_refused_resend_says_nothing_about_the_first_copy() {
    let refusals = [
        Fault::Throttle(None),
        Fault::NoConnection,
        Fault::Forbid,
        Fault::Reject,
    ];
    for repeat in KINDS {
        for refusal in refusals.clone() {
            let what = format!("{repeat:?}, {refusal:?}");
            let world = approved(repeat).await;
            world.gateway.lag(200);
            world.gateway.fail([Fault::LoseReply, refusal.clone(), refusal]);
            world.run().await;
            assert_eq!(end(&world), (Phase::Ready, 1), "{what}");
            assert!(world.gateway.sent() >= 4, "{what}: it was sent again");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_worth_nothing_any_more() {
    use Repeat::{AfterProof, ClientToken, Harmless, Never};
    // The request was lost, and nobody looked for 14 and for 33 minutes.
    let rows = [
        (ClientToken, 14 * 60, Phase::Ready, 1),
        (AfterProof, 14 * 60, Phase::Executing, 0),
        (Harmless, 14 * 60, Phase::Executing, 0),
        (Never, 14 * 60, Phase::Executing, 0),
        (ClientToken, 33 * 60, Phase::Ready, 1),
        (AfterProof, 33 * 60, Phase::Executing, 0),
        (Harmless, 33 * 60, Phase::Ready, 1),
        (Never, 33 * 60, Phase::OutcomeUnknown, 0),
    ];
    for (repeat, wait, phase, runs) in rows {
        let world = approved(repeat).await;
        world.gateway.fail([Fault::LoseRequest]);
        world.pass().await.unwrap();
        world.clock.advance(wait);
        world.pass().await.unwrap();
        assert_eq!(end(&world), (phase, runs), "{repeat:?} after {wait} s");
    }
}

#[tokio::test]
async fn an_absence_is_believed_after_two_looks() {
    let world = approved(Repeat::AfterProof).await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.clock.advance(33 * 60);
    world.pass().await.unwrap();
    assert!(
        world.execution().calls[0]
            .intent
            .as_ref()
            .unwrap()
            .absent_time
            .is_some()
    );
    world.clock.advance(59);
    world.pass().await.unwrap();
    assert_eq!(world.gateway.sent(), 1, "the second look came too early to count");
    world.clock.advance(1);
    world.run().await;
    assert_eq!(end(&world), (Phase::Ready, 1));
    assert_eq!(world.gateway.ran()[0].attempt, 2);
}

#[tokio::test]
async fn what_cannot_be_proved_absent_is_not_made_again() {
    let world = World::new(ToySpec {
        repeat: Repeat::AfterProof,
        provable: false,
        ..Default::default()
    });
    world.approved().await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.clock.advance(14 * 60);
    hours_later(&world).await;
    assert_eq!(end(&world), (Phase::OutcomeUnknown, 0));
    assert_eq!(world.gateway.sent(), 1);
}

#[tokio::test]
async fn a_copy_that_arrives_late_runs_once_or_never() {
    for repeat in KINDS {
        for minutes in [1, 14, 16, 40] {
            let world = approved(repeat).await;
            world.gateway.fail([Fault::Delay]);
            world.pass().await.unwrap();
            world.clock.advance(minutes * 60);
            world.gateway.deliver();
            world.pass().await.unwrap();
            hours_later(&world).await;
            let runs = world.gateway.runs_of("a");
            assert!(runs <= 1, "{repeat:?}, {minutes} minutes: {runs}");
            let ready = runs == 1 && world.phase() == Phase::Ready;
            let unknown = runs == 0 && world.phase() == Phase::OutcomeUnknown && repeat == Repeat::Never;
            assert!(
                ready || unknown,
                "{repeat:?}, {minutes} minutes: {:?}",
                world.phase()
            );
        }
    }
}

#[tokio::test]
async fn a_copy_that_overtakes_a_new_attempt_runs_once() {
    // The new attempt has a nonce of its own: only the client token keeps the two apart.
    let world = approved(Repeat::ClientToken).await;
    world.gateway.fail([Fault::Delay, Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.clock.advance(14 * 60);
    world.pass().await.unwrap();
    assert_eq!(world.execution().calls[0].intent.as_ref().unwrap().attempt, 2);
    world.gateway.deliver();
    world.run().await;
    assert_eq!(end(&world), (Phase::Ready, 1));
}

#[tokio::test]
async fn a_new_key_never_signs_the_old_bytes() {
    // The gateway remembers nonces per key: the same nonce under a new key would run again.
    for repeat in KINDS {
        let world = approved(repeat).await;
        world.gateway.lag(180);
        world.gateway.fail([Fault::LoseReply]);
        world.pass().await.unwrap();
        world.rotate_key("key-2");
        world.run().await;
        assert_eq!(end(&world), (Phase::Ready, 1), "{repeat:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_server_is_not_taken_for_a_refusal() {
    for (repeat, phase, runs) in [
        (Repeat::Never, Phase::OutcomeUnknown, 0),
        (Repeat::AfterProof, Phase::Ready, 1),
        (Repeat::ClientToken, Phase::Ready, 1),
        (Repeat::Harmless, Phase::Ready, 1),
    ] {
        let world = approved(repeat).await;
        world.gateway.fail([Fault::ServerError]);
        world.pass().await.unwrap();
        hours_later(&world).await;
        assert_eq!(end(&world), (phase, runs), "{repeat:?}");
    }
}

#[tokio::test]
async fn an_unknown_outcome_ends_when_the_effect_shows_up() {
    let world = approved(Repeat::Never).await;
    world.gateway.fail([Fault::LoseReply]);
    world.gateway.lag(3 * 3600);
    world.pass().await.unwrap();
    for _ in 0..12 {
        world.clock.advance(600);
        world.pass().await.unwrap();
    }
    assert_eq!(end(&world), (Phase::OutcomeUnknown, 1));
    world.clock.advance(2 * 3600);
    world.run().await;
    assert_eq!(end(&world), (Phase::Ready, 1));
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!(
        end(&world),
        (Phase::PendingApproval, 1),
        "what follows is a new plan"
    );
}

#[tokio::test]
async fn an_effect_that_never_shows_is_called_unknown() {
    let world = approved(Repeat::Never).await;
    world.gateway.lag(i64::from(u32::MAX));
    world.pass().await.unwrap();
    assert_eq!(world.phase(), Phase::Verifying);
    hours_later(&world).await;
    assert_eq!(end(&world), (Phase::OutcomeUnknown, 1));
}
