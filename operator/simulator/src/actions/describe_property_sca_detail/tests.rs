//! Software that was found: which listing, which filters, which pages, and when it appears.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid};

const ACTION: &str = "DescribePropertyScaDetail";

fn list(cloud: &Cloud, parameters: &[(&str, &str)]) -> Value {
    cloud.ok(ACTION, parameters).body
}

/// Name of the software and of the server in each row.
fn names(body: &Value) -> Vec<String> {
    let rows = body["Propertys"].as_array().unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let both = |row| format!("{} on {}", text(row, "Name"), text(row, "InstanceName"));
    rows.iter().map(both).collect()
}

#[test]
fn a_row_has_the_documented_fields_in_their_units() {
    let cloud = Cloud::new();
    let body = list(&cloud, &[("Biz", "sca_web"), ("Uuid", &uuid(1))]);
    let now = cloud.shared.lock().clock.now();
    let row = &body["Propertys"][0];
    assert_eq!(row["ProcessStarted"], now.as_second() - 200 * 3_600);
    assert_eq!(row["CreateTimestamp"], now.as_millisecond() - 24 * 3_600_000);
    for (name, expected) in [
        ("Uuid", json!(uuid(1))),
        ("BizType", json!("web_container")),
        ("BizTypeDispaly", json!("Web Container")),
        ("Version", json!("1.24.0")),
        ("Pid", json!("812")),
        ("Port", json!("443")),
        ("ListenIp", json!("0.0.0.0")),
        ("ListenStatus", json!("LISTEN")),
        ("ListenProtocol", json!("TCP")),
        ("IntranetIp", json!("10.0.0.1")),
        ("ProcessUser", json!("root")),
    ] {
        assert_eq!(row[name], expected, "{name}");
    }
    let library = &list(&cloud, &[])["Propertys"][0];
    assert_eq!(library["ListenStatus"], "NONE");
    assert!(library.get("ListenProtocol").is_none() && library.get("ProcessStarted").is_none());
}

#[test]
fn software_in_a_container_says_in_which() {
    let cloud = Cloud::new();
    let body = list(&cloud, &[("ScaName", "node")]);
    let row = &body["Propertys"][0];
    let names = ["ContainerName", "ImageName", "PodName"].map(|name| &row[name]);
    assert_eq!(names, ["shop", "shop:1.0.1", "shop-0"]);
    let outside = &list(&cloud, &[("ScaName", "openssl")])["Propertys"][0];
    assert!(outside.get("ContainerName").is_none(), "{outside}");
}

#[test]
fn filters_are_combined() {
    let cloud = Cloud::new();
    let web = ("Biz", "sca_web");
    let seconds = |hours: i64| {
        let now = cloud.shared.lock().clock.now();
        (now.as_second() - hours * 3_600).to_string()
    };
    let (before, after) = (seconds(201), seconds(199));
    let (first, both) = (
        ["nginx on web-1"].as_slice(),
        ["nginx on web-1", "nginx on web-2"].as_slice(),
    );
    for (parameters, expected) in [
        (
            [].as_slice(),
            ["openssl on web-1", "node on ack-node-1"].as_slice(),
        ),
        (&[("Biz", "sca_database")], &["mysql on db-1"]),
        (&[("Biz", "sca_database"), ("User", "root")], &[]),
        (&[web], both),
        (&[web, ("Uuid", &uuid(1))], first),
        (&[web, ("Remark", "web-1")], first),
        (&[web, ("Remark", "10.0.0.")], both),
        (&[web, ("ScaNamePattern", "NGI")], both),
        (&[web, ("ScaNamePattern", "apache")], &[]),
        (&[web, ("ScaName", "ngi")], &[]),
        (
            &[
                web,
                ("ScaName", "nginx"),
                ("ScaVersion", "1.24.0"),
                ("Port", "443"),
                ("Pid", "812"),
            ],
            both,
        ),
        (&[web, ("BizType", "jar")], &[]),
        (
            &[web, ("SearchItem", "type"), ("SearchInfo", "web_container")],
            both,
        ),
        (&[web, ("SearchItem", "type")], both),
        (&[web, ("SearchItemSub", "port"), ("SearchInfoSub", "80")], &[]),
        (
            &[
                web,
                ("SearchCriteriaList.1.Name", "name"),
                ("SearchCriteriaList.1.Value", "apache"),
            ],
            &[],
        ),
        (
            &[
                web,
                ("ProcessStartedStart", &before),
                ("ProcessStartedEnd", &after),
            ],
            both,
        ),
        (&[web, ("ProcessStartedStart", &after)], &[]),
        (&[web, ("ProcessStartedEnd", &before)], &[]),
    ] {
        assert_eq!(names(&list(&cloud, parameters)), expected, "{parameters:?}");
    }
    let unknown = [("SearchItem", "colour"), ("SearchInfo", "red")];
    assert_eq!(cloud.refused(ACTION, &unknown), "InvalidSearchItem");
    assert_eq!(
        cloud.refused(ACTION, &[("ProcessStartedEnd", "now")]),
        "InvalidProcessStartedEnd"
    );
}

