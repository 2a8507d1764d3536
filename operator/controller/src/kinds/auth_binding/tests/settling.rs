//! When the effect counts as visible, and what is kept of a reply.

use std::collections::BTreeMap;

use sas_api::plan::NamedValue;
use sas_api::status::Receipt;
use sas_engine::{Made, Reply, Settled};
use serde_json::json;

use super::*;

/// The verdict after the first `begun` calls of a plan of two, of which `answered` have a receipt.
fn settled(
    spec: serde_json::Value,
    before: Vec<Server>,
    begun: usize,
    answered: usize,
    after: Vec<Server>,
) -> Settled {
    let object = object(spec);
    let plan = change(object.plan(&observed(&object, before), None));
    assert_eq!(plan.calls.len(), 2);
    let receipt = Receipt::default();
    let made: Vec<_> = plan.calls[..begun]
        .iter()
        .enumerate()
        .map(|(index, call)| Made {
            call,
            parameters: call
                .parameters
                .iter()
                .map(|p| (p.name.clone(), p.value.clone().unwrap()))
                .collect::<BTreeMap<_, _>>(),
            receipt: (index < answered).then_some(&receipt),
        })
        .collect();
    object.settle(&plan, &made, &observed(&object, after))
}

/// Servers of which the first `bound` have Ultimate.
fn bound(bound: usize, mode: BillingMode) -> Vec<Server> {
    let one = |number| {
        if number <= bound {
            server(number, Edition::Ultimate, Some(mode))
        } else {
            server(number, Edition::Free, None)
        }
    };
    (1..=3).map(one).collect()
}

#[test]
fn calls_are_done_when_every_server_shows_it() {
    let subscription = BillingMode::Subscription;
    let wait = |text: &str| Settled::Wait(text.to_owned());
    let table = [
        (1, 1, bound(2, subscription), Settled::Done),
        (1, 0, bound(2, subscription), Settled::Done),
        (
            1,
            1,
            bound(1, subscription),
            wait("1 of 2 servers show the new edition"),
        ),
        (
            1,
            0,
            bound(1, subscription),
            wait("1 of 2 servers show the new edition"),
        ),
        (1, 0, bound(0, subscription), Settled::NotStarted),
        (
            1,
            1,
            bound(0, subscription),
            wait("0 of 2 servers show the new edition"),
        ),
        (2, 1, bound(2, subscription), Settled::NotStarted),
        (
            2,
            2,
            bound(2, subscription),
            wait("2 of 3 servers show the new edition"),
        ),
        (2, 2, bound(3, subscription), Settled::Done),
        (0, 0, bound(0, subscription), Settled::NotStarted),
        // The same edition paid in the other way is not what was asked for.
        (1, 0, bound(2, BillingMode::PayAsYouGo), Settled::NotStarted),
    ];
    for (begun, answered, after, expected) in table {
        let description = format!("{begun} {answered} {after:?}");
        assert_eq!(
            settled(json!({"batchSize": 2}), free(1..=3), begun, answered, after),
            expected,
            "{description}"
        );
    }
}

#[test]
fn pay_as_you_go_and_unbinding_are_read_back_too() {
    let by_use = json!({"batchSize": 2, "mode": "PayAsYouGo"});
    assert_eq!(
        settled(
            by_use.clone(),
            free(1..=3),
            2,
            2,
            bound(3, BillingMode::PayAsYouGo)
        ),
        Settled::Done
    );
    assert_eq!(
        settled(by_use, free(1..=3), 1, 0, bound(3, BillingMode::Subscription)),
        Settled::NotStarted
    );
    let old = |server: Server| Server {
        changed: Some(Timestamp::UNIX_EPOCH),
        ..server
    };
    let before = || bound(3, BillingMode::Subscription).into_iter().map(old).collect();
    let unbind = json!({"batchSize": 2, "edition": "Free"});
    assert_eq!(
        settled(unbind.clone(), before(), 2, 2, free(1..=3)),
        Settled::Done
    );
    assert_eq!(settled(unbind, before(), 1, 0, before()), Settled::NotStarted);
}

#[test]
fn a_released_server_is_not_waited_for_but_an_empty_list_proves_nothing() {
    let one =
        |servers: Vec<Server>, answered| settled(json!({"batchSize": 2}), free(1..=3), 1, answered, servers);
    let first = || vec![server(1, Edition::Ultimate, Some(BillingMode::Subscription))];
    assert_eq!(one(first(), 1), Settled::Done);
    assert!(matches!(one(first(), 0), Settled::Wait(_)));
    assert!(matches!(one(vec![], 1), Settled::Wait(_)));
    assert_eq!(one(vec![], 0), Settled::NotStarted);
    // Of a server that nobody asked for nobody knows whether it is gone.
    let binding = object(json!({"batchSize": 2}));
    let plan = change(binding.plan(&observed(&binding, free(1..=3)), None));
    let receipt = Receipt::default();
    let parameters = plan.calls[0].parameters.iter();
    let parameters = parameters.map(|p| (p.name.clone(), p.value.clone().unwrap()));
    let made = Made {
        call: &plan.calls[0],
        parameters: parameters.collect(),
        receipt: Some(&receipt),
    };
    let mut seen = observed(&binding, first());
    seen.verified.asked_for.clear();
    assert!(matches!(binding.settle(&plan, &[made], &seen), Settled::Wait(_)));
}

#[test]
fn a_receipt_is_an_allow_list() {
    let object = object(json!({}));
    let plan = change(object.plan(&observed(&object, free(1..=3)), None));
    let made = Made {
        call: &plan.calls[0],
        parameters: BTreeMap::new(),
        receipt: None,
    };
    let body = json!({"RequestId": "R-1", "ResultCode": "0", "BindCount": 3, "Token": "s3cret", "UnBindCount": {"a": 1}});
    let receipt = object.receipt(
        &made,
        Some(&Reply {
            request_id: "R-1".into(),
            body,
        }),
    );
    assert_eq!(receipt.request_id.as_deref(), Some("R-1"));
    assert_eq!(
        receipt.fields,
        [
            NamedValue::new("ResultCode", "0"),
            NamedValue::new("BindCount", "3")
        ]
    );
    assert_eq!(object.receipt(&made, None), Receipt::default());
}
