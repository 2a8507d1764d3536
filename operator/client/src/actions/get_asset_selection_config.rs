//! `GetAssetSelectionConfig`: the selection that a purpose uses now.

action! {
    /// The purpose.
    pub struct GetAssetSelectionConfig: Read<Sas> -> AssetSelectionConfig {
        /// Such as `VIRUS_SCAN_ONCE_TASK`; needed.
        business_type: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct AssetSelectionConfig {
        /// The selection.
        data: Option<AssetSelection>,
    }

    /// A selection of servers.
    pub struct AssetSelection {
        /// Its key.
        selection_key: Option<String>,
        /// `instance`, `group`, `vpc` or `all_instance`.
        target_type: Option<String>,
        /// Operating systems: `all`, `linux` or `windows`.
        platform: Option<String>,
    }
}
