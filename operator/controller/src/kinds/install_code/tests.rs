//! Which code is taken, when one is planned, how a created one is recognised, and what is ever shown.

#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "tables read best in one piece, with their specs written in place"
)]

use sas_api::plan::{Repeat, Risk};
use sas_api::status::{CallRecord, Execution};
use sas_client::actions::InstallCode;
use secrecy::SecretString;

use super::*;

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn object(spec: serde_json::Value) -> SasInstallCode {
    let mut full = serde_json::json!({"accountRef": {"name": "main"}, "network": "Public"});
    full.as_object_mut()
        .unwrap()
        .extend(spec.as_object().unwrap().clone());
    serde_json::from_value(serde_json::json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasInstallCode",
        "metadata": {"name": "idc", "namespace": "team", "uid": "uid-1", "generation": 1}, "spec": full,
    }))
    .unwrap()
}

fn row(code: &str, days_left: i64) -> InstallCode {
    InstallCode {
        captcha_code: Some(SecretString::from(code.to_owned())),
        expired_date: Some((NOW + days_left * DAY) * 1000),
        os: Some("linux".into()),
        vendor_name: Some("OTHER".into()),
        only_image: Some(false),
        ..Default::default()
    }
}

fn observed(rows: Vec<InstallCode>) -> Observed {
    Observed {
        codes: rows.into_iter().filter_map(Code::from_row).collect(),
        vendors: None,
        centre: DataCentre::CnShanghai,
        now: Timestamp::from_second(NOW).unwrap(),
    }
}

fn kind_of(planned: &Planned) -> &'static str {
    match planned {
        Planned::Nothing => "nothing",
        Planned::Change(_) => "change",
        Planned::Blocked(blocked) | Planned::Impossible(blocked) => blocked.reason.as_str(),
    }
}

#[test]
fn the_vendor_follows_from_the_network() {
    let table = [
        ("Internal", None, "ALIYUN", true),
        ("LeasedLine", None, "ALIYUN", true),
        ("Public", None, "OTHER", true),
        ("Internal", Some("ALIYUN"), "ALIYUN", true),
        ("Public", Some("TENCENT"), "TENCENT", true),
        ("Public", Some("ALIYUN"), "ALIYUN", false),
        ("Internal", Some("OTHER"), "OTHER", false),
        ("LeasedLine", Some("IDC"), "IDC", false),
    ];
    for (network, given, expected, valid) in table {
        let object = object(serde_json::json!({"network": network, "vendor": given}));
        assert_eq!(vendor(&object), expected, "{network} {given:?}");
        assert_eq!(object.validate().is_ok(), valid, "{network} {given:?}");
    }
    let hasty = object(serde_json::json!({"validForSeconds": 3600, "renewBeforeSeconds": 3600}));
    assert!(hasty.validate().unwrap_err().contains("renewBeforeSeconds"));
}

#[test]
fn a_code_that_fits_is_adopted_and_nothing_else() {
    let no_end = InstallCode {
        expired_date: Some(0),
        ..row("k", 0)
    };
    let own_group = InstallCode {
        group_id: Some(0),
        group_name: Some("x".into()),
        ..row("k", 9)
    };
    let default_group = InstallCode {
        group_id: Some(8_076_980),
        group_name: Some("default".into()),
        ..row("k", 9)
    };
    let table: Vec<(&str, InstallCode, bool)> = vec![
        ("fits", row("k", 9), true),
        ("no end", no_end, true),
        ("group 0", own_group, true),
        ("default group by name", default_group, true),
        ("too short", row("k", 1), false),
        ("expired", row("k", -1), false),
        (
            "other os",
            InstallCode {
                os: Some("windows".into()),
                ..row("k", 9)
            },
            false,
        ),
        (
            "other vendor",
            InstallCode {
                vendor_name: Some("ALIYUN".into()),
                ..row("k", 9)
            },
            false,
        ),
        (
            "for images",
            InstallCode {
                only_image: Some(true),
                ..row("k", 9)
            },
            false,
        ),
        (
            "other group",
            InstallCode {
                group_id: Some(7),
                group_name: Some("web".into()),
                ..row("k", 9)
            },
            false,
        ),
        (
            "unnamed group",
            InstallCode {
                group_id: Some(7),
                ..row("k", 9)
            },
            false,
        ),
        (
            "proxy",
            InstallCode {
                proxy_cluster: Some("p".into()),
                ..row("k", 9)
            },
            false,
        ),
        (
            "private link",
            InstallCode {
                private_link_endpoint_id: Some(3),
                ..row("k", 9)
            },
            false,
        ),
        (
            "no code",
            InstallCode {
                captcha_code: None,
                ..row("k", 9)
            },
            false,
        ),
    ];
    for (name, row, fits) in table {
        let observed = observed(vec![row]);
        let plan =
            |source: &str| kind_of(&object(serde_json::json!({"source": source})).plan(&observed, None));
        assert_eq!(
            plan("AdoptOrCreate"),
            if fits { "nothing" } else { "change" },
            "{name}"
        );
        assert_eq!(
            plan("Adopt"),
            if fits { "nothing" } else { "NoMatchingCode" },
            "{name}"
        );
        assert_eq!(plan("Create"), "change", "{name}");
    }
    let group = object(serde_json::json!({"groupID": 7}));
    let mut in_group = row("k", 9);
    in_group.group_id = Some(7);
    assert_eq!(group.plan(&observed(vec![in_group]), None), Planned::Nothing);
    assert_eq!(kind_of(&group.plan(&observed(vec![row("k", 9)]), None)), "change");
}

