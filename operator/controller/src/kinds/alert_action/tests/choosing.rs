//! What is done about one alert.

use jiff::Timestamp;
use sas_api::alerts::AlertStatus;
use serde_json::json;

use super::super::back::take_back;
use super::super::choose::{Detail, Fate, choose};
use super::super::look::Found;
use super::super::offer::{Offer, Rule};
use super::super::rules::RuleList;
use super::{alert, everything, job, plain, recommendations};
use crate::alerts::Alert;

fn fate(object: &sas_api::kinds::SasAlertAction, alert: &Alert, offer: Option<&Offer>) -> String {
    let list = recommendations();
    let operation = object.spec.operation;
    let fate = if operation.takes_back() {
        let found = Found {
            offers: offer.map(|offer| (alert.id, offer.clone())).into_iter().collect(),
            rules: Some(RuleList::default()),
            ..Default::default()
        };
        take_back(operation, alert, &found)
    } else {
        choose(&object.spec, alert, offer, list.table.as_deref())
    };
    match fate {
        Fate::Act(choice) => choice.operation.as_str().to_owned(),
        Fate::Handled => "handled".to_owned(),
        Fate::Busy => "busy".to_owned(),
        Fate::Left(reason) => format!("left: {reason}"),
    }
}

fn miner() -> Alert {
    alert(1, "Malicious process (cloud scan)", "web-1")
}

fn without(code: &str) -> Offer {
    let mut offer = everything();
    offer.operations.remove(code);
    offer
}

fn forbidden(code: &str) -> Offer {
    let mut offer = everything();
    offer.operations.insert(code.to_owned(), false);
    offer
}

fn with_rule() -> Offer {
    let rule = Rule {
        server: "ALL".to_owned(),
        field: "md5".to_owned(),
        operate: "strEqual".to_owned(),
        value: "m".to_owned(),
    };
    Offer {
        rules: [rule].into(),
        ..everything()
    }
}

fn standing(status: i64, result: &str) -> Alert {
    Alert {
        status: AlertStatus(status),
        operation_result: result.to_owned(),
        ..miner()
    }
}

#[test]
fn only_what_the_cloud_allows_for_an_open_alert_is_done() {
    let all = everything();
    let table = vec![
        (plain("ignore"), miner(), Some(all.clone()), "ignore"),
        (
            plain("ignore"),
            miner(),
            Some(without("ignore")),
            "left: the cloud does not offer 'ignore'",
        ),
        (
            plain("ignore"),
            miner(),
            Some(forbidden("ignore")),
            "left: the cloud does not allow 'ignore'",
        ),
        (
            plain("ignore"),
            miner(),
            None,
            "left: the cloud names no operation",
        ),
        (plain("ignore"), standing(2, ""), None, "handled"),
        (plain("ignore"), standing(32, "quara.Success"), None, "handled"),
        (plain("ignore"), standing(16, ""), Some(all.clone()), "busy"),
        (plain("ignore"), standing(512, ""), Some(all.clone()), "busy"),
        (plain("Recommended"), miner(), Some(all.clone()), "kill_and_quara"),
        (
            plain("Recommended"),
            miner(),
            Some(forbidden("kill_and_quara")),
            "virus_quara",
        ),
        (
            plain("Recommended"),
            alert(1, "Something new", "web-1"),
            Some(all.clone()),
            "left: nothing is recommended",
        ),
        (
            plain("mark_mis_info"),
            miner(),
            Some(all.clone()),
            "mark_mis_info",
        ),
        (
            plain("mark_mis_info"),
            miner(),
            Some(with_rule()),
            "left: 'mark_mis_info' would replace 1",
        ),
    ];
    for (object, alert, offer, expected) in table {
        let fate = fate(&object, &alert, offer.as_ref());
        assert!(
            fate.starts_with(expected),
            "{} {:?}: {fate}",
            object.spec.operation.as_str(),
            alert.status
        );
    }
}

