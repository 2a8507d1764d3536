//! Nothing is sent without the approval of exactly this plan, and every plan needs its own.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action;
use sas_api::status::Phase;
use sas_api::{annotations, condition};
use sas_engine::Guard;
use sas_engine::guard::Rules;

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

/// Runs the world and makes sure that nothing was sent.
async fn nothing_is_sent(world: &World, what: &str) {
    world.run().await;
    assert_eq!(world.gateway.sent(), 0, "{what}");
}

#[tokio::test]
async fn only_the_full_hash_of_the_published_plan_starts_anything() {
    let world = World::new(ToySpec::default());
    nothing_is_sent(&world, "no approval").await;
    let hash = world.hash();
    let other = format!("sha256:{}", "0".repeat(64));
    let (upper, padded, bare) = (hash.to_uppercase(), format!("{hash} "), hash[7..].to_owned());
    let wrong = [
        "true",
        "auto",
        "*",
        "",
        &hash[..20],
        &hash[..70],
        &upper,
        &padded,
        &bare,
        &other,
    ];
    for value in wrong {
        world.annotate(annotations::APPROVED_PLAN, Some(value));
        nothing_is_sent(&world, value).await;
        let expected = if value.is_empty() {
            "AwaitingApproval"
        } else {
            "ApprovalStale"
        };
        assert_eq!(world.reason(), expected, "{value}");
    }
    assert_eq!(world.hash(), hash, "the plan held still");
    world.annotate(annotations::APPROVED_PLAN, Some(&hash));
    world.run().await;
    assert_eq!(world.gateway.runs_of("a"), 1, "and the full hash does start it");
}

#[tokio::test]
async fn the_message_holds_the_command_that_approves() {
    let world = World::new(ToySpec::default());
    let annotate =
        "kubectl annotate --overwrite --field-manager=sas-approver --namespace=ns toys.sas-operator.io toy";
    let own_name = format!(
        "{}=\"$(kubectl auth whoami --output=jsonpath={{.status.userInfo.username}})\"",
        annotations::APPROVED_BY
    );
    let ends_with = |further: &str| {
        let conditions = world.status().common.conditions;
        let ready = conditions.iter().find(|c| c.type_ == condition::READY).unwrap();
        let command = format!(
            "{annotate}{further} {}={}",
            annotations::APPROVED_PLAN,
            world.hash()
        );
        let both = format!("kubectl sas approve toys/toy --namespace=ns, or without that plugin: {command}");
        assert!(ready.message.ends_with(&both), "{}", ready.message);
    };
    world.run().await;
    ends_with(&format!(" {own_name}"));

    world.guard.send_replace(Guard::Up(Rules {
        stamped: true,
        ..Rules::default()
    }));
    world.run().await;
    ends_with("");

    world.annotate(annotations::REJECTED_PLAN, Some(&world.hash()));
    world.run().await;
    world.annotate(annotations::REPLAN, Some("1"));
    world.run().await;
    ends_with(&format!(" {}-", annotations::REJECTED_PLAN));

    // An end that is over and somebody's reason for another decision must not stay in force either.
    world.annotate(annotations::REJECTED_PLAN, None);
    world.annotate(annotations::APPROVAL_COMMENT, Some("too long"));
    world.annotate(annotations::APPROVAL_NOT_AFTER, Some("2020-01-01T00:00:00Z"));
    world.run().await;
    ends_with(&format!(
        " {}- {}-",
        annotations::APPROVAL_COMMENT,
        annotations::APPROVAL_NOT_AFTER
    ));
}

#[tokio::test]
async fn every_plan_has_an_event_that_names_its_own_hash() {
    let world = World::new(ToySpec::default());
    let operator = world.operator();
    for round in 0..3 {
        world.edit_spec(|spec| {
            spec.items.insert("a".into(), format!("value {round}"));
        });
        world.pass_of(&operator, world.toy()).await.unwrap();
        let events = world.api.log().into_iter().filter(|l| l.resource == "events");
        let last = events.map(|l| l.body).collect::<Vec<_>>().pop().unwrap();
        assert!(last.contains(&world.hash()), "round {round}: {last}");
    }
    assert_eq!(world.events(), 3);
}

