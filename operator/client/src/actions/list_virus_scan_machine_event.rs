//! `ListVirusScanMachineEvent`: what a virus scan found on servers.

use super::shared::PageInfo;

action! {
    /// Which findings, and which page of them.
    pub struct ListVirusScanMachineEvent: Read<Sas> -> VirusScanMachineEvents {
        /// Security Center's id of one server.
        uuid: Option<String>,
        /// Task of an operation on findings.
        operate_task_id: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
        /// Page, from 1; needed.
        current_page: Option<i64>,
        /// Rows per page; needed.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct VirusScanMachineEvents {
        /// The findings of this page.
        data: Vec<VirusScanMachineEvent>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A finding.
    pub struct VirusScanMachineEvent {
        /// Id of the alert.
        event_id: Option<i64>,
        /// Name.
        event_name: Option<String>,
        /// `serious`, `suspicious` or `remind`.
        level: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// When it was found last, in milliseconds since 1970.
        last_time_stamp: Option<i64>,
        /// Particulars.
        details: Vec<VirusScanEventDetail>,
    }

    /// A particular of a finding.
    pub struct VirusScanEventDetail {
        /// Kind of particular.
        info_type: Option<String>,
        /// Name as it is shown.
        name_display: Option<String>,
        /// Kind of value.
        r#type: Option<String>,
        /// Value as it is shown.
        value_display: Option<String>,
    }
}
