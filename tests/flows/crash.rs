//! The operator dies at every boundary of a write, for every kind that writes. Whatever the moment, the
//! next operator brings the plan to its end and the cloud carries out exactly one write.

use anyhow::{Context, Result, ensure};
use kube::Resource;
use kube::core::object::HasStatus;
use sas_api::kinds::{SasAlertAction, SasAuthBinding, SasInstallCode};
use sas_api::status::{GatePart, Outcome, Phase};
use sas_engine::operation::Gate;
use sas_sim::world::EventStatus;
use sas_sim::{FaultKind, Rule};
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::proxy::{Moment, Trap};
use sas_tests::traffic::Asked;
use sas_tests::wait;
use sas_tests::{Flow, World, alerts, cloud, manifests};
use serde_json::json;

const NAME: &str = "subject";

/// The moment of the crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The intent has not reached the API server.
    BeforeIntent,
    /// The intent is stored, nothing is sent.
    AfterIntent,
    /// The call is with the cloud and has not been carried out.
    AfterSend,
    /// The call has been carried out, the reply never comes.
    AfterCommit,
    /// The reply has come, nothing is stored about it.
    AfterReply,
    /// The receipt is on its way to the API server and does not arrive.
    BeforeReceipt,
    /// The receipt is stored, the operator does not learn so.
    AfterReceipt,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Boundary; 7] = [
        Boundary::BeforeIntent,
        Boundary::AfterIntent,
        Boundary::AfterSend,
        Boundary::AfterCommit,
        Boundary::AfterReply,
        Boundary::BeforeReceipt,
        Boundary::AfterReceipt,
    ];

    /// Whether the cloud has carried out the call when the operator dies.
    pub fn committed(self) -> Option<bool> {
        match self {
            Boundary::BeforeIntent | Boundary::AfterIntent => Some(false),
            // The cloud goes on with a call whose sender is gone.
            Boundary::AfterSend => None,
            _ => Some(true),
        }
    }
}

/// A write of some kind, as a subject of these flows.
pub trait Subject: 'static {
    /// The kind.
    type Kind: Gate;
    /// The action that its plan calls.
    const WRITES: &'static str;
    /// The action that reads the effect back.
    const READS: &'static str;
    /// Where it is when its plan was carried out.
    const DONE: Phase = Phase::Ready;
    /// Whether it is made anew when it provably never ran.
    const IS_REPEATED: bool = true;
    /// An object whose plan is one call.
    fn manifest() -> Result<Self::Kind>;
    /// A cloud in which that call can be made, and whose readers may see a change some seconds later only.
    fn cloud(lag_seconds: Option<i64>) -> sas_sim::World {
        lag_seconds.map_or_else(cloud::world, cloud::lagging_world)
    }
}

impl Subject for SasAuthBinding {
    type Kind = Self;
    const WRITES: &'static str = cloud::BIND;
    const READS: &'static str = cloud::LIST_SERVERS;
    fn manifest() -> Result<Self> {
        manifests::binding_of(NAME, "Ultimate", &[cloud::web(1), cloud::web(2)])
    }
}

impl Subject for SasInstallCode {
    type Kind = Self;
    const WRITES: &'static str = cloud::ADD_CODE;
    const READS: &'static str = cloud::LIST_CODES;
    fn manifest() -> Result<Self> {
        manifests::install_code(NAME)
    }
}

impl Subject for SasAlertAction {
    type Kind = Self;
    const WRITES: &'static str = alerts::HANDLE;
    const READS: &'static str = alerts::LIST;
    const DONE: Phase = Phase::Succeeded;
    fn manifest() -> Result<Self> {
        let ids = alerts::LOGONS.map(|id| id.to_string());
        let spec = json!({"alertIDs": ids, "operation": "block_ip", "blockIP": {"durationSeconds": 3600}});
        manifests::alert_action(NAME, spec)
    }
}

/// An ignored alert that is to wait for somebody again.
pub struct CancelIgnore;

