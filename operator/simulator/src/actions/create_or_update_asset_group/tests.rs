//! Groups: making one, moving servers, names, and what an update does to servers it does not name.

use crate::testing::{Cloud, uuid, uuids};
use crate::world::GroupUpdate;

const ACTION: &str = "CreateOrUpdateAssetGroup";

/// The groups of the demo servers with these numbers.
fn groups(cloud: &Cloud, numbers: &[u8]) -> Vec<i64> {
    let criteria = format!(r#"[{{"name":"uuidList","value":"{}"}}]"#, uuids(numbers));
    let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
    let rows = reply.body["Instances"].as_array().unwrap();
    rows.iter().map(|row| row["GroupId"].as_i64().unwrap()).collect()
}

#[test]
fn a_new_group_takes_its_servers_out_of_others() {
    let cloud = Cloud::new();
    let named = uuids(&[1, 6]);
    let reply = cloud.ok(ACTION, &[("GroupName", "blue"), ("Uuids", &named)]);
    assert_eq!(reply.body["GroupId"], 1003);
    assert!(cloud.last().committed);
    assert_eq!(groups(&cloud, &[1, 2, 6]), [1003, 1001, 1003]);
    let empty = cloud.ok(ACTION, &[("GroupName", "green")]);
    assert_eq!(empty.body["GroupId"], 1004);
}

#[test]
fn an_update_without_some_servers_takes_them_out_or_leaves_them() {
    let update = [("GroupId", "1001"), ("Uuids", &*uuids(&[1, 5]))];
    for (behaviour, expected) in [
        (GroupUpdate::Replace, [1001, 0, 1001]),
        (GroupUpdate::Add, [1001, 1001, 1001]),
    ] {
        let cloud = Cloud::new();
        cloud.mainland(|centre| centre.settings.groups.update = behaviour);
        cloud.ok(ACTION, &update);
        assert_eq!(groups(&cloud, &[1, 2, 5]), expected, "{behaviour:?}");
    }
}

#[test]
fn a_rename_keeps_the_servers() {
    let cloud = Cloud::new();
    cloud.ok(ACTION, &[("GroupId", "1001"), ("GroupName", "front")]);
    assert_eq!(groups(&cloud, &[1, 4]), [1001, 1001]);
    cloud.mainland(|centre| assert_eq!(centre.groups[&1001].name, "front"));
}

#[test]
fn the_default_group_keeps_its_name() {
    let cloud = Cloud::new();
    let renamed = [("GroupId", "0"), ("GroupName", "dd")];
    assert_eq!(
        cloud.refused("CreateOrUpdateAssetGroup", &renamed),
        "InvalidGroupName"
    );
}

#[test]
fn servers_return_to_the_default_group_by_its_id() {
    let cloud = Cloud::new();
    cloud.ok(ACTION, &[("GroupId", "0"), ("Uuids", &uuid(1))]);
    assert_eq!(groups(&cloud, &[1, 2, 8]), [0, 1001, 0]);
}

#[test]
fn unknown_and_hidden_servers_are_passed_over() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(2)).unwrap().listed = false);
    let named = format!("{},u-none", uuids(&[2, 3]));
    cloud.ok(ACTION, &[("GroupName", "blue"), ("Uuids", &named)]);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(2)).unwrap().listed = true);
    assert_eq!(groups(&cloud, &[2, 3]), [1001, 1003]);
}

#[test]
fn a_name_may_be_given_twice_only_where_the_world_says_so() {
    let cloud = Cloud::new();
    for taken in [
        [("GroupName", "web")].as_slice(),
        &[("GroupName", "default")],
        &[("GroupId", "1002"), ("GroupName", "web")],
    ] {
        assert_eq!(cloud.refused(ACTION, taken), "GroupNameRepeated", "{taken:?}");
    }
    // Its own name is no second one.
    cloud.ok(
        ACTION,
        &[("GroupId", "1001"), ("GroupName", "web"), ("Uuids", &uuid(1))],
    );
    cloud.mainland(|centre| centre.settings.groups.allow_repeated_names = true);
    cloud.ok(ACTION, &[("GroupName", "web")]);
    let twins = cloud.mainland(|centre| centre.groups.values().filter(|group| group.name == "web").count());
    assert_eq!(twins, 2);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let cloud = Cloud::new();
    assert_eq!(cloud.refused(ACTION, &[("Uuids", "u")]), "MissingGroupName");
    assert_eq!(cloud.refused(ACTION, &[("GroupId", "1001")]), "MissingUuids");
    assert_eq!(
        cloud.refused(ACTION, &[("GroupId", "7"), ("Uuids", "u")]),
        "InvalidGroupId"
    );
    assert_eq!(cloud.refused(ACTION, &[("GroupId", "x")]), "InvalidGroupId");
}
