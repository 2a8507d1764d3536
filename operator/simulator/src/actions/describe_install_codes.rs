//! DescribeInstallCodes: all install codes, expired ones included, without paging.

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::OsType;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeInstallCodes", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    install_codes: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    captcha_code: &'a str,
    os: OsType,
    vendor_name: &'a str,
    group_id: i64,
    group_name: &'a str,
    only_image: bool,
    proxy_cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_link_endpoint_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_date: Option<i64>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let listed = |from: Option<jiff::Timestamp>| from.is_none_or(|from| call.now >= from);
    let install_codes = centre
        .install_codes
        .iter()
        .filter(|(_, code)| listed(code.listed_from))
        .map(|(captcha_code, code)| Row {
            captcha_code,
            os: code.os,
            vendor_name: &code.vendor_name,
            group_id: code.group_id,
            group_name: centre.group_name(code.group_id),
            only_image: code.only_image,
            proxy_cluster: &code.proxy_cluster,
            private_link_endpoint_id: code.private_link_id,
            expired_date: code.expires_at.map(jiff::Timestamp::as_millisecond),
        })
        .collect();
    Ok(Outcome::unchanged(&Response { install_codes }))
}
