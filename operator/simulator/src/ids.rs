//! Everything the simulator makes up: request ids, install codes, access keys. All of it comes
//! from one generator seeded by the world, so equal seeds and equal requests give equal answers.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sas_client::sign::v3::body_sha256;

const ALPHANUMERIC: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// A seeded source of identifiers.
#[derive(Debug)]
pub struct Ids(StdRng);

impl Ids {
    /// A generator that repeats itself for an equal seed.
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// An upper-case UUID, the form of every `RequestId`.
    pub fn request_id(&mut self) -> String {
        self.uuid().hyphenated().to_string().to_uppercase()
    }

    /// A lower-case UUID.
    pub fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    /// Letters and digits without the ones that look alike, `length` characters.
    pub fn text(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| ALPHANUMERIC.choose(&mut self.0))
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// An evenly distributed number from 0 up to but without 1.
    pub fn fraction(&mut self) -> f64 {
        self.0.random()
    }
}

/// The id that RAM gave somebody of an account: 18 digits of which the first tells the kind, 2 for a user
/// and 3 for a role, and the rest is always the same for the same name.
pub fn ram_id(kind: char, account: &str, name: &str) -> String {
    let digest = body_sha256(format!("{kind}/{account}/{name}").as_bytes());
    let number = u64::from_str_radix(&digest[..15], 16).unwrap_or_default();
    format!("{kind}{:017}", number % 100_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_an_id_of_ones_own() {
        let id = ram_id('2', "1000000000000001", "alice");
        assert_eq!((id.len(), &id[..1]), (18, "2"));
        assert_eq!(id, ram_id('2', "1000000000000001", "alice"));
        for (kind, account, name) in [
            ('2', "1000000000000001", "bob"),
            ('2', "1000000000000002", "alice"),
            ('3', "1000000000000001", "alice"),
        ] {
            assert_ne!(id[1..], ram_id(kind, account, name)[1..]);
        }
    }

    #[test]
    fn equal_seeds_repeat_and_others_do_not() {
        let ids = |seed| {
            let mut ids = Ids::seeded(seed);
            (ids.request_id(), ids.text(6), ids.request_id())
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        let (id, code, _) = ids(7);
        assert_eq!((id.len(), code.len()), (36, 6));
        assert_eq!(id, id.to_uppercase());
    }
}
