//! What the API server enforces of the rules of approval, as far as the operator can see it. The operator
//! cannot know who sent a request; without the admission policies an approval proves what was approved,
//! not who did. So unless it was told otherwise, nothing is written while they do not act.

use sas_api::Reason;
pub use sas_api::guard::{FourEyes, Rules};

use crate::operation::Blocked;

/// Whether the admission policies act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// They act, with these rules.
    Up(Rules),
    /// They do not, and nothing is written meanwhile.
    Down {
        /// What is missing and what to do.
        message: String,
    },
    /// They do not, and the operator was started to go on without them.
    Advisory {
        /// What is missing.
        message: String,
    },
}

impl Guard {
    /// The rules, while they act.
    pub fn rules(&self) -> Option<&Rules> {
        match self {
            Guard::Up(rules) => Some(rules),
            Guard::Down { .. } | Guard::Advisory { .. } => None,
        }
    }

    /// Why nothing may be written.
    pub(crate) fn obstacle(&self) -> Option<Blocked> {
        match self {
            Guard::Down { message } => Some(Blocked {
                reason: Reason::ApprovalUnguarded,
                message: message.clone(),
            }),
            Guard::Up(_) | Guard::Advisory { .. } => None,
        }
    }

    /// Whether a plan that was published under the policies with this identity may still be approved.
    pub(crate) fn vouches_for(&self, identity: Option<&str>) -> bool {
        self.rules()
            .is_none_or(|rules| identity == Some(rules.identity.as_str()))
    }
}
