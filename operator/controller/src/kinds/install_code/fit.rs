//! Which install codes fit a spec. A code that goes through a proxy or a private link never fits: it
//! leads its servers elsewhere.

use jiff::Timestamp;
use sas_client::actions::InstallCode;
use secrecy::{ExposeSecret, SecretString};

/// Names under which the cloud lists the default group.
const DEFAULT_GROUP: &[&str] = &["", "default", "Default", "未分组"];
/// Characters of a code that are shown, of codes that are long enough to stay secret then.
const SHOWN: usize = 2;
const SHORTEST_SHOWN: usize = 6;

/// A code that the cloud lists.
#[derive(Clone, Debug)]
pub(super) struct Code {
    secret: SecretString,
    pub(super) expiry_millis: Option<i64>,
    pub(super) vendor: String,
    pub(super) group_id: Option<i64>,
    in_default_group: bool,
    os: String,
    only_image: bool,
    detour: bool,
}

impl Code {
    /// The code of a row; `None` for a row without one.
    pub(super) fn from_row(row: InstallCode) -> Option<Self> {
        let secret = row.captcha_code.filter(|code| !code.expose_secret().is_empty())?;
        let group_name = row.group_name.as_deref().unwrap_or_default();
        Some(Self {
            secret,
            // The cloud says 0 where it means no end.
            expiry_millis: row.expired_date.filter(|millis| *millis > 0),
            vendor: row.vendor_name.unwrap_or_default(),
            group_id: row.group_id,
            in_default_group: row.group_id.is_none_or(|id| id == 0)
                || (!group_name.is_empty() && DEFAULT_GROUP.contains(&group_name)),
            os: row.os.unwrap_or_default(),
            only_image: row.only_image.unwrap_or(false),
            detour: row.proxy_cluster.is_some_and(|name| !name.is_empty())
                || row.private_link_endpoint_id.is_some_and(|id| id > 0),
        })
    }

    /// The code itself: for the owned Secret only.
    pub(super) fn exposed(&self) -> &str {
        self.secret.expose_secret()
    }

    /// What may be shown of it.
    pub(super) fn masked(&self) -> String {
        let code = self.exposed();
        let shown = if code.chars().count() >= SHORTEST_SHOWN {
            SHOWN
        } else {
            0
        };
        let shown: String = code.chars().take(shown).filter(|c| c.is_alphanumeric()).collect();
        format!("{shown}…")
    }

    /// Whether it is valid for more than so many seconds from `now`.
    pub(super) fn is_valid_for(&self, now: Timestamp, seconds: i64) -> bool {
        self.expiry_millis
            .is_none_or(|millis| millis > now.as_millisecond().saturating_add(seconds.saturating_mul(1000)))
    }

    /// Its end, comparable; one without an end comes last.
    pub(super) fn longevity(&self) -> i64 {
        self.expiry_millis.unwrap_or(i64::MAX)
    }
}

/// What a spec asks of a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) os: &'a str,
    pub(super) vendor: &'a str,
    pub(super) group_id: Option<i64>,
    pub(super) only_image: bool,
}

impl Wanted<'_> {
    /// Whether a code fits, whoever made it.
    pub(super) fn fits(&self, code: &Code) -> bool {
        let group = match self.group_id {
            Some(id) => code.group_id == Some(id),
            None => code.in_default_group,
        };
        group && !code.detour && self.same_kind(code)
    }

    /// Whether a code is the one that a call with this expiry time made. The cloud may keep whole
    /// seconds only; the group is not compared, because the default group may be listed by an id.
    pub(super) fn is_made_by(&self, code: &Code, expiry_millis: i64) -> bool {
        let Some(listed) = code.expiry_millis else {
            return false;
        };
        let cut_to_seconds = listed % 1000 == 0 && listed.div_euclid(1000) == expiry_millis.div_euclid(1000);
        let group = self.group_id.is_none_or(|id| code.group_id == Some(id));
        (listed == expiry_millis || cut_to_seconds) && group && self.same_kind(code)
    }

    fn same_kind(&self, code: &Code) -> bool {
        code.os.eq_ignore_ascii_case(self.os)
            && code.vendor == self.vendor
            && code.only_image == self.only_image
    }
}
