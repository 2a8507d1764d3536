//! What guards the approvals of a cluster: the admission policies that this version was built with, and what
//! the policies of a cluster say beside them. Pure: whoever asks brings what was seen.

pub mod expected;
mod judge;
mod preset;

pub use judge::{Probe, Snapshot, born_approved, faults, judge, probe_fault};
pub use preset::{FourEyes, Preset};

/// What acting policies say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Tells these policy objects from any others. Policies that were away or changed have another one, and
    /// every plan that nobody has spent is made anew under it: its approval may be from the time between.
    pub identity: String,
    /// The preset whose rules they are; none where an installation has chosen its own mixture.
    pub preset: Option<Preset>,
    /// Who may approve.
    pub four_eyes: FourEyes,
    /// Service accounts that write on behalf of a reviewed repository.
    pub gitops: Vec<String>,
    /// Service accounts that may decide.
    pub approver_service_accounts: Vec<String>,
    /// Whether the API server writes the names of requester, approver and revoker itself.
    pub stamped: bool,
}

impl Rules {
    /// What is effective, in a sentence for people.
    pub fn meaning(&self) -> String {
        let guards = match self.preset {
            Some(preset) => format!(
                "admission policies of the preset {} guard approvals: {}",
                preset.as_str(),
                self.four_eyes.meaning()
            ),
            None => format!(
                "admission policies with a mixture of presets guard approvals: {}",
                self.four_eyes.meaning()
            ),
        };
        let names = if self.stamped {
            "the API server writes who requested, approved and revoked"
        } else {
            "approvers send their own name, and it is held to the truth"
        };
        format!("{guards}; {names}")
    }
}
