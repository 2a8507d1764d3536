//! The times of a schedule in its time zone, as instants. A time that the clocks skip comes at the first moment
//! after the gap; a fixed time that they show twice comes once.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A schedule in a time zone. Its times are whole minutes.
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
}

impl Timetable {
    /// A schedule in the terms of cron. The message names the field and the next step.
    pub fn new(schedule: &str, time_zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(time_zone).map_err(|_| {
            format!(
                "`timeZone` {time_zone:?} is not known; name one such as Asia/Shanghai, Europe/Berlin or UTC"
            )
        })?;
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(schedule).map_err(|error| {
            format!(
                "`schedule` cannot be read: {error}; write minute, hour, day of the month, month and day of the \
                 week, such as 30 2 * * 1-5"
            )
        })?;
        Ok(Self { cron, zone })
    }

    /// The first time after `from`; `None` if there never is one.
    pub fn after(&self, from: Timestamp) -> Option<Timestamp> {
        let next = self.cron.find_next_occurrence(&self.at(from), false);
        next.ok().map(|next| next.timestamp())
    }

    /// The last time after `from` and not after `until`.
    pub fn last(&self, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
        // Searched forward first: a schedule that never comes is searched once, and a short way.
        self.after(from).filter(|first| *first <= until)?;
        let last = self.cron.find_previous_occurrence(&self.at(until), true);
        last.ok().map(|last| last.timestamp()).filter(|last| *last > from)
    }

    /// How many times there are between two moments, without these, counted up to `most`.
    pub fn between(&self, from: Timestamp, until: Timestamp, most: usize) -> usize {
        let times = std::iter::successors(self.after(from), |time| self.after(*time));
        times.take_while(|time| *time < until).take(most).count()
    }

    fn at(&self, moment: Timestamp) -> Zoned {
        moment.to_zoned(self.zone.clone())
    }
}
