//! `ModifyPostPayModuleSwitch`: turns pay-as-you-go modules on and off; modules that are not named stay.
//! It sets a target state. HTTP 200 is not success: `Code` and `Success` are.

use std::collections::BTreeMap;

use crate::action::SupportsDryRun;
use crate::wire::Json;

action! {
    /// The modules to turn.
    pub struct ModifyPostPayModuleSwitch: Write<Sas> -> ModuleSwitchModified {
        /// Id of the pay-as-you-go instance; always needed.
        post_pay_instance_id: Option<String>,
        /// 1 on, 0 off, by module: `POST_HOST`, `VUL`, `CSPM`, `AGENTLESS`, `SERVERLESS`, `CTDR` and others.
        /// `BASIC_SERVICE` cannot be set: it is on while any other module is.
        post_pay_module_switch: Option<Json<BTreeMap<String, i64>>>,
        /// 1 to bind new servers automatically, 0 to stop that.
        post_paid_host_auto_bind: Option<i64>,
        /// Edition that they are bound to.
        post_paid_host_auto_bind_version: Option<i64>,
        /// Switches of endpoint detection and response.
        edr_module_switch: Option<Json<EdrModuleSwitch>>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

part! {
    /// Endpoint detection and response.
    pub struct EdrModuleSwitch {
        /// Whether new servers are bound automatically: 1 or 0.
        auto_bind: Option<i64>,
        /// Quota of servers, by the vendor's documentation.
        #[serde(rename = "EDR_HOST_USAGE")]
        edr_host_usage: Option<i64>,
    }
}

impl SupportsDryRun for ModifyPostPayModuleSwitch {}

reply! {
    /// The answer.
    pub struct ModuleSwitchModified {
        /// `200` when all went well.
        code: Option<String>,
        /// What went wrong.
        message: Option<String>,
        /// Whether all went well.
        success: Option<bool>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn switches_travel_as_one_json_text() {
        let request = ModifyPostPayModuleSwitch {
            post_pay_module_switch: Some(Json([("VUL".to_owned(), 1), ("CSPM".to_owned(), 0)].into())),
            edr_module_switch: Some(Json(EdrModuleSwitch {
                edr_host_usage: Some(1),
                ..Default::default()
            })),
            ..Default::default()
        };
        let flat = parameters(&request);
        assert_eq!(flat["PostPayModuleSwitch"], r#"{"CSPM":0,"VUL":1}"#);
        assert_eq!(flat["EdrModuleSwitch"], r#"{"EDR_HOST_USAGE":1}"#);
        assert_eq!(flat.len(), 2);
    }
}
