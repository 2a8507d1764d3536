//! How strictly the admission policies ask who decides. The files in `config/policy` are made from this
//! table, and the policies of a cluster are recognised by it.

/// A set of values for the variables of the policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// One person on a laptop.
    Solo,
    /// Somebody else than the writers approves, as far as the writers are known.
    #[default]
    Standard,
    /// The writers have to be known, and giving away the right to approve is guarded.
    Strict,
}

impl Preset {
    /// All of them, the most lenient first.
    pub const ALL: [Preset; 3] = [Preset::Solo, Preset::Standard, Preset::Strict];

    /// The name as people know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::Solo => "Solo",
            Preset::Standard => "Standard",
            Preset::Strict => "Strict",
        }
    }

    /// The name of its folder in `config/policy`, which flags and environments use as well.
    pub fn folder(self) -> &'static str {
        match self {
            Preset::Solo => "solo",
            Preset::Standard => "standard",
            Preset::Strict => "strict",
        }
    }

    /// The preset of a folder.
    pub fn of_folder(folder: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.folder() == folder)
    }

    /// Whether the writer of a spec may approve it.
    pub fn four_eyes(self) -> FourEyes {
        match self {
            Preset::Solo => FourEyes::Off,
            Preset::Standard => FourEyes::WhereKnown,
            Preset::Strict => FourEyes::Required,
        }
    }

    /// Whether a right to approve counts that comes only from a role for everything.
    pub fn wildcard_rights_count(self) -> bool {
        self != Preset::Strict
    }

    /// Whether somebody who acts as another user may decide.
    pub fn impersonated_may_decide(self) -> bool {
        self != Preset::Strict
    }

    /// Whether giving away the right to approve is guarded.
    pub fn guards_grants(self) -> bool {
        self == Preset::Strict
    }
}

/// Whether the writer of a spec may approve it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FourEyes {
    /// Yes.
    Off,
    /// No, as far as the writers are known.
    #[default]
    WhereKnown,
    /// No, and the writers have to be known.
    Required,
}

impl FourEyes {
    /// All of them.
    pub const ALL: [FourEyes; 3] = [FourEyes::Off, FourEyes::WhereKnown, FourEyes::Required];

    /// The name as it stands in the policies.
    pub fn as_str(self) -> &'static str {
        match self {
            FourEyes::Off => "Off",
            FourEyes::WhereKnown => "WhereKnown",
            FourEyes::Required => "Required",
        }
    }

    /// What it means, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            FourEyes::Off => "whoever wrote a spec may approve it",
            FourEyes::WhereKnown => "somebody else than the writers approves, as far as they are known",
            FourEyes::Required => "somebody else than the writers approves, and they have to be known",
        }
    }
}
