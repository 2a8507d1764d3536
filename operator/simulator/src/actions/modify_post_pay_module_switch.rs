//! ModifyPostPayModuleSwitch: turns modules of pay-as-you-go on and off; what is not named stays.
//! `BASIC_SERVICE` follows from the others. A refusal is an HTTP 200 whose `Code` is not `200`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{DataCentre, Edition, PayAsYouGo};

pub const ACTION: Action = Action::write(Product::Sas, "ModifyPostPayModuleSwitch", run).with_client_token();

const BASIC_SERVICE: &str = "BASIC_SERVICE";

/// The modules, as `PostPayModuleSwitch` and as `PostPayModuleSwitchObj` spell them.
const MODULES: [(&str, &str); 13] = [
    ("AGENTLESS", "Agentless"),
    ("AI_DIGITAL", "AiDigital"),
    ("ANTI_RANSOMWARE", "AntiRansomware"),
    (BASIC_SERVICE, "BasicService"),
    ("CSPM", "Cspm"),
    ("CTDR", "Ctdr"),
    ("CTDR_STORAGE", "CtdrStorage"),
    ("POST_HOST", "PostHost"),
    ("RASP", "Rasp"),
    ("SDK", "Sdk"),
    ("SERVERLESS", "Serverless"),
    ("VUL", "Vul"),
    ("WEB_LOCK", "WebLock"),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    code: String,
    http_status_code: i32,
    message: &'static str,
    success: bool,
}

/// Why a change is refused.
#[derive(Debug, Clone, Copy)]
enum Verdict {
    BadSwitch = 400,
    Arrears = 403,
    UnknownInstance = 404,
}

impl Verdict {
    fn message(self) -> &'static str {
        match self {
            Self::BadSwitch => "The specified switch is invalid.",
            Self::Arrears => "The account has overdue payments.",
            Self::UnknownInstance => "The specified pay-as-you-go instance does not exist.",
        }
    }
}

/// The changes that are asked for; what is absent stays.
#[derive(Debug)]
struct Wanted {
    modules: BTreeMap<String, bool>,
    auto_bind: Option<bool>,
    auto_bind_version: Option<Edition>,
    edr: EdrModuleSwitch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EdrModuleSwitch {
    #[serde(rename = "AutoBind")]
    auto_bind: Option<i64>,
    #[serde(rename = "EDR_HOST_USAGE")]
    host_usage: Option<i64>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let instance = call.parameters.text("PostPayInstanceId");
    if instance.is_none() && call.centre.settings.post_pay_instance_needed {
        return Err(Refusal::missing("PostPayInstanceId"));
    }
    let wanted = match wanted(call.parameters, call.centre, instance) {
        Ok(wanted) => wanted,
        Err(verdict) => return Ok(Outcome::unchanged(&answer(verdict as i32, verdict.message()))),
    };
    let done = answer(200, "success");
    if call.dry_run {
        return Ok(Outcome::unchanged(&done));
    }
    if let Some(contract) = call.centre.pay_as_you_go.as_mut() {
        apply(contract, wanted);
    }
    Ok(Outcome::committed(&done))
}

fn answer(status: i32, message: &'static str) -> Response {
    Response {
        code: status.to_string(),
        http_status_code: status,
        message,
        success: status == 200,
    }
}

fn apply(contract: &mut PayAsYouGo, wanted: Wanted) {
    contract.modules.extend(wanted.modules);
    contract.auto_bind = wanted.auto_bind.unwrap_or(contract.auto_bind);
    contract.auto_bind_version = wanted.auto_bind_version.or(contract.auto_bind_version);
    let edr = &mut contract.edr;
    edr.auto_bind = wanted.edr.auto_bind.map_or(edr.auto_bind, |switch| switch == 1);
    edr.host_usage = wanted.edr.host_usage.unwrap_or(edr.host_usage);
}

fn wanted(parameters: &Parameters, centre: &DataCentre, instance: Option<&str>) -> Result<Wanted, Verdict> {
    let contract = centre.pay_as_you_go.as_ref();
    let named = |contract: &&PayAsYouGo| instance.is_none_or(|id| id == contract.instance_id);
    let contract = contract.filter(named).ok_or(Verdict::UnknownInstance)?;
    let switch = |name| number(parameters, name)?.map(switched).transpose();
    let wanted = Wanted {
        modules: modules(parameters, contract, centre.settings.refuse_basic_service)?,
        auto_bind: switch("PostPaidHostAutoBind")?,
        auto_bind_version: number(parameters, "PostPaidHostAutoBindVersion")?
            .map(edition)
            .transpose()?,
        edr: json(parameters, "EdrModuleSwitch")?.unwrap_or_default(),
    };
    wanted.edr.auto_bind.map(switched).transpose()?;
    if wanted.edr.host_usage.is_some_and(|servers| servers < 0) {
        return Err(Verdict::BadSwitch);
    }
    let turns_on = wanted
        .modules
        .iter()
        .any(|(name, on)| *on && !contract.is_on(name));
    if contract.arrears && turns_on {
        return Err(Verdict::Arrears);
    }
    Ok(wanted)
}

/// The modules of the text, which counts alone where both forms are sent, or else of the object.
fn modules(
    parameters: &Parameters,
    contract: &PayAsYouGo,
    refuse_basic_service: bool,
) -> Result<BTreeMap<String, bool>, Verdict> {
    const TEXT: &str = "PostPayModuleSwitch";
    let is_text = parameters.text(TEXT).is_some();
    let sent: BTreeMap<String, i64> = if is_text {
        json(parameters, TEXT)?
    } else {
        json(parameters, "PostPayModuleSwitchObj")?
    }
    .unwrap_or_default();
    let mut modules = BTreeMap::new();
    for (key, value) in sent {
        let spelt = |(text, object): &(&str, &str)| key == if is_text { *text } else { *object };
        let known = MODULES.into_iter().find(spelt).map(|(text, _)| text.to_owned());
        // A world may sell a module that is newer than this list.
        let sold = || (is_text && contract.modules.contains_key(&key)).then(|| key.clone());
        let name = known.or_else(sold).ok_or(Verdict::BadSwitch)?;
        let on = switched(value)?;
        if name != BASIC_SERVICE {
            modules.insert(name, on);
        } else if refuse_basic_service {
            return Err(Verdict::BadSwitch);
        }
    }
    Ok(modules)
}

fn switched(number: i64) -> Result<bool, Verdict> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Verdict::BadSwitch),
    }
}

fn edition(number: i64) -> Result<Edition, Verdict> {
    let edition = i32::try_from(number).map(Edition).ok();
    edition
        .filter(|edition| edition.strength() > 0)
        .ok_or(Verdict::BadSwitch)
}

fn number(parameters: &Parameters, name: &str) -> Result<Option<i64>, Verdict> {
    parameters.number(name).map_err(|_| Verdict::BadSwitch)
}

fn json<T: DeserializeOwned>(parameters: &Parameters, name: &str) -> Result<Option<T>, Verdict> {
    let text = parameters.text(name);
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|_| Verdict::BadSwitch)
}
