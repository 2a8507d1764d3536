//! Times as text the way Security Center writes them: local time of China, UTC+8, without a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// `2026-01-02 11:04:05` for 03:04:05 UTC.
pub fn text(time: Timestamp) -> String {
    time.to_zoned(china()).strftime(FORMAT).to_string()
}

/// The time of a text, to the second.
pub fn parse(text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime(FORMAT, text).ok()?;
    Some(local.to_zoned(china()).ok()?.timestamp())
}

fn china() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_eight_hours_ahead() {
        let time: Timestamp = "2026-01-02T20:04:05.9Z".parse().unwrap();
        assert_eq!(text(time), "2026-01-03 04:04:05");
    }

    #[test]
    fn a_text_is_read_back_to_the_second() {
        let time: Timestamp = "2026-01-02T20:04:05Z".parse().unwrap();
        assert_eq!(parse(&text(time)), Some(time));
        assert_eq!(parse("2026-01-02T20:04:05Z"), None);
    }
}
