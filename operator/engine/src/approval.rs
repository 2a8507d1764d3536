//! What the annotations of an object say about one plan. Only the full hash counts: no prefix, no `true`,
//! no `auto`. An empty annotation is absent. Expiry is judged by the operator's clock.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use sas_api::status::ApprovalRecord;
use sas_api::text::is_hidden;
use sas_api::{Risk, annotations};

use crate::guard::{FourEyes, Guard, Rules};
use crate::standing::{self, Standing};

/// What has been said about the plans of an object.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The object's annotations.
    pub meta: &'a ObjectMeta,
    /// The approval that was accepted for the present epoch.
    pub accepted: Option<&'a ApprovalRecord>,
    /// What the API server enforces.
    pub guard: &'a Guard,
    /// What was approved in advance.
    pub standing: &'a dyn Standing,
    /// The operator's clock.
    pub now: Timestamp,
}

/// What the annotations say about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has decided.
    Undecided,
    /// An approval of the plan was taken away, and does not count on.
    TakenAway {
        /// Who took it away.
        by: String,
    },
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
    /// End of the approval, as it was written.
    pub not_after: Option<String>,
    /// Where the decision was found.
    pub source: Source,
}

/// Where a decision was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// In the annotations of the object.
    #[default]
    Annotation,
    /// In a policy that approves in advance.
    Policy,
}

impl Source {
    /// The word as it stands in the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Annotation => "Annotation",
            Source::Policy => "Policy",
        }
    }
}

