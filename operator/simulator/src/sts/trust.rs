//! Names of roles, the trust policy of a role, and the policy of a session.

use std::fmt;

use serde::Deserialize;

use crate::gateway::Refusal;
use crate::ids::ram_id;
use crate::pattern::matches;
use crate::world::{Role, World};

/// `acs:ram::ACCOUNT:role/NAME`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RoleName {
    pub account: String,
    pub role: String,
}

impl RoleName {
    /// The parts of an ARN.
    pub fn parse(arn: &str) -> Option<Self> {
        let (account, role) = arn.strip_prefix("acs:ram::")?.split_once(":role/")?;
        let digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
        // The cloud compares names of roles in lower case.
        let named = !role.is_empty() && !role.contains(['/', ':']);
        (digits && named).then(|| Self {
            account: account.to_owned(),
            role: role.to_ascii_lowercase(),
        })
    }

    /// `RoleId`.
    pub fn id(&self) -> String {
        ram_id('3', &self.account, &self.role)
    }

    /// The role of this name.
    pub fn find<'a>(&self, world: &'a World) -> Option<&'a Role> {
        let roles = &world.accounts.get(&self.account)?.roles;
        let mut found = roles
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(&self.role));
        found.next().map(|(_, role)| role)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "acs:ram::{}:role/{}", self.account, self.role)
    }
}

/// Whether a role lets in one of these principals.
pub fn trusts(role: &Role, principals: &[String]) -> bool {
    let named = |pattern: &String| principals.iter().any(|principal| matches(pattern, principal));
    role.trust.iter().any(named)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The RAM actions that a session policy allows. Its resources and conditions are not looked at, and its
/// denials are refused rather than forgotten.
pub fn session_policy(text: Option<&str>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    if text.len() > 1024 {
        let message = "The max size of policy string is 1024.";
        return Err(Refusal::new(400, "InvalidParameter.PolicySize", message));
    }
    let grammar = || {
        let message = "The parameter Policy has not passed grammar check.";
        Refusal::new(400, "InvalidParameter.PolicyGrammar", message)
    };
    let policy: Policy = serde_json::from_str(text).map_err(|_| grammar())?;
    let mut allowed = Vec::new();
    for statement in policy.statement {
        if statement.effect != "Allow" {
            return Err(grammar());
        }
        match statement.action {
            OneOrMany::One(action) => allowed.push(action),
            OneOrMany::Many(actions) => allowed.extend(actions),
        }
    }
    Ok(Some(allowed))
}
