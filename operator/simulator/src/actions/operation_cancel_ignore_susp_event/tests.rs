//! Taking an ignoring back.

use crate::testing::Cloud;
use crate::testing::alerts::{Alerts, HANDLED, LOGON, MINER};

fn cancel(cloud: &Cloud, id: &str) -> crate::testing::Reply {
    cloud.call("OperationCancelIgnoreSuspEvent", &[("SecurityEventIds.1", id)])
}

#[test]
fn an_ignored_alert_is_pending_again_at_once_and_can_be_handled() {
    let cloud = Cloud::new();
    cloud.handled("ignore", &[LOGON], &[]);
    assert_eq!(
        cancel(&cloud, "702173401").code(),
        "OperationTaskNotExists",
        "not yet"
    );
    cloud.step(3);
    let reply = cancel(&cloud, "702173401");
    assert_eq!(
        (reply.body["Success"].as_bool(), reply.body["Code"].as_str()),
        (Some(true), Some("200"))
    );
    assert!(cloud.last().committed);
    assert_eq!(cloud.event_status(LOGON), 1);
    cloud.handled("manual_handled", &[LOGON], &[]);
    cloud.step(3);
    assert_eq!(cloud.event_status(LOGON), 32);
}

#[test]
fn only_ignored_alerts_all_or_none() {
    let cloud = Cloud::new();
    for id in [MINER, HANDLED, 1] {
        let reply = cancel(&cloud, &id.to_string());
        assert_eq!(
            (reply.status, reply.code()),
            (400, "OperationTaskNotExists"),
            "{id}"
        );
    }
    assert_eq!(cancel(&cloud, "x").code(), "IllegalParam");
    assert_eq!(
        cloud.call("OperationCancelIgnoreSuspEvent", &[]).code(),
        "MissingSecurityEventIds"
    );
    cloud.handled("ignore", &[LOGON], &[]);
    cloud.step(3);
    let both = [
        ("SecurityEventIds.1", "702173401"),
        ("SecurityEventIds.2", "702173402"),
    ];
    let reply = cloud.call("OperationCancelIgnoreSuspEvent", &both);
    assert_eq!(reply.code(), "OperationTaskNotExists");
    assert_eq!(cloud.event_status(LOGON), 2);
}
