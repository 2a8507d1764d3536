"""DescribeInstances lists the instances of a region, whether or not Security Center knows them."""

import json

REGION = "cn-hangzhou"

# Filters, with the instances of the demo world that they find.
FOUND = [
    ({"InstanceName": "web-*", "Status": "Running", "MaxResults": 50}, ["web-1", "web-2", "web-3", "web-4"]),
    ({"InstanceName": "web"}, []),
    ({"Status": "Stopped"}, []),
    ({"PrivateIpAddresses": '["10.0.0.2"]', "InstanceChargeType": "PostPaid"}, ["web-2"]),
    ({"InstanceChargeType": "PrePaid"}, []),
    ({"ImageId": "m-none"}, []),
    ({"ResourceGroupId": "rg-none"}, []),
    ({"InstanceIds": "[]"}, []),
    ({"SecurityGroupId": "sg-none"}, []),
]

REFUSALS = {
    "no such region": ({"RegionId": "cn-atlantis"}, "InvalidRegionId.NotFound"),
    "a physical region": ({"RegionId": "cn-hangzhou-dg-a01"}, "RegionId.ApiNotSupported"),
    "ids that are no JSON": ({"InstanceIds": "i-1"}, "InvalidInstanceIds.Malformed"),
    "only to check": ({"DryRun": True}, "DryRunOperation"),
    "a page before the first": ({"PageNumber": -1}, "InvalidParameter.PageNumber"),
    "an empty page": ({"PageSize": 0}, "InvalidParameter.PageSize"),
}


def request(world):
    ids = [world.instance("web-1"), "i-none", world.instance("web-4")]
    return {"RegionId": REGION, "InstanceIds": json.dumps(ids), "PageSize": 50}


def shows(world, reply):
    rows = reply["Instances"]["Instance"]
    assert [row["InstanceName"] for row in rows] == ["web-1", "web-4"]
    assert {row["RegionId"] for row in rows} == {REGION} and reply["TotalCount"] == 2
    assert rows[0]["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] == ["10.0.0.1"]
    for filters, names in FOUND:
        rows = world.call("DescribeInstances", {"RegionId": REGION, **filters})["Instances"]["Instance"]
        assert [row["InstanceName"] for row in rows] == names, filters
    elsewhere = world.call("DescribeInstances", {"RegionId": "cn-beijing"})
    assert elsewhere["Instances"]["Instance"] == []
