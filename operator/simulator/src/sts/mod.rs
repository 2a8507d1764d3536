//! The Security Token Service behind its actions and the metadata service: who may assume a role, and the
//! temporary keys that it hands out. The keys are not part of the world, so handing one out changes
//! nothing a reader of the world sees.

mod session;
mod token;
mod trust;

use jiff::Timestamp;
use serde::Serialize;

pub use session::Sessions;
pub use token::Claims;
pub use trust::{RoleName, trusts};

use crate::gateway::Refusal;
use crate::ids::Ids;
use crate::parameters::Parameters;
use crate::world::{Key, World};

/// One call of an action of STS that hands out keys.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StsCall<'a> {
    pub parameters: &'a Parameters,
    /// Account and key that signed the call, where it is signed.
    pub caller: Option<(&'a str, &'a Key)>,
    pub world: &'a World,
    pub sessions: &'a mut Sessions,
    pub ids: &'a mut Ids,
    pub now: Timestamp,
}

/// A temporary key as an answer shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct IssuedKey {
    pub access_key_id: String,
    pub access_key_secret: String,
    pub security_token: String,
    pub expiration: String,
}

/// The session that a key stands for, as an answer shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct AssumedRoleUser {
    pub arn: String,
    pub assumed_role_id: String,
}

impl StsCall<'_> {
    /// The parameter, which has to be there.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.parameters.text(name).ok_or_else(|| Refusal::missing(name))
    }

    /// `RoleArn`, in the form that names of roles have.
    pub fn role_name(&self) -> Result<RoleName, Refusal> {
        RoleName::parse(self.needed("RoleArn")?).ok_or_else(|| malformed("RoleArn"))
    }

    /// `RoleSessionName`, or the default where there is one.
    pub fn session_name(&self, default: Option<&str>) -> Result<String, Refusal> {
        let name = match default {
            Some(default) => self.parameters.text("RoleSessionName").unwrap_or(default),
            None => self.needed("RoleSessionName")?,
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
        if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
            return Ok(name.to_owned());
        }
        Err(malformed("RoleSessionName"))
    }

    /// Hands out a key of the role.
    pub fn issue(&mut self, name: &RoleName, session: &str) -> Result<(IssuedKey, AssumedRoleUser), Refusal> {
        let longest = name.find(self.world).map_or(0, |role| role.max_session_seconds);
        let seconds = self.parameters.number("DurationSeconds")?.unwrap_or(3600);
        if !(900..=longest.max(900)).contains(&seconds) {
            let message = format!(
                "The Min/Max value of DurationSeconds is 15min/{}hr.",
                longest / 3600
            );
            return Err(Refusal::new(400, "InvalidParameter.DurationSeconds", message));
        }
        self.issue_for(name, session, seconds)
    }

    /// Hands out a key of the role that lives so long, whatever was asked for.
    pub fn issue_for(
        &mut self,
        name: &RoleName,
        session: &str,
        seconds: i64,
    ) -> Result<(IssuedKey, AssumedRoleUser), Refusal> {
        let role = name.find(self.world).ok_or_else(|| no_such_role(name))?;
        let narrowed = trust::session_policy(self.parameters.text("Policy"))?;
        let seconds = self.world.sts.session_seconds.unwrap_or(seconds);
        let grant = session::Grant {
            name,
            role,
            session,
            narrowed,
            seconds,
        };
        let key = self.sessions.open(&grant, self.ids, self.now);
        let user = AssumedRoleUser {
            arn: format!("{name}/{session}"),
            assumed_role_id: format!("{}:{session}", name.id()),
        };
        Ok((key, user))
    }
}

/// `InvalidParameter.<Name>`, as STS spells it.
pub fn malformed(name: &str) -> Refusal {
    let message = format!("The parameter {name} is wrongly formed.");
    Refusal::new(400, format!("InvalidParameter.{name}"), message)
}

/// The refusal of a role that is not known.
pub fn no_such_role(name: &RoleName) -> Refusal {
    Refusal::new(
        404,
        "EntityNotExist.Role",
        format!("The role not exists: {name}. "),
    )
}
