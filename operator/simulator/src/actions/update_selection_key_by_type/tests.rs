//! One slot per business type: the last one in wins.

use crate::testing::Cloud;
use crate::world::scans::Selection;

const ACTION: &str = "UpdateSelectionKeyByType";
const BUSINESS: (&str, &str) = ("BusinessType", "VIRUS_SCAN_ONCE_TASK");

fn cloud() -> Cloud {
    let cloud = Cloud::scanning(&[]);
    let selection = |business_type: &str| Selection {
        business_type: business_type.to_owned(),
        ..Selection::default()
    };
    cloud.scans(|scans| {
        scans
            .selections
            .insert("a".to_owned(), selection("VIRUS_SCAN_ONCE_TASK"));
        scans
            .selections
            .insert("b".to_owned(), selection("VIRUS_SCAN_ONCE_TASK"));
        scans
            .selections
            .insert("c".to_owned(), selection("VIRUS_SCAN_CYCLE_CONFIG"));
    });
    cloud
}

#[test]
fn the_slot_is_overwritten() {
    let cloud = cloud();
    let slot = || cloud.scans(|scans| scans.slots.get("VIRUS_SCAN_ONCE_TASK").cloned());
    cloud.ok(ACTION, &[BUSINESS, ("SelectionKey", "a"), ("DryRun", "true")]);
    assert_eq!(slot(), None);
    for key in ["a", "b"] {
        cloud.ok(ACTION, &[BUSINESS, ("SelectionKey", key)]);
        assert_eq!(slot().as_deref(), Some(key));
    }
}

#[test]
fn a_foreign_or_unknown_key_is_refused() {
    let cloud = cloud();
    assert_eq!(
        cloud.refused(ACTION, &[BUSINESS, ("SelectionKey", "c")]),
        "InvalidSelectionKey"
    );
    assert_eq!(
        cloud.refused(ACTION, &[BUSINESS, ("SelectionKey", "d")]),
        "InvalidSelectionKey"
    );
    assert_eq!(cloud.refused(ACTION, &[BUSINESS]), "MissingSelectionKey");
    assert_eq!(
        cloud.refused(ACTION, &[("SelectionKey", "a")]),
        "MissingBusinessType"
    );
}
