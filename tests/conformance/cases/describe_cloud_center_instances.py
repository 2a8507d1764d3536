"""DescribeCloudCenterInstances finds servers by criteria, in pages or by token."""

import json

REFUSALS = {
    "criteria that are no JSON": ({"Criteria": "web"}, "InvalidCriteria"),
    "a page before the first": ({"CurrentPage": -1}, "InvalidCurrentPage"),
}


def request(world):
    criteria = [{"name": "groupName", "value": "web"}, {"name": "clientStatus", "value": "online"}]
    return {"Criteria": json.dumps(criteria), "LogicalExp": "AND", "CurrentPage": 2, "PageSize": 3}


def shows(world, reply):
    assert [row["InstanceName"] for row in reply["Instances"]] == ["web-4"]
    assert (reply["PageInfo"]["TotalCount"], reply["PageInfo"]["Count"]) == (4, 1)
    (row,) = reply["Instances"]
    assert row["Region"] != row["RegionId"] and row["Uuid"] == world.uuid("web-4")