#[test]
fn the_plan_of_a_code_is_complete_and_exact() {
    let object = object(serde_json::json!({"groupID": 7, "onlyImage": true, "dataCentre": "ap-southeast-1"}));
    let mut seen = observed(vec![]);
    seen.centre = DataCentre::ApSoutheast1;
    let Planned::Change(plan) = object.plan(&seen, None) else {
        panic!("no plan")
    };
    assert_eq!((plan.risk, plan.calls[0].repeat), (Risk::R2, Repeat::AfterProof));
    insta::assert_yaml_snapshot!(plan);
}

#[test]
fn a_vendor_that_the_cloud_does_not_offer_is_not_asked_for() {
    let object = object(serde_json::json!({"vendor": "TENCENT"}));
    let mut seen = observed(vec![]);
    seen.vendors = Some(vec!["ALIYUN".into(), "OTHER".into()]);
    assert_eq!(kind_of(&object.plan(&seen, None)), "VendorNotOffered");
    seen.vendors = Some(vec!["TENCENT".into()]);
    assert_eq!(kind_of(&object.plan(&seen, None)), "change");
}

/// The plan, and a call of it that was begun with this expiry time.
fn begun(object: &SasInstallCode, expiry: i64, receipt: Option<&Receipt>, seen: &Observed) -> Settled {
    let Planned::Change(plan) = object.plan(&observed(vec![]), None) else {
        panic!("no plan")
    };
    let parameters = BTreeMap::from([(EXPIRED_DATE.to_owned(), expiry.to_string())]);
    object.settle(
        &plan,
        &[Made {
            call: &plan.calls[0],
            parameters,
            receipt,
        }],
        seen,
    )
}

#[test]
fn a_created_code_is_recognised_by_its_expiry_time() {
    let object = object(serde_json::json!({"source": "Create"}));
    let expiry = (NOW + 7 * DAY) * 1000 + 123;
    let exact = InstallCode {
        expired_date: Some(expiry),
        ..row("new", 7)
    };
    let seconds = InstallCode {
        expired_date: Some(expiry - 123),
        ..row("new", 7)
    };
    let near = InstallCode {
        expired_date: Some(expiry + 1),
        ..row("new", 7)
    };
    let foreign = InstallCode {
        os: Some("windows".into()),
        ..exact.clone()
    };
    let receipt = Receipt::default();
    let settled = |rows: Vec<InstallCode>, receipt| begun(&object, expiry, receipt, &observed(rows));
    assert_eq!(settled(vec![exact.clone()], None), Settled::Done);
    assert_eq!(settled(vec![exact.clone(), exact], Some(&receipt)), Settled::Done);
    assert_eq!(settled(vec![seconds], None), Settled::Done);
    assert_eq!(settled(vec![near, foreign], None), Settled::NotStarted);
    assert!(matches!(settled(vec![], Some(&receipt)), Settled::Wait(_)));
}

#[test]
fn what_was_created_is_remembered_and_rotated() {
    let mut object = object(serde_json::json!({"source": "Create"}));
    let expiry = (NOW + 2 * DAY) * 1000 + 123;
    let own = InstallCode {
        expired_date: Some(expiry),
        ..row("own-code-1", 2)
    };
    let seen = observed(vec![own, row("foreign-code", 30)]);
    assert_eq!(kind_of(&object.plan(&seen, None)), "change");
    let receipt = Receipt {
        request_id: None,
        fields: vec![NamedValue::new(EXPIRED_DATE, expiry.to_string())],
    };
    let mut status = SasInstallCodeStatus::default();
    status.gate.execution = Some(execution(receipt));
    let summary = object.report(&seen, &mut status);
    assert_eq!(status.created_expiry_millis, [expiry]);
    assert!(summary.starts_with("code ow… is in Secret"), "{summary}");
    // The execution of a later plan replaces this one; the expiry time stays known.
    status.gate.execution = None;
    object.status = Some(status);
    assert_eq!(object.plan(&seen, None), Planned::Nothing);
    let later = Observed {
        now: Timestamp::from_second(NOW + DAY + DAY / 2).unwrap(),
        ..seen
    };
    assert_eq!(kind_of(&object.plan(&later, None)), "change");
    // Until the new one is there the old one is still given out.
    assert!(object.outputs(&later).is_some());
}

