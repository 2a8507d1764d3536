//! A server as this operator sees it: what plans need of a row of the cloud's list, cleaned of
//! characters that could deceive a reader.

use jiff::Timestamp;
use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::Target;
use sas_api::text::is_hidden;
use sas_client::actions::CloudCenterInstance;

use crate::kinds::figure;

/// Longest UUID and instance id that an API object can hold.
const ID_CHARS: usize = 128;
/// Longest name.
const NAME_CHARS: usize = 256;

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Security Center's id.
    pub uuid: String,
    /// Id at the cloud that runs it.
    pub instance_id: String,
    /// Name, printable.
    pub name: String,
    /// API region.
    pub region_id: String,
    /// Names of its groups, from the root.
    pub groups: Vec<String>,
    /// Asset tags.
    pub tags: Vec<String>,
    /// Cluster that it is a node of, or empty.
    pub cluster_id: String,
    /// CPU cores.
    pub cores: i64,
    /// Number of the edition; 1 is free.
    pub version: i64,
    /// How the edition is paid; absent for the free one.
    pub mode: Option<BillingMode>,
    /// When the edition last changed.
    pub changed: Option<Timestamp>,
    /// Whether the agent is online.
    pub online: bool,
    /// Whether it has no agent at all.
    pub not_installed: bool,
}

impl Server {
    /// The server of a row; `None` for a row without a usable UUID.
    pub fn from_row(row: &CloudCenterInstance) -> Option<Self> {
        let uuid = row.uuid.as_deref().filter(|id| is_id(id))?.to_owned();
        let version = row.auth_version.unwrap_or(Edition::Free.version());
        let paid = version != Edition::Free.version();
        Some(Self {
            uuid,
            instance_id: row.instance_id.clone().filter(|id| is_id(id)).unwrap_or_default(),
            name: printable(row.instance_name.as_deref().unwrap_or_default(), NAME_CHARS),
            region_id: printable(row.region_id.as_deref().unwrap_or_default(), 64),
            groups: parts(row.group_trace.as_deref(), &['/', '>', ',']),
            tags: parts(row.tag.as_deref(), &[',', ';']),
            cluster_id: printable(row.cluster_id.as_deref().unwrap_or_default(), ID_CHARS),
            cores: figure(row.cores.unwrap_or_default()),
            version,
            mode: paid.then(|| billing(row.post_paid_flag)),
            changed: row
                .auth_modify_time
                .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
            online: row.client_status.as_deref() == Some("online"),
            not_installed: is_without_agent(row),
        })
    }

    /// The edition, where its number is known.
    pub fn edition(&self) -> Option<Edition> {
        Edition::from_version(self.version)
    }

    /// What is shown of its edition: `Free (1)` or `Ultimate (7), Subscription`.
    pub fn current(&self) -> String {
        let name = self.edition().map_or("unknown edition", Edition::as_str);
        match self.mode {
            Some(mode) => format!("{name} ({}), {}", self.version, mode_name(mode)),
            None => format!("{name} ({})", self.version),
        }
    }

    /// It as the target of a plan.
    pub fn target(&self) -> Target {
        Target {
            uuid: self.uuid.clone(),
            instance_id: self.instance_id.clone(),
            region_id: self.region_id.clone(),
            name: self.name.clone(),
            current: self.current(),
        }
    }

    /// The name, or the UUID of a server without one.
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            &self.uuid
        } else {
            &self.name
        }
    }
}

/// A server without an agent has no state of it, or is offline because it was uninstalled.
fn is_without_agent(row: &CloudCenterInstance) -> bool {
    match row.client_status.as_deref() {
        None | Some("") => true,
        Some("online") => false,
        Some(_) => row.client_sub_status.as_deref() == Some("uninstalled"),
    }
}

/// The name of a billing mode as it stands in specs.
pub fn mode_name(mode: BillingMode) -> &'static str {
    match mode {
        BillingMode::Subscription => "Subscription",
        BillingMode::PayAsYouGo => "PayAsYouGo",
    }
}

fn billing(post_paid_flag: Option<i64>) -> BillingMode {
    match post_paid_flag {
        Some(1) => BillingMode::PayAsYouGo,
        _ => BillingMode::Subscription,
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_CHARS
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

fn parts(text: Option<&str>, separators: &[char]) -> Vec<String> {
    let parts = text
        .unwrap_or_default()
        .split(|c| separators.contains(&c))
        .map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Drops what does not print: control characters, and those that turn or hide text.
pub fn printable(text: &str, chars: usize) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> CloudCenterInstance {
        CloudCenterInstance {
            uuid: Some("u-1".into()),
            instance_name: Some("web\u{202E}-1\n".into()),
            group_trace: Some("default/web".into()),
            tag: Some("demo,web".into()),
            auth_version: Some(7),
            post_paid_flag: Some(1),
            auth_modify_time: Some(1_640_670_203_000),
            client_status: Some("online".into()),
            ..Default::default()
        }
    }

    #[test]
    fn a_row_becomes_a_server() {
        let server = Server::from_row(&row()).unwrap();
        assert_eq!(server.name, "web-1");
        assert_eq!(server.groups, ["default", "web"]);
        assert_eq!(server.tags, ["demo", "web"]);
        assert_eq!(server.current(), "Ultimate (7), PayAsYouGo");
        assert!(server.online);
    }

    #[test]
    fn a_free_server_has_no_mode_and_an_odd_edition_shows_its_number() {
        let free = Server::from_row(&CloudCenterInstance {
            auth_version: Some(1),
            ..row()
        })
        .unwrap();
        assert_eq!((free.mode, free.current().as_str()), (None, "Free (1)"));
        let odd = Server::from_row(&CloudCenterInstance {
            auth_version: Some(9),
            ..row()
        })
        .unwrap();
        assert_eq!(odd.current(), "unknown edition (9), PayAsYouGo");
    }

    #[test]
    fn rows_without_a_usable_id_are_left_out() {
        for uuid in [None, Some(""), Some("a b"), Some("a\n")] {
            assert!(
                Server::from_row(&CloudCenterInstance {
                    uuid: uuid.map(str::to_owned),
                    ..row()
                })
                .is_none()
            );
        }
    }
}
