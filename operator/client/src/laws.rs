//! What holds for any input at all, stated without looking at how the code is written. Property tests try
//! each law on made-up inputs, fuzz targets on whatever leads somewhere new.

#![allow(
    clippy::unwrap_used,
    reason = "an input that breaks a law has to stop the run"
)]

mod reply;
mod request;
#[cfg(test)]
mod tests;

pub use reply::{CANARY, every_type, reply};
pub use request::{flattening, has_plain_names, signature};

use crate::action::Effect;
use crate::code::{classify, result_code};
use crate::error::Verdict;

/// What a code proves is told by its beginning, and never differs between a read and a write.
pub fn code(code: &str) {
    let verdict = |code: &str, effect| classify(code).verdict(effect);
    let (read, write) = (verdict(code, Effect::Read), verdict(code, Effect::Write));
    assert_ne!(read, Verdict::Unknown, "a read changes nothing: {code:?}");
    assert!(
        write == read || write == Verdict::Unknown,
        "{code:?}: {read:?} and {write:?}"
    );
    let is_limit = code.contains(".Exceed");
    for other in [format!("x{code}"), code.to_ascii_lowercase()] {
        let proves_nothing = verdict(&other, Effect::Write) == Verdict::Unknown;
        assert!(
            proves_nothing || other == code || is_limit,
            "{other:?} is no documented code"
        );
    }
}

/// A result that is not documented proves nothing about a write.
pub fn result(code: i64) {
    let verdict = result_code(code).0.verdict(Effect::Write);
    assert_eq!(verdict == Verdict::Unknown, !(1..=7).contains(&code), "{code}");
}
