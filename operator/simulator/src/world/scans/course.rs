//! How a scan runs and what it claims about itself. The truth (when which server is finished) and
//! the claim (phase and percentage) are both functions of the time passed, so a frozen or stepped
//! clock always shows the same; a lying scan differs in its claim only.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is odd about a scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Behaviour {
    /// Says what it does.
    #[default]
    Honest,
    /// Claims success after half of its time; servers finish when they finish.
    ClaimsDoneEarly,
    /// Shows 99 % from half of its time until it ends.
    StallsAt99,
    /// Reaches 80 %, falls back to 30 % after half of its time, then ends.
    GoesBack,
    /// Finishes all servers but the last one and runs at 99 % for good.
    NeverEnds,
    /// Finishes half of the servers, then claims to have timed out.
    TimesOut,
    /// Finishes no server, then claims to have failed.
    Fails,
}

/// The times of a scan in simulated seconds, and its behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Course {
    /// Until readers see the scan at all.
    pub list_lag_seconds: i64,
    /// Until it starts to run.
    pub start_delay_seconds: i64,
    /// From its start to its end; its servers finish one after the other, evenly spread.
    pub duration_seconds: i64,
    /// What is odd about it.
    pub behaviour: Behaviour,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            list_lag_seconds: 0,
            start_delay_seconds: 2,
            duration_seconds: 60,
            behaviour: Behaviour::Honest,
        }
    }
}

/// Where a scan claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    TimedOut,
}

impl Phase {
    /// Whether it claims to be over.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// What a scan claims about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Where it claims to be.
    pub phase: Phase,
    /// 0 to 100.
    pub percent: i32,
    /// When it started, once it did.
    pub started_at: Option<Timestamp>,
    /// When it ended, once it claims so.
    pub ended_at: Option<Timestamp>,
}

impl Course {
    /// From then on readers see a scan that was caused at `created`.
    pub fn listed_at(&self, created: Timestamp) -> Timestamp {
        after(created, self.list_lag_seconds)
    }

    /// When a scan that was caused at `created` starts to run.
    pub fn starts_at(&self, created: Timestamp) -> Timestamp {
        after(created, self.start_delay_seconds)
    }

    /// When server `index` of `count` is truly finished; never is `None`.
    pub fn finishes_at(&self, created: Timestamp, index: usize, count: usize) -> Option<Timestamp> {
        let finished = index + 1;
        let reached = match self.behaviour {
            Behaviour::NeverEnds => finished < count,
            Behaviour::TimesOut => finished * 2 <= count,
            Behaviour::Fails => false,
            _ => true,
        };
        let share = i64::try_from(finished)
            .ok()?
            .saturating_mul(self.duration_seconds.saturating_mul(1000))
            / i64::try_from(count).ok()?.max(1);
        reached.then(|| later(self.starts_at(created), SignedDuration::from_millis(share)))
    }

    /// What a scan that was caused at `created` claims now.
    pub fn claim(&self, created: Timestamp, now: Timestamp) -> Claim {
        let start = self.starts_at(created);
        if now < start {
            return Claim {
                phase: Phase::Pending,
                percent: 0,
                started_at: None,
                ended_at: None,
            };
        }
        let length = match self.behaviour {
            Behaviour::ClaimsDoneEarly => {
                SignedDuration::from_millis(self.duration_seconds.saturating_mul(500))
            }
            _ => SignedDuration::from_secs(self.duration_seconds),
        };
        let end = later(start, length);
        let over = now >= end && self.behaviour != Behaviour::NeverEnds;
        let phase = match self.behaviour {
            _ if !over => Phase::Running,
            Behaviour::TimesOut => Phase::TimedOut,
            Behaviour::Fails => Phase::Failed,
            _ => Phase::Succeeded,
        };
        let passed = permille(now.duration_since(start), length);
        Claim {
            phase,
            percent: if phase == Phase::Succeeded {
                100
            } else {
                self.percent(passed)
            },
            started_at: Some(start),
            ended_at: over.then_some(end),
        }
    }

    /// The claimed percentage while it runs, or where it stopped, after so many thousandths of its time.
    fn percent(&self, passed: i32) -> i32 {
        let second_half = passed >= 500;
        let claimed = match self.behaviour {
            Behaviour::Honest | Behaviour::ClaimsDoneEarly | Behaviour::NeverEnds => passed / 10,
            Behaviour::StallsAt99 if second_half => 99,
            Behaviour::StallsAt99 => passed * 2 / 10,
            Behaviour::GoesBack if second_half => 30 + (passed - 500) * 14 / 100,
            Behaviour::GoesBack => passed * 16 / 100,
            Behaviour::TimesOut => passed / 20,
            Behaviour::Fails => passed * 3 / 100,
        };
        claimed.min(99)
    }
}

