//! Servers that Security Center had not noticed: when they are listed, which of them, and bound to what.

use crate::testing::{Cloud, uuid};
use crate::world::Edition;

const ACTION: &str = "RefreshAssets";

/// The demo world with these servers not noticed yet.
fn hiding(numbers: &[u8]) -> Cloud {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        for number in numbers {
            centre.assets.get_mut(&uuid(*number)).unwrap().listed = false;
        }
    });
    cloud
}

/// The names of listed servers among those with this criterion.
fn listed(cloud: &Cloud, numbers: &[u8]) -> Vec<String> {
    let criteria = format!(
        r#"[{{"name":"uuidList","value":"{}"}}]"#,
        crate::testing::uuids(numbers)
    );
    let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
    let rows = reply.body["Instances"].as_array().unwrap();
    let name = |row: &serde_json::Value| row["InstanceName"].as_str().unwrap().to_owned();
    rows.iter().map(name).collect()
}

#[test]
fn a_hidden_server_is_listed_some_seconds_later_and_not_before() {
    let cloud = hiding(&[1, 2]);
    cloud.step(1_000);
    assert!(listed(&cloud, &[1, 2]).is_empty());
    let reply = cloud.ok(ACTION, &[]);
    assert_eq!(reply.body.as_object().unwrap().len(), 1, "{}", reply.body);
    assert!(cloud.last().committed);
    cloud.step(9);
    assert!(listed(&cloud, &[1, 2]).is_empty());
    // A second call does not begin anew.
    cloud.ok(ACTION, &[("AssetType", "ecs")]);
    cloud.step(1);
    assert_eq!(listed(&cloud, &[1, 2]), ["web-1", "web-2"]);
}

#[test]
fn only_what_was_asked_for_is_looked_for() {
    for (parameters, found) in [
        ([("AssetType", "cloud_product")].as_slice(), 0),
        (&[("AssetType", "container_image")], 0),
        (&[("AssetType", "cloud_product"), ("CloudAssetType", "1")], 0),
        (
            &[
                ("AssetType", "cloud_product"),
                ("CloudAssetType", "0"),
                ("CloudAssetSubType", "0"),
            ],
            1,
        ),
        (&[("Vendor", "1")], 0),
        (&[("AssetType", "ecs"), ("Vendor", "0")], 1),
    ] {
        let cloud = hiding(&[1]);
        cloud.ok(ACTION, parameters);
        cloud.step(10);
        assert_eq!(listed(&cloud, &[1]).len(), found, "{parameters:?}");
    }
    let cloud = hiding(&[1]);
    assert_eq!(
        cloud.refused(ACTION, &[("AssetType", "moon")]),
        "InvalidAssetType"
    );
    for (name, value) in [
        ("Vendor", "x"),
        ("Vendor", "6"),
        ("CloudAssetType", "2"),
        ("CloudAssetType", "ecs"),
        ("CloudAssetSubType", "ecs"),
    ] {
        assert_eq!(cloud.refused(ACTION, &[(name, value)]), format!("Invalid{name}"));
    }
}

#[test]
fn a_new_server_is_bound_where_the_contract_says_so() {
    let cloud = hiding(&[1, 2, 3, 4]);
    cloud.mainland(|centre| centre.subscription.as_mut().unwrap().auto_bind = true);
    cloud.ok(ACTION, &[]);
    cloud.step(10);
    let edition = |number| {
        let criteria = format!(r#"[{{"name":"uuidList","value":"{}"}}]"#, uuid(number));
        let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
        reply.body["Instances"][0]["AuthVersion"].as_i64().unwrap()
    };
    // Three seats of the highest edition, then those of the next.
    let expected = [
        Edition::ULTIMATE,
        Edition::ULTIMATE,
        Edition::ULTIMATE,
        Edition::ENTERPRISE,
    ];
    assert_eq!(
        [1, 2, 3, 4].map(edition),
        expected.map(|edition| i64::from(edition.0))
    );
}

#[test]
fn a_server_that_was_forgotten_stays_so() {
    let cloud = Cloud::new();
    let now = cloud.shared.lock().clock.now();
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().listed_until = Some(now));
    cloud.ok(ACTION, &[]);
    cloud.step(60);
    assert!(listed(&cloud, &[1]).is_empty());
}
