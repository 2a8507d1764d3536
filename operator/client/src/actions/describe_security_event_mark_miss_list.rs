//! `DescribeSecurityEventMarkMissList`: the whitelist rules of alerts.

use super::shared::PageInfo;

action! {
    /// Which rules, and which page of them.
    pub struct DescribeSecurityEventMarkMissList: Read<Sas> -> MarkMissList {
        /// Name of an alert.
        event_name: Option<String>,
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
    pub struct MarkMissList {
        /// The rules of this page.
        list: Vec<MarkMissEntry>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A whitelist rule.
    pub struct MarkMissEntry {
        /// Id.
        id: Option<i64>,
        /// Name of the alert as it is shown.
        event_name: Option<String>,
        /// Name of the alert as the vendor codes it.
        event_name_original: Option<String>,
        /// Type of the alert as it is shown.
        event_type: Option<String>,
        /// Type of the alert as the vendor codes it.
        event_type_original: Option<String>,
        /// Field.
        field: Option<String>,
        /// Name of the field as it is shown. The misspelt name is the vendor's.
        filed_alias_name: Option<String>,
        /// `contains`, `notContains`, `regex`, `strEqual`, `strNotEqual`, `inIpSegment`.
        operate: Option<String>,
        /// What it is compared with.
        field_value: Option<String>,
        /// `ALL`, or the server that the rule is limited to.
        uuid: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
    }
}