#[test]
fn pages_are_counted_and_tokens_are_not() {
    let cloud = Cloud::new();
    let web = ("Biz", "sca_web");
    let page = list(&cloud, &[web, ("PageSize", "1"), ("CurrentPage", "2")]);
    assert_eq!(names(&page), ["nginx on web-2"]);
    assert_eq!(
        page["PageInfo"],
        json!({"Count": 1, "CurrentPage": 2, "PageSize": 1, "TotalCount": 2})
    );
    let by_token = [web, ("UseNextToken", "true"), ("PageSize", "1")];
    let first = list(&cloud, &by_token);
    let token = first["PageInfo"]["NextToken"].as_str().unwrap();
    assert_eq!(
        first["PageInfo"],
        json!({"Count": 1, "PageSize": 1, "NextToken": token})
    );
    let mut next = by_token.to_vec();
    next.push(("NextToken", token));
    let second = list(&cloud, &next);
    assert_eq!(
        (names(&second), &second["PageInfo"]["NextToken"]),
        (names(&page), &json!(""))
    );
}

#[test]
fn software_appears_when_its_server_was_looked_at_and_goes_with_it() {
    let cloud = Cloud::scanning(&[1, 2]);
    let components =
        |cloud: &Cloud| names(&list(cloud, &[("Biz", "sca_ai"), ("ScaNamePattern", "openclaw")]));
    let with_ai = |cloud: &Cloud| {
        let criteria = r#"[{"name":"aiStatus","value":"YES"}]"#;
        let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", criteria)]);
        reply.body["PageInfo"]["TotalCount"].as_i64().unwrap()
    };
    let collect = |cloud: &Cloud| {
        let name = "ASSETS_COLLECTION";
        cloud.ok(
            "GenerateOnceTask",
            &[("TaskType", name), ("TaskName", name), ("Param", "{}")],
        );
        cloud.step(109);
    };
    assert!(components(&cloud).is_empty());
    collect(&cloud);
    assert_eq!((components(&cloud), with_ai(&cloud)), (vec![], 0));
    cloud.step(1);
    assert_eq!(
        (components(&cloud), with_ai(&cloud)),
        (vec!["openclaw-gateway on web-2".to_owned()], 1)
    );
    let seen = list(&cloud, &[("Biz", "sca_ai")])["Propertys"][0]["CreateTimestamp"].as_i64();
    assert_eq!(seen, Some(cloud.shared.lock().clock.now().as_millisecond()));
    cloud.step(1);
    let now = cloud.shared.lock().clock.now();
    cloud.mainland(|centre| {
        let software = &mut centre.assets.get_mut(&uuid(2)).unwrap().software;
        software.get_mut("openclaw-gateway").unwrap().finding.fixed_at = Some(now);
    });
    assert_eq!(components(&cloud).len(), 1);
    collect(&cloud);
    cloud.step(1);
    assert_eq!((components(&cloud), with_ai(&cloud)), (vec![], 0));
}
