//! `DescribeCloudCenterInstances`: the servers that Security Center knows, page by page.
//! A filter that the cloud does not know may be ignored there, so a caller checks that the rows match.

use super::shared::{Criterion, PageInfo};
use crate::wire::Json;

action! {
    /// One page of servers.
    pub struct DescribeCloudCenterInstances: Read<Sas> -> CloudCenterInstances {
        /// Filters.
        criteria: Option<Json<Vec<Criterion>>>,
        /// `OR` or `AND` between the filters.
        logical_exp: Option<String>,
        /// Kind of asset, such as `ecs`.
        machine_types: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page; the cloud's default is 20.
        page_size: Option<i64>,
        /// Pages by token instead of number; the total is not returned then.
        use_next_token: Option<bool>,
        /// Token of the page to read.
        next_token: Option<String>,
        /// Leaves out the path of groups.
        no_group_trace: Option<bool>,
    }
}

reply! {
    /// The answer.
    pub struct CloudCenterInstances {
        /// The servers of this page.
        instances: Vec<CloudCenterInstance>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A server.
    pub struct CloudCenterInstance {
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Id of the instance, such as `i-...`.
        instance_id: Option<String>,
        /// Name.
        instance_name: Option<String>,
        /// Physical or dedicated region; not fit for calls to other products.
        region: Option<String>,
        /// API region.
        region_id: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// The address that is shown.
        ip: Option<String>,
        /// `linux` or `windows`.
        os: Option<String>,
        /// Full name of the operating system.
        os_name: Option<String>,
        /// `Running`, `notRunning` or `UNKNOWN`.
        status: Option<String>,
        /// Agent: `online`, `offline` or `pause`.
        client_status: Option<String>,
        /// Agent: `online`, `offline`, `pause`, `uninstalled` or `stopped`.
        client_sub_status: Option<String>,
        /// Edition: 1 free, 3 enterprise, 5 advanced, 6 anti-virus, 7 ultimate. Not ordered by strength.
        auth_version: Option<i64>,
        /// Name of the edition.
        auth_version_name: Option<String>,
        /// When the edition last changed, in milliseconds since 1970.
        auth_modify_time: Option<i64>,
        /// Whether an edition is bound.
        bind: Option<bool>,
        /// How the edition is paid: 0 subscription, 1 pay-as-you-go.
        post_paid_flag: Option<i64>,
        /// CPU cores.
        cores: Option<i64>,
        /// Container cluster that the server is a node of.
        cluster_id: Option<String>,
        /// Name of that cluster.
        cluster_name: Option<String>,
        /// Group.
        group_id: Option<i64>,
        /// Names of the groups from the root.
        group_trace: Option<String>,
        /// Tags, as one text.
        tag: Option<String>,
        /// VPC.
        vpc_instance_id: Option<String>,
        /// 0 Alibaba Cloud, 1 outside, 2 data centre, others: other clouds and services.
        vendor: Option<i64>,
        /// Name of the vendor.
        vendor_name: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_page_with_its_odd_types() {
        let page: CloudCenterInstances = serde_json::from_str(
            r#"{"Success":true,"RequestId":"7E0618A9-D5EF-4220-9471-C42B5E92719F",
            "PageInfo":{"Count":"1","CurrentPage":1,"PageSize":20,"TotalCount":"1"},
            "Instances":[{"Uuid":"inet-7c676676-06fa-442e-90fb-b802e5d6****","AuthVersion":"3","Bind":true,
            "RiskCount":"{}","AuthModifyTime":1640670203000,"Cores":4,"ClusterId":null,"Unheard":{"of":[]}}]}"#,
        )
        .unwrap();
        assert_eq!(page.page_info.and_then(|info| info.total_count), Some(1));
        let server = &page.instances[0];
        assert_eq!(server.auth_version, Some(3));
        assert_eq!(server.auth_modify_time, Some(1_640_670_203_000));
        assert_eq!((server.bind, server.cluster_id.as_deref()), (Some(true), None));
    }
}