/// A time so many seconds later, or the end of time.
pub fn after(time: Timestamp, seconds: i64) -> Timestamp {
    later(time, SignedDuration::from_secs(seconds))
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How many thousandths of `length` have passed, at most 1000.
fn permille(passed: SignedDuration, length: SignedDuration) -> i32 {
    let share = passed.as_millis() * 1000 / length.as_millis().max(1);
    i32::try_from(share.clamp(0, 1000)).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn course(behaviour: Behaviour) -> Course {
        Course {
            start_delay_seconds: 10,
            duration_seconds: 100,
            behaviour,
            ..Course::default()
        }
    }

    #[test]
    fn each_behaviour_claims_what_it_says() {
        let never = i64::MAX;
        for (behaviour, percents, over_from, end) in [
            (
                Behaviour::Honest,
                [0, 0, 25, 49, 50, 75, 99, 100, 100],
                110,
                Phase::Succeeded,
            ),
            (
                Behaviour::ClaimsDoneEarly,
                [0, 0, 50, 98, 100, 100, 100, 100, 100],
                60,
                Phase::Succeeded,
            ),
            (
                Behaviour::StallsAt99,
                [0, 0, 50, 98, 99, 99, 99, 100, 100],
                110,
                Phase::Succeeded,
            ),
            (
                Behaviour::GoesBack,
                [0, 0, 40, 78, 30, 65, 98, 100, 100],
                110,
                Phase::Succeeded,
            ),
            (
                Behaviour::NeverEnds,
                [0, 0, 25, 49, 50, 75, 99, 99, 99],
                never,
                Phase::Running,
            ),
            (
                Behaviour::TimesOut,
                [0, 0, 12, 24, 25, 37, 49, 50, 50],
                110,
                Phase::TimedOut,
            ),
            (
                Behaviour::Fails,
                [0, 0, 7, 14, 15, 22, 29, 30, 30],
                110,
                Phase::Failed,
            ),
        ] {
            for (second, percent) in [9, 10, 35, 59, 60, 85, 109, 110, 100_000]
                .into_iter()
                .zip(percents)
            {
                let claim = course(behaviour).claim(START, after(START, second));
                let phase = match second {
                    ..10 => Phase::Pending,
                    _ if second < over_from => Phase::Running,
                    _ => end,
                };
                assert_eq!(
                    (claim.phase, claim.percent),
                    (phase, percent),
                    "{behaviour:?} at {second} s"
                );
                assert_eq!(
                    claim.ended_at.is_some(),
                    second >= over_from,
                    "{behaviour:?} at {second} s"
                );
            }
        }
    }

    #[test]
    fn servers_finish_when_the_behaviour_lets_them() {
        let finished = |behaviour, count| -> Vec<Option<i64>> {
            let times = (0..count).map(|index| course(behaviour).finishes_at(START, index, count));
            times.map(|time| time.map(Timestamp::as_second)).collect()
        };
        let all = [Some(35), Some(60), Some(85), Some(110)];
        for honest in [
            Behaviour::Honest,
            Behaviour::ClaimsDoneEarly,
            Behaviour::StallsAt99,
            Behaviour::GoesBack,
        ] {
            assert_eq!(finished(honest, 4), all, "{honest:?}");
        }
        assert_eq!(
            finished(Behaviour::NeverEnds, 4),
            [Some(35), Some(60), Some(85), None]
        );
        assert_eq!(finished(Behaviour::TimesOut, 4), [Some(35), Some(60), None, None]);
        assert_eq!(finished(Behaviour::Fails, 4), [None; 4]);
        assert_eq!(finished(Behaviour::NeverEnds, 1), [None]);
    }

    #[test]
    fn a_scan_that_takes_no_time_is_over_when_it_starts() {
        let course = Course {
            start_delay_seconds: 0,
            duration_seconds: 0,
            ..Course::default()
        };
        let claim = course.claim(START, START);
        assert_eq!(
            (claim.phase, claim.percent, claim.ended_at),
            (Phase::Succeeded, 100, Some(START))
        );
        assert_eq!(course.finishes_at(START, 0, 1), Some(START));
    }
}
