//! DescribeVendorList: the vendor names that AddInstallCode takes.

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeVendorList", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    vendor_name_list: &'a [String],
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    Ok(Outcome::unchanged(&Response {
        vendor_name_list: &call.centre.vendors,
    }))
}
