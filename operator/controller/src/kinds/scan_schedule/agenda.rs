//! What a schedule has to do now: which of its times have passed, which of them gets a job, and which are
//! missed. Pure, so that clocks that jump, gaps and crashes are tried by tables.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::timetable::Timetable;

/// Times of one interruption that are counted.
const COUNTED: usize = 1_000;
/// A moment that lies further ahead was noted by a clock that was wrong.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What a schedule knows of the past.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    /// Times up to this one have been dealt with.
    pub considered: Timestamp,
    /// Time of the newest job.
    pub newest_job: Option<Timestamp>,
    /// Whether no job may be added to those that have not ended.
    pub is_full: bool,
}

/// How a schedule deals with its times.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// No jobs are created.
    pub suspend: bool,
    /// How late a job may be created.
    pub deadline: Option<Duration>,
}

/// What a schedule has to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agenda {
    /// Times up to this one have been dealt with.
    pub considered: Timestamp,
    /// How many of those have passed without a job, of those that were not counted yet.
    pub missed: usize,
    /// The time that a job has to be created for.
    pub due: Option<Timestamp>,
    /// The time whose job waits until an earlier one has ended.
    pub held: Option<Timestamp>,
    /// The next time.
    pub next: Option<Timestamp>,
}

/// What follows from the past at a moment.
pub fn agenda(timetable: &Timetable, rules: Rules, past: Past, now: Timestamp) -> Agenda {
    let considered = if past.considered > now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX) {
        now
    } else {
        past.considered
    };
    let mut agenda = Agenda {
        considered,
        missed: 0,
        due: None,
        held: None,
        next: timetable.after(now.max(considered)),
    };
    // A job is the proof that its time was dealt with, also if the process died before it wrote that down.
    if let Some(job) = past.newest_job.filter(|job| *job > considered && *job <= now) {
        agenda.missed += timetable.between(considered, job, COUNTED);
        agenda.considered = job;
    }
    if let Some(last) = timetable.last(agenda.considered, now) {
        agenda.deal_with(last, timetable, rules, past.is_full, now);
    }
    agenda
}

impl Agenda {
    fn deal_with(
        &mut self,
        last: Timestamp,
        timetable: &Timetable,
        rules: Rules,
        is_full: bool,
        now: Timestamp,
    ) {
        if rules.suspend {
            self.considered = last;
            return;
        }
        let overtaken = timetable.between(self.considered, last, COUNTED);
        if overtaken > 0 {
            self.missed += overtaken;
            self.considered = last.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(last);
        }
        let late = now.duration_since(last).unsigned_abs();
        if rules.deadline.is_some_and(|deadline| late > deadline) {
            self.missed += 1;
            self.considered = last;
        } else if is_full {
            self.held = Some(last);
        } else {
            self.due = Some(last);
        }
    }
}
