//! The last look before a call: what the stored object has to hold, piece by piece.

use kube::CustomResource;
use sas_api::annotations;
use sas_api::plan::{NamedValue, Parameter, Plan, Repeat};
use sas_api::status::{
    CallRecord, CommonPart, CommonStatus, Execution, GatePart, GateStatus, Intent, Outcome, Receipt,
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::guard::Rules;
use crate::hash::{self, Identity};

#[derive(Clone, Debug, PartialEq, CustomResource, Serialize, Deserialize)]
#[kube(
    group = "toys.example.com",
    version = "v1",
    kind = "Toy",
    namespaced,
    status = "ToyStatus",
    schema = "disabled"
)]
struct ToySpec {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ToyStatus {
    #[serde(flatten)]
    common: CommonStatus,
    #[serde(flatten)]
    gate: GateStatus,
}

impl CommonPart for ToyStatus {
    fn common(&self) -> &CommonStatus {
        &self.common
    }
    fn common_mut(&mut self) -> &mut CommonStatus {
        &mut self.common
    }
}

impl GatePart for ToyStatus {
    fn gate(&self) -> &GateStatus {
        &self.gate
    }
    fn gate_mut(&mut self) -> &mut GateStatus {
        &mut self.gate
    }
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn sealed() -> Sealed {
    let identity = Identity {
        kind: "Toy".into(),
        namespace: "ns".into(),
        name: "toy".into(),
        uid: "uid".into(),
        account: "account".into(),
        site: "cn".into(),
    };
    let call = Call {
        product: "p".into(),
        version: "v".into(),
        action: "A".into(),
        region_id: "r".into(),
        parameters: vec![Parameter::literal("Name", "a")],
        repeat: Repeat::Never,
    };
    let plan = Plan {
        summary: String::new(),
        risk: sas_api::Risk::R3,
        calls: vec![call],
        targets: vec![],
        values: vec![],
        cost: None,
        partial: false,
        warnings: vec![],
    };
    hash::seal(plan, &identity, 1).unwrap()
}

/// An object with the intent of the first call and an approval of the plan.
fn stored() -> Toy {
    let time = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now());
    let intent = Intent {
        attempt: 2,
        client_token: None,
        nonce: "nonce".into(),
        timestamp: time.clone(),
        started_time: time.clone(),
        key_fingerprint: "key".into(),
        resends: None,
        arrived: None,
        absent_time: None,
    };
    let execution = Execution {
        hash: sealed().hash,
        epoch: 1,
        observed_generation: 1,
        requested_by: None,
        approval: None,
        started_time: time,
        finished_time: None,
        outcome: None,
        message: None,
        calls: vec![CallRecord {
            call_index: 0,
            action: "A".into(),
            left_out: Vec::new(),
            intent: Some(intent),
            receipt: None,
            not_run: None,
            last_error: None,
        }],
    };
    let mut toy = Toy::new("toy", ToySpec {});
    toy.metadata.uid = Some("uid".into());
    toy.annotations_mut()
        .insert(annotations::APPROVED_PLAN.to_owned(), sealed().hash);
    toy.annotations_mut()
        .insert(annotations::APPROVED_BY.to_owned(), "bob".to_owned());
    toy.status = Some(ToyStatus::default());
    toy.status.as_mut().unwrap().gate.execution = Some(execution);
    toy
}

fn approved(stored: &Toy) -> Result<Approved<Call>, NotApproved> {
    approved_under(&Guard::Up(Rules::default()), stored)
}

fn approved_under(guard: &Guard, stored: &Toy) -> Result<Approved<Call>, NotApproved> {
    Approved::from_stored_intent(
        stored,
        &sealed(),
        0,
        &resolve::Secrets::new(),
        guard,
        &crate::standing::Nobody,
        now(),
    )
}

#[test]
fn an_approved_call_is_what_the_intent_says() {
    let approved = approved(&stored()).unwrap();
    assert_eq!(approved.value(), &sealed().plan.calls[0]);
    assert_eq!(approved.parameters()["Name"], "a");
    assert_eq!((approved.nonce(), approved.attempt()), ("nonce", 2));
    assert_eq!(approved.timestamp(), now());
}

type Edit = fn(&mut Execution);

#[test]
fn without_an_open_intent_for_this_plan_there_is_no_call() {
    let edits: [(&str, Edit); 5] = [
        ("another plan", |e| e.hash = format!("sha256:{}", "0".repeat(64))),
        ("an execution that ended", |e| e.outcome = Some(Outcome::Failed)),
        ("no record", |e| e.calls.clear()),
        ("no intent", |e| e.calls[0].intent = None),
        ("a receipt", |e| e.calls[0].receipt = Some(Receipt::default())),
    ];
    for (what, edit) in edits {
        let mut toy = stored();
        edit(toy.status.as_mut().unwrap().gate.execution.as_mut().unwrap());
        assert!(
            matches!(approved(&toy), Err(NotApproved::NoIntent { call_index: 0 })),
            "{what}"
        );
    }
    let mut toy = stored();
    toy.status = None;
    assert!(approved(&toy).is_err(), "no status");
}

#[test]
fn without_a_valid_approval_there_is_no_call() {
    let hash = sealed().hash;
    let rows = [
        (annotations::APPROVED_PLAN, ""),
        (annotations::APPROVED_PLAN, "true"),
        (annotations::APPROVED_PLAN, &hash[..20]),
        (annotations::REJECTED_PLAN, &hash),
        (annotations::APPROVAL_NOT_AFTER, "2026-11-21T11:59:59Z"),
    ];
    for (key, value) in rows {
        let mut toy = stored();
        toy.annotations_mut().insert(key.to_owned(), value.to_owned());
        assert!(
            matches!(approved(&toy), Err(NotApproved::NoApproval)),
            "{key}={value}"
        );
    }
}

#[test]
fn a_plan_that_is_not_partial_leaves_nobody_out() {
    let mut toy = stored();
    let execution = toy.status.as_mut().unwrap().gate.execution.as_mut().unwrap();
    execution.calls[0].left_out = vec![NamedValue::new("a", "somebody wrote it into the status")];
    assert!(matches!(
        approved(&toy),
        Err(NotApproved::NotPartial { call_index: 0 })
    ));
}

#[test]
fn without_a_guard_there_is_no_call() {
    let message = || "gone".to_owned();
    let down = approved_under(&Guard::Down { message: message() }, &stored());
    assert!(matches!(down, Err(NotApproved::Unguarded { .. })));
    assert!(approved_under(&Guard::Advisory { message: message() }, &stored()).is_ok());
}

#[test]
fn debug_shows_no_parameter_as_it_goes_on_the_wire() {
    let mut approved = approved(&stored()).unwrap();
    approved
        .parameters
        .insert("Value".into(), "resolved-canary".into());
    assert!(!format!("{approved:?}").contains("resolved-canary"));
}
