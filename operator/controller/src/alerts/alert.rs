//! An alert: what reports and plans need of a row of the cloud's list. Much of its text was written by
//! attackers, so all of it is escaped and cut here.

use jiff::Timestamp;
use sas_api::alerts::AlertStatus;
use sas_api::text::shown;
use sas_client::actions::SuspEvent;

/// Longest id, UUID, level and code, in bytes.
const ID_BYTES: usize = 128;
/// Longest name, in bytes.
pub const NAME_BYTES: usize = 256;
/// Paths that are kept of an alert.
const FILES: usize = 8;
/// Longest path, in bytes.
pub const PATH_BYTES: usize = 256;
/// Longest address, in bytes: an IPv6 address with a zone is shorter.
const ADDRESS_BYTES: usize = 64;

/// An alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// Id, by which it is handled.
    pub id: i64,
    /// The cloud's other key of it.
    pub key: String,
    /// Name as it is shown.
    pub name: String,
    /// Type as it is shown, in the language that was asked for.
    pub type_name: String,
    /// Type as the vendor codes it; the same as the name of the type where there is no code.
    pub type_code: String,
    /// Name as the vendor codes it, such as `reverse_shell`.
    pub event_code: String,
    /// `serious`, `suspicious` or `remind`; another word as the cloud says it.
    pub level: String,
    /// Where it stands.
    pub status: AlertStatus,
    /// Security Center's id of the server.
    pub uuid: String,
    /// Id of the server's instance.
    pub instance_id: String,
    /// Name of the server.
    pub server: String,
    /// Public address of the server.
    pub internet_ip: String,
    /// Private address of the server.
    pub intranet_ip: String,
    /// When it occurred first.
    pub first: Option<Timestamp>,
    /// When it occurred last.
    pub last: Option<Timestamp>,
    /// What came of the last operation, such as `ignore.Success`; empty before the first.
    pub operation_result: String,
    /// When that operation was done.
    pub operated: Option<Timestamp>,
    /// Container in which it occurred, or empty.
    pub container_id: String,
    /// Paths of files that its particulars name.
    pub files: Vec<String>,
}

impl Alert {
    /// The alert of a row; `None` for a row without an id.
    pub fn from_row(row: &SuspEvent) -> Option<Self> {
        let id = row.id.filter(|id| *id > 0)?;
        let type_name = first_of(
            &[&row.alarm_event_type_display, &row.alarm_event_type],
            NAME_BYTES,
        );
        let type_code = first_of(&[&row.alarm_event_type], NAME_BYTES);
        let names = [&row.alarm_event_name_display, &row.name, &row.alarm_event_name];
        Some(Self {
            id,
            key: first_of(&[&row.unique_info], ID_BYTES),
            name: first_of(&names, NAME_BYTES),
            type_code: if type_code.is_empty() {
                type_name.clone()
            } else {
                type_code
            },
            type_name,
            event_code: first_of(&[&row.alarm_event_name, &row.event_sub_type], NAME_BYTES),
            level: first_of(&[&row.level], ID_BYTES),
            status: AlertStatus(row.event_status.unwrap_or_default()),
            uuid: first_of(&[&row.uuid], ID_BYTES),
            instance_id: first_of(&[&row.instance_id], ID_BYTES),
            server: first_of(&[&row.instance_name], NAME_BYTES),
            internet_ip: first_of(&[&row.internet_ip], ADDRESS_BYTES),
            intranet_ip: first_of(&[&row.intranet_ip], ADDRESS_BYTES),
            first: moment(row.occurrence_time_stamp),
            last: moment(row.last_time_stamp.or(row.occurrence_time_stamp)),
            operation_result: first_of(&[&row.operate_error_code], ID_BYTES),
            operated: moment(row.operate_time),
            container_id: first_of(&[&row.container_id], ID_BYTES),
            files: row
                .details
                .iter()
                .filter_map(|detail| detail.value.as_deref().filter(|value| is_path(value)))
                .take(FILES)
                .map(|path| shown(path, PATH_BYTES))
                .collect(),
        })
    }

    /// What to call its server: the name, or the UUID of one without.
    pub fn server_label(&self) -> &str {
        if self.server.is_empty() {
            &self.uuid
        } else {
            &self.server
        }
    }
}

/// The first text that says something, made safe.
fn first_of(texts: &[&Option<String>], bytes: usize) -> String {
    let mut texts = texts.iter().filter_map(|text| text.as_deref());
    let text = texts.find(|text| !text.is_empty()).unwrap_or_default();
    shown(text, bytes)
}

/// Whether a text is an absolute path, of whichever system.
fn is_path(text: &str) -> bool {
    text.starts_with('/') || text.get(1..3) == Some(":\\")
}

fn moment(millis: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis.filter(|millis| *millis > 0)?).ok()
}

#[cfg(test)]
mod tests {
    use sas_client::actions::SuspEventDetail;

    use super::*;

    #[test]
    fn a_row_becomes_an_alert_without_characters_that_deceive() {
        let row = SuspEvent {
            id: Some(7),
            name: Some("Abnormal process behavior-Reverse shell".into()),
            alarm_event_name: Some("reverse_shell".into()),
            alarm_event_name_display: Some("Reverse shell \u{1b}[31m\napproved\u{202e}".into()),
            alarm_event_type: Some("Abnormal process behavior".into()),
            level: Some("serious".into()),
            event_status: Some(1),
            uuid: Some("u-1".into()),
            unique_info: Some("k-1".into()),
            details: ["/tmp/a\u{202e}", r"C:\b", "md5", "", "日本"]
                .map(|value| SuspEventDetail {
                    value: Some(value.to_owned()),
                    ..Default::default()
                })
                .into(),
            instance_name: Some("web-1".into()),
            internet_ip: Some("203.0.113.9".into()),
            last_time_stamp: Some(1_700_000_000_000),
            ..Default::default()
        };
        let alert = Alert::from_row(&row).unwrap();
        assert_eq!(alert.key, "k-1");
        assert_eq!(alert.files, [r"/tmp/a\u{202e}", r"C:\b"]);
        assert_eq!(alert.name, r"Reverse shell \u{1b}[31m\napproved\u{202e}");
        assert_eq!(
            (alert.type_name.as_str(), alert.event_code.as_str()),
            ("Abnormal process behavior", "reverse_shell")
        );
        assert_eq!(
            (alert.status, alert.server_label()),
            (AlertStatus::PENDING, "web-1")
        );
        assert_eq!(
            (alert.first, alert.last),
            (None, Timestamp::from_second(1_700_000_000).ok())
        );
    }

    #[test]
    fn nothing_is_longer_than_its_limit_and_a_row_without_an_id_is_none() {
        let long = || Some("\u{1F600}\u{202e}".repeat(50_000));
        let row = SuspEvent {
            id: Some(1),
            alarm_event_name_display: long(),
            alarm_event_type: long(),
            level: long(),
            uuid: long(),
            instance_name: long(),
            internet_ip: long(),
            ..Default::default()
        };
        let alert = Alert::from_row(&row).unwrap();
        for (text, bytes) in [
            (&alert.name, NAME_BYTES),
            (&alert.type_code, NAME_BYTES),
            (&alert.level, ID_BYTES),
            (&alert.uuid, ID_BYTES),
            (&alert.server, NAME_BYTES),
            (&alert.internet_ip, ADDRESS_BYTES),
        ] {
            assert!(text.len() <= bytes && text.ends_with('…'), "{text}");
        }
        assert_eq!(Alert::from_row(&SuspEvent::default()), None);
    }
}
