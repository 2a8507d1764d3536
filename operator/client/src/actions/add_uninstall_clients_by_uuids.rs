//! `AddUninstallClientsByUuids`: uninstalls the agent of servers that are online. It answers no task id;
//! the effect is seen in the servers' agent state after half a minute and more.

use super::shared::Accepted;
use crate::wire::CommaList;

action! {
    /// The servers.
    pub struct AddUninstallClientsByUuids: Write<Sas> -> Accepted {
        /// Uuids; needed.
        uuids: CommaList,
        /// Region of the servers.
        region: Option<String>,
        /// Who asks, such as `init`.
        call_method: Option<String>,
        /// Why, for the vendor.
        feedback: Option<String>,
    }
}
