//! Misspelt names, each in an otherwise good world.

use serde_json::{Value, json};

use crate::control::patched;
use crate::world::{DEMO_ACCOUNT, World};

const WEB_1: &str = "00000001-5a5a-4000-8000-000000000001";
const ALERT: &str = "702173401";

fn demo() -> World {
    World::demo(1, jiff::Timestamp::now())
}

fn in_centre(change: &Value) -> Value {
    json!({"accounts": {DEMO_ACCOUNT: {"dataCentres": {"cn-shanghai": change}}}})
}

fn refused(patch: &Value) -> String {
    patched(&demo(), patch).unwrap_err().to_string()
}

#[test]
fn each_unknown_name_is_refused_with_its_place_and_what_is_allowed() {
    for (field, change, said) in [
        (
            "alerts.7.uuid",
            json!({"alerts": {"7": {"uuid": "nobody"}}}),
            &["server `nobody`", WEB_1][..],
        ),
        (
            "alerts.702173401.operations",
            json!({"alerts": {ALERT: {"operations": {"blok_ip": true}}}}),
            &["operation `blok_ip`", "block_ip"],
        ),
        (
            "alerts.702173401.results",
            json!({"alerts": {ALERT: {"results": {"blok_ip": "Failure"}}}}),
            &["operation `blok_ip`"],
        ),
        (
            "alerts.702173401.status",
            json!({"alerts": {ALERT: {"status": 3}}}),
            &["status `3`", "1, 2, 4"],
        ),
        (
            "whitelistRules.1.uuid",
            json!({"whitelistRules": {"1": {"type": "a", "eventName": "b", "uuid": "nobody",
            "field": "c", "operate": "regex", "value": "d"}}}),
            &["server `nobody`"],
        ),
        (
            "assets.00000001-5a5a-4000-8000-000000000001.groupID",
            json!({"assets": {WEB_1: {"groupID": 9}}}),
            &["group `9`", "0, 1001, 1002"],
        ),
        (
            "assets.00000001-5a5a-4000-8000-000000000001.authVersion",
            json!({"assets": {WEB_1: {"authVersion": 4}}}),
            &["edition `4`", "7 (Ultimate Edition)"],
        ),
        (
            "installCodes.aB….groupID",
            json!({"installCodes": {"aBcDeF": {"groupID": 9}}}),
            &["group `9`"],
        ),
        (
            "subscription.quotas.1",
            json!({"subscription": {"quotas": {"1": {}}}}),
            &["edition `1`"],
        ),
        (
            "payAsYouGo.autoBindVersion",
            json!({"payAsYouGo": {"autoBindVersion": 2}}),
            &["edition `2`"],
        ),
        (
            "scans.viruses.900001.uuid",
            json!({"scans": {"viruses": {"900001": {"uuid": "nobody"}}}}),
            &["server `nobody`"],
        ),
        (
            "scans.viruses.900001.level",
            json!({"scans": {"viruses": {"900001": {"level": "bad"}}}}),
            &["level `bad`", "serious"],
        ),
        (
            "scans.baselineChecks.58.checkLevel",
            json!({"scans": {"baselineChecks": {"58": {"checkLevel": "bad"}}}}),
            &["level `bad`", "high, medium, low"],
        ),
        (
            "scans.strategies.8164248.groups",
            json!({"scans": {"strategies": {"8164248": {"groups": [9]}}}}),
            &["group `9`"],
        ),
        (
            "scans.slots.X",
            json!({"scans": {"slots": {"X": "key"}}}),
            &["selection `key`", "there is none here"],
        ),
    ] {
        let error = refused(&in_centre(&change));
        let field = format!("accounts.{DEMO_ACCOUNT}.dataCentres.cn-shanghai.{field}: ");
        let missing: Vec<_> = said
            .iter()
            .copied()
            .chain([field.as_str()])
            .filter(|part| !error.contains(part))
            .collect();
        assert!(missing.is_empty(), "{error}\nlacks {missing:?}");
        assert!(!error.contains("aBcDeF"), "{error}");
    }
}

