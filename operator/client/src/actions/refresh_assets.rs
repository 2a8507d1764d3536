//! `RefreshAssets`: makes Security Center look for servers again. It answers no task id; the effect is
//! that a server appears in the list later. Ask at most once a minute.

use super::shared::Accepted;

action! {
    /// What to look for; all servers by default.
    pub struct RefreshAssets: Write<Sas> -> Accepted {
        /// Kind of asset, such as `ecs` or `cloud_product`.
        asset_type: Option<String>,
        /// Kind of cloud product, by number.
        cloud_asset_type: Option<i64>,
        /// Kind within the product, by number.
        cloud_asset_sub_type: Option<i64>,
        /// Vendor of the asset: 0 Alibaba Cloud, 1 outside, others: other clouds.
        vendor: Option<i64>,
    }
}
