//! `ListVirusScanMachine`: servers on which a virus scan found something.

use super::shared::PageInfo;

action! {
    /// Which servers, and which page of them.
    pub struct ListVirusScanMachine: Read<Sas> -> VirusScanMachines {
        /// Security Center's id of one server.
        uuid: Option<String>,
        /// Name or address of servers.
        remark: Option<String>,
        /// Page, from 1; needed.
        current_page: Option<i64>,
        /// Rows per page; needed.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct VirusScanMachines {
        /// The servers of this page.
        data: Vec<VirusScanMachine>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A server with findings.
    pub struct VirusScanMachine {
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// Findings.
        event_count: Option<i64>,
    }
}
