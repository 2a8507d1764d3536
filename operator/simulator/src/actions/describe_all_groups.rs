//! DescribeAllGroups: all server groups without paging, the default group first.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::DEFAULT_GROUP;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeAllGroups", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    count: usize,
    groups: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    group_id: i64,
    group_name: &'a str,
    /// 0 is the default group, 1 any other.
    group_flag: i32,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let row = |group_id| Row {
        group_id,
        group_name: centre.group_name(group_id),
        group_flag: i32::from(group_id != DEFAULT_GROUP),
    };
    let others = centre.groups.keys().copied().filter(|id| *id != DEFAULT_GROUP);
    let groups: Vec<Row<'_>> = std::iter::once(DEFAULT_GROUP).chain(others).map(row).collect();
    Ok(Outcome::unchanged(&Response {
        count: groups.len(),
        groups,
    }))
}
