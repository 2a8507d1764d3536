//! Software on a server: middleware, databases, web services, and the components of AI agents.
//! Security Center knows of it as of any finding, once a collection of fingerprints has seen it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scans::{Finding, Inspections, ScanKind, Seen};
use super::{Asset, DataCentre};

/// The listing of AI components, which the vendor's tools ask for and its documents do not name.
const AI_COMPONENTS: &str = "sca_ai";

/// One piece of software on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Software {
    /// Which listing it is in: `sca`, `sca_database`, `sca_web`, or `sca_ai` for AI components.
    pub biz: String,
    pub biz_type: String,
    pub name: String,
    pub version: String,
    pub path: String,
    pub config_path: String,
    pub cmdline: String,
    pub pid: String,
    pub ppid: String,
    pub port: String,
    #[serde(rename = "listenIP")]
    pub listen_ip: String,
    pub process_user: String,
    /// The container that it runs in; empty: on the server itself.
    pub container_name: String,
    pub image_name: String,
    pub pod_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_started: Option<Timestamp>,
    /// Since when it is there, and whether Security Center knows.
    pub finding: Finding,
}

impl Default for Software {
    fn default() -> Self {
        let empty = String::new;
        Self {
            biz: "sca".to_owned(),
            biz_type: "system_service".to_owned(),
            name: empty(),
            version: empty(),
            path: empty(),
            config_path: empty(),
            cmdline: empty(),
            pid: empty(),
            ppid: empty(),
            port: empty(),
            listen_ip: empty(),
            process_user: "root".to_owned(),
            container_name: empty(),
            image_name: empty(),
            pod_name: empty(),
            process_started: None,
            finding: Finding::default(),
        }
    }
}

impl Software {
    /// What Security Center knows of it after fingerprints of its server were collected at these
    /// times; nothing when the latest collection no longer saw it.
    pub fn seen(&self, collections: &[Timestamp], now: Timestamp) -> Option<Seen> {
        let seen = self.finding.seen(collections, now);
        seen.filter(|seen| !seen.fixed)
    }
}

impl DataCentre {
    /// When fingerprints of servers were collected.
    pub fn collections(&self, now: Timestamp) -> Inspections<'_> {
        self.scans.inspections(ScanKind::Fingerprint, now)
    }

    /// The servers on which Security Center knows of AI components, by uuid.
    pub fn with_ai(&self, now: Timestamp) -> BTreeSet<String> {
        let mut collections = None;
        let mut has_ai = |uuid: &str, asset: &Asset| {
            let mut components = asset.software.values().filter(|found| found.biz == AI_COMPONENTS);
            components.any(|found| {
                let collections = collections.get_or_insert_with(|| self.collections(now));
                found.seen(collections.of(uuid), now).is_some()
            })
        };
        let servers = self.assets.iter().filter(|(uuid, asset)| has_ai(uuid, asset));
        servers.map(|(uuid, _)| uuid.clone()).collect()
    }
}
