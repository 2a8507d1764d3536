//! What a kind has to say about itself. A kind never writes a status, an event or a metric, never waits
//! and never calls the cloud to change something: it observes, and everything else is a pure function.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::Secret;
use kube::Resource;
use kube::core::object::HasStatus;
use sas_api::Reason;
use sas_api::plan::{Call, NamedValue, Plan};
use sas_api::status::{CommonPart, GatePart, Receipt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::children::Children;
use crate::cloud::{Reply, SendError};

/// A custom resource with the status that every kind shares.
pub trait Reported:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + HasStatus<Status: CommonPart + Default + Clone + PartialEq + Debug + Serialize + Send + Sync>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
}

impl<K> Reported for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + HasStatus<Status: CommonPart + Default + Clone + PartialEq + Debug + Serialize + Send + Sync>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// A custom resource whose writes wait behind an approval.
pub trait Gate: Reported + HasStatus<Status: GatePart> {}

impl<K> Gate for K where K: Reported + HasStatus<Status: GatePart> {}

/// A kind that only looks: at a cloud, or at whatever else `C` is.
pub trait Report<C>: Reported {
    /// What a look brings.
    type Observed: Send + Sync;

    /// How long until the next look.
    fn refresh(&self) -> Duration;

    /// How long until the next look after this one, where that depends on what was seen.
    fn refresh_after(&self, _observed: &Self::Observed) -> Duration {
        self.refresh()
    }

    /// Looks. The only IO of a kind; reads only.
    fn observe(&self, behind: &C) -> impl Future<Output = Result<Self::Observed, Unavailable>> + Send;

    /// Writes the kind's own status fields, from responses only, and says in one line what they mean.
    fn report(&self, observed: &Self::Observed, status: &mut Self::Status) -> String;

    /// Writes what the kind's own status fields say while the cloud cannot be looked at; as they are,
    /// they stay as they were.
    fn unavailable(&self, _why: &Unavailable, _status: &mut Self::Status) {}

    /// The resources that have to be created for this one, or removed. The engine does both.
    fn children(&self, _observed: &Self::Observed) -> Children {
        Children::default()
    }

    /// What a new status tells beside its conditions, for an event.
    fn news(&self, _status: &Self::Status) -> Option<Blocked> {
        None
    }
}

/// A kind that writes to the cloud behind an approval.
pub trait Operation<C>: Gate {
    /// What a look at the cloud brings.
    type Observed: Send + Sync;

    /// How long until the next look when nothing else happens.
    fn refresh(&self) -> Duration;

    /// Whether the resource is a job that is done once, as against a state that is kept. A job that came
    /// to its end is not looked at any more.
    fn one_shot(&self) -> bool {
        false
    }

    /// How long a job that came to its end is kept before it is removed; `None` for ever.
    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    /// How long the effect of the calls may take to show before it is called unknown; `None` for the
    /// engine's own [`settle_timeout`](crate::Timing::settle_timeout).
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Pause between two looks while the effect of the calls is awaited; `None` for the engine's own
    /// [`settle_poll`](crate::Timing::settle_poll).
    fn poll(&self) -> Option<Duration> {
        None
    }

    /// Whether a call waits until the effect of those before it is visible, and is not made if they failed.
    fn one_by_one(&self) -> bool {
        false
    }

    /// What is wrong with the spec beyond what the API server can check. The message names the field and
    /// the next step.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }

    /// Looks at the cloud. The only IO of a kind; reads only.
    fn observe(&self, cloud: &C) -> impl Future<Output = Result<Self::Observed, Unavailable>> + Send;

    /// What has to be done. `held` is the plan that waits in this epoch: what was resolved for it (the
    /// targets of a selector, a cost ceiling) stays as long as it is still right, so that an approval
    /// has something to hold on to. Volatile facts (an agent's heartbeat, free licences) must not change
    /// a plan; where they forbid it now, the answer is [`Planned::Blocked`] and the plan keeps waiting.
    fn plan(&self, observed: &Self::Observed, held: Option<&Plan>) -> Planned;

    /// The targets of an approved plan that its next call cannot act on as things are, by uuid, each with a
    /// sentence that says why. A [partial](Plan::partial) plan is made without them, another waits.
    fn away(&self, _plan: &Plan, _observed: &Self::Observed) -> Vec<NamedValue> {
        Vec::new()
    }

