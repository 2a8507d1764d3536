//! What a person sees while something takes long.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// A line on stderr that counts: rewritten in place on a terminal, repeated every ten seconds elsewhere,
/// and silent when it ends within a second.
pub struct Counter<'a> {
    what: &'a str,
    count: usize,
    started: Instant,
    shown: Instant,
    terminal: bool,
}

impl<'a> Counter<'a> {
    /// Starts at zero.
    pub fn new(what: &'a str) -> Self {
        let now = Instant::now();
        Self {
            what,
            count: 0,
            started: now,
            shown: now,
            terminal: stderr().is_terminal(),
        }
    }

    /// Counts one.
    pub fn add(&mut self) {
        self.count += 1;
        let every = Duration::from_secs(if self.terminal { 1 } else { 10 });
        if self.shown.elapsed() >= every {
            self.shown = Instant::now();
            self.show();
        }
    }

    /// Shows the final count.
    pub fn finish(&self) {
        if self.started.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.show();
        if self.terminal {
            eprintln!();
        }
    }

    fn show(&self) {
        let (before, after) = if self.terminal { ("\r", "") } else { ("", "\n") };
        eprint!(
            "{before}  {}: {}, {} s{after}",
            self.what,
            self.count,
            self.started.elapsed().as_secs()
        );
        let _ = stderr().flush(); // progress only
    }
}
