//! Editions of Security Center. Their wire numbers are not ordered by strength, so comparing
//! them goes through `strength`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An edition by its wire number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Edition(pub i32);

impl Edition {
    /// Nothing bound.
    pub const FREE: Self = Self(1);
    /// Enterprise.
    pub const ENTERPRISE: Self = Self(3);
    /// Advanced; pay-as-you-go sells it only to accounts that already hold it.
    pub const ADVANCED: Self = Self(5);
    /// Anti-virus.
    pub const ANTI_VIRUS: Self = Self(6);
    /// Ultimate, the only one for nodes of a Kubernetes cluster.
    pub const ULTIMATE: Self = Self(7);

    const BY_STRENGTH: [(Self, &'static str); 5] = [
        (Self::FREE, "Free Edition"),
        (Self::ANTI_VIRUS, "Anti-virus Edition"),
        (Self::ADVANCED, "Advanced"),
        (Self::ENTERPRISE, "Enterprise Edition"),
        (Self::ULTIMATE, "Ultimate Edition"),
    ];

    /// 1 for free up to 5 for ultimate, the `Index` of GetAuthSummary; 0 for an unknown number.
    pub fn strength(self) -> i32 {
        (1..)
            .zip(Self::BY_STRENGTH)
            .find_map(|(index, (edition, _))| (edition == self).then_some(index))
            .unwrap_or(0)
    }

    /// `AuthVersionName`.
    pub fn name(self) -> &'static str {
        let named = Self::BY_STRENGTH.iter().find(|(edition, _)| *edition == self);
        named.map_or("Unknown", |(_, name)| name)
    }

    /// All editions that a server can have.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::BY_STRENGTH.into_iter().map(|(edition, _)| edition)
    }

    /// Whether it is one of them.
    pub fn is_known(self) -> bool {
        self.strength() > 0
    }

    /// Whether servers can be bound to it.
    pub fn is_paid(self) -> bool {
        self.strength() > 1
    }

    /// The strongest of several, free when there is none.
    pub fn strongest(editions: impl Iterator<Item = Self>) -> Self {
        editions
            .max_by_key(|edition| edition.strength())
            .unwrap_or(Self::FREE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_is_not_the_number() {
        let order = [1, 6, 5, 3, 7].map(|version| Edition(version).strength());
        assert_eq!(order, [1, 2, 3, 4, 5]);
        assert!(!Edition::FREE.is_paid() && !Edition(4).is_paid() && Edition(6).is_paid());
        assert_eq!(
            Edition::strongest([6, 3, 5].map(Edition).into_iter()),
            Edition::ENTERPRISE
        );
    }
}
