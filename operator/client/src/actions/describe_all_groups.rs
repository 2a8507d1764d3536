//! `DescribeAllGroups`: all groups of servers, without pages.

action! {
    /// All groups.
    pub struct DescribeAllGroups: Read<Sas> -> AssetGroups {}
}

reply! {
    /// The answer.
    pub struct AssetGroups {
        /// Number of groups.
        count: Option<i64>,
        /// The groups.
        groups: Vec<AssetGroup>,
    }

    /// A group of servers.
    pub struct AssetGroup {
        /// Id.
        group_id: Option<i64>,
        /// Name.
        group_name: Option<String>,
        /// 0 for the default group.
        group_flag: Option<i64>,
    }
}
