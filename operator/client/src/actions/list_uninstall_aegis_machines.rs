//! `ListUninstallAegisMachines`: servers without an agent.

action! {
    /// Which servers, and which page of them.
    pub struct ListUninstallAegisMachines: Read<Sas> -> UninstalledMachines {
        /// Vendor: 0 Alibaba Cloud, 1 outside, others: other clouds.
        vendor: Option<i64>,
        /// `linux` or `windows`.
        os: Option<String>,
        /// Region by number.
        region_no: Option<String>,
        /// Region by id.
        region_id_str: Option<String>,
        /// Name or address of servers.
        remark: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct UninstalledMachines {
        /// The servers of this page.
        machine_list: Vec<UninstalledMachine>,
        /// This page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// A server without an agent.
    pub struct UninstalledMachine {
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
        /// API region.
        region_id: Option<String>,
        /// Physical region.
        machine_region: Option<String>,
        /// `linux` or `windows`.
        os: Option<String>,
        /// Vendor, as in the request.
        vendor: Option<i64>,
        /// Name of the vendor.
        vendor_name: Option<String>,
    }
}
