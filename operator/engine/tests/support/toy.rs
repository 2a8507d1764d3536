//! A kind that sets named items in a toy cloud, one call per item. Its spec also chooses how its calls may
//! be repeated and what can be proved, so that one kind covers all branches of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::CustomResource;
use kube::api::ObjectMeta;
use sas_api::plan::{
    Call, NamedValue, Parameter, ParameterSource, Plan, ReceiptField, Repeat, SecretKey, Target,
};
use sas_api::status::{CommonPart, CommonStatus, GatePart, GateStatus, Receipt};
use sas_api::{Reason, Risk};
use sas_engine::operation::{Blocked, Made, Planned, Settled, Unavailable};
use sas_engine::{Child, Children, Operation, Reply, Report, Retired, SendError};
use serde::{Deserialize, Serialize};

use super::cloud::ToyCloud;

/// Item that stops a toy.
pub const STOP: &str = "stop";
/// Item with which a toy that was stopped goes on for a while.
pub const LINGER: &str = "linger";
/// An item that a gated toy looks at: `impossible` forbids to plan at all, `busy` holds a call back when it
/// is about to leave and `taken` ends its execution.
pub const GATE: &str = "gate";

/// What the output Secret of a toy holds.
pub const OUTPUT: &str = "output-canary-7f3a";

#[derive(Clone, Debug, PartialEq, CustomResource, Serialize, Deserialize)]
#[kube(
    group = "toys.example.com",
    version = "v1",
    kind = "Toy",
    namespaced,
    status = "ToyStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "each chooses one thing on its own")]
pub struct ToySpec {
    /// Items that have to be in the cloud, with their values.
    pub items: BTreeMap<String, String>,
    /// How each call may be repeated.
    pub repeat: Repeat,
    /// Risk of its plans.
    pub risk: Risk,
    /// The cloud can prove that a call did not run.
    pub provable: bool,
    /// Further targets that the plan names.
    pub bystanders: usize,
    /// Each call names the task of the one before it.
    pub chained: bool,
    /// The values come from this Secret.
    pub secret: Option<SecretKey>,
    /// Name of the Secret to give out.
    pub output: Option<String>,
    /// What is wrong with the spec.
    pub mistake: Option<String>,
    /// It is a job that is done once.
    pub once: bool,
    /// How long it is kept after that, in seconds.
    pub keep: Option<u64>,
    /// Each call waits for the effect of those before it.
    pub one_by_one: bool,
    /// How long an effect may take, in seconds.
    pub patience: Option<u64>,
    /// What the item [`GATE`] says is minded: see there.
    pub gated: bool,
    /// What it began can be stopped, by setting the item [`STOP`].
    pub stoppable: bool,
    /// Names of the toys that have to be created for it.
    pub wanted: Vec<String>,
    /// Toys that are not needed any more, as they were judged.
    pub retired: Vec<serde_json::Value>,
}

