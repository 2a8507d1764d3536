//! The temporary keys that were handed out, with what they may do. An ended key is still known for an
//! hour, so that its use is told from that of a key that never was.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{IssuedKey, RoleName};
use crate::ids::Ids;
use crate::world::{Key, Role};

/// How long an ended key is still known.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Temporary keys by their id, each with its account.
#[derive(Debug, Default)]
pub struct Sessions(BTreeMap<String, (String, Key)>);

/// What is handed out.
pub(super) struct Grant<'a> {
    pub name: &'a RoleName,
    pub role: &'a Role,
    pub session: &'a str,
    /// RAM actions that a session policy leaves, where there is one.
    pub narrowed: Option<Vec<String>>,
    pub seconds: i64,
}

impl Sessions {
    /// The account and key that an access key id stands for.
    pub fn key(&self, access_key_id: &str) -> Option<(&str, &Key)> {
        let (account, key) = self.0.get(access_key_id)?;
        Some((account, key))
    }

    /// Whether any key has this token.
    pub fn has_token(&self, token: &str) -> bool {
        let mut keys = self.0.values();
        keys.any(|(_, key)| key.security_token.as_deref() == Some(token))
    }

    pub(super) fn open(&mut self, grant: &Grant<'_>, ids: &mut Ids, now: Timestamp) -> IssuedKey {
        self.0.retain(|_, (_, key)| {
            key.expires_at
                .is_none_or(|end| now.duration_since(end) < REMEMBERED)
        });
        // Answers tell whole seconds.
        let end = Timestamp::from_second(now.as_second() + grant.seconds).unwrap_or(Timestamp::MAX);
        let issued = IssuedKey {
            access_key_id: format!("STS.{}", ids.text(25)),
            access_key_secret: ids.text(44),
            // The characters that clients have to encode are in every real one.
            security_token: format!("CAIS{}+/{}==", ids.text(200), ids.text(200)),
            expiration: end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        let key = Key {
            access_key_secret: issued.access_key_secret.clone(),
            security_token: Some(issued.security_token.clone()),
            expires_at: Some(end),
            active: true,
            allow: grant.role.allow.clone(),
            deny: grant.role.deny.clone(),
            user_name: Some(grant.name.role.clone()),
            session_name: Some(grant.session.to_owned()),
            narrowed_to: grant.narrowed.clone(),
        };
        let session = (grant.name.account.clone(), key);
        self.0.insert(issued.access_key_id.clone(), session);
        issued
    }
}