#[test]
fn a_process_that_has_ended_is_not_ended_again() {
    let at = |second| Timestamp::from_second(second).ok();
    let ended = |last, operated| Alert {
        operation_result: "kill_process.ProcessNotExist".to_owned(),
        last: at(last),
        operated: at(operated),
        ..miner()
    };
    let all = everything();
    for (object, alert, offer, expected) in [
        (plain("kill_process"), ended(1, 2), &all, "virus_quara_bin"),
        (plain("Recommended"), ended(1, 2), &all, "virus_quara_bin"),
        (plain("kill_process"), ended(3, 2), &all, "kill_process"),
        (plain("ignore"), ended(1, 2), &all, "ignore"),
        (
            plain("kill_process"),
            ended(1, 2),
            &without("virus_quara_bin"),
            "left: the cloud does not offer 'virus_quara_bin'",
        ),
    ] {
        let fate = fate(&object, &alert, Some(offer));
        assert!(
            fate.starts_with(expected),
            "{}: {fate}",
            object.spec.operation.as_str()
        );
    }
}

#[test]
fn what_was_done_is_taken_back_and_nothing_else() {
    let offers = |code: &str| {
        let mut offer = Offer::default();
        offer.operations.insert(code.to_owned(), true);
        offer
    };
    for (operation, alert, offer, expected) in [
        (
            "rm_mark_mis_info",
            standing(8, "mark_mis_info.Success"),
            None,
            "rm_mark_mis_info",
        ),
        (
            "rm_mark_mis_info",
            standing(2, "ignore.Success"),
            None,
            "left: 'rm_mark_mis_info' does not fit",
        ),
        (
            "rm_mark_mis_info",
            standing(1, ""),
            Some(everything()),
            "left: nobody has dealt with it",
        ),
        (
            "cancle_manual",
            standing(32, "manual_handled.Success"),
            None,
            "cancle_manual",
        ),
        (
            "cancle_manual",
            standing(32, "quara.Success"),
            None,
            "left: 'cancle_manual' does not fit",
        ),
        (
            "cancle_manual",
            standing(32, "quara.Success"),
            Some(offers("cancle_manual")),
            "cancle_manual",
        ),
        (
            "cancle_manual",
            standing(32, "manual_handled.Success"),
            Some(offers("x")),
            "left: 'cancle_manual' does not fit",
        ),
    ] {
        let fate = fate(&plain(operation), &alert, offer.as_ref());
        assert!(fate.starts_with(expected), "{operation}: {fate}");
    }
}

#[test]
fn parameters_come_from_the_spec_before_the_table() {
    let detail = |spec, alert: &Alert| {
        let list = recommendations();
        match choose(&job(spec).spec, alert, Some(&everything()), list.table.as_deref()) {
            Fate::Act(choice) => choice.detail,
            other => panic!("{other:?}"),
        }
    };
    let logon = alert(1, "Unusual logon", "web-1");
    let recommended = json!({"alertIDs": ["1"], "operation": "Recommended"});
    assert_eq!(detail(recommended.clone(), &logon), Detail::Block(86_400));
    assert_eq!(
        detail(recommended.clone(), &miner()),
        Detail::SubOperation("killAndQuaraFileByMd5andPath")
    );
    let mut own = recommended;
    own["blockIP"] = json!({"durationSeconds": 60});
    own["killAndQuarantine"] = json!({"subOperation": "killByMd5andPath"});
    assert_eq!(detail(own.clone(), &logon), Detail::Block(60));
    assert_eq!(detail(own, &miner()), Detail::SubOperation("killByMd5andPath"));
    let quarantine = json!({"alertIDs": ["1"], "operation": "virus_quara_bin"});
    assert_eq!(
        detail(quarantine, &miner()),
        Detail::SubOperation("quaraFileByMd5andPath")
    );
    let cleanup = json!({"alertIDs": ["1"], "operation": "cleanup"});
    assert_eq!(detail(cleanup, &miner()), Detail::Plain);
}