#[tokio::test]
async fn an_object_that_was_born_approved_is_published_first() {
    let first = World::new(ToySpec::default());
    first.run().await;
    let world = World::new(ToySpec::default());
    world.annotate(annotations::APPROVED_PLAN, Some(&first.hash()));
    world.pass().await.unwrap();
    assert_eq!(world.hash(), first.hash());
    assert_eq!(world.gateway.sent(), 0);
}

#[tokio::test]
async fn an_edit_of_the_spec_ends_an_approval() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let old = world.hash();
    world.edit_spec(|spec| {
        spec.items.insert("a".into(), "2".into());
    });
    nothing_is_sent(&world, "edited").await;
    assert_eq!((world.reason().as_str(), world.epoch()), ("ApprovalStale", 2));
    assert_ne!(world.hash(), old);
    world.edit_spec(|spec| {
        spec.items.insert("a".into(), "1".into());
    });
    nothing_is_sent(&world, "edited back: the old hash stays worthless").await;
    assert_eq!(world.epoch(), 3);
    world.approve();
    world.run().await;
    assert_eq!(world.gateway.runs_of("a"), 1);
    assert_eq!(world.status().gate.executed_generation, Some(3));
}

#[tokio::test]
async fn a_change_in_the_cloud_ends_an_approval() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.set("a", Some("somebody else's"));
    nothing_is_sent(&world, "the cloud changed").await;
    assert_eq!((world.reason().as_str(), world.epoch()), ("ApprovalStale", 2));
}

#[tokio::test]
async fn a_plan_that_became_needless_cannot_be_revived() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.set("a", Some("1"));
    nothing_is_sent(&world, "as wanted already").await;
    assert_eq!((world.phase(), world.status().gate.plan), (Phase::Ready, None));
    world.gateway.set("a", None);
    nothing_is_sent(&world, "drifted back").await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
}

#[tokio::test]
async fn a_plan_whose_call_did_not_run_cannot_be_revived_either() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.fail([Fault::Throttle(None)]);
    world.pass().await.unwrap();
    assert_eq!((world.gateway.sent(), world.reason().as_str()), (1, "Throttled"));
    world.gateway.set("a", Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::Ready);
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::PendingApproval));
    assert_eq!(world.epoch(), 2);
}

#[tokio::test]
async fn an_approval_is_spent_by_its_execution() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.run().await;
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.epoch()), (1, 2));
    assert_eq!(world.reason(), "AwaitingApproval");
    let conditions = world.status().common.conditions;
    assert!(
        conditions
            .iter()
            .any(|c| c.type_ == "DriftDetected" && c.status == "True")
    );
    world.approve();
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (2, Phase::Ready));
}

#[tokio::test]
async fn an_approval_has_an_end() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let past = (world.clock.now() - Duration::from_secs(1)).to_string();
    for end in [past.as_str(), "tomorrow"] {
        world.annotate(annotations::APPROVAL_NOT_AFTER, Some(end));
        nothing_is_sent(&world, end).await;
        assert_eq!(world.reason(), "ApprovalExpired");
    }
    let future = (world.clock.now() + Duration::from_hours(1)).to_string();
    world.annotate(annotations::APPROVAL_NOT_AFTER, Some(&future));
    world.run().await;
    assert_eq!(world.gateway.runs_of("a"), 1);
}

#[tokio::test]
async fn an_approval_that_ends_during_a_pause_is_over_then() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let end = (world.clock.now() + Duration::from_secs(30)).to_string();
    world.annotate(annotations::APPROVAL_NOT_AFTER, Some(&end));
    world.annotate(annotations::PAUSED, Some("true"));
    world.run().await;
    assert_eq!(world.reason(), "Paused");
    // The operator comes back by itself, long before it would look at the cloud again.
    let left = end
        .parse::<Timestamp>()
        .unwrap()
        .duration_since(world.clock.now());
    let left = Duration::try_from(left).unwrap() + Duration::from_secs(1);
    assert_eq!(world.pass().await.unwrap(), Action::requeue(left));
    world.clock.advance(60);
    nothing_is_sent(&world, "over").await;
    assert_eq!(world.reason(), "ApprovalExpired");
}

