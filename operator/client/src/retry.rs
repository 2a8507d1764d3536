//! How often a call is tried, and the random pauses in between.

use std::time::Duration;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries of a read, the first included; 4. Copies of a write are limited elsewhere, to 3.
    pub tries: u32,
    /// Mean of the pause before the second try; it doubles with each further one; 200 ms.
    pub pause: Duration,
    /// Longest pause, unless the cloud asks for more; 5 s.
    pub max_pause: Duration,
    /// Longest time of a call with all its tries and pauses; 30 s.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 4,
            pause: Duration::from_millis(200),
            max_pause: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// A random pause after the `failed`th try (from 1), or what the cloud asks for and a little more.
    pub(crate) fn pause_after(&self, failed: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = self.pause.saturating_mul(1 << failed.min(16)).min(self.max_pause);
        match retry_after {
            Some(asked) => asked + self.pause.mul_f64(rand::random::<f64>()),
            None => doubled.mul_f64(rand::random::<f64>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_respect_the_cloud() {
        let policy = RetryPolicy::default();
        let longest = |failed, asked| {
            (0..200)
                .map(|_| policy.pause_after(failed, asked))
                .max()
                .unwrap_or_default()
        };
        let shortest = |failed, asked| {
            (0..200)
                .map(|_| policy.pause_after(failed, asked))
                .min()
                .unwrap_or_default()
        };
        assert!(longest(1, None) <= Duration::from_millis(400));
        assert!(longest(4, None) > Duration::from_secs(1));
        assert!(longest(60, None) <= policy.max_pause);
        assert!(shortest(1, None) < longest(1, None), "pauses are random");
        let asked = Duration::from_secs(9);
        assert!(shortest(1, Some(asked)) >= asked && longest(1, Some(asked)) <= asked + policy.pause);
    }
}
