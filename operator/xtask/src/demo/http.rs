//! The simulator's control interface, as the demo uses it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::parts;

/// A running simulator.
pub struct Simulator {
    agent: ureq::Agent,
    url: String,
}

/// A request that reached the cloud, see docs/simulator.md.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the cloud calls it RequestId")]
pub struct Request {
    /// Position in the log.
    pub seq: u64,
    /// The action.
    pub action: String,
    /// `read` or `write`; nothing when the cloud does not know the action.
    pub effect: Option<String>,
    /// Wire names and values, without those of the signature.
    pub parameters: BTreeMap<String, String>,
    /// Whether it changed the cloud.
    pub committed: bool,
    /// The cloud's id of the request.
    #[serde(rename = "requestID")]
    pub request_id: String,
}

#[derive(Deserialize)]
struct Log {
    requests: Vec<Request>,
}

impl Simulator {
    /// The simulator of the world in `dir`.
    pub fn of(dir: &Path) -> Result<Self> {
        let config = ureq::Agent::config_builder()
            .proxy(None) // it listens on loopback
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        let url = fs::read_to_string(dir.join(parts::SIMULATOR_URL))
            .context("failed to read the simulator's URL")?;
        Ok(Self {
            agent: config.into(),
            url: url.trim().to_owned(),
        })
    }

    /// Everything but reads that reached the cloud, oldest first, and the number of reads.
    pub fn writes(&self) -> Result<(Vec<Request>, usize)> {
        let log: Log = self.get("requests?after=0")?;
        let (writes, reads): (Vec<_>, Vec<_>) = log
            .requests
            .into_iter()
            .partition(|request| request.effect.as_deref() != Some("read"));
        Ok((writes, reads.len()))
    }

    /// Where a server is in the world: account and data centre.
    pub fn place_of(&self, uuid: &str) -> Result<(String, String)> {
        let world: Value = self.get("world")?;
        let accounts = world["accounts"]
            .as_object()
            .context("the world has no accounts")?;
        for (account, content) in accounts {
            let centres = content["dataCentres"].as_object().into_iter().flatten();
            for (centre, content) in centres {
                if content["assets"].get(uuid).is_some() {
                    return Ok((account.clone(), centre.clone()));
                }
            }
        }
        anyhow::bail!("the cloud has no server {uuid}")
    }

    /// Changes the world by a JSON merge patch, as somebody at the console would.
    pub fn patch_world(&self, patch: &Value) -> Result<()> {
        let request = self.agent.patch(format!("{}/_sim/world", self.url));
        request
            .send_json(patch)
            .context("failed to change the simulated world")?;
        Ok(())
    }

    /// Lets so many seconds pass in the cloud.
    pub fn step_clock(&self, seconds: u32) -> Result<()> {
        let request = self.agent.post(format!("{}/_sim/clock", self.url));
        request
            .send_json(serde_json::json!({"stepSeconds": seconds}))
            .context("failed to move the simulated time")?;
        Ok(())
    }

    fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let mut response = self
            .agent
            .get(format!("{}/_sim/{path}", self.url))
            .call()
            .with_context(|| format!("failed to ask the simulator for {path}"))?;
        let limit = 64 * 1024 * 1024; // a world with 10,000 servers is larger than the library's limit
        response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_json()
            .context("failed to read the simulator's answer")
    }
}
