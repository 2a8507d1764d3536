//! `CreateVirusScanOnceTask`: starts a virus scan of a selection of servers, the last step of the chain.
//! It answers no task id.

use super::shared::Accepted;
use crate::action::SupportsDryRun;

action! {
    /// The scan.
    pub struct CreateVirusScanOnceTask: Write<Sas> -> Accepted {
        /// `system` for the usual places, `user` for given folders.
        scan_type: Option<String>,
        /// Folders, for `user`.
        scan_path: Vec<String>,
        /// Key of the selection.
        selection_key: Option<String>,
        /// Settings, as JSON text; their form is not documented.
        param: Option<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

impl SupportsDryRun for CreateVirusScanOnceTask {}
