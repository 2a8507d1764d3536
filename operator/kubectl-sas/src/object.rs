//! An object of any kind: its metadata and spec as they came, and the parts of the status that all kinds
//! share as types.

use kube::ResourceExt;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use sas_api::plan::PublishedPlan;
use sas_api::{CommonStatus, GROUP, GateStatus, KindInfo, VERSION, annotations, condition};

/// An object and the typed parts of its status.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind.
    pub kind: &'static KindInfo,
    /// As it came.
    pub raw: DynamicObject,
    /// What every kind reports.
    pub common: CommonStatus,
    /// What kinds report that write; empty for the others.
    pub gate: GateStatus,
}

impl Object {
    /// Reads the shared parts; fails with the reason where the status is not one that this program knows.
    pub fn read(kind: &'static KindInfo, raw: DynamicObject) -> Result<Self, serde_json::Error> {
        let status = match raw.data.get("status") {
            Some(status) => status.clone(),
            None => serde_json::json!({}),
        };
        Ok(Self {
            kind,
            common: serde_json::from_value(status.clone())?,
            gate: serde_json::from_value(status)?,
            raw,
        })
    }

    /// Name.
    pub fn name(&self) -> String {
        self.raw.name_any()
    }

    /// Namespace.
    pub fn namespace(&self) -> String {
        self.raw.namespace().unwrap_or_default()
    }

    /// Kind and name, as this program takes them: `sasauthbinding/web`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind.kind.to_lowercase(), self.name())
    }

    /// The value of an annotation, where an empty one counts as absent.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        annotations::get(self.raw.metadata.annotations.as_ref(), key)
    }

    /// The published plan.
    pub fn plan(&self) -> Option<&PublishedPlan> {
        self.gate.plan.as_ref()
    }

    /// Status, reason and message of a condition, if it is there.
    pub fn condition(&self, type_: &str) -> Option<(&str, &str, &str)> {
        let found = self.common.conditions.iter().find(|c| c.type_ == type_)?;
        Some((&found.status, &found.reason, &found.message))
    }

    /// Whether a plan waits for a decision.
    pub fn is_pending(&self) -> bool {
        let waits = |(status, ..): (&str, &str, &str)| status == "Unknown";
        self.plan().is_some() && self.condition(condition::APPROVED).is_some_and(waits)
    }

    /// Who wrote the spec, as far as that is known of its present generation.
    pub fn requesters(&self) -> Option<String> {
        let generation = self.annotation(annotations::REQUESTED_GENERATION)?;
        let present = generation.parse().ok() == self.raw.metadata.generation;
        let writers = self.annotation(annotations::REQUESTED_BY).filter(|_| present)?;
        // Names are separated by commas; a comma in a name is escaped.
        let names = writers
            .split(',')
            .map(|name| name.replace("%2C", ",").replace("%25", "%"));
        Some(names.collect::<Vec<_>>().join(", "))
    }
}

/// How the API server serves a kind.
pub fn resource(kind: &KindInfo) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(GROUP, VERSION, kind.kind), kind.plural)
}
