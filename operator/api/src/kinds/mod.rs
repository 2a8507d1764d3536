//! One module per kind, and the one list of them. CRDs, RBAC, docs and tests are made from this list, so
//! a kind that is missing here does not exist.

pub mod account;
pub mod alert_action;
pub mod alert_policy;
pub mod alert_report;
pub mod approval_policy;
pub mod auth_binding;
pub mod install_code;
pub mod risk_report;
pub mod scan_job;
pub mod scan_schedule;

pub use account::SasAccount;
pub use alert_action::SasAlertAction;
pub use alert_policy::SasAlertPolicy;
pub use alert_report::SasAlertReport;
pub use approval_policy::SasApprovalPolicy;
pub use auth_binding::SasAuthBinding;
pub use install_code::SasInstallCode;
pub use risk_report::SasRiskReport;
pub use scan_job::SasScanJob;
pub use scan_schedule::SasScanSchedule;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// What tools need to know about a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// The kind, such as `SasAuthBinding`.
    pub kind: &'static str,
    /// The plural of URLs and RBAC rules, such as `sasauthbindings`.
    pub plural: &'static str,
    /// What people may type instead, such as `sasauth`.
    pub short_name: &'static str,
    /// Whether it writes to the cloud behind an approval.
    pub writes: bool,
    /// Whether it is done once: its spec never changes, and it goes when its time to live is over.
    pub one_shot: bool,
    /// Kinds of the resources that the operator creates for it. Their writers are its writers.
    pub spawns: &'static [&'static str],
    /// What the targets of its plans are.
    pub targets: TargetNoun,
    /// Its generated definition.
    pub crd: fn() -> CustomResourceDefinition,
}

impl KindInfo {
    /// Whether the names of those who write its spec are held to the truth, because somebody else has to
    /// approve what follows from it.
    pub fn writers_count(&self) -> bool {
        self.writes || !self.spawns.is_empty()
    }
}

/// What the targets of a plan are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetNoun {
    /// Servers, each in the state in which it is now.
    Servers,
    /// Alerts, each on a server.
    Alerts,
}

/// All kinds.
pub const KINDS: &[KindInfo] = &[
    KindInfo {
        kind: "SasAccount",
        plural: "sasaccounts",
        short_name: "sasacc",
        writes: false,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasAccount::crd,
    },
    KindInfo {
        kind: "SasInstallCode",
        plural: "sasinstallcodes",
        short_name: "sasic",
        writes: true,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasInstallCode::crd,
    },
    KindInfo {
        kind: "SasAuthBinding",
        plural: "sasauthbindings",
        short_name: "sasauth",
        writes: true,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasAuthBinding::crd,
    },
    KindInfo {
        kind: "SasRiskReport",
        plural: "sasriskreports",
        short_name: "sasrisk",
        writes: false,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasRiskReport::crd,
    },
    KindInfo {
        kind: "SasAlertReport",
        plural: "sasalertreports",
        short_name: "sasalerts",
        writes: false,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasAlertReport::crd,
    },
    KindInfo {
        kind: "SasApprovalPolicy",
        plural: "sasapprovalpolicies",
        short_name: "sasap",
        writes: false,
        one_shot: false,
        spawns: &[],
        targets: TargetNoun::Servers,
        crd: SasApprovalPolicy::crd,
    },
    KindInfo {
        kind: "SasScanJob",
        plural: "sasscanjobs",
        short_name: "sasscan",
        writes: true,
        one_shot: true,
        spawns: &["SasAuthBinding"],
        targets: TargetNoun::Servers,
        crd: SasScanJob::crd,
    },
    KindInfo {
        kind: "SasScanSchedule",
        plural: "sasscanschedules",
        short_name: "sassched",
        writes: false,
        one_shot: false,
        spawns: &["SasScanJob"],
        targets: TargetNoun::Servers,
        crd: SasScanSchedule::crd,
    },
    KindInfo {
        kind: "SasAlertAction",
        plural: "sasalertactions",
        short_name: "sasaa",
        writes: true,
        one_shot: true,
        spawns: &[],
        targets: TargetNoun::Alerts,
        crd: SasAlertAction::crd,
    },
    KindInfo {
        kind: "SasAlertPolicy",
        plural: "sasalertpolicies",
        short_name: "sasapol",
        writes: false,
        one_shot: false,
        spawns: &["SasAlertAction"],
        targets: TargetNoun::Servers,
        crd: SasAlertPolicy::crd,
    },
];

/// The definitions of all kinds as kube derives them; `cargo xtask gen` finishes them.
pub fn crds() -> Vec<CustomResourceDefinition> {
    KINDS.iter().map(|kind| (kind.crd)()).collect()
}

/// The first rule that every write kind carries: nothing may bring an old plan's hash back.
pub(crate) const EPOCH_NEVER_FALLS: &str = "!has(oldSelf.status) || !has(oldSelf.status.epoch) || \
    (has(self.status) && has(self.status.epoch) && self.status.epoch >= oldSelf.status.epoch)";
/// Its message.
pub(crate) const EPOCH_MESSAGE: &str =
    "`status.epoch` must not fall: an old approval could become valid again";
/// An id of a server. Calls name several in one list, so that a comma or a blank in one would name two.
pub(crate) const SERVER_ID: &str = "^[A-Za-z0-9._:/@=+-]+$";
/// The second: nothing may make an executed plan look as if it waited.
pub(crate) const EXECUTED_EPOCH_NEVER_FALLS: &str = "!has(oldSelf.status) || !has(oldSelf.status.executedEpoch) || (has(self.status) && \
    has(self.status.executedEpoch) && self.status.executedEpoch >= oldSelf.status.executedEpoch)";
/// Its message.
pub(crate) const EXECUTED_EPOCH_MESSAGE: &str =
    "`status.executedEpoch` must not fall: an approval could be used twice";

#[cfg(test)]
mod tests;