#[test]
fn accounts_and_policies_are_looked_at_too() {
    let account = |change: Value| json!({"accounts": {DEMO_ACCOUNT: change}});
    for (patch, said) in [
        (
            account(json!({"dataCentres": {"cn-hangzhou": {}}})),
            &["data centre `cn-hangzhou`", "cn-shanghai, ap-southeast-1"][..],
        ),
        (
            account(json!({"keys": {"K": {"allow": ["yundun-sas:BindAuth"]}}})),
            &["keys.K.allow", "RAM action `yundun-sas:BindAuth`", " more"],
        ),
        (
            account(json!({"keys": {"K": {"deny": ["sas:*"]}}})),
            &["keys.K.deny", "RAM action `sas:*`"],
        ),
        (
            account(json!({"keys": {"K": {}}})),
            &["keys.K.accessKeySecret", "nobody can sign without a secret"],
        ),
        (
            account(json!({"rateLimits": {"perAction": {"perSecond": -1.0}}})),
            &["rateLimits.perAction", "must not be below 0"],
        ),
        (
            json!({"accounts": {"7": {"keys": {"LTAI-SHARED": {"accessKeySecret": "s"}}},
                DEMO_ACCOUNT: {"keys": {"LTAI-SHARED": {"accessKeySecret": "t"}}}}}),
            &["keys", "access key `LTAI-SHARED` is a key of account"],
        ),
        (
            account(json!({"roles": {"sas-operator": {"allow": ["x"]}}})),
            &["roles.sas-operator.allow", "`x`"],
        ),
        (
            account(json!({"rateLimits": {"actions": {"Bind": {}}}})),
            &["rateLimits.actions", "action `Bind`"],
        ),
        (
            json!({"metadataService": {"role": "nobody"}}),
            &["metadataService.role", "role `nobody`", "sas-operator"],
        ),
        (
            json!({"metadataService": {"account": "1"}}),
            &["metadataService.account", "account `1`"],
        ),
    ] {
        let error = refused(&patch);
        let missing: Vec<_> = said.iter().filter(|part| !error.contains(**part)).collect();
        assert!(missing.is_empty(), "{error}\nlacks {missing:?}");
    }
    let good = account(
        json!({"keys": {"K": {"accessKeySecret": "s", "allow": ["yundun-sas:UpdatePostPaidBindRel on acs:*:assetbind/u", "ecs:*"]}}}),
    );
    assert!(patched(&demo(), &good).is_ok());
}

#[test]
fn figures_that_mean_nothing_are_refused() {
    for (change, said) in [
        (
            json!({"subscription": {"quotas": {"7": {"cores": -1}}}}),
            "subscription.quotas.7.cores: -1 is not between 0 and 1000000000",
        ),
        (
            json!({"settings": {"lagSeconds": 1_000_000_000_000_000_i64}}),
            "settings.lagSeconds: 1000000000000000 is not between 0 and 31536000",
        ),
        (
            json!({"alerts": {"-1": {"uuid": WEB_1}}}),
            "alerts: -1 is not between 1 and",
        ),
    ] {
        let error = refused(&in_centre(&change));
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_world_that_nobody_could_call_is_refused() {
    for text in [
        "",
        "# nothing\n",
        "{}",
        "seed: 7",
        "accounts: {}",
        "accounts: {'1': {}}",
    ] {
        let error = World::parse(text).unwrap_err().to_string();
        assert!(error.contains("accounts.ID.keys"), "{text:?}: {error}");
    }
}

#[test]
fn the_key_for_whoever_starts_works_without_a_token() {
    let keys = json!({"keys": {
        "A-EXPIRED": {"accessKeySecret": "s", "securityToken": "t", "expiresAt": "2020-01-01T00:00:00Z"},
        "B-OFF": {"accessKeySecret": "s", "active": false},
    }});
    let world = patched(&demo(), &json!({"accounts": {DEMO_ACCOUNT: keys}})).unwrap();
    assert_eq!(world.first_key().unwrap().0, demo().first_key().unwrap().0);
}

#[test]
fn what_a_change_takes_away_may_still_be_named() {
    let removed = patched(&demo(), &in_centre(&json!({"assets": {WEB_1: null}}))).unwrap();
    let later = patched(
        &removed,
        &in_centre(&json!({"alerts": {ALERT: {"level": "remind"}}})),
    );
    assert!(later.is_ok(), "{later:?}");
    let again = patched(&removed, &in_centre(&json!({"alerts": {"7": {"uuid": WEB_1}}})));
    assert!(again.is_err());
}