#[tokio::test]
async fn an_answer_about_the_plan_of_an_older_spec_is_taken_back() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.run().await;
    let approved = |world: &World| {
        let conditions = world.status().common.conditions;
        conditions
            .iter()
            .find(|c| c.type_ == condition::APPROVED)
            .map(|c| c.status.clone())
    };
    assert_eq!(approved(&world).as_deref(), Some("True"));
    world.gateway.down(true);
    world.run().await;
    assert_eq!(approved(&world).as_deref(), Some("True"), "the same spec");
    world.edit_spec(|spec| {
        spec.items.insert("a".into(), "2".into());
    });
    world.run().await;
    assert_eq!((world.phase(), approved(&world)), (Phase::Blocked, None));
}

#[tokio::test]
async fn a_receipt_keeps_who_asked_and_who_approved() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.annotate(annotations::REQUESTED_BY, Some("alice,b%2Cob"));
    world.annotate(annotations::REQUESTED_GENERATION, Some("1"));
    world.annotate(annotations::APPROVAL_COMMENT, Some("change 4711"));
    world.run().await;
    world.edit_spec(|spec| {
        spec.items.insert("a".into(), "2".into());
    });
    world.run().await;
    assert_eq!(
        (world.phase(), world.status().gate.approval),
        (Phase::PendingApproval, None)
    );
    let execution = world.execution();
    let approval = execution.approval.expect("the approval is kept");
    assert_eq!(execution.requested_by.as_deref(), Some("alice,b%2Cob"));
    assert_eq!(approval.by.as_deref(), Some("carol"));
    assert_eq!(approval.comment.as_deref(), Some("change 4711"));
    assert_eq!(approval.hash, execution.hash);

    // Writers of another generation are nobody's.
    world.approve();
    world.run().await;
    assert_eq!(
        (world.phase(), world.execution().requested_by),
        (Phase::Ready, None)
    );
}

#[tokio::test]
async fn an_approval_that_ends_while_the_intent_is_stored_sends_nothing() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let soon = (world.clock.now() + Duration::from_secs(30)).to_string();
    world.annotate(annotations::APPROVAL_NOT_AFTER, Some(&soon));
    let clock = world.clock.clone();
    let slow = ApiFault::Before(Box::new(move |_| clock.advance(60)));
    world.api.fail("status", "toys", 0, slow);
    nothing_is_sent(&world, "ended meanwhile").await;
    assert_eq!(world.phase(), Phase::Failed);
    assert!(world.execution().message.unwrap().contains("valid approval"));
}

#[tokio::test]
async fn a_plan_has_an_end() {
    let world = World::new(ToySpec::default());
    world.run().await;
    let old = world.hash();
    world.clock.advance(25 * 3600);
    world.annotate(annotations::APPROVED_PLAN, Some(&old));
    nothing_is_sent(&world, "approved a day too late").await;
    assert_eq!((world.reason().as_str(), world.epoch()), ("ApprovalStale", 2));
}

#[tokio::test]
async fn an_approval_of_another_object_or_account_counts_for_nothing() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    {
        let mut account = world.accounts.0.lock().unwrap();
        let cloud = crate::support::cloud::ToyCloud {
            gateway: world.gateway.clone(),
            key: "key-1".into(),
            account: "another-account".into(),
        };
        *account = std::sync::Arc::new(cloud);
    }
    nothing_is_sent(&world, "another account").await;
    assert_eq!(world.epoch(), 2);
}

#[tokio::test]
async fn epochs_only_rise() {
    let world = World::new(ToySpec::default());
    let mut last = 0;
    for round in 0..12 {
        match round % 4 {
            0 => world.edit_spec(|spec| {
                spec.items.insert("a".into(), format!("value {round}"));
            }),
            1 => world.gateway.set("a", Some(&format!("drift {round}"))),
            2 => world.annotate(annotations::REPLAN, Some(&round.to_string())),
            _ => world.approve(),
        }
        world.run().await;
        let epoch = world.epoch();
        assert!(epoch >= last, "round {round}: {epoch} after {last}");
        if round % 4 != 3 {
            assert!(epoch > last, "round {round} is a new plan");
        }
        last = epoch;
    }
    assert_eq!(world.gateway.sent(), 3);
}
