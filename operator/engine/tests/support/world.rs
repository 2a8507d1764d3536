//! Everything that a test needs at once: one toy object, its cloud, its API server, a clock, and passes
//! that are run one by one, each by an operator that may have just started.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action;
use prometheus::Registry;
use sas_api::status::{Execution, Phase};
use sas_api::{annotations, condition};
use sas_engine::events::Events;
use sas_engine::metrics::Metrics;
use sas_engine::{Context, Guard, LookAtGuard, PassError, Standing, Timing, reconcile, standing};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::apiserver::ApiServer;
use super::cloud::{Gateway, ToyAccounts, ToyCloud};
use super::stops::Stops;
use super::toy::{Items, Toy, ToySpec, ToyStatus};

/// Key of the toy at the API server.
pub const TOY: &str = "toys/ns/toy";

/// The clock of operator and cloud.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// The world of one toy.
pub struct World {
    pub api: Arc<ApiServer>,
    pub gateway: Arc<Gateway>,
    pub clock: Clock,
    pub stops: Arc<Stops>,
    pub accounts: Arc<ToyAccounts>,
    pub timing: Timing,
    /// What the API server enforces; nothing, unless a test says otherwise.
    pub guard: watch::Sender<Guard>,
    /// What was approved in advance; nothing, unless a test says otherwise.
    pub standing: Arc<dyn Standing>,
    /// What happens when the admission policies are looked at before a call; nothing, unless a test says otherwise.
    pub look_at_guard: LookAtGuard,
}

/// One process of the operator.
pub type Operator = Arc<Context<ToyAccounts>>;
/// What a pass gives back.
pub type Pass = Result<Action, PassError>;

impl World {
    pub fn new(spec: ToySpec) -> Self {
        let clock = Clock(Arc::new(AtomicI64::new(1_795_000_000)));
        let stops = Arc::new(Stops::default());
        let api = ApiServer::new(stops.clone());
        let gateway = Gateway::new(clock.clone(), stops.clone());
        let object = serde_json::to_value(Toy::new("toy", spec)).unwrap();
        api.with(|objects| {
            objects.create(TOY, object);
            objects.edit(TOY, |o| o["metadata"]["namespace"] = json!("ns"));
        });
        Self {
            accounts: Arc::new(ToyAccounts(Mutex::new(eyes(&gateway, "key-1")))),
            api,
            gateway,
            clock,
            stops,
            timing: Timing {
                store_pause: Duration::from_millis(1),
                longest_store_pause: Duration::from_millis(20),
                ..Timing::default()
            },
            guard: watch::Sender::new(Guard::Advisory {
                message: "nobody enforces anything".to_owned(),
            }),
            standing: Arc::new(standing::Nobody),
            look_at_guard: Arc::new(|| Box::pin(std::future::ready(true))),
        }
    }

    /// A process that has just started: it remembers nothing.
    pub fn operator(&self) -> Operator {
        let client = self.api.client();
        let rate = NonZeroU32::new(1000).unwrap();
        let events = Events::new(client.clone(), "toy-operator", rate, Duration::from_secs(1));
        let metrics = Metrics::register(&Registry::new()).unwrap();
        let clock = self.clock.clone();
        let context = Context::new(
            client,
            self.accounts.clone(),
            Arc::new(events),
            metrics,
            self.timing,
            Arc::new(move || clock.now()),
            self.guard.subscribe(),
        );
        let context = context.with_look_at_guard(self.look_at_guard.clone());
        Arc::new(context.with_standing(self.standing.clone()))
    }

    /// The toy as it is stored.
    pub fn toy(&self) -> Toy {
        let stored = self.api.with(|objects| objects.get(TOY).cloned());
        serde_json::from_value(stored.expect("the toy exists")).unwrap()
    }

    pub fn status(&self) -> ToyStatus {
        self.toy().status.unwrap_or_default()
    }

    pub fn phase(&self) -> Phase {
        self.status().common.phase.expect("a phase")
    }

    /// Reason of the condition Ready.
    pub fn reason(&self) -> String {
        let conditions = self.status().common.conditions;
        let ready = conditions.iter().find(|c| c.type_ == condition::READY);
        ready.expect("the condition Ready").reason.clone()
    }

    pub fn execution(&self) -> Execution {
        self.status().gate.execution.expect("an execution")
    }

    pub fn epoch(&self) -> i64 {
        self.status().gate.epoch.expect("an epoch")
    }

    pub fn hash(&self) -> String {
        self.status().gate.plan.expect("a plan").hash
    }

    /// One pass of a new process over the stored object.
    pub async fn pass(&self) -> Pass {
        self.pass_of(&self.operator(), self.toy()).await
    }

    /// One pass of a process over an object that its cache may have kept for long.
    pub async fn pass_of(&self, operator: &Operator, toy: Toy) -> Pass {
        Box::pin(reconcile::<Toy, ToyCloud, _>(Arc::new(toy), operator.clone())).await
    }

    /// Passes of new processes, some seconds apart, until nothing is stored any more.
    pub async fn run(&self) {
        for _ in 0..60 {
            let before = self.toy();
            self.pass().await.unwrap();
            if self.toy().metadata.resource_version == before.metadata.resource_version && !self.is_busy() {
                return;
            }
            self.clock.advance(5);
        }
        panic!("no end after 60 passes: {:?}", self.status());
    }

    fn is_busy(&self) -> bool {
        matches!(self.phase(), Phase::Executing | Phase::Verifying) && self.reason() != "Paused"
    }

    pub fn annotate(&self, key: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        self.api
            .with(|objects| objects.edit(TOY, |o| annotate(o, key, value.as_deref())));
    }

    /// Approves the published plan, as a person would.
    pub fn approve(&self) {
        let hash = self.hash();
        self.annotate(annotations::APPROVED_PLAN, Some(&hash));
        self.annotate(annotations::APPROVED_BY, Some("carol"));
    }

    pub fn edit_spec(&self, change: impl FnOnce(&mut ToySpec)) {
        let mut toy = self.toy();
        change(&mut toy.spec);
        let spec = serde_json::to_value(&toy.spec).unwrap();
        self.api.with(|objects| objects.edit(TOY, |o| o["spec"] = spec));
    }

    /// The account signs with another key from now on.
    pub fn rotate_key(&self, key: &str) {
        *self.accounts.0.lock().unwrap() = eyes(&self.gateway, key);
    }

    /// Publishes the plan and approves it.
    pub async fn approved(&self) {
        self.run().await;
        assert_eq!(self.phase(), Phase::PendingApproval);
        self.approve();
    }

    /// What a read of the cloud shows now.
    pub async fn items(&self) -> Items {
        let cloud = self.accounts.0.lock().unwrap().clone();
        cloud.items().await.unwrap()
    }

    /// Status writes of the operator that were stored.
    pub fn status_writes(&self) -> usize {
        self.api.stored("status", "toys")
    }

    /// Events that were stored.
    pub fn events(&self) -> usize {
        self.api.stored("create", "events") + self.api.stored("patch", "events")
    }
}

fn eyes(gateway: &Arc<Gateway>, key: &str) -> Arc<ToyCloud> {
    Arc::new(ToyCloud {
        gateway: gateway.clone(),
        key: key.to_owned(),
        account: "toy-account".to_owned(),
    })
}

/// Sets or removes an annotation of an object.
pub fn annotate(object: &mut Value, key: &str, value: Option<&str>) {
    let metadata = object["metadata"].as_object_mut().unwrap();
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    match value {
        Some(value) => annotations[key] = json!(value),
        None => {
            annotations.as_object_mut().unwrap().remove(key);
        }
    }
}
