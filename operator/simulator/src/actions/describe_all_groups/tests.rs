//! The list of groups.

use serde_json::json;

use crate::testing::Cloud;

#[test]
fn the_default_group_comes_first_and_has_flag_0() {
    let cloud = Cloud::new();
    let reply = cloud.ok("DescribeAllGroups", &[("Lang", "en")]);
    assert_eq!(reply.body["Count"], 3);
    let expected = json!([
        {"GroupId": 0, "GroupName": "default", "GroupFlag": 0},
        {"GroupId": 1001, "GroupName": "web", "GroupFlag": 1},
        {"GroupId": 1002, "GroupName": "database", "GroupFlag": 1},
    ]);
    assert_eq!(reply.body["Groups"], expected);
}

#[test]
fn the_default_group_is_there_without_any_other_and_may_have_another_name() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.groups.clear());
    assert_eq!(cloud.ok("DescribeAllGroups", &[]).body["Count"], 1);
    cloud.mainland(|centre| centre.groups.entry(0).or_default().name = "ungrouped".to_owned());
    let reply = cloud.ok("DescribeAllGroups", &[]);
    let expected = json!([{"GroupId": 0, "GroupName": "ungrouped", "GroupFlag": 0}]);
    assert_eq!(reply.body["Groups"], expected);
}