    /// The last look before a call leaves, when its intent is stored: what may have changed since
    /// [`observe`](Self::observe) although the call depends on it. `made` has the calls that were begun, the
    /// last of which is about to leave. Reads only. An error holds the call back ([`SendError::NotRun`]) or
    /// ends the execution ([`SendError::Rejected`]).
    fn last_look(
        &self,
        _cloud: &C,
        _made: &[Made<'_>],
    ) -> impl Future<Output = Result<(), SendError>> + Send {
        std::future::ready(Ok(()))
    }

    /// What to keep of a call, by an allow-list: never a secret. `reply` is absent where the reply was
    /// lost and the effect was seen.
    fn receipt(&self, made: &Made<'_>, reply: Option<&Reply>) -> Receipt;

    /// Whether the effect of the calls made so far is visible. `made` has one entry per call that was
    /// begun, in order; the last one may lack its receipt.
    fn settle(&self, plan: &Plan, made: &[Made<'_>], observed: &Self::Observed) -> Settled;

    /// What stops that which the calls of `plan`, all of them `made`, have begun: calls of a plan of its own;
    /// [`Planned::Blocked`] while it cannot be told yet, [`Planned::Nothing`] where all of it has ended and
    /// [`Planned::Impossible`] where the cloud has no call for it.
    fn stop(&self, _plan: &Plan, _made: &[Made<'_>], _observed: &Self::Observed) -> Planned {
        Planned::Impossible(Blocked {
            reason: Reason::NotStoppable,
            message: "what this kind of resource begins cannot be stopped".to_owned(),
        })
    }

    /// As [`settle`](Self::settle), of the calls of a plan that [`stop`](Self::stop) has made.
    fn stopped(&self, _plan: &Plan, _made: &[Made<'_>], _observed: &Self::Observed) -> Settled {
        Settled::Unproven
    }

    /// Writes the kind's own status fields, from responses only, and says in one line what they mean.
    fn report(&self, observed: &Self::Observed, status: &mut Self::Status) -> String;

    /// The Secret that this resource owns, if it has one to give. The engine writes it.
    fn outputs(&self, _observed: &Self::Observed) -> Option<Secret> {
        None
    }

    /// The resources that have to be created for this one, or removed. The engine does both.
    fn children(&self, _observed: &Self::Observed) -> Children {
        Children::default()
    }
}

/// A call that was begun.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    /// The call as planned.
    pub call: &'a Call,
    /// Its parameters as they went on the wire; those that come from Secrets are left out.
    pub parameters: BTreeMap<String, String>,
    /// What is known of the answer.
    pub receipt: Option<&'a Receipt>,
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// The cloud is as wanted.
    Nothing,
    /// These calls have to be made.
    Change(Box<Plan>),
    /// Something is missing that a person or time has to bring.
    Blocked(Blocked),
    /// It cannot be done as things are, and waiting would not help: a job ends here.
    Impossible(Blocked),
}

/// Why nothing can be planned. The message names the field or thing and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Reason of the condition.
    pub reason: Reason,
    /// Sentence for a person.
    pub message: String,
}

impl Planned {
    /// Shorthand for [`Planned::Blocked`].
    pub fn blocked(reason: Reason, message: impl Into<String>) -> Self {
        Self::Blocked(Blocked {
            reason,
            message: message.into(),
        })
    }
}

/// What reading back says of the calls made so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Their whole effect is visible.
    Done,
    /// Part of it is visible, or the cloud says that it is at work.
    Wait(String),
    /// As [`Wait`](Self::Wait), and it takes longer than it usually does.
    Slow(String),
    /// The cloud says that it failed.
    Failed(String),
    /// The cloud shows that the last call did not run.
    NotStarted,
    /// Nothing can be said.
    Unproven,
}

/// Why the cloud could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Reason of the condition.
    pub reason: Reason,
    /// Sentence for a person; never a secret.
    pub message: String,
    /// When to look again at the earliest, if the cloud said so.
    pub retry_after: Option<Duration>,
    /// Nothing is wrong: the look takes more reads than one pass may make, and the next pass goes on.
    pub unfinished: bool,
}

impl Unavailable {
    /// An obstacle without a time.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            retry_after: None,
            unfinished: false,
        }
    }

    /// A look that the next pass goes on with. What a status says stays until it is finished.
    pub fn unfinished(message: impl Into<String>) -> Self {
        Self {
            unfinished: true,
            ..Self::new(Reason::LookingUp, message)
        }
    }
}

/// Finds the cloud account of a resource, or whatever else `C` is that the resource works with.
pub trait Accounts<K, C>: Send + Sync + 'static {
    /// Objects of one namespace for which this is the same have only so many passes at once: they depend
    /// on the same thing, and where that is slow, they hold up each other and nobody else.
    fn lane(&self, _object: &K) -> String {
        String::new()
    }

    /// The account, or why it cannot be used.
    fn cloud(&self, object: &K) -> impl Future<Output = Result<std::sync::Arc<C>, Unavailable>> + Send;
}
