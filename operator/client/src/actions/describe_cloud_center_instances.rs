//! `DescribeCloudCenterInstances`: the servers that Security Center knows, page by page.
//! A filter that the cloud does not know may be ignored there, so a caller checks that the rows match.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// One page of servers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeCloudCenterInstances {
    /// JSON list of filters; see [`criteria`].
    pub criteria: Option<String>,
    /// `OR` or `AND` between the filters.
    pub logical_exp: Option<String>,
    /// Kind of asset, such as `ecs`.
    pub machine_types: Option<String>,
    /// Page, from 1.
    pub current_page: Option<i64>,
    /// Rows per page; the cloud's default is 20.
    pub page_size: Option<i64>,
    /// Pages by token instead of number; the total is not returned then.
    pub use_next_token: Option<bool>,
    /// Token of the page to read.
    pub next_token: Option<String>,
    /// Leaves out the path of groups.
    pub no_group_trace: Option<bool>,
}

impl Action for DescribeCloudCenterInstances {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "DescribeCloudCenterInstances";
    const RAM: &'static str = "yundun-sas:DescribeCloudCenterInstances";
    type Effect = Read;
    type Response = CloudCenterInstances;
}

/// One filter of `Criteria`. Names are case-sensitive, such as `uuidList`, `instanceId`, `clusterId`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Criterion<'a> {
    /// Name of the filter.
    pub name: &'a str,
    /// Value to match.
    pub value: &'a str,
}

/// The JSON text of a list of filters, in the given order.
pub fn criteria(filters: &[Criterion<'_>]) -> String {
    serde_json::to_string(filters).expect("a list of texts is always JSON")
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CloudCenterInstances {
    /// The servers of this page.
    #[serde(deserialize_with = "lenient::list")]
    pub instances: Vec<CloudCenterInstance>,
    /// Where this page stands.
    pub page_info: Option<PageInfo>,
}

/// Where a page stands in the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PageInfo {
    /// Rows on this page.
    #[serde(deserialize_with = "lenient::integer")]
    pub count: Option<i64>,
    /// This page, from 1.
    #[serde(deserialize_with = "lenient::integer")]
    pub current_page: Option<i64>,
    /// Rows per page.
    #[serde(deserialize_with = "lenient::integer")]
    pub page_size: Option<i64>,
    /// Rows in all; absent when pages are read by token.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_count: Option<i64>,
    /// Token of the next page; empty at the end.
    pub next_token: Option<String>,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CloudCenterInstance {
    /// Security Center's id of the server.
    pub uuid: Option<String>,
    /// Id of the instance, such as `i-...`.
    pub instance_id: Option<String>,
    /// Name.
    pub instance_name: Option<String>,
    /// Physical or dedicated region; not fit for calls to other products.
    pub region: Option<String>,
    /// API region.
    pub region_id: Option<String>,
    /// Public address.
    pub internet_ip: Option<String>,
    /// Private address.
    pub intranet_ip: Option<String>,
    /// The address that is shown.
    pub ip: Option<String>,
    /// `linux` or `windows`.
    pub os: Option<String>,
    /// Full name of the operating system.
    pub os_name: Option<String>,
    /// `Running`, `notRunning` or `UNKNOWN`.
    pub status: Option<String>,
    /// Agent: `online`, `offline` or `pause`.
    pub client_status: Option<String>,
    /// Agent: `online`, `offline`, `pause`, `uninstalled` or `stopped`.
    pub client_sub_status: Option<String>,
    /// Edition: 1 free, 3 enterprise, 5 advanced, 6 anti-virus, 7 ultimate. Not ordered by strength.
    #[serde(deserialize_with = "lenient::integer")]
    pub auth_version: Option<i64>,
    /// Name of the edition.
    pub auth_version_name: Option<String>,
    /// When the edition last changed, in milliseconds since 1970.
    #[serde(deserialize_with = "lenient::integer")]
    pub auth_modify_time: Option<i64>,
    /// Whether an edition is bound.
    #[serde(deserialize_with = "lenient::boolean")]
    pub bind: Option<bool>,
    /// How the edition is paid: 0 subscription, 1 pay-as-you-go.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_flag: Option<i64>,
    /// CPU cores.
    #[serde(deserialize_with = "lenient::integer")]
    pub cores: Option<i64>,
    /// Container cluster that the server is a node of.
    pub cluster_id: Option<String>,
    /// Name of that cluster.
    pub cluster_name: Option<String>,
    /// Group.
    #[serde(deserialize_with = "lenient::integer")]
    pub group_id: Option<i64>,
    /// Names of the groups from the root.
    pub group_trace: Option<String>,
    /// Tags, as one text.
    pub tag: Option<String>,
    /// VPC.
    pub vpc_instance_id: Option<String>,
    /// 0 Alibaba Cloud, 1 outside, 2 data centre, others: other clouds and services.
    #[serde(deserialize_with = "lenient::integer")]
    pub vendor: Option<i64>,
    /// Name of the vendor.
    pub vendor_name: Option<String>,
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

    #[test]
    fn criteria_are_one_json_text() {
        let text = criteria(&[Criterion {
            name: "uuidList",
            value: "a,\"b\"",
        }]);
        assert_eq!(text, r#"[{"name":"uuidList","value":"a,\"b\""}]"#);
    }
}
