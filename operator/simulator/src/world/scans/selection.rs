//! Selections of servers for virus scans. Each has a key; which of them counts for a business type
//! is one slot per account, so two callers who select at the same time overwrite each other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::{Asset, DataCentre, OsType};

/// What the targets of a selection are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetType {
    /// Servers by uuid.
    #[default]
    Instance,
    /// Server groups by id.
    Group,
    /// VPCs by id.
    Vpc,
    /// Every server.
    AllInstance,
}

/// The operating systems a selection keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Platform {
    #[default]
    All,
    Windows,
    Linux,
}

/// One selection; its map key is its `SelectionKey`, a uuid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Selection {
    /// What it is for, such as `VIRUS_SCAN_ONCE_TASK`.
    pub business_type: String,
    /// What its targets are.
    pub target_type: TargetType,
    /// The operating systems it keeps.
    pub platform: Platform,
    /// Uuids, group ids or VPC ids.
    pub targets: BTreeSet<String>,
}

impl Selection {
    /// The listed servers that it selects now.
    pub fn servers(&self, centre: &DataCentre, now: Timestamp) -> BTreeSet<String> {
        let selected = |uuid: &String, asset: &Asset| match self.target_type {
            TargetType::Instance => self.targets.contains(uuid),
            TargetType::Group => self.targets.contains(&asset.group_id.to_string()),
            TargetType::Vpc => self.targets.contains(&asset.vpc_instance_id),
            TargetType::AllInstance => true,
        };
        let kept = |asset: &Asset| match self.platform {
            Platform::All => true,
            Platform::Windows => asset.os_type == OsType::Windows,
            Platform::Linux => asset.os_type == OsType::Linux,
        };
        let servers = centre.listed(now);
        servers
            .filter(|(uuid, asset)| selected(uuid, asset) && kept(asset))
            .map(|(uuid, _)| uuid.clone())
            .collect()
    }
}
