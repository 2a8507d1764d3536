//! `ModifyStartVulScan`: scans every server of the account for vulnerabilities. The API knows a list of
//! servers too, but was seen to ignore it, so this type cannot carry one. It answers no task id.

use super::shared::Accepted;
use crate::action::SupportsDryRun;
use crate::wire::CommaList;

action! {
    /// What to scan for.
    pub struct ModifyStartVulScan: Write<Sas> -> Accepted {
        /// `cve`, `sys`, `cms`, `app`, `emg`, `image`, `sca`; all when empty.
        types: CommaList,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

impl SupportsDryRun for ModifyStartVulScan {}
