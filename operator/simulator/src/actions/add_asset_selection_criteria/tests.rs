//! What goes into a selection and out of it.

use crate::testing::{Cloud, uuid};
use crate::world::scans::{Selection, TargetType};

const ACTION: &str = "AddAssetSelectionCriteria";
const KEY: (&str, &str) = ("SelectionKey", "key");

fn cloud(target_type: TargetType) -> Cloud {
    let cloud = Cloud::scanning(&[]);
    let selection = Selection {
        business_type: "VIRUS_SCAN_ONCE_TASK".to_owned(),
        target_type,
        ..Selection::default()
    };
    cloud.scans(|scans| scans.selections.insert("key".to_owned(), selection));
    cloud
}

fn targets(cloud: &Cloud) -> Vec<String> {
    cloud.scans(|scans| scans.selections["key"].targets.iter().cloned().collect())
}

#[test]
fn targets_are_added_and_taken_out_in_order() {
    let cloud = cloud(TargetType::Instance);
    let (one, two) = (uuid(1), uuid(2));
    let add = [
        KEY,
        ("TargetOperationList.1.Target", &*one),
        ("TargetOperationList.1.Operation", "add"),
        ("TargetOperationList.2.Target", &*two),
        ("TargetOperationList.2.Operation", "add"),
    ];
    cloud.ok(ACTION, &[&add[..], &[("DryRun", "true")]].concat());
    assert_eq!(targets(&cloud), [""; 0]);
    cloud.ok(ACTION, &add);
    assert_eq!(targets(&cloud), [uuid(1), uuid(2)]);
    let delete = [
        KEY,
        ("TargetOperationList.1.Target", &*one),
        ("TargetOperationList.1.Operation", "del"),
    ];
    cloud.ok(ACTION, &delete);
    assert_eq!(targets(&cloud), [uuid(2)]);
}

#[test]
fn a_search_is_resolved_now() {
    let cloud = cloud(TargetType::Instance);
    let criteria = ("Criteria", r#"[{"name":"groupName","value":"database"}]"#);
    cloud.ok(ACTION, &[KEY, criteria, ("CriteriaOperation", "add")]);
    assert_eq!(targets(&cloud), [uuid(6)]);
    cloud.ok(ACTION, &[KEY, criteria, ("CriteriaOperation", "del")]);
    assert_eq!(targets(&cloud), [""; 0]);
    assert_eq!(
        cloud.refused(ACTION, &[KEY, criteria]),
        "MissingCriteriaOperation"
    );
    let bad = [KEY, ("Criteria", "{"), ("CriteriaOperation", "add")];
    assert_eq!(cloud.refused(ACTION, &bad), "InvalidCriteria");
}

#[test]
fn what_does_not_fit_the_selection_is_refused() {
    let one = ("TargetOperationList.1.Target", "1001");
    let add = ("TargetOperationList.1.Operation", "add");
    let groups = cloud(TargetType::Group);
    groups.ok(ACTION, &[KEY, one, add]);
    assert_eq!(targets(&groups), ["1001"]);
    let search = [KEY, ("Criteria", "[]"), ("CriteriaOperation", "add")];
    assert_eq!(groups.refused(ACTION, &search), "InvalidCriteria");
    assert_eq!(groups.refused(ACTION, &[one, add]), "MissingSelectionKey");
    assert_eq!(
        groups.refused(ACTION, &[("SelectionKey", "other"), one, add]),
        "InvalidSelectionKey"
    );
    assert_eq!(groups.refused(ACTION, &[KEY]), "InvalidTargetOperationList");
    assert_eq!(
        groups.refused(ACTION, &[KEY, one]),
        "MissingTargetOperationList.1.Operation"
    );
    let wrong = ("TargetOperationList.1.Operation", "plus");
    assert_eq!(
        groups.refused(ACTION, &[KEY, one, wrong]),
        "InvalidTargetOperationList.1.Operation"
    );
    let everything = cloud(TargetType::AllInstance);
    assert_eq!(
        everything.refused(ACTION, &[KEY, one, add]),
        "InvalidTargetOperationList"
    );
}