impl Subject for CancelIgnore {
    type Kind = SasAlertAction;
    const WRITES: &'static str = alerts::CANCEL_IGNORE;
    const READS: &'static str = alerts::LIST;
    const DONE: Phase = Phase::Succeeded;
    fn manifest() -> Result<SasAlertAction> {
        manifests::undo(NAME, &[("ignore", &alerts::LOGONS)])
    }
    fn cloud(lag_seconds: Option<i64>) -> sas_sim::World {
        let mut world = SasAlertAction::cloud(lag_seconds);
        for alert in world.centre(cloud::ACCOUNT, cloud::CENTRE).alerts.values_mut() {
            alert.status = EventStatus::IGNORED;
        }
        world
    }
}

/// A file that is to come back from quarantine.
pub struct RestoreFile;

impl Subject for RestoreFile {
    type Kind = SasAlertAction;
    const WRITES: &'static str = alerts::ROLLBACK;
    const READS: &'static str = alerts::LIST_FILES;
    const DONE: Phase = Phase::Succeeded;
    // Protection is lost by it: somebody has to look.
    const IS_REPEATED: bool = false;
    fn manifest() -> Result<SasAlertAction> {
        manifests::undo(NAME, &[("quara", &[1])])
    }
    fn cloud(lag_seconds: Option<i64>) -> sas_sim::World {
        let mut world = SasAlertAction::cloud(lag_seconds);
        alerts::quarantine(
            world.centre(cloud::ACCOUNT, cloud::CENTRE),
            1,
            alerts::web_shell(1),
        );
        world
    }
}

/// Crashes once at the boundary and sees the plan through.
pub async fn once<S: Subject>(world: World, boundary: Boundary) -> Result<()> {
    let mut flow = Flow::start_in(&world, "crash", S::cloud(None)).await?;
    flow.create(&S::manifest()?).await?;
    let (_, hash) = flow.pending::<S::Kind>(NAME).await?;
    let place = Place::of::<S>();
    let trap = place.arm(&flow, boundary)?;
    flow.approve_because::<S::Kind>(NAME, &hash, Some("a drill"))
        .await?;
    let lost = place.reach(&flow, boundary, trap).await?;
    flow.kill_operator().await?;
    drop(lost);
    if let Some(committed) = boundary.committed() {
        assert_eq!(
            flow.cloud.committed().len(),
            usize::from(committed),
            "before the second operator"
        );
    }
    flow.cloud.heal();
    let before = flow.get::<S::Kind>(NAME).await?;
    if boundary == Boundary::AfterIntent {
        ensure!(wait::in_phase(&before, Phase::Executing), "{before:?}");
        assert_eq!(
            kstatus::read(&serde_json::to_value(&before)?),
            Kstatus::InProgress
        );
    }

    flow.start_operator()?;
    let done = flow.phase::<S::Kind>(NAME, S::DONE).await?;
    let write = flow.cloud.only_write(S::WRITES);
    let execution = done
        .status()
        .and_then(|s| s.gate().execution.clone())
        .context("no execution")?;
    assert_eq!(execution.outcome, Some(Outcome::Succeeded));
    assert_eq!(execution.hash, hash);
    assert_eq!(execution.calls.len(), 1);
    let receipt = execution.calls[0]
        .receipt
        .as_ref()
        .context("the receipt is missing")?;
    // A request id is known only if a reply came; it must then be the one of the write itself.
    if let Some(id) = &receipt.request_id {
        assert_eq!(*id, write.request_id);
    }
    assert_intent_decides(&before, &write.nonce, boundary)?;
    assert_attempts_are_the_same_bytes::<S>(&flow);
    // Nothing else follows: the plan is spent.
    wait::never("a second write", std::time::Duration::from_secs(3), || {
        flow.cloud.committed().len() != 1
    })
    .await
}

/// Whoever finds an intent sends exactly its bytes.
fn assert_intent_decides<K: Gate>(before: &K, nonce: &str, boundary: Boundary) -> Result<()> {
    let execution = before.status().and_then(|s| s.gate().execution.as_ref());
    let intent = execution
        .and_then(|e| e.calls.first())
        .and_then(|c| c.intent.as_ref());
    match intent {
        Some(intent) => assert_eq!(intent.nonce, nonce, "another attempt than the stored intent ran"),
        None => ensure!(
            matches!(boundary, Boundary::BeforeIntent | Boundary::AfterReceipt),
            "{boundary:?}: no intent is stored"
        ),
    }
    Ok(())
}

