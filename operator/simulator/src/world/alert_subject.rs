//! What an alert is about: the file, process or container, and further fields for whitelist rules.
//! What may be done about an alert follows from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file that an alert is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SuspiciousFile {
    pub path: String,
    pub md5: String,
}

/// A process that an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SuspiciousProcess {
    /// The whole command line, chosen by whoever attacks.
    pub command_line: String,
    /// False: ending it fails with `ProcessNotExist`.
    pub running: bool,
}

impl Default for SuspiciousProcess {
    fn default() -> Self {
        Self {
            command_line: String::new(),
            running: true,
        }
    }
}

/// A container that an alert is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SuspiciousContainer {
    pub id: String,
    pub image_name: String,
    pub namespace: String,
    pub pod_name: String,
    pub app_name: String,
}

/// A field that a whitelist rule may look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MarkField {
    /// Its name for people.
    pub alias: String,
    /// What this alert has in it.
    pub value: String,
}
