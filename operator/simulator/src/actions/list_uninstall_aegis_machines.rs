//! ListUninstallAegisMachines: the servers without an agent, by pages of 5.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::search::words::os_type;
use crate::world::{Asset, OsType};

pub const ACTION: Action = Action::read(Product::Sas, "ListUninstallAegisMachines", run);

const DEFAULT_PAGE_SIZE: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    machine_list: Vec<Row<'a>>,
    #[serde(flatten)]
    page: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    machine_region: &'a str,
    region_id: &'a str,
    os: OsType,
    vendor: i32,
    vendor_name: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let page = Page::of(parameters, DEFAULT_PAGE_SIZE)?;
    let vendor: Option<i32> = parameters.number("Vendor")?;
    if vendor.is_some_and(|vendor| !Asset::VENDORS.contains(&vendor)) {
        return Err(Refusal::invalid("Vendor"));
    }
    let is = |name, value: &str| parameters.text(name).is_none_or(|wanted| wanted == value);
    let remark = parameters.text("Remark");
    let fits = |asset: &Asset| {
        vendor.is_none_or(|vendor| vendor == asset.vendor)
            && is("Os", os_type(asset.os_type))
            && is("RegionIdStr", &asset.region_id)
            && is("RegionNo", physical_region(asset))
            && remark
                .is_none_or(|text| asset.instance_name.contains(text) || asset.internet_ip.contains(text))
    };
    let bare = centre
        .listed(call.now)
        .filter(|(_, asset)| !centre.visible_client(asset, call.now).is_installed() && fits(asset));
    let rows = bare.map(|(uuid, asset)| Row {
        uuid,
        instance_id: &asset.instance_id,
        instance_name: &asset.instance_name,
        internet_ip: &asset.internet_ip,
        intranet_ip: &asset.intranet_ip,
        machine_region: physical_region(asset),
        region_id: &asset.region_id,
        os: asset.os_type,
        vendor: asset.vendor,
        vendor_name: &asset.vendor_name,
    });
    let (machine_list, page) = page.cut(rows.collect());
    Ok(Outcome::unchanged(&Response {
        machine_list,
        page: page.without_count(),
    }))
}

fn physical_region(asset: &Asset) -> &str {
    asset.region.as_deref().unwrap_or(&asset.region_id)
}
