//! What the actions about selections of servers have in common: the business types they are for,
//! and parameters that are one of a few words.

use serde::de::DeserializeOwned;

use crate::gateway::Refusal;
use crate::parameters::Parameters;

/// The business type of one-time virus scans.
pub const VIRUS_SCAN_ONCE_TASK: &str = "VIRUS_SCAN_ONCE_TASK";

const EXACT: [&str; 2] = [VIRUS_SCAN_ONCE_TASK, "VIRUS_SCAN_CYCLE_CONFIG"];

/// Business types that end in the id of a rule.
const WITH_ID: [&str; 3] = [
    "AGENTLESS_MALICIOUS_WHITE_LIST_",
    "AGENTLESS_VUL_WHITE_LIST_",
    "FILE_PROTECT_RULE_SWITCH_TYPE_",
];

/// `BusinessType`, which is a word and never a number.
pub fn business_type(parameters: &Parameters) -> Result<String, Refusal> {
    let sent = parameters.needed("BusinessType")?;
    let with_id = |prefix: &&str| sent.strip_prefix(*prefix).is_some_and(|id| !id.is_empty());
    if EXACT.contains(&sent) || WITH_ID.iter().any(with_id) {
        return Ok(sent.to_owned());
    }
    Err(Refusal {
        message: "illegal businessType".to_owned(),
        ..Refusal::invalid("BusinessType")
    })
}

/// A parameter that is one of a few words; absent it is the first of them.
pub fn value<T: DeserializeOwned + Default>(parameters: &Parameters, name: &str) -> Result<T, Refusal> {
    let Some(word) = parameters.text(name) else {
        return Ok(T::default());
    };
    serde_json::from_value(word.into()).map_err(|_| Refusal::invalid(name))
}
