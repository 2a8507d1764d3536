//! What a call of HandleSecurityEvents asks for, read and checked as far as that is possible
//! without looking at the alerts: ids, operation, and the JSON texts that go with it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Operation, illegal_parameter};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{AlertSettings, MatchType};

/// Alerts that one call may handle.
const MAXIMUM_ALERTS: usize = 20;

/// The `subOperation` values of `kill_and_quara`.
const SUB_OPERATIONS: [&str; 6] = [
    QUARANTINE,
    "killAndQuaraFileByPidAndMd5andPath",
    "killByMd5andPath",
    "killAndQuaraFileByMd5andPath",
    "killProcessByPidandPathandCmdline",
    "killContainerProcessByMd5AndPath",
];

/// The only `subOperation` of `virus_quara` and `virus_quara_bin`.
const QUARANTINE: &str = "quaraFileByMd5andPath";

/// A whitelist rule of `MarkMissParam`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRule {
    uuid: Scope,
    /// The field to compare.
    pub field: String,
    /// How.
    pub operate: MatchType,
    /// With what.
    pub field_value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Scope {
    #[serde(rename = "ALL")]
    AllServers,
    #[serde(rename = "part")]
    ThisServer,
}

impl MarkRule {
    /// Whether it is for the server of the alert only.
    pub fn is_for_one_server(&self) -> bool {
        self.uuid == Scope::ThisServer
    }
}

/// A checked request.
#[derive(Debug)]
pub struct Wanted {
    /// The alerts, each once, in the order they were sent.
    pub ids: Vec<i64>,
    /// What to do.
    pub operation: &'static Operation,
    /// Which rules to have from now on; absent: those that there are.
    pub rules: Option<Vec<MarkRule>>,
    /// A note for people.
    pub remark: String,
    sub_operation: Option<String>,
}

impl Wanted {
    /// Reads a request.
    pub fn parse(parameters: &Parameters, settings: &AlertSettings, now: Timestamp) -> Result<Self, Refusal> {
        let ids = ids(parameters, MAXIMUM_ALERTS)?;
        if ids.is_empty() {
            return Err(Refusal::missing("SecurityEventIds"));
        }
        let code = parameters.needed("OperationCode")?;
        let operation = Operation::find(code).ok_or_else(illegal_parameter)?;
        let detail = match parameters.text("OperationParams") {
            Some(text) => serde_json::from_str(text).map_err(|_| illegal_parameter())?,
            None => Value::Null,
        };
        if code == "block_ip" {
            check_expiry(&detail["expireTime"], now)?;
        }
        parameters.boolean("MarkBatch")?;
        Ok(Self {
            ids,
            operation,
            rules: rules(parameters.text("MarkMissParam"))?,
            remark: parameters.text("Remark").unwrap_or_default().to_owned(),
            sub_operation: sub_operation(operation, &detail["subOperation"], settings)?,
        })
    }

    /// Whether a process is to be ended.
    pub fn ends_process(&self) -> bool {
        let kills = |sub: &String| sub.starts_with("kill");
        self.operation.ends_process && self.sub_operation.as_ref().is_none_or(kills)
    }

    /// Whether a file is to be put into quarantine.
    pub fn quarantines(&self) -> bool {
        let quarantines = |sub: &String| sub.to_lowercase().contains("quara");
        self.operation.quarantines && self.sub_operation.as_ref().is_none_or(quarantines)
    }
}

/// `SecurityEventIds`, each once.
pub fn ids(parameters: &Parameters, maximum: usize) -> Result<Vec<i64>, Refusal> {
    let mut ids = Vec::new();
    for text in parameters.list("SecurityEventIds")? {
        let id = text.trim().parse().map_err(|_| no_id())?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > maximum {
        return Err(illegal_parameter());
    }
    Ok(ids)
}

fn no_id() -> Refusal {
    Refusal::new(
        400,
        "InvalidSecurityEventId",
        "The specified security event id is not valid.",
    )
}

/// `expireTime`: milliseconds in the future, as a number or its text.
fn check_expiry(sent: &Value, now: Timestamp) -> Result<(), Refusal> {
    let milliseconds = sent
        .as_i64()
        .or_else(|| sent.as_str().and_then(|text| text.parse().ok()));
    match milliseconds {
        Some(expiry) if expiry > now.as_millisecond() => Ok(()),
        _ => Err(illegal_parameter()),
    }
}

fn sub_operation(
    operation: &Operation,
    sent: &Value,
    settings: &AlertSettings,
) -> Result<Option<String>, Refusal> {
    if !operation.has_sub_operation() {
        return Ok(None);
    }
    let kills = operation.code == "kill_and_quara";
    let known = |sub: &str| {
        if kills {
            SUB_OPERATIONS.contains(&sub)
        } else {
            sub == QUARANTINE
        }
    };
    match sent.as_str() {
        Some(sub) if known(sub) => Ok(Some(sub.to_owned())),
        None if sent.is_null() && !kills && !settings.virus_quarantine_needs_sub_operation => Ok(None),
        _ => Err(illegal_parameter()),
    }
}

fn rules(sent: Option<&str>) -> Result<Option<Vec<MarkRule>>, Refusal> {
    let Some(text) = sent else { return Ok(None) };
    let rules: Vec<MarkRule> = serde_json::from_str(text).map_err(|_| illegal_parameter())?;
    let sound = |rule: &MarkRule| rule.operate.accepts(&rule.field_value);
    if rules.iter().all(sound) {
        Ok(Some(rules))
    } else {
        Err(illegal_parameter())
    }
}
