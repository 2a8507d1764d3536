//! The simulator's clock: what the gateway's time window, the state machines and the request log
//! call "now". It starts at the real time and can be frozen, set, stepped and made faster.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A clock that runs `speed` times as fast as the machine's own.
#[derive(Debug)]
pub struct Clock {
    real: Instant,
    simulated: Timestamp,
    speed: f64,
    frozen: bool,
}

/// What `GET /_sim/clock` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// The simulated time.
    pub now: Timestamp,
    /// The same in milliseconds since the epoch, as the wire uses it.
    pub now_milliseconds: i64,
    /// Simulated seconds per real second.
    pub speed: f64,
    /// Whether time stands still.
    pub frozen: bool,
}

/// What `POST /_sim/clock` takes; fields are applied in this order and absent ones change nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClockChange {
    /// Sets the time.
    pub set: Option<Timestamp>,
    /// Moves the time by so many seconds; may be negative or a fraction.
    pub step_seconds: Option<f64>,
    /// Simulated seconds per real second.
    pub speed: Option<f64>,
    /// Stops or resumes the time.
    pub freeze: Option<bool>,
}

/// Why a change of the clock was refused.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// Not a finite number in range.
    #[error("failed to set the speed: {speed} is not a number from 0 to 1000000")]
    Speed {
        /// The refused value.
        speed: f64,
    },
    /// The result would leave the range of representable times.
    #[error("failed to step the clock by {seconds} s: the result is out of range")]
    Step {
        /// The refused value.
        seconds: f64,
    },
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            real: Instant::now(),
            simulated: Timestamp::now(),
            speed: 1.0,
            frozen: false,
        }
    }
}

impl Clock {
    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        if self.frozen {
            return self.simulated;
        }
        let elapsed = self.real.elapsed().as_secs_f64() * self.speed;
        moved(self.simulated, elapsed).unwrap_or(Timestamp::MAX)
    }

    /// The state as the control interface shows it.
    pub fn view(&self) -> ClockView {
        let now = self.now();
        ClockView {
            now,
            now_milliseconds: now.as_millisecond(),
            speed: self.speed,
            frozen: self.frozen,
        }
    }

    /// Applies a change as a whole or not at all.
    pub fn change(&mut self, change: &ClockChange) -> Result<(), ClockError> {
        let mut simulated = change.set.unwrap_or_else(|| self.now());
        if let Some(seconds) = change.step_seconds {
            simulated = moved(simulated, seconds).ok_or(ClockError::Step { seconds })?;
        }
        let speed = change.speed.unwrap_or(self.speed);
        if !(0.0..=1e6).contains(&speed) {
            return Err(ClockError::Speed { speed });
        }
        *self = Self {
            real: Instant::now(),
            simulated,
            speed,
            frozen: change.freeze.unwrap_or(self.frozen),
        };
        Ok(())
    }
}

fn moved(from: Timestamp, seconds: f64) -> Option<Timestamp> {
    let step = SignedDuration::try_from_secs_f64(seconds).ok()?;
    from.checked_add(step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> ClockChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_by_steps() {
        let mut clock = Clock::default();
        clock
            .change(&change(r#"{"set":"2026-01-02T03:04:05Z","freeze":true}"#))
            .unwrap();
        assert_eq!(clock.now().to_string(), "2026-01-02T03:04:05Z");
        clock.change(&change(r#"{"stepSeconds":-5.5}"#)).unwrap();
        assert_eq!(clock.now().to_string(), "2026-01-02T03:03:59.5Z");
    }

    #[test]
    fn speed_multiplies_real_time() {
        let mut clock = Clock::default();
        clock.change(&change(r#"{"speed":100000}"#)).unwrap();
        let before = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(clock.now().duration_since(before).as_secs() >= 1900);
    }

    #[test]
    fn nonsense_is_refused_and_changes_nothing() {
        let mut clock = Clock::default();
        clock.change(&change(r#"{"freeze":true}"#)).unwrap();
        let before = clock.now();
        for bad in [
            r#"{"stepSeconds":1e300}"#,
            r#"{"speed":-1}"#,
            r#"{"stepSeconds":5,"speed":1e9}"#,
        ] {
            assert!(clock.change(&change(bad)).is_err(), "{bad}");
        }
        assert_eq!(clock.now(), before);
    }
}
