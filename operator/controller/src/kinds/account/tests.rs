//! What the answers of the cloud become in a status, and what a missing answer does.

use std::sync::Arc;

use sas_client::actions::{AuthSummary, ServerlessAuthSummary, VersionConfig};

use super::*;

/// A number that stands nowhere else, so that a leak is found.
const CANARY: &str = "77007700";

fn version() -> VersionConfig {
    serde_json::from_str(&format!(
        r#"{{"Version":8,"HighestVersion":7,"InstanceId":"sas-1","ReleaseTime":1736179199999,"IsPostpay":true,
        "PostPayInstanceId":"postpay-1","PostPayStatus":2,"MergedVersion":{CANARY},
        "PostPayModuleSwitch":"{{\"VUL\":1,\"POST_HOST\":\"1\",\"CSPM\":0}}"}}"#
    ))
    .unwrap()
}

fn summary() -> AuthSummary {
    serde_json::from_str(
        r#"{"Machine":{"TotalEcsCount":10,"BindEcsCount":2,"PostPaidBindEcsCount":3,"TotalCoreCount":40,"BindCoreCount":8},
        "VersionSummary":[{"Version":7,"AuthBindType":"ASSET_AND_CORE","UsedEcsCount":2,"UnusedEcsAuthCount":1,
        "UsedCoreCount":8,"UnusedCoreAuthCount":4},{"Version":99}]}"#,
    )
    .unwrap()
}

fn denied() -> Unavailable {
    Unavailable::new(
        Reason::PermissionDenied,
        "the RAM policy lacks `yundun-sas:GetAuthSummary`; add it",
    )
}

fn centre(name: DataCentre) -> Centre {
    Centre {
        name,
        version: Ok(Arc::new(version())),
        summary: Ok(Arc::new(summary())),
        serverless: Ok(ServerlessAuthSummary {
            total_bind_core_count: Some(12),
            ..Default::default()
        }),
    }
}

fn observed(centres: Vec<Centre>) -> Observed {
    Observed {
        account_id: "1234567890123456".into(),
        home: DataCentre::CnShanghai,
        centres,
    }
}

fn account() -> SasAccount {
    serde_json::from_value(serde_json::json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAccount", "metadata": {"name": "main", "generation": 3},
        "spec": {"credentials": {"secretRef": {"name": "key"}}},
    }))
    .unwrap()
}

fn report(observed: &Observed) -> (SasAccountStatus, String) {
    let mut status = SasAccountStatus::default();
    let summary = account().report(observed, &mut status);
    (status, summary)
}

#[test]
fn answers_become_a_status_without_the_merged_version() {
    let (status, summary) = report(&observed(DataCentre::ALL.map(centre).into()));
    assert_eq!(
        summary,
        "account 1234567890123456 has Ultimate in cn-shanghai, 10 of 20 servers protected"
    );
    let json = serde_json::to_value(&status).unwrap();
    assert!(!json.to_string().contains(CANARY));
    let expected = serde_json::json!({
        "name": "cn-shanghai", "edition": "Ultimate", "instanceID": "sas-1", "expiryTime": "2025-01-06T15:59:59Z",
        "quota": {"serversTotal": 10, "serversBound": 5, "coresTotal": 40, "coresBound": 8},
        "editions": [{"edition": "Ultimate", "countedBy": "ASSET_AND_CORE", "serversUsed": 2, "serversFree": 1,
            "coresUsed": 8, "coresFree": 4}],
        "payAsYouGo": {"instanceID": "postpay-1", "state": "Arrears", "modulesOn": ["POST_HOST", "VUL"], "servers": 3,
            "cores": 0},
        "serverless": {"coresBound": 12},
    });
    assert_eq!(json["dataCentres"][0], expected);
    assert_eq!(json["conditions"][0]["type"], "CredentialsReady");
    assert_eq!(json["conditions"][0]["observedGeneration"], 3);
}

