//! Names of the annotations by which people steer a resource. An annotation that is present but empty
//! counts as absent everywhere.

use std::collections::BTreeMap;

/// Full hash (`sha256:` and 64 hex digits) of the plan that is approved.
pub const APPROVED_PLAN: &str = "approval.sas-operator.io/plan";
/// User name of the approver.
pub const APPROVED_BY: &str = "approval.sas-operator.io/by";
/// Why the approver decided so; required for plans of class R4.
pub const APPROVAL_COMMENT: &str = "approval.sas-operator.io/comment";
/// RFC 3339 time after which the approval is no longer valid.
pub const APPROVAL_NOT_AFTER: &str = "approval.sas-operator.io/not-after";
/// Full hash of a plan that was refused.
pub const REJECTED_PLAN: &str = "approval.sas-operator.io/reject";
/// User who took an approval away, a blank, and the hash that was approved. Written by the API server.
pub const REVOKED_BY: &str = "approval.sas-operator.io/revoked-by";
/// Everybody who wrote the spec since the last executed generation, comma separated.
pub const REQUESTED_BY: &str = "sas-operator.io/requested-by";
/// Generation that [`REQUESTED_BY`] speaks of.
pub const REQUESTED_GENERATION: &str = "sas-operator.io/requested-generation";
/// Any value holds all writes of the resource.
pub const PAUSED: &str = "sas-operator.io/paused";
/// A new value asks for a new attempt after a failure: a new epoch with its own approval.
pub const RETRY: &str = "sas-operator.io/retry";
/// A new value asks for a newly computed plan.
pub const REPLAN: &str = "sas-operator.io/replan";

/// A new value asks to stop what was begun and has not ended, by a plan with its own approval.
pub const CANCEL: &str = "sas-operator.io/cancel";

/// The value of an annotation, where `""` counts as absent.
pub fn get<'a>(annotations: Option<&'a BTreeMap<String, String>>, key: &str) -> Option<&'a str> {
    annotations?
        .get(key)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

/// A user name as it stands in the list of those who wrote a spec, which commas separate.
pub fn listed(user: &str) -> String {
    user.replace('%', "%25").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_absent() {
        let annotations = BTreeMap::from([
            (PAUSED.to_owned(), String::new()),
            (RETRY.to_owned(), "1".to_owned()),
        ]);
        assert_eq!(get(Some(&annotations), PAUSED), None);
        assert_eq!(get(Some(&annotations), RETRY), Some("1"));
        assert_eq!(get(None, RETRY), None);
    }
}
