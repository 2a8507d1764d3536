//! What cannot be given back; giving back itself is tested where the files are listed.

use crate::testing::Cloud;

#[test]
fn an_unknown_file_is_refused() {
    let cloud = Cloud::new();
    let reply = cloud.call("RollbackSuspEventQuaraFile", &[("QuaraFileId", "1")]);
    assert_eq!((reply.status, reply.code()), (400, "IllegalParam"));
}

#[test]
fn without_a_file_it_is_refused_or_does_nothing() {
    let cloud = Cloud::new();
    let reply = cloud.call("RollbackSuspEventQuaraFile", &[]);
    assert_eq!(reply.code(), "MissingQuaraFileId");
    cloud.mainland(|centre| centre.settings.alerts.rollback_needs_file = false);
    assert_eq!(cloud.call("RollbackSuspEventQuaraFile", &[]).status, 200);
    assert!(!cloud.last().committed);
}
