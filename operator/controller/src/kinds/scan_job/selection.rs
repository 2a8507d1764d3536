//! The selection of servers that a scan for viruses needs. An account has one place for it, so whoever
//! selects later replaces it: one job at a time sets up such a scan, and it looks once more who is selected
//! in the moment before the scan is ordered.

use sas_api::account::DataCentre;
use sas_api::kinds::scan_job::VirusScan;
use sas_api::plan::{Call, Parameter, ParameterSource, ReceiptField};
use sas_client::action::Action;
use sas_client::actions::{
    AddAssetSelectionCriteria, CreateAssetSelectionConfig, CreateVirusScanOnceTask, GetAssetSelectionConfig,
    UpdateSelectionKeyByType,
};
use sas_engine::{SendError, Unavailable};

use crate::sas::Sas;

/// What the selection is for.
pub(super) const PURPOSE: &str = "VIRUS_SCAN_ONCE_TASK";
/// The calls that set up a scan for viruses.
pub(super) const ACTIONS: [&str; 4] = [
    CreateAssetSelectionConfig::NAME,
    AddAssetSelectionCriteria::NAME,
    UpdateSelectionKeyByType::NAME,
    CreateVirusScanOnceTask::NAME,
];
/// The parameter, and the field of a receipt, that holds the key of a selection.
pub(super) const KEY: &str = "SelectionKey";

/// The request that begins a selection.
pub(super) fn of(target_type: &str) -> CreateAssetSelectionConfig {
    CreateAssetSelectionConfig {
        business_type: Some(PURPOSE.to_owned()),
        target_type: Some(target_type.to_owned()),
        platform: Some("all".to_owned()),
        ..Default::default()
    }
}

/// The request that scans what is selected.
pub(super) fn scan(virus: &VirusScan) -> CreateVirusScanOnceTask {
    CreateVirusScanOnceTask {
        scan_type: Some(virus.kind.as_str().to_owned()),
        scan_path: virus.paths.clone(),
        ..Default::default()
    }
}

/// The call, with the key of the selection that the call with index `begun` began.
pub(super) fn with_key(mut call: Call, begun: usize) -> Call {
    let receipt_field = Some(ReceiptField {
        call: i32::try_from(begun).unwrap_or(i32::MAX),
        field: KEY.to_owned(),
    });
    let source = ParameterSource {
        receipt_field,
        ..Default::default()
    };
    call.parameters.push(Parameter::from(KEY, source));
    call
}

/// Key of the selection that is in use, if there is one.
pub(super) async fn in_use(sas: &Sas, centre: DataCentre) -> Result<Option<String>, Unavailable> {
    let request = GetAssetSelectionConfig {
        business_type: Some(PURPOSE.to_owned()),
    };
    let answer = sas.read(&request, centre).await?;
    Ok(answer.data.and_then(|data| data.selection_key))
}

/// Holds a scan back unless the selection in use is the one that it is about.
pub(super) fn verify(in_use: Option<&str>, wanted: Option<&str>) -> Result<(), SendError> {
    if wanted.is_some() && in_use == wanted {
        return Ok(());
    }
    Err(SendError::Rejected {
        message: REPLACED.to_owned(),
        request_id: None,
    })
}

/// What is said where somebody else has selected other servers meanwhile.
pub(super) const REPLACED: &str = "somebody else selected other servers for a scan for viruses meanwhile, so this scan is not ordered any more";
