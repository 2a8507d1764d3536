//! The full plan of an object. A large one lies in ConfigMaps; what is read there counts only if its
//! digest is the one in the status.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use sas_api::large::Lines;
use sas_api::plan::{Plan, PublishedPlan};

use crate::cluster::Cluster;
use crate::failure;

impl Cluster {
    /// All calls and targets of a plan, also where the status holds only the first of them.
    pub async fn full_plan(&self, namespace: &str, published: &PublishedPlan) -> Result<Plan> {
        let Some(digest) = &published.full_digest else {
            return Ok(published.plan.clone());
        };
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        let mut chunks: Vec<BTreeMap<String, String>> = Vec::new();
        for name in &published.full_plan_config_maps {
            let map = maps.get(name).await;
            let map = map.map_err(|error| {
                failure::of_api(&format!("read the full plan in ConfigMap {name}"), error)
            })?;
            chunks.push(map.data.unwrap_or_default());
        }
        let lines = Lines::of_chunks(&chunks);
        let read = (lines.digest() == *digest).then(|| lines.parse()).flatten();
        let (targets, calls) = read.context(
            "the ConfigMaps do not hold the plan that the status speaks of; ask for a new one: `kubectl sas replan`",
        )?;
        Ok(Plan {
            targets,
            calls,
            ..published.plan.clone()
        })
    }
}
