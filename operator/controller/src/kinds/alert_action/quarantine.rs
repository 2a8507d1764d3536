//! Files in quarantine, as the cloud lists them: which alert a file belongs to, and whether it can be given back.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use sas_api::text::shown;
use sas_client::actions::{QuarantinedFile, QuarantinedFiles};

use crate::alerts::{Alert, PATH_BYTES};

/// Rows per page, the most that the cloud gives.
pub(super) const ROWS: usize = 100;
/// Pages that one look reads at most.
const PAGES: usize = 100;
/// Longest id and digest, in bytes.
const ID_BYTES: usize = 128;

/// A file that is or was in quarantine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) id: i64,
    /// Security Center's id of its server.
    pub(super) uuid: String,
    /// Label of the quarantine; in some cases the key of the alert.
    pub(super) tag: String,
    pub(super) path: String,
    pub(super) md5: String,
    pub(super) state: FileState,
    /// When its state changed last.
    pub(super) changed: Option<Timestamp>,
}

/// Where a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FileState {
    /// In quarantine.
    Held,
    /// On its way into quarantine or back.
    Moving,
    /// Back at its place.
    Returned,
    /// In quarantine, because giving it back failed.
    Kept,
    /// It was never put there, or the cloud says something that nobody knows.
    #[default]
    Elsewhere,
}

/// How many pages there are to read.
pub(super) fn pages(first: &QuarantinedFiles) -> usize {
    let said = first.total_count.and_then(|total| usize::try_from(total).ok());
    said.unwrap_or(0).div_ceil(ROWS).clamp(1, PAGES)
}

impl File {
    /// The file of a row; `None` for a row without an id.
    pub(super) fn from_row(row: &QuarantinedFile) -> Option<Self> {
        let text = |text: &Option<String>, bytes| shown(text.as_deref().unwrap_or_default(), bytes);
        let state = match row.status.as_deref().unwrap_or_default() {
            "quaraDone" => FileState::Held,
            "quaraing" | "rollbacking" => FileState::Moving,
            "rollbackDone" => FileState::Returned,
            "rollbackFailed" => FileState::Kept,
            _ => FileState::Elsewhere,
        };
        Some(Self {
            id: row.id.filter(|id| *id > 0)?,
            uuid: text(&row.uuid, ID_BYTES),
            tag: text(&row.tag, ID_BYTES),
            path: text(&row.path, PATH_BYTES),
            md5: text(&row.md5, ID_BYTES),
            state,
            changed: row.modify_time.as_deref().and_then(moment),
        })
    }

    /// Whether it can be given back.
    pub(super) fn is_in_quarantine(&self) -> bool {
        matches!(self.state, FileState::Held | FileState::Kept)
    }

    /// Whether it was put away for this alert: it comes from the same server, and carries the alert's key or
    /// is a file that the alert names.
    pub(super) fn is_of(&self, alert: &Alert) -> bool {
        let tagged = !self.tag.is_empty() && self.tag == alert.key;
        let named = || !self.path.is_empty() && alert.files.contains(&self.path);
        !alert.uuid.is_empty() && self.uuid == alert.uuid && (tagged || named())
    }
}

/// A time as the cloud writes it here: the local time of China, without a zone.
fn moment(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    let zoned = time.to_zoned(TimeZone::fixed(Offset::constant(8))).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str) -> QuarantinedFile {
        QuarantinedFile {
            id: Some(7),
            path: Some("/tmp/a\u{202e}".to_owned()),
            md5: Some("d41d8".to_owned()),
            status: Some(status.to_owned()),
            tag: Some("k-1".to_owned()),
            uuid: Some("u-1".to_owned()),
            modify_time: Some("2026-03-01 08:00:01".to_owned()),
            ..Default::default()
        }
    }

    #[test]
    fn a_row_becomes_a_file_without_characters_that_deceive() {
        let file = File::from_row(&row("quaraDone")).unwrap();
        assert_eq!((file.id, file.path.as_str()), (7, r"/tmp/a\u{202e}"));
        assert_eq!(file.changed, "2026-03-01T00:00:01Z".parse().ok());
        for (status, state, in_quarantine) in [
            ("quaraDone", FileState::Held, true),
            ("rollbackFailed", FileState::Kept, true),
            ("quaraing", FileState::Moving, false),
            ("rollbacking", FileState::Moving, false),
            ("rollbackDone", FileState::Returned, false),
            ("quaraFailed", FileState::Elsewhere, false),
            ("new", FileState::Elsewhere, false),
        ] {
            let file = File::from_row(&row(status)).unwrap();
            assert_eq!(
                (file.state, file.is_in_quarantine()),
                (state, in_quarantine),
                "{status}"
            );
        }
        assert_eq!(File::from_row(&QuarantinedFile::default()), None);
    }

    #[test]
    fn a_file_belongs_to_the_alert_that_it_was_put_away_for() {
        let file = File::from_row(&row("quaraDone")).unwrap();
        let alert = |uuid: &str, key: &str, files: &[&str]| Alert {
            uuid: uuid.to_owned(),
            key: key.to_owned(),
            files: files.iter().map(|path| (*path).to_owned()).collect(),
            ..Default::default()
        };
        for (alert, expected) in [
            (alert("u-1", "k-1", &[]), true),
            (alert("u-1", "other", &["/etc/b", r"/tmp/a\u{202e}"]), true),
            (alert("u-1", "other", &["/etc/b"]), false),
            (alert("u-2", "k-1", &[r"/tmp/a\u{202e}"]), false),
        ] {
            assert_eq!(file.is_of(&alert), expected, "{alert:?}");
        }
        let nameless = File {
            tag: String::new(),
            path: String::new(),
            ..file
        };
        assert!(!nameless.is_of(&alert("u-1", "", &[""])));
    }

    #[test]
    fn the_first_page_tells_how_many_there_are() {
        for (total, expected) in [
            (None, 1),
            (Some(0), 1),
            (Some(100), 1),
            (Some(101), 2),
            (Some(1_000_000), 100),
        ] {
            let first = QuarantinedFiles {
                total_count: total,
                ..Default::default()
            };
            assert_eq!(pages(&first), expected);
        }
    }
}
