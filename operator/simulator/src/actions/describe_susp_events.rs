//! DescribeSuspEvents: the alerts, by every filter the vendor documents, by page. Pending ones come
//! in the order in which they were last seen, the newest first; handled ones as the request sorts.

mod filter;
mod row;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{self, Seen};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::parameters::Parameters;
use filter::Filter;
use row::Row;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeSuspEvents", run);

const DEFAULT_PAGE_SIZE: usize = 20;
const MAXIMUM_PAGE_SIZE: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    susp_events: Vec<Row<'a>>,
    #[serde(flatten)]
    page: PageInfo,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, DEFAULT_PAGE_SIZE)?.at_most(MAXIMUM_PAGE_SIZE)?;
    let filter = Filter::read(parameters)?;
    let order = Order::read(parameters)?;
    let mut found: Vec<Seen<'_>> = alerts::seen(call.centre, call.now)
        .filter(|seen| filter.fits(seen, call))
        .collect();
    found.sort_by_key(|seen| order.key(seen, call));
    let language = parameters.text("Lang");
    let (shown, page) = page.cut(found);
    let rows = shown.into_iter().map(|seen| Row::new(seen, call, language));
    Ok(Outcome::unchanged(&Response {
        susp_events: rows.collect(),
        page,
    }))
}

/// `SortColumn` and `SortType`, which count only for handled alerts.
struct Order {
    by_operate_time: bool,
    ascending: bool,
}

impl Order {
    fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let column = parameters.text("SortColumn").unwrap_or("operateTime");
        let direction = parameters.text("SortType").unwrap_or("desc");
        if !matches!(column, "operateTime" | "lastTime") {
            return Err(Refusal::invalid("SortColumn"));
        }
        if !matches!(direction, "asc" | "desc") {
            return Err(Refusal::invalid("SortType"));
        }
        let handled = parameters.text("Dealed") == Some("Y");
        Ok(Self {
            by_operate_time: handled && column == "operateTime",
            ascending: handled && direction == "asc",
        })
    }

    /// Sorts as asked for; equal times by id, in the same direction.
    fn key(&self, seen: &Seen<'_>, call: &Call<'_>) -> (i64, i64) {
        let time = if self.by_operate_time {
            let last = seen.alert.last_handling(call.now);
            last.map_or(0, |handling| handling.finished_at.as_millisecond())
        } else {
            seen.alert.seen_at().as_millisecond()
        };
        let sign = if self.ascending { 1 } else { -1 };
        (sign * time, sign * seen.id)
    }
}
