//! The calls of a scan of single servers, as a type that cannot hold any other: checks that the agents of
//! listed servers are told to make, and a scan for viruses of a selection of listed servers.
//!
//! The calls that scan a whole account are another type, which cannot become one of these:
//!
//! ```compile_fail,E0308
//! use sas_operator::kinds::scan_job::{account_wide::AccountWideCall, targeted::TargetedCall};
//! fn smuggled(wide: AccountWideCall) -> Vec<TargetedCall> {
//!     vec![wide]
//! }
//! ```
//!
//! and nobody outside of this file can make one of these from a request:
//!
//! ```compile_fail,E0423
//! use sas_client::actions::ModifyStartVulScan;
//! use sas_operator::kinds::scan_job::targeted::TargetedCall;
//! let smuggled = TargetedCall(ModifyStartVulScan::default());
//! ```

use std::collections::BTreeSet;

use sas_api::account::DataCentre;
use sas_api::kinds::scan_job::VirusScan;
use sas_api::plan::{Call, Target};
use sas_client::action::Action;
use sas_client::actions::{
    AddAssetSelectionCriteria, CreateAssetSelectionConfig, CreateVirusScanOnceTask, ModifyPushAllTask,
    TargetOperation, UpdateSelectionKeyByType,
};
use sas_engine::Made;

use super::selection::{self, PURPOSE, with_key};
use crate::kinds::{call, comma_list};

/// Servers that one call names: their ids have to fit into an address.
pub const BATCH: usize = 100;
/// The sort of selection that holds servers one by one.
const SINGLE_SERVERS: &str = "instance";

/// A call of a scan of single servers.
#[derive(Clone, Debug)]
pub struct TargetedCall(Request);

#[derive(Clone, Debug)]
enum Request {
    Push(ModifyPushAllTask),
    Select(CreateAssetSelectionConfig),
    Add(AddAssetSelectionCriteria),
    Use(UpdateSelectionKeyByType),
    ScanSelected(CreateVirusScanOnceTask),
}

/// What single servers are scanned for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Checks for the agents, as the cloud spells them.
    pub checks: Vec<&'static str>,
    /// A scan for viruses.
    pub virus: Option<&'a VirusScan>,
}

/// The calls that scan these servers for what is wanted, in order: checks first, then the selection for
/// the scan for viruses and that scan.
pub fn calls(wanted: &Wanted<'_>, targets: &[Target]) -> Vec<TargetedCall> {
    let uuids = |batch: &[Target]| -> Vec<String> { batch.iter().map(|t| t.uuid.clone()).collect() };
    let batches = || targets.chunks(BATCH);
    let checks: Vec<String> = wanted.checks.iter().map(|check| (*check).to_owned()).collect();
    let mut calls = Vec::new();
    if !checks.is_empty() {
        calls.extend(batches().map(|batch| {
            Request::Push(ModifyPushAllTask {
                uuids: comma_list(uuids(batch)),
                tasks: comma_list(checks.clone()),
            })
        }));
    }
    if let Some(virus) = wanted.virus {
        calls.push(Request::Select(selection::of(SINGLE_SERVERS)));
        calls.extend(batches().map(|batch| Request::Add(added(uuids(batch)))));
        calls.push(Request::Use(UpdateSelectionKeyByType {
            business_type: Some(PURPOSE.to_owned()),
            ..Default::default()
        }));
        calls.push(Request::ScanSelected(selection::scan(virus)));
    }
    calls.into_iter().map(TargetedCall).collect()
}

fn added(uuids: Vec<String>) -> AddAssetSelectionCriteria {
    let add = |uuid| TargetOperation {
        operation: Some("add".to_owned()),
        target: Some(uuid),
    };
    AddAssetSelectionCriteria {
        target_operation_list: uuids.into_iter().map(add).collect(),
        ..Default::default()
    }
}

/// The servers that these calls put into a selection, as they went on the wire.
pub(super) fn selected(made: &[Made<'_>]) -> BTreeSet<String> {
    let added = made
        .iter()
        .filter(|made| made.call.action == AddAssetSelectionCriteria::NAME);
    let parameters = added.flat_map(|made| &made.parameters);
    let targets = parameters.filter(|(name, _)| name.ends_with(".Target"));
    targets.map(|(_, uuid)| uuid.clone()).collect()
}

/// The same as a plan holds them. Calls about a selection take its key from the receipt of the call that
/// began it.
pub fn planned(calls: &[TargetedCall], centre: DataCentre) -> Vec<Call> {
    let begun = calls
        .iter()
        .position(|call| matches!(call.0, Request::Select(_)))
        .unwrap_or_default();
    let planned = calls.iter().map(|one| match &one.0 {
        Request::Push(request) => call(request, centre),
        Request::Select(request) => call(request, centre),
        Request::Add(request) => with_key(call(request, centre), begun),
        Request::Use(request) => with_key(call(request, centre), begun),
        Request::ScanSelected(request) => with_key(call(request, centre), begun),
    });
    planned.collect()
}
