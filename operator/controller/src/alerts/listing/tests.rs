//! Which alerts a selector means, what the cloud is asked, and what lists that move do to a look.

use sas_api::alerts::AlertStatus;
use sas_client::actions::SuspEvent;
use serde_json::{Value, json};

use super::*;

fn query(selector: Value, state: AlertState) -> Query {
    Query {
        centre: DataCentre::CnShanghai,
        selector: serde_json::from_value(selector).unwrap(),
        state,
        language: Language::En,
        now: "2026-11-21T10:20:30Z".parse().unwrap(),
    }
}

fn alert() -> Alert {
    Alert {
        id: 1,
        name: "Reverse shell (bash)".into(),
        type_name: "进程异常行为".into(),
        type_code: "Abnormal process behavior".into(),
        level: "serious".into(),
        status: AlertStatus::PENDING,
        uuid: "u-1".into(),
        last: "2026-11-21T09:30:00Z".parse().ok(),
        ..Alert::default()
    }
}

#[test]
fn every_field_has_to_fit_and_any_of_its_values() {
    let table = [
        (json!({}), true),
        (json!({"levels": ["remind", "serious"]}), true),
        (json!({"levels": ["remind"]}), false),
        (
            json!({"types": ["Unusual logon", "Abnormal process behavior"]}),
            true,
        ),
        (json!({"types": ["进程异常行为"]}), true),
        (json!({"types": ["abnormal PROCESS behavior"]}), true),
        (json!({"types": ["Abnormal"]}), false),
        (json!({"names": ["Reverse*"]}), true),
        (json!({"names": ["reverse SHELL*"]}), true),
        (json!({"names": ["Reverse"]}), false),
        (json!({"uuids": ["u-1"], "names": ["*bash*"]}), true),
        (json!({"uuids": ["u-2"], "names": ["*bash*"]}), false),
        (json!({"since": "2026-11-21T09:30:00Z"}), true),
        (json!({"since": "2026-11-21T09:30:01Z"}), false),
        (json!({"sinceSeconds": 3600}), true),
        (json!({"sinceSeconds": 3000}), false),
    ];
    for (selector, expected) in table {
        assert_eq!(
            query(selector.clone(), AlertState::Open).matches(&alert()),
            expected,
            "{selector}"
        );
    }
}

#[test]
fn a_handled_alert_is_not_open_whatever_the_clouds_filter_lets_through() {
    let table = [
        (1, true, false),
        (16, true, false),
        (32, false, true),
        (8, false, true),
        (77, true, true),
    ];
    for (code, open, handled) in table {
        let alert = Alert {
            status: AlertStatus(code),
            ..alert()
        };
        let fits = |state| query(json!({}), state).matches(&alert);
        assert_eq!(
            (fits(AlertState::Open), fits(AlertState::Handled)),
            (open, handled),
            "{code}"
        );
        assert!(fits(AlertState::Any));
    }
}

#[test]
fn the_cloud_is_told_what_it_understands() {
    let selector = json!({
        "levels": ["serious"], "uuids": ["u-1", "u-2"], "types": ["Web shell"], "names": ["a*"],
        "since": "2026-11-21T20:30:59Z"
    });
    let request = Page::first(&query(selector, AlertState::Open)).request();
    let value = serde_json::to_value(&request).unwrap();
    let sent: Vec<_> = value
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    let sent = serde_json::to_string(&sent).unwrap();
    assert_eq!(request.time_start.as_deref(), Some("2026-11-22 04:00:00"));
    for part in [
        r#"["Dealed","N"]"#,
        r#"["Levels","serious"]"#,
        r#"["Uuids","u-1,u-2"]"#,
        r#"["Lang","en"]"#,
    ] {
        assert!(sent.contains(part), "{part} {sent}");
    }
    assert!(
        !sent.contains("ParentEventTypes") && !sent.contains("Name"),
        "{sent}"
    );
    // Two servers to the cloud, none to the selector: it is left out rather than sent wrong.
    let odd = Page::first(&query(json!({"uuids": ["u-1,u-2"]}), AlertState::Any)).request();
    assert_eq!((odd.uuids, odd.dealed), (CommaList::default(), None));
}

#[test]
fn a_window_that_moves_asks_the_same_question_for_an_hour() {
    let at = |now: &str| {
        let query = query(json!({"sinceSeconds": 7200}), AlertState::Open);
        Page::first(&Query {
            now: now.parse().unwrap(),
            ..query
        })
    };
    assert_eq!(at("2026-11-21T10:00:00Z"), at("2026-11-21T10:59:59Z"));
    assert_ne!(at("2026-11-21T10:59:59Z"), at("2026-11-21T11:00:00Z"));
    assert!(at("2026-11-21T10:59:59Z").not_before.unwrap() <= "2026-11-21T08:59:59Z".parse().unwrap());
}

fn page(ids: std::ops::Range<i64>, total: i64) -> SuspEvents {
    let row = |id| SuspEvent {
        id: Some(id),
        event_status: Some(1),
        ..Default::default()
    };
    SuspEvents {
        susp_events: ids.map(row).collect(),
        total_count: Some(total),
        ..Default::default()
    }
}

#[test]
fn the_first_page_tells_how_many_follow_and_there_is_an_end() {
    let query = query(json!({}), AlertState::Open);
    let count = |first: Option<SuspEvents>| pages(&query, |_| first.as_ref()).len();
    assert_eq!(count(None), 1);
    assert_eq!(count(Some(page(1..101, 100))), 1);
    assert_eq!(count(Some(page(1..101, 101))), 2);
    assert_eq!(count(Some(page(1..101, 1_000_000))), MAX_PAGES);
    assert_eq!(count(Some(page(0..0, -1))), 1);
}

#[test]
fn alerts_that_come_twice_count_once_and_those_that_slipped_away_are_counted() {
    let query = query(json!({}), AlertState::Open);
    let ids = |pages: &[SuspEvents]| {
        let listed = query.gathered(pages.iter());
        (
            listed.alerts.iter().map(|alert| alert.id).collect::<Vec<_>>(),
            listed.unread,
        )
    };
    assert_eq!(ids(&[page(1..4, 5), page(3..6, 5)]), (vec![1, 2, 3, 4, 5], 0));
    // Somebody handled one of the first page meanwhile, and the fourth moved there unseen.
    assert_eq!(ids(&[page(1..4, 5), page(5..6, 4)]), (vec![1, 2, 3, 5], 1));
    assert_eq!(ids(&[page(1..4, 1_000)]), (vec![1, 2, 3], 997));
}
