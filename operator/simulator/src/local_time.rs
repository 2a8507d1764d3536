//! Times as text the way Security Center writes them: local time of China, UTC+8, without a zone.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// `2026-01-02 11:04:05` for 03:04:05 UTC.
pub fn text(time: Timestamp) -> String {
    let china = TimeZone::fixed(Offset::constant(8));
    time.to_zoned(china).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_eight_hours_ahead() {
        let time: Timestamp = "2026-01-02T20:04:05.9Z".parse().unwrap();
        assert_eq!(text(time), "2026-01-03 04:04:05");
    }
}
