//! The clock's section: what time it is in the simulated cloud, and how to change that.

use maud::{Markup, html};

use super::layout::time;
use crate::clock::Clock;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

pub fn section(clock: &Clock) -> Markup {
    let view = clock.view();
    html! {
        section id="clock" {
            h2 { "Clock" }
            p {
                strong id="now" { (time(view.now)) } " UTC, "
                @if view.frozen { span.bad id="pace" { "frozen" } }
                @else { span id="pace" { "running at " (view.speed) "×" } }
            }
            form.wide method="post" action="/_sim/ui/clock" {
                @if view.frozen { button name="freeze" value="false" { "Resume" } }
                @else { button name="freeze" value="true" { "Freeze" } }
                @for (label, seconds) in [("+1 min", MINUTE), ("+1 h", HOUR), ("+1 day", DAY), ("+30 days", 30 * DAY)] {
                    button name="stepSeconds" value=(seconds) { (label) }
                }
            }
            form.wide method="post" action="/_sim/ui/clock" {
                label { "step by seconds" input name="stepSeconds" type="number" step="any"; }
                label { "set to (RFC 3339)" input name="set" placeholder="2030-01-01T00:00:00Z"; }
                label { "speed" input name="speed" type="number" step="any" min="0"; }
                button { "Change" }
            }
        }
    }
}