/// Every attempt had the nonce, timestamp and parameters of the first.
fn assert_attempts_are_the_same_bytes<S: Subject>(flow: &Flow) {
    let attempts = flow.cloud.requests_of(S::WRITES);
    for attempt in &attempts {
        assert_eq!(attempt.nonce, attempts[0].nonce);
        assert_eq!(attempt.parameters, attempts[0].parameters);
    }
}

/// One call of a waiting plan: the place of a crash.
#[derive(Clone)]
pub struct Place {
    /// Plural of the kind, as in paths.
    pub plural: String,
    /// Name of the object.
    pub name: String,
    /// Index of the call in the plan.
    pub call: usize,
    /// Its action.
    pub writes: &'static str,
    /// The action that reads the effect back after its reply, if there is one.
    pub reads: Option<&'static str>,
}

impl Place {
    fn of<S: Subject>() -> Self {
        Self {
            plural: <S::Kind as Resource>::plural(&()).into_owned(),
            name: NAME.to_owned(),
            call: 0,
            writes: S::WRITES,
            reads: Some(S::READS),
        }
    }

    fn is_committed(&self, flow: &Flow) -> bool {
        flow.cloud
            .requests_of(self.writes)
            .iter()
            .any(|call| call.committed)
    }

    /// Prepares the crash before the approval.
    pub fn arm(&self, flow: &Flow, boundary: Boundary) -> Result<Option<Trap>> {
        let (this, that) = (self.clone(), self.clone());
        let intent = move |asked: &Asked| {
            asked.writes_status_of(&this.plural, &this.name) && asked.open_call() == Some(this.call)
        };
        let receipt = move |asked: &Asked| {
            asked.writes_status_of(&that.plural, &that.name) && asked.has_receipt_of(that.call)
        };
        let proxy = &flow.proxy;
        Ok(match boundary {
            Boundary::BeforeIntent => Some(proxy.trap(Moment::BeforeForwarding, intent)),
            Boundary::AfterIntent | Boundary::AfterReply => Some(proxy.trap(Moment::BeforeAnswering, intent)),
            Boundary::BeforeReceipt => Some(proxy.trap(Moment::BeforeForwarding, receipt)),
            Boundary::AfterReceipt => Some(proxy.trap(Moment::BeforeAnswering, receipt)),
            Boundary::AfterSend => {
                let mut slow = Rule::new(FaultKind::Slow).on(self.writes).times(1);
                slow.seconds = Some(2.0);
                flow.cloud.fault(slow)?;
                // The record of the request appears only at its end: the intent tells that it was sent.
                Some(proxy.trap(Moment::BeforeAnswering, intent))
            }
            Boundary::AfterCommit => {
                flow.cloud.fault_once(FaultKind::CommitThenHang, self.writes)?;
                None
            }
        })
    }

    /// Waits until the operator stands at the boundary; gives back the trap that still holds its request.
    pub async fn reach(&self, flow: &Flow, boundary: Boundary, trap: Option<Trap>) -> Result<Option<Trap>> {
        let Some(mut trap) = trap else {
            wait::until_true("the cloud carries the call out", || self.is_committed(flow)).await?;
            return Ok(None);
        };
        trap.caught().await?;
        match boundary {
            Boundary::AfterSend => {
                trap.release();
                wait::until_true("the cloud has the call", || flow.cloud.hits(FaultKind::Slow) == 1).await?;
                Ok(None)
            }
            Boundary::AfterReply => {
                // Reading the effect back is the first thing after a reply: it never gets an answer.
                let reads = self.reads.context("nothing is read after this call")?;
                flow.cloud
                    .fault(Rule::new(FaultKind::Hang).on(reads).times(100))?;
                trap.release();
                wait::until_true("the reply has come", || {
                    self.is_committed(flow) && flow.cloud.hits(FaultKind::Hang) > 0
                })
                .await?;
                Ok(None)
            }
            _ => Ok(Some(trap)),
        }
    }
}
