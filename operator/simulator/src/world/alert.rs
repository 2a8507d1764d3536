//! A security alert: what happened on which server, what may be done about it, and what was done.
//! Handlings are recorded with their times when they are asked for; what a reader sees of an
//! alert is computed from them and the time of reading, nothing runs in between.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Handling, MarkField, Progress, SuspiciousContainer, SuspiciousFile, SuspiciousProcess};

/// `EventStatus`, open because the vendor adds numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EventStatus(pub i32);

impl EventStatus {
    /// All numbers that the vendor documents.
    pub const ALL: [i32; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 512, 513, 604];

    /// Waits for somebody.
    pub const PENDING: Self = Self(1);
    /// Ignored.
    pub const IGNORED: Self = Self(2);
    /// Marked as a false positive, by a whitelist for instance.
    pub const FALSE_POSITIVE: Self = Self(8);
    /// Being handled.
    pub const HANDLING: Self = Self(16);
    /// Handled.
    pub const HANDLED: Self = Self(32);
    /// Deleted; only a filter by this very status shows it.
    pub const DELETED: Self = Self(128);
    /// Being blocked automatically.
    pub const BLOCKING: Self = Self(512);

    /// Whether nobody needs to do anything any more (`Dealed=Y`).
    pub fn is_dealt_with(self) -> bool {
        !matches!(self, Self::PENDING | Self::HANDLING | Self::BLOCKING)
    }
}

/// `Level`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum Level {
    Serious,
    #[default]
    Suspicious,
    Remind,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Alert {
    /// The server it is about.
    pub uuid: String,
    /// Kind of alert by its English name, such as `Unusual Logon`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the event within its kind; whitelist rules belong to it.
    pub event_name: String,
    /// The event's name for people; attackers may have a hand in it.
    pub title: String,
    /// What it means.
    pub description: String,
    /// How bad it is.
    pub level: Level,
    /// From then on it is listed, unless a whitelist rule in force at that time fits.
    pub raised_at: Timestamp,
    /// Last time it was seen; absent: when it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Status before anybody handled it.
    pub status: EventStatus,
    /// Where the attack came from; makes `block_ip` possible.
    #[serde(rename = "sourceIP", skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Makes it possible to quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<SuspiciousFile>,
    /// Makes it possible to end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<SuspiciousProcess>,
    /// Makes it possible to stop it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<SuspiciousContainer>,
    /// Tactics of ATT&CK that it shows, id to name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tactics: BTreeMap<String, String>,
    /// Whether only the strict mode of detection raises it.
    pub strict_mode: bool,
    /// Fields for whitelist rules by name, besides those that follow from the above.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, MarkField>,
    /// Operations besides those that follow from the above, or that the user may not use (false).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, bool>,
    /// What comes of an operation where it is not what it should be, such as `block_ip: Failure`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, String>,
    /// How long a handling takes; absent: as the data centre's settings say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_seconds: Option<i64>,
    /// Attempts to handle it by `TaskId`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub handlings: BTreeMap<i64, Handling>,
}

impl Default for Alert {
    fn default() -> Self {
        Self {
            uuid: String::new(),
            kind: "Others".to_owned(),
            event_name: "other".to_owned(),
            title: "Suspicious event".to_owned(),
            description: String::new(),
            level: Level::default(),
            raised_at: Timestamp::UNIX_EPOCH,
            last_at: None,
            status: EventStatus::PENDING,
            source_ip: None,
            file: None,
            process: None,
            container: None,
            tactics: BTreeMap::new(),
            strict_mode: false,
            fields: BTreeMap::new(),
            operations: BTreeMap::new(),
            results: BTreeMap::new(),
            processing_seconds: None,
            handlings: BTreeMap::new(),
        }
    }
}

impl Alert {
    /// Its status as a reader sees it now.
    pub fn status(&self, now: Timestamp) -> EventStatus {
        let after = |status, handling: &Handling| match handling.progress(now) {
            Progress::Pending => status,
            Progress::Processing => EventStatus::HANDLING,
            Progress::Finished => handling.becomes,
        };
        self.handlings.values().fold(self.status, after)
    }

    /// Whether a task that was started for it has not ended yet.
    pub fn is_being_handled(&self, now: Timestamp) -> bool {
        let mut handlings = self.handlings.values();
        handlings.any(|handling| handling.started_at <= now && handling.progress(now) != Progress::Finished)
    }

    /// The last handling that has ended.
    pub fn last_handling(&self, now: Timestamp) -> Option<&Handling> {
        let mut handlings = self.handlings.values().rev();
        handlings.find(|handling| handling.progress(now) == Progress::Finished)
    }

    /// When it was last seen.
    pub fn seen_at(&self) -> Timestamp {
        self.last_at.unwrap_or(self.raised_at)
    }

    /// The fields a whitelist rule may look at, by name.
    pub fn mark_fields(&self) -> BTreeMap<String, MarkField> {
        let derived = [
            ("loginSourceIp", "Source IP address", self.source_ip.as_ref()),
            ("filePath", "File path", self.file.as_ref().map(|file| &file.path)),
            ("md5", "MD5 of the file", self.file.as_ref().map(|file| &file.md5)),
            (
                "cmdline",
                "Command line",
                self.process.as_ref().map(|process| &process.command_line),
            ),
        ];
        let present = derived.into_iter().filter_map(|(name, alias, value)| {
            let (alias, value) = (alias.to_owned(), value?.clone());
            Some((name.to_owned(), MarkField { alias, value }))
        });
        let own = self
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), field.clone()));
        present.chain(own).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn handling(start: i64, result: &str, becomes: EventStatus) -> Handling {
        Handling {
            operation: "ignore".to_owned(),
            started_at: at(start),
            pending_until: at(start + 1),
            finished_at: at(start + 3),
            result: result.to_owned(),
            becomes,
            remark: String::new(),
        }
    }

    #[test]
    fn a_reader_sees_what_its_time_shows() {
        let mut alert = Alert::default();
        alert
            .handlings
            .insert(1, handling(10, "AgentOffline", EventStatus::PENDING));
        alert
            .handlings
            .insert(2, handling(20, "Success", EventStatus::IGNORED));
        let seen = [9, 10, 11, 13, 20, 21, 23].map(|second| alert.status(at(second)).0);
        assert_eq!(seen, [1, 1, 16, 1, 1, 16, 2]);
        assert_eq!(
            alert.last_handling(at(22)).unwrap().error_code(),
            "ignore.AgentOffline"
        );
        assert!(alert.is_being_handled(at(10)) && !alert.is_being_handled(at(13)));
    }

    #[test]
    fn fields_follow_from_what_the_alert_is_about() {
        let alert = Alert {
            source_ip: Some("203.0.113.9".to_owned()),
            fields: [("port".to_owned(), MarkField::default())].into(),
            ..Alert::default()
        };
        let names: Vec<String> = alert.mark_fields().into_keys().collect();
        assert_eq!(names, ["loginSourceIp", "port"]);
    }
}
