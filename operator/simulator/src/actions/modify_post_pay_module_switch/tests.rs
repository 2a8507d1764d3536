//! Every row of the switches, through signed requests; what they show is read with DescribeVersionConfig.

use serde_json::{Value, json};

use crate::testing::{Cloud, Reply};
use crate::world::{Edition, PayAsYouGo};

fn contract<R>(cloud: &Cloud, change: impl FnOnce(&mut PayAsYouGo) -> R) -> R {
    cloud.mainland(|centre| change(centre.pay_as_you_go.as_mut().unwrap()))
}

fn modify(cloud: &Cloud, parameters: &[(&str, &str)]) -> Reply {
    let instance = contract(cloud, |contract| contract.instance_id.clone());
    let named = [("PostPayInstanceId", instance.as_str())];
    let all: Vec<(&str, &str)> = named.iter().chain(parameters).copied().collect();
    cloud.call("ModifyPostPayModuleSwitch", &all)
}

fn code(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{reply:?}");
    let code = reply.body["Code"].as_str().unwrap();
    assert_eq!(reply.body["Success"], code == "200");
    assert_eq!(reply.body["HttpStatusCode"].to_string(), code);
    code
}

fn shown(cloud: &Cloud) -> Value {
    let config = cloud.call("DescribeVersionConfig", &[]);
    serde_json::from_str(config.body["PostPayModuleSwitch"].as_str().unwrap()).unwrap()
}

fn switch(cloud: &Cloud, switches: &str) -> String {
    code(&modify(cloud, &[("PostPayModuleSwitch", switches)])).to_owned()
}

