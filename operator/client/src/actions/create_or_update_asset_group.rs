//! `CreateOrUpdateAssetGroup`: creates a group, or changes its name or servers. Every run without a
//! `GroupId` may create one more, so a caller looks for the name first and after an unknown outcome.

use crate::wire::CommaList;

action! {
    /// The group. A server is in one group at a time: naming it here moves it.
    pub struct CreateOrUpdateAssetGroup: Write<Sas> -> AssetGroupSaved {
        /// The group to change; absent to create one.
        group_id: Option<i64>,
        /// Name; needed to create.
        group_name: Option<String>,
        /// Uuids of its servers. Whether servers that are left out stay in the group is not documented.
        uuids: CommaList,
    }
}

reply! {
    /// The answer.
    pub struct AssetGroupSaved {
        /// The group.
        group_id: Option<i64>,
    }
}
