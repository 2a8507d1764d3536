//! The targets of a selection with their names.

use serde_json::json;

use crate::testing::{Cloud, uuid};
use crate::world::scans::{Selection, TargetType};

const ACTION: &str = "ListAssetSelectionSelectedTarget";
const KEY: (&str, &str) = ("SelectionKey", "key");

#[test]
fn targets_are_named_by_their_kind() {
    let cloud = Cloud::scanning(&[]);
    let (one, two) = (uuid(1), uuid(2));
    for (target_type, targets, expected) in [
        (
            TargetType::Instance,
            [one.as_str(), two.as_str()],
            ["web-1", "web-2"],
        ),
        (TargetType::Group, ["1001", "1002"], ["web", "database"]),
        (TargetType::Group, ["0", "99"], ["default", ""]),
        (TargetType::Vpc, ["vpc-a", "vpc-b"], ["vpc-a", "vpc-b"]),
    ] {
        let selection = Selection {
            target_type,
            targets: targets.map(str::to_owned).into(),
            ..Selection::default()
        };
        cloud.scans(|scans| scans.selections.insert("key".to_owned(), selection));
        let named = |index: usize| json!({"TargetId": targets[index], "TargetName": expected[index]});
        assert_eq!(cloud.ok(ACTION, &[KEY]).body["Data"], json!([named(0), named(1)]));
        let asked = [KEY, ("TargetList.1", targets[1]), ("TargetList.2", "other")];
        assert_eq!(cloud.ok(ACTION, &asked).body["Data"], json!([named(1)]));
    }
    assert_eq!(cloud.refused(ACTION, &[]), "MissingSelectionKey");
    assert_eq!(
        cloud.refused(ACTION, &[("SelectionKey", "x")]),
        "InvalidSelectionKey"
    );
}