impl Default for ToySpec {
    fn default() -> Self {
        Self {
            items: BTreeMap::from([("a".into(), "1".into())]),
            repeat: Repeat::Never,
            risk: Risk::R3,
            provable: true,
            bystanders: 0,
            chained: false,
            secret: None,
            output: None,
            mistake: None,
            once: false,
            keep: None,
            one_by_one: false,
            patience: None,
            gated: false,
            stoppable: false,
            wanted: Vec::new(),
            retired: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToyStatus {
    #[serde(flatten)]
    pub common: CommonStatus,
    #[serde(flatten)]
    pub gate: GateStatus,
    /// Items that are in the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<usize>,
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

/// Items in the cloud, as a read shows them.
pub type Items = BTreeMap<String, String>;

impl Toy {
    fn wanted_children(&self) -> Children {
        let wanted = self.spec.wanted.iter();
        let retired = self
            .spec
            .retired
            .iter()
            .map(|toy| serde_json::from_value(toy.clone()));
        Children {
            wanted: wanted
                .map(|name| Child::new(&Toy::new(name, ToySpec::default())))
                .collect(),
            retired: retired
                .filter_map(|toy| Retired::over::<Toy>(&toy.expect("a toy")))
                .collect(),
        }
    }

    fn is_in_place(&self, items: &Items, name: &str, value: &str) -> bool {
        items
            .get(name)
            .is_some_and(|found| self.spec.secret.is_some() || found == value)
    }

    fn call(&self, index: i32, name: &str, value: &str) -> Call {
        let value = match &self.spec.secret {
            Some(key) => Parameter::from(
                "Value",
                ParameterSource {
                    secret_key: Some(key.clone()),
                    ..Default::default()
                },
            ),
            None => Parameter::literal("Value", value),
        };
        let mut parameters = vec![Parameter::literal("Name", name), value];
        if self.spec.chained && index > 0 {
            let receipt_field = Some(ReceiptField {
                call: index - 1,
                field: "TaskId".into(),
            });
            let source = ParameterSource {
                receipt_field,
                ..Default::default()
            };
            parameters.push(Parameter::from("After", source));
        }
        Call {
            product: "toy".into(),
            version: "2026-01-01".into(),
            action: "SetItem".into(),
            region_id: "here".into(),
            parameters,
            repeat: self.spec.repeat,
        }
    }
}

fn target(items: &Items, name: &str) -> Target {
    Target {
        uuid: name.to_owned(),
        current: items.get(name).cloned().unwrap_or_else(|| "absent".into()),
        ..Default::default()
    }
}

impl Operation<ToyCloud> for Toy {
    type Observed = Items;

    fn refresh(&self) -> Duration {
        Duration::from_mins(10)
    }

    fn one_shot(&self) -> bool {
        self.spec.once
    }

    fn time_to_live(&self) -> Option<Duration> {
        self.spec.keep.map(Duration::from_secs)
    }

    fn patience(&self) -> Option<Duration> {
        self.spec.patience.map(Duration::from_secs)
    }

    fn one_by_one(&self) -> bool {
        self.spec.one_by_one
    }

    fn validate(&self) -> Result<(), String> {
        self.spec.mistake.clone().map_or(Ok(()), Err)
    }

    async fn observe(&self, cloud: &ToyCloud) -> Result<Items, Unavailable> {
        cloud.items().await
    }

    fn plan(&self, items: &Items, held: Option<&Plan>) -> Planned {
        if self.spec.gated && items.get(GATE).is_some_and(|state| state == "impossible") {
            return Planned::Impossible(Blocked {
                reason: Reason::NoTargets,
                message: "the gate is shut for good".into(),
            });
        }
        let missing: Vec<_> = self
            .spec
            .items
            .iter()
            .filter(|(name, value)| !self.is_in_place(items, name, value))
            .collect();
        if missing.is_empty() {
            return Planned::Nothing;
        }
        let calls = (0..)
            .zip(&missing)
            .map(|(index, (name, value))| self.call(index, name, value));
        let touched = missing.iter().map(|(name, _)| target(items, name));
        let bystanders = (0..self.spec.bystanders).map(|n| target(items, &format!("bystander-{n:04}")));
        let targets: Vec<_> = touched.chain(bystanders).collect();
        // As real kinds do: targets that are as they were keep the names that they had.
        let states = |targets: &[Target]| -> BTreeSet<(String, String)> {
            let state = |t: &Target| (t.uuid.clone(), t.current.clone());
            targets.iter().map(state).collect()
        };
        let kept = held.filter(|held| states(&held.targets) == states(&targets));
        Planned::Change(Box::new(Plan {
            summary: format!("set {} items", missing.len()),
            risk: self.spec.risk,
            calls: calls.collect(),
            targets: kept.map_or(targets, |held| held.targets.clone()),
            values: Vec::new(),
            cost: None,
            partial: false,
            warnings: Vec::new(),
        }))
    }

    async fn last_look(&self, cloud: &ToyCloud, _made: &[Made<'_>]) -> Result<(), SendError> {
        if !self.spec.gated {
            return Ok(());
        }
        let items = cloud.items().await.unwrap_or_default();
        let message = || "the gate is shut".to_owned();
        match items.get(GATE).map(String::as_str) {
            Some("busy") => Err(SendError::NotRun {
                reason: Reason::TargetClaimed,
                message: message(),
                request_id: None,
                retry_after: None,
            }),
            Some("taken") => Err(SendError::Rejected {
                message: message(),
                request_id: None,
            }),
            _ => Ok(()),
        }
    }

    fn receipt(&self, _made: &Made<'_>, reply: Option<&Reply>) -> Receipt {
        let task = reply.and_then(|r| r.body["TaskId"].as_str());
        Receipt {
            request_id: reply.map(|r| r.request_id.clone()),
            fields: task
                .map(|task| NamedValue::new("TaskId", task))
                .into_iter()
                .collect(),
        }
    }

    fn settle(&self, plan: &Plan, made: &[Made<'_>], items: &Items) -> Settled {
        let name = |m: &Made<'_>| m.parameters["Name"].clone();
        let seen = |m: &Made<'_>| {
            let value = m.parameters.get("Value").map_or("", String::as_str);
            self.is_in_place(items, &name(m), value)
        };
        if made
            .iter()
            .any(|m| items.get(&name(m)).is_some_and(|v| v == "broken"))
        {
            return Settled::Failed("the toy broke".into());
        }
        if self.spec.stoppable && items.contains_key(STOP) && !items.contains_key(LINGER) {
            return Settled::Failed("the toy was stopped".into());
        }
        let count = made.iter().filter(|m| seen(m)).count();
        match made.last() {
            _ if count == made.len() => Settled::Done,
            Some(last) if last.receipt.is_none() && count + 1 == made.len() => {
                let before = plan
                    .targets
                    .iter()
                    .find(|t| t.uuid == name(last))
                    .map(|t| &t.current);
                let untouched = before == Some(&target(items, &name(last)).current);
                if self.spec.provable && untouched && !seen(last) {
                    Settled::NotStarted
                } else {
                    Settled::Unproven
                }
            }
            _ => Settled::Wait(format!("{count} of {} items in place", made.len())),
        }
    }

    fn stop(&self, _plan: &Plan, made: &[Made<'_>], items: &Items) -> Planned {
        if !self.spec.stoppable {
            return Planned::Impossible(Blocked {
                reason: Reason::NotStoppable,
                message: "toys cannot be stopped".into(),
            });
        }
        let goes_on = |m: &&Made<'_>| !items.contains_key(&m.parameters["Name"]);
        if made.iter().find(goes_on).is_none() {
            return Planned::Nothing;
        }
        Planned::Change(Box::new(Plan {
            summary: "stop the toy".into(),
            risk: Risk::R1,
            calls: vec![self.call(0, STOP, "1")],
            targets: Vec::new(),
            values: Vec::new(),
            cost: None,
            partial: false,
            warnings: Vec::new(),
        }))
    }

    fn stopped(&self, _plan: &Plan, made: &[Made<'_>], items: &Items) -> Settled {
        match made.last() {
            _ if items.contains_key(STOP) => Settled::Done,
            Some(last) if last.receipt.is_some() => Settled::Wait("it stops".into()),
            _ if self.spec.provable => Settled::NotStarted,
            _ => Settled::Unproven,
        }
    }

    fn report(&self, items: &Items, status: &mut ToyStatus) -> String {
        let in_place = |(name, value): &(&String, &String)| self.is_in_place(items, name, value);
        let present = self.spec.items.iter().filter(in_place).count();
        status.present = Some(present);
        format!("{present} items in place")
    }

    fn children(&self, _items: &Items) -> Children {
        self.wanted_children()
    }

    fn outputs(&self, items: &Items) -> Option<Secret> {
        let name = self.spec.output.clone().filter(|_| !items.is_empty())?;
        let data = BTreeMap::from([("token".to_owned(), ByteString(OUTPUT.as_bytes().to_vec()))]);
        Some(Secret {
            metadata: ObjectMeta {
                name: Some(name),
                ..Default::default()
            },
            data: Some(data),
            ..Default::default()
        })
    }
}

/// The same kind as one that only looks.
impl Report<ToyCloud> for Toy {
    type Observed = Items;

    fn refresh(&self) -> Duration {
        Duration::from_mins(10)
    }

    async fn observe(&self, cloud: &ToyCloud) -> Result<Items, Unavailable> {
        cloud.items().await
    }

    fn report(&self, items: &Items, status: &mut ToyStatus) -> String {
        status.present = Some(items.len());
        format!("{} items", items.len())
    }

    fn children(&self, _items: &Items) -> Children {
        self.wanted_children()
    }
}
