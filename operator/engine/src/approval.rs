//! What the annotations of an object say about one plan. Only the full hash counts: no prefix, no `true`,
//! no `auto`. An empty annotation is absent. Expiry is judged by the operator's clock.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use sas_api::{Risk, annotations};

/// What the annotations say about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has decided.
    Undecided,
    /// The approval names another plan.
    Stale {
        /// What it names.
        named: String,
    },
    /// The approval names the plan and lacks something.
    Incomplete {
        /// What it lacks and what to do.
        message: String,
    },
    /// The approval's time is over or cannot be read.
    Expired {
        /// What `not-after` says.
        not_after: String,
    },
    /// The plan was refused.
    Rejected(Decision),
    /// The plan was approved.
    Approved(Decision),
}

/// Who decided and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// User name, where the annotation carries one.
    pub by: Option<String>,
    /// Comment.
    pub comment: Option<String>,
}

/// Reads the annotations for the plan with this hash and risk.
pub fn verdict(meta: &ObjectMeta, hash: &str, risk: Risk, now: Timestamp) -> Verdict {
    let get = |key| annotations::get(meta.annotations.as_ref(), key);
    let decision = Decision {
        by: get(annotations::APPROVED_BY).and_then(kept),
        comment: get(annotations::APPROVAL_COMMENT).and_then(kept),
    };
    if get(annotations::REJECTED_PLAN) == Some(hash) {
        return Verdict::Rejected(decision);
    }
    let Some(named) = get(annotations::APPROVED_PLAN) else {
        return Verdict::Undecided;
    };
    if named != hash {
        return Verdict::Stale {
            named: named.to_owned(),
        };
    }
    if let Some(not_after) = get(annotations::APPROVAL_NOT_AFTER) {
        let valid = not_after.parse::<Timestamp>().is_ok_and(|end| now <= end);
        if !valid {
            return Verdict::Expired {
                not_after: not_after.to_owned(),
            };
        }
    }
    if risk == Risk::R4
        && let Some(message) = r4_lacks(&decision, get(annotations::REQUESTED_BY))
    {
        return Verdict::Incomplete { message };
    }
    Verdict::Approved(decision)
}

fn r4_lacks(decision: &Decision, requested_by: Option<&str>) -> Option<String> {
    if decision.comment.is_none() {
        return Some(format!(
            "a plan of class R4 needs a comment: add the annotation {}",
            annotations::APPROVAL_COMMENT
        ));
    }
    let requesters = requested_by?;
    let Some(by) = decision.by.as_deref() else {
        return Some(format!(
            "a plan of class R4 needs an approver who did not write the spec: add the annotation {} with your user name",
            annotations::APPROVED_BY
        ));
    };
    let same = |writer: &str| canonical_user(writer.trim()) == canonical_user(by);
    requesters.split(',').any(same).then(|| {
        format!(
            "a plan of class R4 needs an approver who did not write the spec, and {by} did; ask somebody else"
        )
    })
}

/// A name or comment as it is kept: printable, without blanks around it. Nothing, if nothing is left.
fn kept(text: &str) -> Option<String> {
    let text = printable(text);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What a person wrote, without what does not print or hides or turns other text: it is shown to others.
pub(crate) fn printable(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !hidden(*c))
        .collect()
}

/// One person may have several user names on ACK: digits, a dash and digits. The part before the dash counts.
fn canonical_user(name: &str) -> &str {
    match name.split_once('-') {
        Some((account, session))
            if account.len() >= 5
                && !session.is_empty()
                && account
                    .bytes()
                    .chain(session.bytes())
                    .all(|byte| byte.is_ascii_digit()) =>
        {
            account
        }
        _ => name,
    }
}

#[cfg(test)]
#[path = "approval_tests.rs"]
mod tests;
