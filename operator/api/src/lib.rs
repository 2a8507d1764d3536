//! The custom resources of the SAS operator as Rust types: specs with their bounds and CEL rules, the
//! status that every kind shares, and the names of annotations and conditions. No IO and no client:
//! the operator, the kubectl plugin and tests all read and write objects through these types.

pub mod account;
pub mod alerts;
pub mod annotations;
pub mod condition;
pub mod digest;
pub mod guard;
pub mod kinds;
pub mod labels;
pub mod large;
pub mod plan;
pub mod report;
pub mod status;
pub mod text;

pub use account::AccountRef;
pub use condition::Reason;
pub use plan::{Call, Plan, Risk, Target};
pub use status::{CommonStatus, GateStatus, Phase};

/// API group of all kinds.
pub const GROUP: &str = "sas-operator.io";
/// Group of the right to approve: a wildcard on [`GROUP`] does not reach it.
pub const APPROVAL_GROUP: &str = "approval.sas-operator.io";
/// The served version.
pub const VERSION: &str = "v1alpha1";
/// Field manager under which approvals are written: Argo CD and Flux leave its fields alone.
pub const APPROVER_FIELD_MANAGER: &str = "sas-approver";

pub use kinds::{KINDS, KindInfo, crds};
