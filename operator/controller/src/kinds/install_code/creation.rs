//! The plan that creates a code: one call, with every default written out.

use sas_api::kinds::SasInstallCode;
use sas_api::plan::{Call, Cost, Parameter, ParameterSource, Plan, Risk, TimeAfterCall};
use sas_client::action::{Action, parameters};
use sas_client::actions::AddInstallCode;

use super::commands::duration;
use super::fit::Code;
use super::{EXPIRED_DATE, Observed, vendor};
use crate::recovery;

/// The plan; `delivered` is the code that is given out now.
pub(super) fn plan(object: &SasInstallCode, observed: &Observed, delivered: Option<&Code>) -> Plan {
    let spec = &object.spec;
    let purpose = if spec.only_image { ", for images only" } else { "" };
    Plan {
        summary: format!(
            "create an install code for {} servers (vendor {}, {}{purpose}) that is valid for {}",
            spec.os.as_str(),
            vendor(object),
            group(object),
            duration(spec.valid_for_seconds),
        ),
        risk: Risk::R2,
        calls: vec![call(object, observed)],
        targets: Vec::new(),
        values: Vec::new(),
        cost: Some(Cost {
            display: "none".to_owned(),
            ..Default::default()
        }),
        partial: false,
        warnings: warnings(object, delivered),
    }
}

fn call(object: &SasInstallCode, observed: &Observed) -> Call {
    let spec = &object.spec;
    let request = AddInstallCode {
        group_id: spec.group_id,
        only_image: Some(spec.only_image),
        os: Some(spec.os.as_str().to_owned()),
        vendor_name: Some(vendor(object).to_owned()),
        ..Default::default()
    };
    let literals = parameters(&request)
        .into_iter()
        .map(|(name, value)| Parameter::literal(name, value));
    let time_after_call = Some(TimeAfterCall {
        seconds: spec.valid_for_seconds,
        json_key: None,
    });
    let expiry = Parameter::from(
        EXPIRED_DATE,
        ParameterSource {
            time_after_call,
            ..Default::default()
        },
    );
    let mut parameters: Vec<_> = literals.chain([expiry]).collect();
    parameters.sort_by(|a, b| a.name.cmp(&b.name));
    Call {
        product: AddInstallCode::PRODUCT.name().to_owned(),
        version: AddInstallCode::VERSION.to_owned(),
        action: AddInstallCode::NAME.to_owned(),
        region_id: observed.centre.as_str().to_owned(),
        parameters,
        repeat: recovery::repeat(AddInstallCode::NAME),
    }
}

fn warnings(object: &SasInstallCode, delivered: Option<&Code>) -> Vec<String> {
    let mut warnings =
        vec!["whoever has the code can enrol a server; it can be used until it expires".to_owned()];
    if let Some(time) = delivered.and_then(|code| crate::kinds::time(code.expiry_millis?)) {
        warnings.push(format!(
            "the code delivered now expires at {}; the Secret keeps it until the new one is there",
            time.0
        ));
    }
    if object.spec.only_image {
        warnings.push(
            "a server that runs the install command must be shut down, not restarted, before it is made an image".to_owned(),
        );
    }
    warnings
}

/// Why there is nothing to deliver where nothing may be created.
pub(super) fn nothing_to_adopt(object: &SasInstallCode) -> String {
    format!(
        "no code fits (os {}, vendor {}, {}, valid for more than {}) and `spec.source` is 'Adopt'; \
         create one in the console, or set `spec.source` to 'AdoptOrCreate'",
        object.spec.os.as_str(),
        vendor(object),
        group(object),
        duration(object.spec.renew_before_seconds),
    )
}

fn group(object: &SasInstallCode) -> String {
    object
        .spec
        .group_id
        .map_or("default group".to_owned(), |id| format!("group {id}"))
}
