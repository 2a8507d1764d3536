//! How a resource says which alerts it means, and what the cloud's codes of an alert are called. Shared by
//! every kind that deals with alerts.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::SERVER_ID;

/// An alert matches if it fits every field that is set, and within a list any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!(has(self.since) && has(self.sinceSeconds))")
    .message("`since` and `sinceSeconds` must not be set together: keep one of them")
    .field_path(".sinceSeconds"))]
#[x_kube(validation = Rule::new("has(self.levels) || has(self.types) || has(self.names) || has(self.uuids) \
                                 || has(self.since) || has(self.sinceSeconds)")
    .message("an empty selector would mean every alert: set at least one of `levels`, `types`, `names`, `uuids`, \
              `since` and `sinceSeconds`; `levels` with all three of them says that every alert is meant"))]
pub struct AlertSelector {
    /// How urgent: `serious`, `suspicious`, `remind`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 3))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub levels: Vec<AlertLevel>,
    /// Types, such as `Unusual logon`, in the words of the language in which the alerts are read; upper and lower
    /// case are the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub types: Vec<String>,
    /// Names; `*` stands for any text, and upper and lower case are the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Vec<String>,
    /// UUIDs of servers in Security Center.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 128), regex(pattern = SERVER_ID)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub uuids: Vec<String>,
    /// Only alerts that occurred at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Only alerts that occurred within this many seconds before each look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 31_536_000))]
    pub since_seconds: Option<i64>,
}

impl AlertSelector {
    /// Whether it names alerts in words, which somebody may have mistyped.
    pub fn is_in_words(&self) -> bool {
        !(self.types.is_empty() && self.names.is_empty())
    }
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertLevel {
    /// Somebody has to act.
    Serious,
    /// Somebody has to look.
    Suspicious,
    /// Worth knowing.
    Remind,
}

impl AlertLevel {
    /// All of them, most urgent first.
    pub const ALL: [AlertLevel; 3] = [AlertLevel::Serious, AlertLevel::Suspicious, AlertLevel::Remind];

    /// The word on the wire and in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertLevel::Serious => "serious",
            AlertLevel::Suspicious => "suspicious",
            AlertLevel::Remind => "remind",
        }
    }
}

/// Which alerts by how far they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AlertState {
    /// Those that somebody still has to deal with.
    #[default]
    Open,
    /// Those that are dealt with.
    Handled,
    /// All of them.
    Any,
}

/// The language of names and types that the cloud gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

impl Language {
    /// The code on the wire and in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
        }
    }
}

/// The cloud's code of where an alert stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlertStatus(pub i64);

impl AlertStatus {
    /// Nobody has dealt with it.
    pub const PENDING: Self = Self(1);
    /// Somebody ignored it.
    pub const IGNORED: Self = Self(2);

    /// What the code is called; `None` for one that is not known.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "Pending",
            2 => "Ignored",
            4 => "Confirmed",
            8 => "FalsePositive",
            16 => "Handling",
            32 => "Handled",
            64 => "Expired",
            128 => "Deleted",
            512 => "AutoBlocking",
            513 => "AutoBlocked",
            604 => "FalsePositiveBySystem",
            _ => return None,
        })
    }

    /// Whether somebody still has to deal with it or the cloud is at it; unknown for an unknown code.
    pub fn is_open(self) -> Option<bool> {
        self.name()?;
        Some(matches!(self.0, 1 | 16 | 512))
    }
}

impl std::fmt::Display for AlertStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown ({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names_and_unknown_ones_keep_their_number() {
        let table = [
            (1, "Pending", Some(true)),
            (2, "Ignored", Some(false)),
            (4, "Confirmed", Some(false)),
            (8, "FalsePositive", Some(false)),
            (16, "Handling", Some(true)),
            (32, "Handled", Some(false)),
            (64, "Expired", Some(false)),
            (512, "AutoBlocking", Some(true)),
            (513, "AutoBlocked", Some(false)),
            (604, "FalsePositiveBySystem", Some(false)),
            (77, "unknown (77)", None),
        ];
        for (code, name, open) in table {
            let status = AlertStatus(code);
            assert_eq!((status.to_string().as_str(), status.is_open()), (name, open));
        }
    }

    #[test]
    fn words_in_specs_are_those_on_the_wire() {
        for level in AlertLevel::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
        }
        for language in [Language::Zh, Language::En] {
            assert_eq!(serde_json::to_value(language).unwrap(), language.as_str());
        }
    }
}
