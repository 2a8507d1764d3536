//! Names of condition types and the one list of reasons, which are at the same time the reasons of
//! events and the label values of metrics.

/// The resource is as its spec wants it.
pub const READY: &str = "Ready";
/// A person agreed (True) or refused (False); Unknown while nobody has decided.
pub const APPROVED: &str = "Approved";
/// The operator is at work and will go on by itself.
pub const RECONCILING: &str = "Reconciling";
/// Nothing more happens without a person.
pub const STALLED: &str = "Stalled";
/// The cloud moved away from what was executed or found in order before.
pub const DRIFT_DETECTED: &str = "DriftDetected";
/// The admission policies that keep approvals to approvers act.
pub const APPROVAL_GUARD: &str = "ApprovalGuard";
/// What became of the request to stop what was begun: it was stopped (True), or why nothing was (False).
pub const CANCELLED: &str = "Cancelled";
/// Every part of a report was read (True), or why some were not (False).
pub const COMPLETE: &str = "Complete";
/// The account's credentials are accepted by the cloud.
pub const CREDENTIALS_READY: &str = "CredentialsReady";

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why a condition has its status. The same word is the reason of the event and the label of the metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All reasons, for documentation and tests.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The word as it stands in conditions and events.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => stringify!($name),)* }
            }
        }
    };
}

reasons! {
    /// The cloud is as the spec wants it.
    InSync,
    /// The cloud differs from what was in order before.
    Drifted,
    /// A plan waits for somebody's approval.
    AwaitingApproval,
    /// The approval names another plan than the published one.
    ApprovalStale,
    /// The approval's `not-after` has passed or cannot be read.
    ApprovalExpired,
    /// The approval lacks something that the plan's risk class demands.
    ApprovalIncomplete,
    /// The policy's time is over.
    PolicyExpired,
    /// The policy was written while nobody held approvals to approvers.
    WrittenUnguarded,
    /// Somebody approved the published plan.
    ApprovedByUser,
    /// A policy approved the published plan in advance.
    ApprovedByPolicy,
    /// Somebody refused the published plan.
    Rejected,
    /// The approval was taken back between two calls of the plan.
    Revoked,
    /// The annotation `sas-operator.io/paused` holds all writes.
    Paused,
    /// The admission policies do not act, so that nobody knows who approved; nothing is written meanwhile.
    ApprovalUnguarded,
    /// The admission policies act and the API server writes the names of requester and approver itself.
    Stamped,
    /// The admission policies act and hold the names of requester and approver to the truth.
    NotStamped,
    /// Calls of an approved plan are being made.
    Executing,
    /// All calls were made; their effect is being read back.
    Verifying,
    /// The cloud refused a call.
    Failed,
    /// What was begun was stopped, as somebody asked and somebody approved.
    Cancelled,
    /// The cloud has no call that stops what was begun.
    NotStoppable,
    /// Nothing runs that could be stopped.
    NothingToStop,
    /// A call may or may not have run and nothing proves which.
    OutcomeUnknown,
    /// The spec is invalid in a way that the API server cannot see.
    InvalidSpec,
    /// The SasAccount does not exist.
    AccountNotFound,
    /// The SasAccount does not allow this namespace.
    AccountNotAllowed,
    /// The credentials are missing, incomplete, expired or refused.
    CredentialsNotReady,
    /// The RAM policy does not allow an action.
    PermissionDenied,
    /// The cloud cannot be reached or answers with errors.
    CloudUnavailable,
    /// The cloud is being looked at; it takes more reads than one pass makes.
    LookingUp,
    /// The cloud asks to slow down.
    Throttled,
    /// The spec names a server that the cloud does not list.
    TargetNotFound,
    /// The selector matches no server.
    NoTargets,
    /// The selector matches no alert.
    NoAlerts,
    /// The change takes more calls than one plan may have.
    PlanTooLarge,
    /// Another resource already decides about a server.
    TargetClaimed,
    /// The account does not have enough free licences.
    QuotaInsufficient,
    /// The licence cannot be taken off before a date.
    BindingLocked,
    /// A node of a cluster can only have the Ultimate edition.
    ClusterNodeNeedsUltimate,
    /// Both ways of billing are possible: the spec has to choose.
    ChooseMode,
    /// The edition cannot be had in this mode.
    EditionNotAvailable,
    /// Pay-as-you-go is off, in arrears or lacks the host module.
    PayAsYouGoNotReady,
    /// No install code fits and the spec forbids to create one.
    NoMatchingCode,
    /// The cloud does not offer the wanted vendor.
    VendorNotOffered,
    /// The agent of a server is not online.
    AgentOffline,
    /// A server has no paid edition.
    NotAuthorized,
    /// A SasAuthBinding that was created for the resource has not given servers their edition yet.
    AwaitingBinding,
    /// No server can be scanned.
    NothingReady,
    /// Baseline checks are not part of what the account has bought.
    BaselineSkipped,
    /// The account has several baseline strategies: the spec has to choose.
    ChooseStrategy,
    /// Another scan for viruses is being set up in the account.
    ScanSlotBusy,
    /// The scan takes longer than ten minutes; it is still being watched.
    SlowScan,
    /// The cloud has no alert with an id that the spec names.
    AlertNotFound,
    /// An alert belongs to another server than the spec expects.
    UnexpectedServer,
    /// The cloud allows the operation for none of the alerts.
    NotOperable,
    /// Another operation on the alerts is under way.
    AlertsBusy,
    /// The recommendation table cannot be read.
    RecommendationsNotReady,
    /// A Secret of the wanted name exists and is not ours.
    OutputSecretConflict,
    /// The API server does not let the operator write the Secret.
    OutputSecretRefused,
    /// A resource was created for this one.
    ChildCreated,
    /// A resource that has to be created exists and was made by somebody else.
    ChildConflict,
    /// The API server does not let the operator create a resource for this one.
    ChildRefused,
    /// A scheduled time passed without a run.
    RunMissed,
    /// Something could be proposed for more alerts than may be at the moment.
    ProposalsLeftOver,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