#[test]
fn what_is_not_named_stays_and_the_basic_service_follows() {
    let cloud = Cloud::new();
    assert_eq!(switch(&cloud, r#"{"CSPM":1,"VUL":0}"#), "200");
    let all = shown(&cloud);
    for (module, on) in [("CSPM", 1), ("VUL", 0), ("POST_HOST", 1), ("BASIC_SERVICE", 1)] {
        assert_eq!(all[module], on, "{module} of {all}");
    }
    assert_eq!(switch(&cloud, r#"{"CSPM":0,"POST_HOST":0}"#), "200");
    assert_eq!(shown(&cloud)["BASIC_SERVICE"], 0);
}

#[test]
fn the_object_has_other_names_and_yields_to_the_text() {
    let cloud = Cloud::new();
    let object = ("PostPayModuleSwitchObj", r#"{"CtdrStorage":1,"WebLock":1}"#);
    assert_eq!(code(&modify(&cloud, &[object])), "200");
    let all = shown(&cloud);
    assert_eq!((&all["CTDR_STORAGE"], &all["WEB_LOCK"]), (&json!(1), &json!(1)));
    let object = ("PostPayModuleSwitchObj", r#"{"Rasp":1,"Sdk":1}"#);
    let both = modify(&cloud, &[object, ("PostPayModuleSwitch", r#"{"RASP":0}"#)]);
    assert_eq!(code(&both), "200");
    assert_eq!(
        (&shown(&cloud)["RASP"], &shown(&cloud)["SDK"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn what_is_no_switch_is_refused_with_http_200_and_nothing_changes() {
    let cloud = Cloud::new();
    let before = shown(&cloud);
    for (name, value) in [
        ("PostPayModuleSwitch", r#"{"CSPM":1,"IMAGE_SCAN":1}"#),
        ("PostPayModuleSwitch", r#"{"Cspm":1}"#),
        ("PostPayModuleSwitch", r#"{"CSPM":2}"#),
        ("PostPayModuleSwitch", r#"{"CSPM":"1"}"#),
        ("PostPayModuleSwitch", "[]"),
        ("PostPayModuleSwitch", r#"{"CSPM":1"#),
        ("PostPayModuleSwitchObj", r#"{"CSPM":1}"#),
        ("EdrModuleSwitch", r#"{"AutoBind":2}"#),
        ("EdrModuleSwitch", r#"{"EDR_HOST_USAGE":-1}"#),
        ("EdrModuleSwitch", r#"{"Other":1}"#),
        ("PostPaidHostAutoBind", "2"),
        ("PostPaidHostAutoBindVersion", "4"),
    ] {
        assert_eq!(code(&modify(&cloud, &[(name, value)])), "400", "{name} {value}");
        assert!(!cloud.last().committed);
    }
    assert_eq!(shown(&cloud), before);
}

#[test]
fn the_basic_service_is_not_for_users_to_switch() {
    let cloud = Cloud::new();
    assert_eq!(switch(&cloud, r#"{"BASIC_SERVICE":0,"CSPM":1}"#), "200");
    let all = shown(&cloud);
    assert_eq!((&all["BASIC_SERVICE"], &all["CSPM"]), (&json!(1), &json!(1)));
    cloud.mainland(|centre| centre.settings.refuse_basic_service = true);
    assert_eq!(switch(&cloud, r#"{"BASIC_SERVICE":1}"#), "400");
}

#[test]
fn a_module_that_the_world_sells_may_be_newer_than_the_list() {
    let cloud = Cloud::new();
    contract(&cloud, |contract| {
        contract.modules.insert("NEW".to_owned(), false)
    });
    assert_eq!(switch(&cloud, r#"{"NEW":1}"#), "200");
    assert_eq!(shown(&cloud)["NEW"], 1);
}

#[test]
fn the_instance_must_be_named_and_the_account_s_own() {
    let cloud = Cloud::new();
    let call = |instance: &[(&str, &str)]| {
        let switches = [("PostPayModuleSwitch", r#"{"CSPM":1}"#)];
        let all: Vec<(&str, &str)> = instance.iter().chain(&switches).copied().collect();
        cloud.call("ModifyPostPayModuleSwitch", &all)
    };
    assert_eq!(call(&[]).code(), "MissingPostPayInstanceId");
    assert_eq!(code(&call(&[("PostPayInstanceId", "postpay-other")])), "404");
    cloud.mainland(|centre| centre.settings.post_pay_instance_needed = false);
    assert_eq!(code(&call(&[])), "200");
    cloud.mainland(|centre| centre.pay_as_you_go = None);
    assert_eq!(code(&call(&[])), "404", "never switched on");
}

#[test]
fn arrears_only_let_modules_be_turned_off() {
    let cloud = Cloud::new();
    contract(&cloud, |contract| contract.arrears = true);
    assert_eq!(switch(&cloud, r#"{"CSPM":1}"#), "403");
    assert_eq!(switch(&cloud, r#"{"VUL":0}"#), "200");
}

#[test]
fn new_servers_and_endpoint_detection_have_switches_too() {
    let cloud = Cloud::new();
    let reply = modify(
        &cloud,
        &[
            ("PostPaidHostAutoBind", "1"),
            ("PostPaidHostAutoBindVersion", "3"),
            ("EdrModuleSwitch", r#"{"AutoBind":1,"EDR_HOST_USAGE":5}"#),
        ],
    );
    assert_eq!(code(&reply), "200");
    contract(&cloud, |contract| {
        assert_eq!(
            (contract.auto_bind, contract.auto_bind_version),
            (true, Some(Edition(3)))
        );
        assert_eq!((contract.edr.auto_bind, contract.edr.host_usage), (true, 5));
    });
    assert_eq!(
        cloud.call("GetAuthSummary", &[]).body["PostPaidHostAutoBind"],
        "1"
    );
    assert_eq!(
        code(&modify(&cloud, &[("EdrModuleSwitch", r#"{"AutoBind":0}"#)])),
        "200"
    );
    contract(&cloud, |contract| {
        assert_eq!((contract.edr.auto_bind, contract.edr.host_usage), (false, 5));
    });
}

#[test]
fn a_dry_run_changes_nothing_and_a_token_runs_once() {
    let cloud = Cloud::new();
    let on = ("PostPayModuleSwitch", r#"{"CSPM":1}"#);
    let before = shown(&cloud);
    assert_eq!(code(&modify(&cloud, &[on, ("DryRun", "true")])), "200");
    assert_eq!(shown(&cloud), before);
    assert_eq!(code(&modify(&cloud, &[on, ("ClientToken", "t")])), "200");
    assert_eq!(switch(&cloud, r#"{"CSPM":0}"#), "200");
    assert_eq!(code(&modify(&cloud, &[on, ("ClientToken", "t")])), "200");
    assert_eq!(shown(&cloud)["CSPM"], 0, "the repeat did not run");
}

#[test]
fn hosts_that_lose_their_module_cannot_be_bound() {
    let cloud = Cloud::new();
    assert_eq!(switch(&cloud, r#"{"POST_HOST":0}"#), "200");
    let uuid = crate::testing::uuid(1);
    let bind = [
        ("BindAction.1.Version", "3"),
        ("BindAction.1.UuidList.1", uuid.as_str()),
    ];
    assert_eq!(cloud.call("UpdatePostPaidBindRel", &bind).body["ResultCode"], 7);
}
