//! `AddAssetSelectionCriteria`: adds targets to a selection of servers, or takes them out of it.

use super::shared::{Accepted, Criterion};
use crate::action::SupportsDryRun;
use crate::wire::Json;

action! {
    /// The selection, and what to change in it.
    pub struct AddAssetSelectionCriteria: Write<Sas> -> Accepted {
        /// Key of the selection; needed.
        selection_key: Option<String>,
        /// Targets to add or to take out.
        target_operation_list: Vec<TargetOperation>,
        /// Filters instead of listed targets.
        criteria: Option<Json<Vec<Criterion>>>,
        /// `add` or `del`, for the filters.
        criteria_operation: Option<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

part! {
    /// A target and what becomes of it.
    pub struct TargetOperation {
        /// `add` or `del`.
        operation: Option<String>,
        /// Id of a server, a group or a VPC, as the selection's type says.
        target: Option<String>,
    }
}

impl SupportsDryRun for AddAssetSelectionCriteria {}
