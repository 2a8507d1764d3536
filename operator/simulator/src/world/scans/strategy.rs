//! A strategy of the baseline check: which servers it covers, which checks it makes, and when the
//! cloud executes it. Executions are scans of their own.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::DataCentre;

/// One strategy; its map key is its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Strategy {
    /// Name.
    pub name: String,
    /// `common` or `custom`.
    pub custom_type: String,
    /// Made by the system and not by a user (`Type` 1 and 2).
    pub built_in: bool,
    /// 1, 3, 7 or 30, which mean every 2, 4, 8 or 31 days.
    pub cycle_days: i32,
    /// Hour in which the cloud may begin: 0, 6, 12 or 18.
    pub cycle_start_time: i32,
    /// Local time of day, `HH:mm:ss`.
    pub start_time: String,
    /// Local time of day, `HH:mm:ss`.
    pub end_time: String,
    /// Server groups it covers; neither groups nor servers means all servers.
    pub groups: BTreeSet<i64>,
    /// Servers it covers, by uuid.
    pub servers: BTreeSet<String>,
    /// The checks it makes; none means all.
    pub checks: BTreeSet<i64>,
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            custom_type: "common".to_owned(),
            built_in: false,
            cycle_days: 1,
            cycle_start_time: 0,
            start_time: "00:00:00".to_owned(),
            end_time: "06:00:00".to_owned(),
            groups: BTreeSet::new(),
            servers: BTreeSet::new(),
            checks: BTreeSet::new(),
        }
    }
}

impl Strategy {
    /// The listed servers it covers.
    pub fn covered(&self, centre: &DataCentre, now: Timestamp) -> BTreeSet<String> {
        let everything = self.groups.is_empty() && self.servers.is_empty();
        let listed = centre.listed(now).filter(|(uuid, asset)| {
            everything || self.groups.contains(&asset.group_id) || self.servers.contains(*uuid)
        });
        listed.map(|(uuid, _)| uuid.clone()).collect()
    }

    /// Whether it makes a check.
    pub fn makes(&self, check: i64) -> bool {
        self.checks.is_empty() || self.checks.contains(&check)
    }
}
