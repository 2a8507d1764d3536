//! The calls of a scan of a whole account. Only a job whose spec says `scope: Account` makes them; they are
//! a type of their own, so that no other job can.

use std::collections::BTreeMap;

use sas_api::account::DataCentre;
use sas_api::kinds::scan_job::{FingerprintItem, VirusScan, VulnerabilityType};
use sas_api::plan::Call;
use sas_client::actions::{
    CreateAssetSelectionConfig, CreateVirusScanOnceTask, ExecStrategy, GenerateOnceTask, ModifyStartVulScan,
};
use sas_client::wire::Json;

use super::selection::{self, with_key};
use crate::kinds::{call, comma_list};

/// The type of task that collects fingerprints.
pub const COLLECTION: &str = "ASSETS_COLLECTION";
/// The sort of selection that holds every server. It is in use as soon as it is begun.
const EVERY_SERVER: &str = "all_instance";

/// A call of a scan of a whole account.
#[derive(Clone, Debug)]
pub struct AccountWideCall(Request);

#[derive(Clone, Debug)]
enum Request {
    Vulnerabilities(ModifyStartVulScan),
    Baseline(ExecStrategy),
    Fingerprint(GenerateOnceTask),
    SelectAll(CreateAssetSelectionConfig),
    ScanSelected(CreateVirusScanOnceTask),
}

/// What an account is scanned for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Kinds of vulnerabilities; none when empty.
    pub vulnerabilities: Vec<VulnerabilityType>,
    /// The baseline strategy to run.
    pub strategy_id: Option<i64>,
    /// What to list; nothing when empty.
    pub fingerprint: Vec<FingerprintItem>,
    /// A scan for viruses.
    pub virus: Option<&'a VirusScan>,
}

/// The calls that scan every server for what is wanted, in order.
pub fn calls(wanted: &Wanted<'_>) -> Vec<AccountWideCall> {
    let vulnerabilities = (!wanted.vulnerabilities.is_empty()).then(|| {
        let types = wanted.vulnerabilities.iter().map(|kind| kind.as_str().to_owned());
        Request::Vulnerabilities(ModifyStartVulScan {
            types: comma_list(types),
            ..Default::default()
        })
    });
    let baseline = wanted.strategy_id.map(|id| {
        Request::Baseline(ExecStrategy {
            strategy_id: Some(id),
            exec_action: Some("exec".to_owned()),
            ..Default::default()
        })
    });
    let fingerprint =
        (!wanted.fingerprint.is_empty()).then(|| Request::Fingerprint(collection(&wanted.fingerprint)));
    let virus = wanted.virus.map(|virus| {
        [
            Request::SelectAll(selection::of(EVERY_SERVER)),
            Request::ScanSelected(selection::scan(virus)),
        ]
    });
    let single = [vulnerabilities, baseline, fingerprint].into_iter().flatten();
    single
        .chain(virus.into_iter().flatten())
        .map(AccountWideCall)
        .collect()
}

fn collection(items: &[FingerprintItem]) -> GenerateOnceTask {
    let items: Vec<_> = items.iter().map(|item| item.as_str()).collect();
    GenerateOnceTask {
        task_type: Some(COLLECTION.to_owned()),
        task_name: Some(COLLECTION.to_owned()),
        param: Some(Json(BTreeMap::from([("items".to_owned(), items.join(","))]))),
        source: Some("console".to_owned()),
    }
}

/// The same as a plan holds them.
pub fn planned(calls: &[AccountWideCall], centre: DataCentre) -> Vec<Call> {
    let begun = calls
        .iter()
        .position(|call| matches!(call.0, Request::SelectAll(_)))
        .unwrap_or_default();
    let planned = calls.iter().map(|one| match &one.0 {
        Request::Vulnerabilities(request) => call(request, centre),
        Request::Baseline(request) => call(request, centre),
        Request::Fingerprint(request) => call(request, centre),
        Request::SelectAll(request) => call(request, centre),
        Request::ScanSelected(request) => with_key(call(request, centre), begun),
    });
    planned.collect()
}