#[test]
fn one_missing_answer_blanks_nothing_else() {
    let mut abroad = centre(DataCentre::ApSoutheast1);
    abroad.summary = Err(denied());
    let (status, summary) = report(
        &observed(vec![centre(DataCentre::CnShanghai), abroad])
            .readable()
            .ok()
            .unwrap(),
    );
    assert_eq!(status.data_centres[1].errors, [denied().message]);
    assert_eq!(status.data_centres[1].edition.as_deref(), Some("Ultimate"));
    assert_eq!(status.quota.as_ref().map(|quota| quota.servers_total), Some(10));
    assert!(
        summary.contains("ap-southeast-1: the RAM policy lacks"),
        "{summary}"
    );
}

#[test]
fn a_silent_home_is_a_failure_and_a_silent_other_data_centre_is_not() {
    let silent = |name| Centre {
        version: Err(denied()),
        summary: Err(denied()),
        serverless: Err(denied()),
        ..centre(name)
    };
    let home = observed(vec![
        silent(DataCentre::CnShanghai),
        centre(DataCentre::ApSoutheast1),
    ]);
    assert_eq!(home.readable().err(), Some(denied()));
    let other = observed(vec![
        centre(DataCentre::CnShanghai),
        silent(DataCentre::ApSoutheast1),
    ]);
    let (status, _) = report(&other.readable().ok().unwrap());
    assert_eq!(status.data_centres[1].errors.len(), 1);
}

#[test]
fn an_account_without_anything_says_free_and_no_more() {
    let version = VersionConfig {
        version: Some(1),
        release_time: Some(0),
        ..Default::default()
    };
    let bare = Centre {
        version: Ok(Arc::new(version)),
        ..centre(DataCentre::CnShanghai)
    };
    let status = bare.status();
    assert_eq!(status.edition.as_deref(), Some("Free"));
    assert!(status.pay_as_you_go.is_none() && status.instance_id.is_none() && status.expiry_time.is_none());
}

#[test]
fn only_a_refused_key_is_said_to_be_one() {
    let (mut status, _) = report(&observed(DataCentre::ALL.map(centre).into()));
    let accepted = |status: &SasAccountStatus| status.common.conditions[0].status.clone();
    account().unavailable(&denied(), &mut status);
    assert_eq!(accepted(&status), "True");
    let refused = Unavailable::new(Reason::CredentialsNotReady, "put a valid key there");
    account().unavailable(&refused, &mut status);
    assert_eq!(accepted(&status), "False");
    assert_eq!(status.common.conditions[0].message, "put a valid key there");
}

#[test]
fn absurd_figures_of_the_cloud_still_fit_a_status() {
    let absurd = |number: i64| -> AuthSummary {
        serde_json::from_str(
            &r#"{"Machine":{"TotalEcsCount":N,"BindEcsCount":N,"PostPaidBindEcsCount":N,"TotalCoreCount":N,"BindCoreCount":N,
            "PostPaidBindCoreCount":N},"VersionSummary":[{"Version":7,"UsedEcsCount":N,"UnusedEcsAuthCount":N,
            "UsedCoreCount":N,"UnusedCoreAuthCount":N}]}"#
                .replace('N', &number.to_string()),
        )
        .unwrap()
    };
    for (number, shown) in [(i64::MAX, 1_000_000_000), (i64::MIN, 0)] {
        let centre = |name| Centre {
            summary: Ok(Arc::new(absurd(number))),
            ..centre(name)
        };
        let (status, _) = report(&observed(DataCentre::ALL.map(centre).into()));
        let sum = status.quota.unwrap();
        assert_eq!(
            [
                sum.servers_total,
                sum.servers_bound,
                sum.cores_total,
                sum.cores_bound
            ],
            [shown; 4]
        );
        assert_eq!(status.data_centres[0].editions[0].cores_free, shown);
    }
}