impl Said<'_> {
    /// What that means for the plan with this hash and risk.
    pub fn verdict(&self, hash: &str, risk: Risk) -> Verdict {
        let decision = Decision {
            by: self.get(annotations::APPROVED_BY).and_then(kept),
            comment: self.get(annotations::APPROVAL_COMMENT).and_then(kept),
            not_after: self.get(annotations::APPROVAL_NOT_AFTER).map(str::to_owned),
            source: Source::Annotation,
        };
        if self.get(annotations::REJECTED_PLAN) == Some(hash) {
            return Verdict::Rejected(decision);
        }
        let decision = match self.get(annotations::APPROVED_PLAN) {
            Some(named) if named == hash => decision,
            Some(named) => {
                return Verdict::Stale {
                    named: named.to_owned(),
                };
            }
            None => match self.stripped_approval(hash) {
                Some(accepted) => accepted,
                None => {
                    return match self.standing_approval(hash, risk) {
                        Some(decision) => Verdict::Approved(decision),
                        None => self.not_approved(hash),
                    };
                }
            },
        };
        if let Some(not_after) = &decision.not_after {
            let valid = not_after.parse::<Timestamp>().is_ok_and(|end| self.now <= end);
            if !valid {
                return Verdict::Expired {
                    not_after: not_after.clone(),
                };
            }
        }
        match self.lacks(&decision, risk) {
            Some(message) => Verdict::Incomplete { message },
            None => Verdict::Approved(decision),
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        annotations::get(self.meta.annotations.as_ref(), key)
    }

    /// An approval of this plan that was accepted, and whose annotation a GitOps controller took away
    /// because its repository does not hold it. Only the API server's own stamp proves who it was.
    fn stripped_approval(&self, hash: &str) -> Option<Decision> {
        let rules = self.guard.rules().filter(|rules| rules.stamped)?;
        let is_of_plan = |accepted: &&ApprovalRecord| {
            accepted.hash == hash && accepted.source == Source::Annotation.as_str()
        };
        let accepted = self.accepted.filter(is_of_plan)?;
        let who = self.revoker(hash)?;
        let stripped = rules.gitops.iter().any(|listed| listed == who);
        stripped.then(|| Decision {
            by: accepted.by.clone(),
            comment: accepted.comment.clone(),
            not_after: accepted.not_after.clone(),
            source: Source::Annotation,
        })
    }

    /// An approval of this plan in advance that was counted and accepted, and that still stands.
    fn standing_approval(&self, hash: &str, risk: Risk) -> Option<Decision> {
        let of_policy = |accepted: &&ApprovalRecord| accepted.source == Source::Policy.as_str();
        let accepted = self.accepted.filter(of_policy)?;
        let by = accepted.by.as_deref()?;
        let namespace = self.meta.namespace.as_deref().unwrap_or_default();
        let stands = accepted.hash == hash
            && standing::can_be_approved(risk)
            && self.revoker(hash).is_none()
            && self.standing.stands(namespace, by, self.now);
        stands.then(|| Decision {
            by: accepted.by.clone(),
            source: Source::Policy,
            ..Decision::default()
        })
    }

    /// Everybody who wrote the spec, as user names; nothing where that is not known.
    pub(crate) fn known_writers(&self) -> Option<Vec<String>> {
        let unescaped = |writer: &str| writer.replace("%2C", ",").replace("%25", "%");
        self.writers_are_known()
            .then(|| self.writers().map(unescaped).collect())
    }

    fn not_approved(&self, hash: &str) -> Verdict {
        match self.revoker(hash) {
            Some(by) => Verdict::TakenAway { by: by.to_owned() },
            None => Verdict::Undecided,
        }
    }

    /// Who took an approval of this plan away.
    fn revoker(&self, hash: &str) -> Option<&str> {
        let (who, what) = self.get(annotations::REVOKED_BY)?.rsplit_once(' ')?;
        (what == hash).then_some(who)
    }

    /// What keeps a decision from being an approval.
    fn lacks(&self, decision: &Decision, risk: Risk) -> Option<String> {
        if risk == Risk::R4 && decision.comment.is_none() {
            return Some(format!(
                "a plan of class R4 needs a comment: add the annotation {}",
                annotations::APPROVAL_COMMENT
            ));
        }
        match self.guard {
            Guard::Up(rules) => self.breaks(rules, decision),
            // Nobody holds names to the truth here; that is worth something to the honest only.
            Guard::Down { .. } | Guard::Advisory { .. } if risk == Risk::R4 => self.same_person(decision),
            Guard::Down { .. } | Guard::Advisory { .. } => None,
        }
    }

    /// The rule of the acting policies that a decision breaks. They have refused it already, unless
    /// something is wrong with them.
    fn breaks(&self, rules: &Rules, decision: &Decision) -> Option<String> {
        let Some(by) = &decision.by else {
            return Some(format!(
                "the approval names nobody: add the annotation {} with your user name",
                annotations::APPROVED_BY
            ));
        };
        if is_service_account(by) && !rules.approver_service_accounts.contains(by) {
            return Some(format!("{by} is a service account, and a person has to approve"));
        }
        if rules.four_eyes == FourEyes::Off {
            return None;
        }
        let unlisted = self
            .writers()
            .find(|w| is_service_account(w) && !rules.gitops.iter().any(|g| g == w));
        if let Some(writer) = unlisted {
            return Some(format!(
                "the spec was written by {writer}, which is not on the GitOps list of the policies"
            ));
        }
        if rules.four_eyes == FourEyes::Required && !self.writers_are_known() {
            return Some(
                "the writers of the spec are not known, and the policies ask for another person".into(),
            );
        }
        self.same_person(decision)
    }

    fn writers(&self) -> impl Iterator<Item = &str> {
        let named = self.get(annotations::REQUESTED_BY).unwrap_or_default();
        named
            .split(',')
            .map(str::trim)
            .filter(|writer| !writer.is_empty())
    }

    fn writers_are_known(&self) -> bool {
        let generation = self
            .get(annotations::REQUESTED_GENERATION)
            .and_then(|g| g.parse().ok());
        generation.is_some()
            && generation == self.meta.generation
            && self.writers().count() > 0
            && self.writers().all(|writer| writer != "?")
    }

    fn same_person(&self, decision: &Decision) -> Option<String> {
        self.writers().next()?;
        let Some(by) = decision.by.as_deref() else {
            return Some(format!(
                "an approver who did not write the spec is needed: add the annotation {} with your user name",
                annotations::APPROVED_BY
            ));
        };
        let listed = annotations::listed(by);
        let same = |writer: &str| canonical_user(writer) == canonical_user(&listed);
        self.writers().any(same).then(|| {
            format!("an approver who did not write the spec is needed, and {by} did; ask somebody else")
        })
    }
}

fn is_service_account(user: &str) -> bool {
    user.starts_with("system:serviceaccount:")
}

/// A name or comment as it is kept: printable, without blanks around it. Nothing, if nothing is left.
fn kept(text: &str) -> Option<String> {
    let text = printable(text);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What a person wrote, without what does not print or hides or turns other text: it is shown to others.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
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
