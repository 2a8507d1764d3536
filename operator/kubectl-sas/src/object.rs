//! An object of any kind: its metadata and spec as they came, and the parts of the status that all kinds
//! share as types.

use kube::ResourceExt;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use sas_api::plan::PublishedPlan;
use sas_api::status::Execution;
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

    /// As the commands of this program take it, wherever they are run: `sasauthbinding/web -n shop`.
    pub fn target(&self) -> String {
        format!("{} -n {}", self.reference(), self.namespace())
    }

    /// The value of an annotation, where an empty one counts as absent.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        annotations::get(self.raw.metadata.annotations.as_ref(), key)
    }

    /// The published plan.
    pub fn plan(&self) -> Option<&PublishedPlan> {
        self.gate.plan.as_ref()
    }

    /// What was carried out, the oldest first: besides the last execution what it stops, or what stopped it.
    pub fn executions(&self) -> impl Iterator<Item = &Execution> {
        let running = self.gate.running.iter().map(|running| &running.execution);
        let others = self.gate.execution.iter().chain(&self.gate.stopped_by);
        let mut executions: Vec<_> = running.chain(others).collect();
        executions.sort_by_key(|execution| execution.epoch);
        executions.into_iter()
    }

    /// Status, reason and message of a condition, if it is there.
    pub fn condition(&self, type_: &str) -> Option<(&str, &str, &str)> {
        let found = self.common.conditions.iter().find(|c| c.type_ == type_)?;
        Some((&found.status, &found.reason, &found.message))
    }

    /// Whether a plan of the present spec waits for a decision.
    pub fn is_pending(&self) -> bool {
        let waits = |(status, ..): (&str, &str, &str)| status == "Unknown";
        let present = |plan: &PublishedPlan| Some(plan.observed_generation) == self.raw.metadata.generation;
        self.plan().is_some_and(present) && self.condition(condition::APPROVED).is_some_and(waits)
    }

    /// Who wrote the spec, as far as that is known of its present generation.
    pub fn requesters(&self) -> Option<String> {
        let generation = self.annotation(annotations::REQUESTED_GENERATION)?;
        let present = generation.parse().ok() == self.raw.metadata.generation;
        let writers = self.annotation(annotations::REQUESTED_BY).filter(|_| present)?;
        Some(readable_writers(writers))
    }
}

/// A list of user names as people read it: in the annotation they are separated by commas, and a comma in a
/// name is escaped.
pub fn readable_writers(writers: &str) -> String {
    let names = writers
        .split(',')
        .map(|name| name.replace("%2C", ",").replace("%25", "%"));
    names.collect::<Vec<_>>().join(", ")
}

/// How the API server serves a kind.
pub fn resource(kind: &KindInfo) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(GROUP, VERSION, kind.kind), kind.plural)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::names;

    /// The moment at which tests look.
    pub const NOW: &str = "2026-11-21T10:00:00Z";

    fn read(kind: &str, text: &str, change: impl FnOnce(&mut Value)) -> Object {
        let mut value: Value = serde_json::from_str(text).unwrap();
        change(&mut value);
        Object::read(names::kind(kind).unwrap(), serde_json::from_value(value).unwrap()).unwrap()
    }

    /// A binding whose plan waits.
    pub fn binding() -> Object {
        read("sasauth", include_str!("../testdata/binding.json"), |_| ())
    }

    /// An account that works.
    pub fn account() -> Object {
        read("sasacc", include_str!("../testdata/account.json"), |_| ())
    }

    /// A report of the account that has the account's own name.
    pub fn report() -> Object {
        let report = json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasRiskReport",
            "metadata": {"name": "main", "namespace": "shop"},
            "spec": {"accountRef": {"name": "main"}},
            "status": {"phase": "Ready", "conditions": [{
                "type": "Ready", "status": "True", "reason": "InSync", "lastTransitionTime": NOW,
                "message": "1 vulnerability, 6 alerts open; not all could be read: Virus: no permission",
            }]},
        });
        read("sasrisk", &report.to_string(), |_| ())
    }

    /// A binding whose plan was carried out: the first call answered, the reply to the second lost.
    pub fn executed() -> Object {
        let done: Value = serde_json::from_str(include_str!("../testdata/executed.json")).unwrap();
        read("sasauth", include_str!("../testdata/binding.json"), |object| {
            for (key, value) in done.as_object().unwrap() {
                object["status"][key] = value.clone();
            }
        })
    }

    /// A binding with names and texts that try to steer a terminal.
    pub fn hostile() -> Object {
        read("sasauth", include_str!("../testdata/binding.json"), |object| {
            object["metadata"]["annotations"]["sas-operator.io/requested-by"] =
                json!("eve\u{1b}[8m%2C\u{202e}nimda");
            let plan = &mut object["status"]["plan"];
            plan["summary"] = json!("harmless\r\n  Risk:         R0, reads only\u{1b}[1A");
            plan["targets"][0]["name"] = json!("web\u{200b}-1\u{9b}2J\tx\u{7}");
            plan["calls"][0]["parameters"][1]["value"] = json!("u-1\u{1b}]0;title\u{7}");
            plan["warnings"] = json!(["first\nsecond \u{2066}third"]);
            plan["cost"]["display"] = json!("\u{1b}[2Knone");
        })
    }

    #[test]
    fn writers_are_known_for_the_present_spec_only() {
        let mut object = binding();
        assert_eq!(object.requesters().as_deref(), Some("developer"));
        object.raw.metadata.generation = Some(3);
        assert_eq!(object.requesters(), None);
        assert_eq!(
            hostile().requesters().as_deref(),
            Some("eve\u{1b}[8m,\u{202e}nimda")
        );
    }

    #[test]
    fn an_object_that_the_operator_has_not_seen_is_read() {
        let fresh = read("sasauth", include_str!("../testdata/binding.json"), |object| {
            object["status"] = json!({"observedGeneration": -1});
        });
        assert!(!fresh.is_pending() && fresh.plan().is_none());
    }

    #[test]
    fn what_was_carried_out_comes_in_order() {
        let begun = |epoch: i64| json!({"hash": "sha256:0", "epoch": epoch, "observedGeneration": 1, "startedTime": NOW});
        let epochs = |status: Value| {
            let object = read("sasauth", include_str!("../testdata/binding.json"), |object| {
                let status = status.as_object().unwrap().clone();
                object["status"].as_object_mut().unwrap().extend(status);
            });
            object.executions().map(|one| one.epoch).collect::<Vec<_>>()
        };
        let plan = binding().gate.plan.unwrap();
        let aside = json!({"plan": plan, "execution": begun(1)});
        let while_stopped = json!({"running": aside, "stoppedBy": [begun(2)], "execution": begun(3)});
        let ended = json!({"execution": begun(1), "stoppedBy": [begun(2), begun(3)]});
        assert_eq!([epochs(while_stopped), epochs(ended)], [[1, 2, 3], [1, 2, 3]]);
    }
}