fn execution(receipt: Receipt) -> Execution {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    let record = CallRecord {
        call_index: 0,
        action: "AddInstallCode".into(),
        left_out: Vec::new(),
        intent: None,
        receipt: Some(receipt),
        not_run: None,
        last_error: None,
    };
    Execution {
        hash: String::new(),
        epoch: 1,
        observed_generation: 1,
        requested_by: None,
        approval: None,
        started_time: Time(Timestamp::from_second(NOW).unwrap()),
        finished_time: None,
        outcome: None,
        message: None,
        calls: vec![record],
    }
}

/// A call that was begun may have been refused: there is no code of it then.
#[test]
fn a_call_under_way_changes_nothing_about_what_is_to_be_done() {
    let intent = serde_json::json!({
        "attempt": 1, "nonce": "n", "timestamp": "2027-01-15T08:00:00Z", "startedTime": "2027-01-15T08:00:00Z",
        "keyFingerprint": "k",
    });
    let mut begun = object(serde_json::json!({}));
    let before = begun.plan(&observed(vec![]), None);
    let mut execution = execution(Receipt::default());
    execution.calls[0].receipt = None;
    execution.calls[0].intent = Some(serde_json::from_value(intent).unwrap());
    let mut status = SasInstallCodeStatus::default();
    status.gate.execution = Some(execution);
    begun.status = Some(status);
    assert_eq!(kind_of(&before), "change");
    assert_eq!(begun.plan(&observed(vec![]), None), before);
}

#[test]
fn a_receipt_keeps_the_request_id_and_the_expiry_time_only() {
    let object = object(serde_json::json!({}));
    let Planned::Change(plan) = object.plan(&observed(vec![]), None) else {
        panic!("no plan")
    };
    let parameters = BTreeMap::from([
        (EXPIRED_DATE.to_owned(), "5".to_owned()),
        ("Os".to_owned(), "linux".to_owned()),
    ]);
    let made = Made {
        call: &plan.calls[0],
        parameters,
        receipt: None,
    };
    let reply = Reply {
        request_id: "R-1".into(),
        body: serde_json::json!({"RequestId": "R-1", "CaptchaCode": "s3cret"}),
    };
    let receipt = object.receipt(&made, Some(&reply));
    assert_eq!(
        receipt,
        Receipt {
            request_id: Some("R-1".into()),
            fields: vec![NamedValue::new(EXPIRED_DATE, "5")]
        }
    );
    assert_eq!(object.receipt(&made, None).field(EXPIRED_DATE), Some("5"));
}

#[test]
fn the_code_stands_in_the_secret_and_nowhere_else() {
    let object = object(serde_json::json!({}));
    let seen = observed(vec![
        row("short-lived-code", 3),
        row("Wk9SQ0long", 9),
        row("tiny", 20),
    ]);
    let mut status = SasInstallCodeStatus::default();
    let summary = object.report(&seen, &mut status);
    let shown = format!(
        "{} {summary} {:?}",
        serde_json::to_string(&status).unwrap(),
        seen.codes
    );
    for secret in ["short-lived-code", "Wk9SQ0long", "tiny", "Wk9"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let masked: Vec<_> = status
        .candidates
        .iter()
        .map(|candidate| candidate.masked_code.as_str())
        .collect();
    assert_eq!(masked, ["…", "Wk…", "sh…"]);
    let secret = object.outputs(&seen).unwrap();
    assert_eq!(secret.metadata.name.as_deref(), Some("idc-install-code"));
    let data = secret.data.unwrap();
    assert_eq!(data["code"].0, b"tiny");
    assert_eq!(data["expiry"].0, b"2027-02-04T08:00:00Z");
}

#[test]
fn commands_for_every_way_to_the_cloud() {
    let mut all = BTreeMap::new();
    for os in ["linux", "windows"] {
        for (network, centre) in [
            ("Internal", DataCentre::CnShanghai),
            ("LeasedLine", DataCentre::CnShanghai),
            ("Public", DataCentre::CnShanghai),
            ("Public", DataCentre::ApSoutheast1),
        ] {
            let object =
                object(serde_json::json!({"os": os, "network": network, "onlyImage": network == "Internal"}));
            let scripts = commands::for_code(&object.spec, centre, "CODE");
            all.extend(
                scripts
                    .into_iter()
                    .map(|(key, text)| (format!("{network} {} {key}", centre.as_str()), text)),
            );
        }
    }
    insta::assert_yaml_snapshot!(all);
    let object = object(serde_json::json!({}));
    for code in ["$(reboot)", "a b", "a;b", "a'b", ""] {
        assert!(
            commands::for_code(&object.spec, DataCentre::CnShanghai, code).is_empty(),
            "{code}"
        );
    }
}

#[test]
fn a_group_id_that_a_status_cannot_hold_is_left_out() {
    let group = |id: i64| {
        let huge = InstallCode {
            group_id: Some(id),
            group_name: Some("default".into()),
            ..row("dEm0A1", 30)
        };
        let mut status = SasInstallCodeStatus::default();
        object(serde_json::json!({})).report(&observed(vec![huge]), &mut status);
        status.candidates[0].group_id
    };
    assert_eq!([group(7), group(i64::MAX), group(-1)], [Some(7), None, None]);
}
