//! Approvals that were given in advance, for a sort of plans. The engine asks whether one covers a plan
//! that nobody has decided about; who answers knows the policies. What the engine itself holds to,
//! whatever the answer: only harmless plans, every use is counted before it is accepted, and an approval
//! that does not stand any more authorises nothing, although the status has recorded it.

use futures::future::BoxFuture;
use k8s_openapi::jiff::Timestamp;
use sas_api::Risk;
use sas_api::plan::HIGHEST_STANDING_RISK;

use crate::operation::Unavailable;

/// A plan that nobody has decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Kind of the resource.
    pub kind: String,
    /// Namespace of the resource.
    pub namespace: String,
    /// Name of the resource.
    pub name: String,
    /// Hash of the plan.
    pub hash: String,
    /// Risk of the plan.
    pub risk: Risk,
    /// Number of servers that the plan touches.
    pub targets: i64,
    /// Everybody who wrote the spec; `None` where that is not known.
    pub writers: Option<Vec<String>>,
    /// When the plan was published.
    pub computed: Timestamp,
}

/// Whether a plan was approved in advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// By whom, as it is recorded: `policy:NAME@DIGEST`.
    By(String),
    /// Nothing covers it.
    Not {
        /// Why, where somebody could have expected that something does.
        why: Option<String>,
    },
}

/// Whoever knows what was approved in advance.
pub trait Standing: Send + Sync {
    /// Who approves this plan. Answers from what is known already.
    fn approves(&self, plan: &Waiting, now: Timestamp) -> Coverage;

    /// Whether what was recorded so still stands: there, unchanged and not expired.
    fn stands(&self, namespace: &str, by: &str, now: Timestamp) -> bool;

    /// Counts the use before it is accepted, once per plan however often it is asked. An error says why the
    /// plan is not covered now.
    fn count<'a>(
        &'a self,
        plan: &'a Waiting,
        by: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(), Unavailable>>;
}

/// Nothing was approved in advance.
pub struct Nobody;

impl Standing for Nobody {
    fn approves(&self, _plan: &Waiting, _now: Timestamp) -> Coverage {
        Coverage::Not { why: None }
    }

    fn stands(&self, _namespace: &str, _by: &str, _now: Timestamp) -> bool {
        false
    }

    fn count<'a>(
        &'a self,
        _: &'a Waiting,
        _: &'a str,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<(), Unavailable>> {
        let refused = Unavailable::new(
            sas_api::Reason::AwaitingApproval,
            "nothing was approved in advance",
        );
        Box::pin(std::future::ready(Err(refused)))
    }
}

/// Whether plans of this risk can be approved in advance at all.
pub(crate) fn can_be_approved(risk: Risk) -> bool {
    risk <= HIGHEST_STANDING_RISK
}
