//! Whitelist rules for alerts. A rule is in force from one time to another, so that it can be told
//! at any later time which events it kept away: those that were raised while it was in force.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Alert;

/// How a rule compares (`MarkMisType`, `operate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum MatchType {
    Contains,
    NotContains,
    Regex,
    StrEqual,
    StrNotEqual,
    InIpSegment,
}

impl MatchType {
    /// Those that fit any text.
    const OF_TEXT: [Self; 5] = [
        Self::Contains,
        Self::NotContains,
        Self::Regex,
        Self::StrEqual,
        Self::StrNotEqual,
    ];

    /// Those that fit a field with this value: an address may also be compared with a segment.
    pub fn supported(value: &str) -> Vec<Self> {
        let mut types = Self::OF_TEXT.to_vec();
        if value.parse::<IpAddr>().is_ok() {
            types.push(Self::InIpSegment);
        }
        types
    }

    /// Whether the rule's value can be compared with at all.
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Regex => Regex::new(value).is_ok(),
            Self::InIpSegment => value.parse::<IpNet>().is_ok(),
            _ => true,
        }
    }

    fn fits(self, actual: &str, value: &str) -> bool {
        match self {
            Self::Contains => actual.contains(value),
            Self::NotContains => !actual.contains(value),
            Self::Regex => Regex::new(value).is_ok_and(|regex| regex.is_match(actual)),
            Self::StrEqual => actual == value,
            Self::StrNotEqual => actual != value,
            Self::InIpSegment => {
                let address = actual.parse::<IpAddr>();
                let segment = value.parse::<IpNet>();
                matches!((address, segment), (Ok(address), Ok(segment)) if segment.contains(&address))
            }
        }
    }
}

/// One rule; its map key is its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhitelistRule {
    /// Kind of the alerts it is for.
    #[serde(rename = "type")]
    pub kind: String,
    /// Event name of the alerts it is for.
    pub event_name: String,
    /// The only server it is for; absent: all servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The field that is compared.
    pub field: String,
    /// The field's name for people.
    #[serde(default)]
    pub alias: String,
    /// How it is compared.
    pub operate: MatchType,
    /// With what it is compared.
    pub value: String,
    /// In force from then on.
    #[serde(default)]
    pub since: Timestamp,
    /// No longer in force from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl WhitelistRule {
    /// Whether it is in force at this time.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether it is for alerts of this kind on this server.
    pub fn is_for(&self, alert: &Alert) -> bool {
        self.kind == alert.kind
            && self.event_name == alert.event_name
            && self.uuid.as_ref().is_none_or(|uuid| *uuid == alert.uuid)
    }

    /// Whether the alert has what it looks for.
    pub fn fits(&self, alert: &Alert) -> bool {
        let fields = alert.mark_fields();
        let field = fields.get(&self.field);
        field.is_some_and(|field| self.operate.fits(&field.value, &self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_compares_its_own_way() {
        for (operate, actual, value, expected) in [
            (MatchType::Contains, "/tmp/x", "tmp", true),
            (MatchType::NotContains, "/tmp/x", "tmp", false),
            (MatchType::Regex, "/tmp/x", "^/tmp/.$", true),
            (MatchType::Regex, "/tmp/x", "(", false),
            (MatchType::StrEqual, "a", "a", true),
            (MatchType::StrNotEqual, "a", "a", false),
            (MatchType::InIpSegment, "10.0.0.9", "10.0.0.0/24", true),
            (MatchType::InIpSegment, "10.0.1.9", "10.0.0.0/24", false),
            (MatchType::InIpSegment, "host", "10.0.0.0/24", false),
        ] {
            assert_eq!(
                operate.fits(actual, value),
                expected,
                "{operate:?} {actual} {value}"
            );
        }
        assert!(!MatchType::Regex.accepts("(") && !MatchType::InIpSegment.accepts("10.0.0.9/99"));
        assert!(MatchType::supported("::1").contains(&MatchType::InIpSegment));
        assert!(!MatchType::supported("root").contains(&MatchType::InIpSegment));
    }
}
