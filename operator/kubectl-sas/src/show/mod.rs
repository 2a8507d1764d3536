//! How things look to people. Pure: an object goes in, lines come out.

pub mod call;
pub mod diff;
pub mod plan;
pub mod receipt;
pub mod tree;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sas_api::plan::Plan;

use crate::output::age;

/// A moment and how long ago it is.
pub fn moment(time: &Time, now: Timestamp) -> String {
    if time.0 <= now {
        format!("{} ({} ago)", time.0, age(time.0, now))
    } else {
        format!("{} (in {})", time.0, age(now, time.0))
    }
}

/// Thousandths of a currency as an amount.
pub fn amount(millis: i64) -> String {
    let (whole, rest) = (millis / 1_000, millis % 1_000);
    if rest % 10 == 0 {
        format!("{whole}.{:02}", rest / 10)
    } else {
        format!("{whole}.{rest:03}")
    }
}

/// What a plan costs, in a few words.
pub fn cost(plan: &Plan) -> &str {
    plan.cost.as_ref().map_or("none", |cost| &cost.display)
}

/// The message of a condition without the long command that it ends with where a plan waits: whoever
/// reads it here has a shorter one.
pub fn without_command(message: &str) -> &str {
    message
        .split(" Read status.plan; to approve")
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{amount, without_command};

    #[test]
    fn the_command_is_left_out_and_nothing_else() {
        assert_eq!(
            without_command("it waits. Read status.plan; to approve exactly this plan run: kubectl …"),
            "it waits."
        );
        assert_eq!(without_command("it failed"), "it failed");
    }

    #[test]
    fn amounts_lose_nothing() {
        let shown = [0, 5, 10, 137_500, 1_999, 12_000].map(amount);
        assert_eq!(shown, ["0.00", "0.005", "0.01", "137.50", "1.999", "12.00"]);
    }
}
