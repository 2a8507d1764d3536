//! `CreateAssetSelectionConfig`: begins a selection of servers, the first step of a virus scan. Its key
//! names it in the next steps.

use crate::action::SupportsDryRun;

action! {
    /// What is selected, and for what.
    pub struct CreateAssetSelectionConfig: Write<Sas> -> AssetSelectionCreated {
        /// What it is for, such as `VIRUS_SCAN_ONCE_TASK`; needed.
        business_type: Option<String>,
        /// `instance`, `group`, `vpc` or `all_instance`; needed.
        target_type: Option<String>,
        /// Operating systems: `all`, `linux` or `windows`.
        platform: Option<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

impl SupportsDryRun for CreateAssetSelectionConfig {}

reply! {
    /// The answer.
    pub struct AssetSelectionCreated {
        /// The selection.
        data: Option<CreatedAssetSelection>,
    }

    /// A new selection.
    pub struct CreatedAssetSelection {
        /// Its key; modelled as a number, but seen as a uuid.
        selection_key: Option<String>,
        /// As in the request.
        business_type: Option<String>,
        /// As in the request.
        target_type: Option<String>,
        /// As in the request.
        platform: Option<String>,
    }
}
