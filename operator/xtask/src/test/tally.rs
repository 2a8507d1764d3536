//! Counts of test results, as libtest and the conformance suite print them.

use std::fmt;
use std::ops::AddAssign;

/// How many tests had which result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Tests that did what they should.
    pub passed: u32,
    /// Tests that did not, and steps that could not run.
    pub failed: u32,
    /// Tests that were not run.
    pub skipped: u32,
}

impl Tally {
    /// Something that could not run.
    pub const FAILURE: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s`.
pub fn libtest(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = counts.split("; ");
    Some(Tally {
        passed: number(counts.next()?, " passed")?,
        failed: number(counts.next()?, " failed")?,
        skipped: number(counts.next()?, " ignored")?,
    })
}

/// Reads `3 passed, 0 failed, 1 skipped`.
pub fn summary(line: &str) -> Option<Tally> {
    let mut counts = line.split(", ");
    let tally = Tally {
        passed: number(counts.next()?, " passed")?,
        failed: number(counts.next()?, " failed")?,
        skipped: number(counts.next()?, " skipped")?,
    };
    counts.next().is_none().then_some(tally)
}

fn number(text: &str, unit: &str) -> Option<u32> {
    text.strip_suffix(unit)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_results_are_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.21s";
        assert_eq!(
            libtest(line),
            Some(Tally {
                passed: 12,
                failed: 1,
                skipped: 2
            })
        );
        for other in [
            "test result",
            "test a::b ... ok",
            "test result: ok. many passed; 0 failed; 0 ignored",
        ] {
            assert_eq!(libtest(other), None, "{other}");
        }
    }

    #[test]
    fn a_summary_reads_back() {
        let tally = Tally {
            passed: 3,
            failed: 0,
            skipped: 1,
        };
        assert_eq!(tally.to_string(), "3 passed, 0 failed, 1 skipped");
        assert_eq!(summary(&tally.to_string()), Some(tally));
        for other in [
            "3 passed",
            "3 passed, 0 failed, 1 skipped, 2 odd",
            "x 3 passed, 0 failed, 1 skipped",
        ] {
            assert_eq!(summary(other), None, "{other}");
        }
    }
}
