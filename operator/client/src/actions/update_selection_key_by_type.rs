//! `UpdateSelectionKeyByType`: makes a selection the one that its purpose uses. There is one such place
//! per account and purpose, so two chains at once overwrite each other.

use super::shared::Accepted;
use crate::action::SupportsDryRun;

action! {
    /// The purpose and its selection.
    pub struct UpdateSelectionKeyByType: Write<Sas> -> Accepted {
        /// Purpose, such as `VIRUS_SCAN_ONCE_TASK`.
        business_type: Option<String>,
        /// Key of the selection.
        selection_key: Option<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

impl SupportsDryRun for UpdateSelectionKeyByType {}
