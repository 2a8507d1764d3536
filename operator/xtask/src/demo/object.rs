//! A resource as the API server returns it, with names for what the demo looks at.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::kubectl::Kubectl;

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(clippy::struct_field_names, reason = "a resource's name is called name")]
pub struct Name {
    /// Plural with group, as kubectl takes it.
    pub resource: String,
    /// The kind, for people.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

impl Name {
    /// Reads the resource.
    pub fn get(&self, kubectl: &Kubectl) -> Result<Object> {
        let text = kubectl.run(&[
            "get",
            &self.resource,
            &self.name,
            "--namespace",
            &self.namespace,
            "--output=json",
        ])?;
        serde_json::from_str(&text)
            .map(Object)
            .with_context(|| format!("failed to read {self}"))
    }
}

/// A condition.
pub struct Condition<'a> {
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// Why, in one word.
    pub reason: &'a str,
    /// Why, in words.
    pub message: &'a str,
}

/// A resource.
pub struct Object(pub Value);

impl Object {
    /// `status.phase`, empty before the operator has seen the resource.
    pub fn phase(&self) -> &str {
        self.0["status"]["phase"].as_str().unwrap_or_default()
    }

    /// The condition of a type, if there is one.
    pub fn condition(&self, type_: &str) -> Option<Condition<'_>> {
        let conditions = self.0["status"]["conditions"].as_array()?;
        let found = conditions.iter().find(|condition| condition["type"] == type_)?;
        let text = |field: &str| found[field].as_str().unwrap_or_default();
        Some(Condition {
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
        })
    }

    /// Reason of the condition Ready, empty when there is none.
    pub fn reason(&self) -> &str {
        self.condition("Ready").map_or("", |ready| ready.reason)
    }

    /// `status.summary`.
    pub fn summary(&self) -> &str {
        self.0["status"]["summary"].as_str().unwrap_or_default()
    }

    /// The published plan, null when there is none.
    pub fn plan(&self) -> &Value {
        &self.0["status"]["plan"]
    }

    /// Hash of the published plan.
    pub fn hash(&self) -> &str {
        self.plan()["hash"].as_str().unwrap_or_default()
    }

    /// Action and request id of each call of the last execution.
    pub fn receipts(&self) -> Vec<(String, String)> {
        let calls = self.0["status"]["execution"]["calls"].as_array();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        calls
            .into_iter()
            .flatten()
            .map(|call| (text(&call["action"]), text(&call["receipt"]["requestID"])))
            .collect()
    }

    /// The command that approves, as the condition's message gives it.
    pub fn approve_command(&self) -> Option<&str> {
        let message = self.condition("Ready")?.message;
        message
            .find("kubectl annotate ")
            .map(|start| message[start..].trim())
    }
}
