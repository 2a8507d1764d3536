//! AddInstallCode: creates an install code and, as the real cloud, answers nothing about it. Who
//! wants to know its code has to list the codes.

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{InstallCode, OsType};

pub const ACTION: Action = Action::write(Product::Sas, "AddInstallCode", run);

const CODE_LENGTH: usize = 6;

#[derive(Serialize)]
struct Response {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let code = requested(call)?;
    let captcha_code = call.ids.text(CODE_LENGTH);
    call.centre.install_codes.insert(captcha_code, code);
    Ok(Outcome::committed(&Response {}))
}

fn requested(call: &Call<'_>) -> Result<InstallCode, Refusal> {
    let parameters = call.parameters;
    let os = match parameters.text("Os") {
        None | Some("linux") => OsType::Linux,
        Some("windows") => OsType::Windows,
        Some(_) => return Err(Refusal::invalid("Os")),
    };
    let vendor_name = parameters.text("VendorName").unwrap_or("ALIYUN");
    if !call.centre.vendors.iter().any(|vendor| vendor == vendor_name) {
        return Err(Refusal::invalid("VendorName"));
    }
    let group_id = parameters.number("GroupId")?.unwrap_or(0);
    if group_id != 0 && !call.centre.groups.contains_key(&group_id) {
        return Err(Refusal::invalid("GroupId"));
    }
    let lag = call.centre.settings.install_code_lag_seconds;
    Ok(InstallCode {
        os,
        vendor_name: vendor_name.to_owned(),
        group_id,
        only_image: parameters.boolean("OnlyImage")?.unwrap_or(false),
        proxy_cluster: parameters.text("ProxyCluster").unwrap_or_default().to_owned(),
        private_link_id: parameters.number("PrivateLinkId")?,
        expires_at: expiry(call)?,
        listed_from: call
            .now
            .checked_add(SignedDuration::from_secs(lag))
            .ok()
            .filter(|_| lag > 0),
    })
}

/// `ExpiredDate`, in milliseconds and in the future.
fn expiry(call: &Call<'_>) -> Result<Option<Timestamp>, Refusal> {
    let Some(sent) = call.parameters.number::<i64>("ExpiredDate")? else {
        return Ok(None);
    };
    let resolution = call
        .centre
        .settings
        .install_code_expiry_resolution_milliseconds
        .max(1);
    let kept = sent - sent.rem_euclid(resolution);
    let expiry = Timestamp::from_millisecond(kept).map_err(|_| Refusal::invalid("ExpiredDate"))?;
    if expiry <= call.now {
        return Err(Refusal::invalid("ExpiredDate"));
    }
    Ok(Some(expiry))
}
