//! When a command of cloud assistant is to run again (`Frequency`): every so often, once at a time, or by a
//! cron expression. Only whether the text has one of these forms: repetitions are not simulated.

use jiff::civil::DateTime;

const SHORTEST_RATE: i64 = 60;
const LONGEST_RATE: i64 = 7 * 24 * 3600;

/// Whether cloud assistant takes this for a command that may run for so many seconds.
pub fn is_valid(frequency: &str, timeout_seconds: i64) -> bool {
    let within = |name: &str| frequency.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = within("rate") {
        return is_rate(rate, timeout_seconds);
    }
    within("at").map_or_else(|| is_cron(frequency), is_time)
}

/// `5m`: longer than the command may run.
fn is_rate(text: &str, timeout_seconds: i64) -> bool {
    let mut number = text.to_owned();
    let unit = match number.pop() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 24 * 3600,
        _ => return false,
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = number
        .parse::<i64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    digits
        && seconds.is_some_and(|seconds| {
            (SHORTEST_RATE..=LONGEST_RATE).contains(&seconds) && seconds > timeout_seconds
        })
}

/// `2022-06-06 13:15:30 Asia/Shanghai`, in UTC without a zone.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(' ').collect();
    let (day, time, zone) = match parts[..] {
        [day, time] => (day, time, "UTC"),
        [day, time, zone] => (day, time, zone),
        _ => return false,
    };
    DateTime::strptime("%Y-%m-%d %H:%M:%S", format!("{day} {time}")).is_ok() && is_zone(zone)
}

/// Seconds, minutes, hours, day of the month, month, day of the week, the year or not, and a zone.
fn is_cron(text: &str) -> bool {
    let parts: Vec<&str> = text.split(' ').collect();
    let Some((zone, fields)) = parts.split_last() else {
        return false;
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"*?,-/#".contains(&byte);
    let is_field = |field: &&str| !field.is_empty() && field.bytes().all(allowed);
    matches!(fields.len(), 6 | 7) && fields.iter().all(is_field) && is_zone(zone)
}

/// `UTC`, `GMT+8:00` without a leading zero, or a name such as `Asia/Shanghai`.
fn is_zone(text: &str) -> bool {
    if let Some(offset) = text.strip_prefix("GMT") {
        let offset = offset
            .strip_prefix(['+', '-'])
            .and_then(|rest| rest.split_once(':'));
        return offset.is_some_and(|(hours, minutes)| {
            let number = |text: &str| text.parse::<u8>().ok();
            !(hours.len() > 1 && hours.starts_with('0'))
                && number(hours).is_some_and(|hours| hours <= 14)
                && minutes.len() == 2
                && number(minutes).is_some_and(|minutes| minutes < 60)
        });
    }
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(&byte))
    };
    text == "UTC" || text.contains('/') && text.split('/').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_documented_forms_are_taken() {
        for (frequency, valid) in [
            ("rate(5m)", true),
            ("rate(60s)", true),
            ("rate(7d)", true),
            ("rate(59s)", false),
            ("rate(8d)", false),
            ("rate(m)", false),
            ("rate(-5m)", false),
            ("rate(5w)", false),
            ("at(2022-06-06 13:15:30)", true),
            ("at(2022-06-06 13:15:30 Asia/Shanghai)", true),
            ("at(2022-06-06 13:15:30 GMT-7:00)", true),
            ("at(2022-06-06 13:15:30 GMT-07:00)", false),
            ("at(2022-06-06 13:15:30 CST)", false),
            ("at(2022-13-06 13:15:30)", false),
            ("at(tomorrow)", false),
            ("0 15 10 ? * * 2022 Asia/Shanghai", true),
            ("0 0/30 10-11 * * ? 2022 GMT+8:00", true),
            ("0 0/5 14 * 10 ? UTC", true),
            ("0 0/5 14 * 10 ?", false),
            ("* * * * *", false),
            ("every now and then", false),
            ("", false),
        ] {
            assert_eq!(is_valid(frequency, 10), valid, "{frequency}");
        }
        assert!(
            !is_valid("rate(60s)", 60),
            "the next run would begin before the last one ends"
        );
    }
}
