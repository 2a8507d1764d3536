//! `ListAssetSelectionSelectedTarget`: the targets of a selection of servers.

action! {
    /// The selection.
    pub struct ListAssetSelectionSelectedTarget: Read<Sas> -> SelectedTargets {
        /// Key of the selection; needed.
        selection_key: Option<String>,
        /// Only these, if they are targets.
        target_list: Vec<String>,
    }
}

reply! {
    /// The answer.
    pub struct SelectedTargets {
        /// The targets.
        data: Vec<SelectedTarget>,
    }

    /// A target.
    pub struct SelectedTarget {
        /// Id of a server, a group or a VPC, as the selection's type says.
        target_id: Option<String>,
        /// Its name.
        target_name: Option<String>,
    }
}
