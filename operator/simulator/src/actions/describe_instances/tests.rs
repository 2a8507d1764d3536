use crate::testing::{Cloud, Signing, instance, uuid, v1, v3};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

fn names(cloud: &Cloud, more: &[(&str, &str)]) -> Vec<String> {
    let mut parameters = vec![REGION];
    parameters.extend(more);
    let body = cloud.call("DescribeInstances", &parameters).body;
    let rows = body["Instances"]["Instance"].as_array().unwrap().clone();
    rows.iter()
        .map(|row| row["InstanceName"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn instances_of_the_region_are_found_by_each_filter() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let asset = centre.assets.get_mut(&uuid(2)).unwrap();
        asset.running = false;
        asset.internet_ip = "198.51.100.2".to_owned();
        // Security Center has not noticed it, ECS has it all the same.
        let asset = centre.assets.get_mut(&uuid(3)).unwrap();
        asset.listed = false;
        asset.image_id = "m-own".to_owned();
        asset.resource_group_id = "rg-web".to_owned();
        asset.instance_charge_type = "PrePaid".to_owned();
        asset.vpc_instance_id = "vpc-other".to_owned();
        asset.cores = 8;
    });
    let ids = format!(r#"["{}","i-none","{}"]"#, instance(1), instance(3));
    for (filter, expected) in [
        (&[][..], &["web-1", "web-2", "web-3", "web-4", "build-1"][..]),
        (&[("InstanceIds", ids.as_str())], &["web-1", "web-3"]),
        (
            &[("InstanceName", "web-*")],
            &["web-1", "web-2", "web-3", "web-4"],
        ),
        (&[("InstanceName", "web")], &[]),
        (&[("Status", "Stopped")], &["web-2"]),
        (&[("PublicIpAddresses", r#"["198.51.100.2"]"#)], &["web-2"]),
        (&[("PrivateIpAddresses", r#"["10.0.0.4"]"#)], &["web-4"]),
        (
            &[
                ("Tag.1.Key", "env"),
                ("Tag.1.Value", "demo"),
                ("Status", "Stopped"),
            ],
            &["web-2"],
        ),
        (&[("Tag.1.Key", "none")], &[]),
        (&[("Status", "Stop*")], &[]),
        (&[("InstanceIds", "[]")], &[]),
        (&[("ImageId", "m-own")], &["web-3"]),
        (&[("ResourceGroupId", "rg-web")], &["web-3"]),
        (&[("InstanceChargeType", "PrePaid")], &["web-3"]),
        (&[("VpcId", "vpc-other")], &["web-3"]),
        (&[("InstanceType", "ecs.g7.2xlarge")], &["web-3"]),
        (
            &[
                ("InstanceTypeFamily", "ecs.g7"),
                ("InstanceNetworkType", "vpc"),
                ("IoOptimized", "true"),
                ("HttpTokens", "optional"),
                ("Status", "Stopped"),
            ],
            &["web-2"],
        ),
        (&[("InstanceNetworkType", "classic")], &[]),
        (&[("IoOptimized", "false")], &[]),
        (&[("SecurityGroupId", "sg-1")], &[]),
        (&[("Ipv6Address.1", "2001:db8::1")], &[]),
        (&[("Filter.1.Key", "CreationStartTime")], &[]),
        (&[("ZoneId", "cn-hangzhou-b")], &[]),
        (&[("RegionId", "cn-shanghai")], &["ack-node-1", "db-1"]),
        (&[("RegionId", "ap-southeast-1")], &["sg-web-1", "sg-web-2"]),
        (&[("RegionId", "eu-central-1")], &[]),
    ] {
        assert_eq!(names(&cloud, filter), expected, "{filter:?}");
    }
}

#[test]
fn a_physical_region_is_not_one_of_ecs() {
    let cloud = Cloud::new();
    for (region, code, status) in [
        ("cn-hangzhou-dg-a01", "RegionId.ApiNotSupported", 400),
        ("cn-atlantis", "InvalidRegionId.NotFound", 404),
        ("", "MissingRegionId", 400),
    ] {
        let reply = cloud.call("DescribeInstances", &[("RegionId", region)]);
        assert_eq!((reply.code(), reply.status), (code, status), "{region}");
    }
}

#[test]
fn an_endpoint_serves_its_own_region() {
    let cloud = Cloud::new();
    for (number, (host, path, region, code)) in [
        ("ecs-cn-hangzhou.aliyuncs.com", "/", "cn-hangzhou", ""),
        ("ecs-cn-hangzhou.aliyuncs.com", "/", "cn-shanghai-finance-1", ""),
        ("ecs.cn-shanghai.aliyuncs.com", "/", "cn-shanghai", ""),
        ("127.0.0.1:1", "/cn-hangzhou/", "cn-hangzhou", ""),
        ("127.0.0.1:1", "/", "us-west-1", ""),
        (
            "ecs-cn-hangzhou.aliyuncs.com",
            "/",
            "cn-beijing",
            "InvalidOperation.NotSupportedEndpoint",
        ),
        (
            "ecs.cn-shanghai.aliyuncs.com",
            "/",
            "cn-hangzhou",
            "InvalidOperation.NotSupportedEndpoint",
        ),
        (
            "127.0.0.1:1",
            "/us-west-1",
            "us-east-1",
            "InvalidOperation.NotSupportedEndpoint",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let signing = |version| Signing {
            host: host.to_owned(),
            path: path.to_owned(),
            ..Signing::nonce(&format!("{version}-{number}"))
        };
        let region = [("RegionId", region)];
        let replies = [
            cloud.send(&v1(&signing("V1"), "DescribeInstances", &region)),
            cloud.send(&v3(&signing("V3"), "DescribeInstances", &region, b"")),
        ];
        for reply in replies {
            assert_eq!(reply.code(), code, "{host}{path} {region:?}");
        }
    }
}

#[test]
fn wrong_lists_and_dry_runs_are_refused() {
    let cloud = Cloud::new();
    let many = serde_json::to_string(&vec!["i-1"; 101]).unwrap();
    for (more, code) in [
        (("InstanceIds", "i-1"), "InvalidInstanceIds.Malformed"),
        (("InstanceIds", many.as_str()), "InvalidInstanceIds.Malformed"),
        (("Tag.1.Value", "x"), "MissingTagKey"),
        (("DryRun", "true"), "DryRunOperation"),
        (("PageNumber", "0"), "InvalidParameter.PageNumber"),
        (("PageNumber", "first"), "InvalidParameter.PageNumber"),
        (("PageSize", "0"), "InvalidParameter.PageSize"),
        (("IoOptimized", "maybe"), "InvalidIoOptimized"),
    ] {
        assert_eq!(
            cloud.call("DescribeInstances", &[REGION, more]).code(),
            code,
            "{more:?}"
        );
    }
}

#[test]
fn an_instance_shows_what_security_center_and_ecs_agree_on() {
    let cloud = Cloud::new();
    let body = cloud.call("DescribeInstances", &[REGION, ("PageSize", "1")]).body;
    let row = &body["Instances"]["Instance"][0];
    assert_eq!(
        (&row["InstanceId"], &row["Status"]),
        (&instance(1).into(), &"Running".into())
    );
    assert_eq!(
        row["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0],
        "10.0.0.1"
    );
    assert_eq!((&row["Cpu"], &row["Memory"]), (&2.into(), &4096.into()));
    assert_eq!((&body["TotalCount"], &body["PageSize"]), (&5.into(), &1.into()));
}
