"""DescribeCloudCenterInstances finds servers by criteria, in pages or by token."""

import json

# Each criterion alone, with the servers of the demo world that it finds.
FOUND = {
    ("alarmStatus", "NO"): ["build-1", "idc-1"],
    ("riskStatus", "NO"): ["build-1", "idc-1"],
    ("vulStatus", "YES"): ["web-1", "web-2"],
    ("asapVulStatus", "YES"): ["web-1", "web-2"],
    ("hcStatus", "YES"): ["web-1", "web-2"],
    ("exposedStatus", "YES"): [],
    ("containerStatus", "YES"): ["ack-node-1"],
    ("clusterNodeStatus", "true"): ["ack-node-1"],
    ("newInstance", "YES"): [],
    ("ecsType", "!0"): ["idc-1"],
    ("flag", "1|2"): ["idc-1"],
    ("importance", "important"): [],
    ("clientSubStatus", "uninstalled"): ["build-1"],
    ("alihipsStatus", "0"): [],
    ("noSuchCriterion", "YES"): [],
}

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
    for (name, value), names in FOUND.items():
        assert found(world, name, value) == names, (name, value)
    assert_risks_agree(world, world.server("web-1"))


def found(world, name, value):
    criteria = json.dumps([{"name": name, "value": value}])
    rows = world.call("DescribeCloudCenterInstances", {"Criteria": criteria, "PageSize": 100})["Instances"]
    return [row["InstanceName"] for row in rows]


def assert_risks_agree(world, row):
    """The counts of a row are those of the listings of alerts, vulnerabilities and checks."""
    uuid = row["Uuid"]
    alerts = world.call("DescribeSuspEvents", {"Uuids": uuid, "Dealed": "N"})
    kinds = "cve,sys,cms,app,emg,image,sca"
    vulnerabilities = world.call("DescribeGroupedVul", {"Uuids": uuid, "Dealed": "n", "Type": kinds})
    failed = {"UuidList": [uuid], "CheckWarningStatus": 1}
    checks = world.call("ListCheckItemWarningSummary", failed)["PageInfo"]
    counts = [row[name] for name in ("SafeEventCount", "VulCount", "HealthCheckCount")]
    assert counts == [listing["TotalCount"] for listing in (alerts, vulnerabilities, checks)]
    assert all(counts) and row["RiskStatus"] == "YES"
    assert json.loads(row["RiskCount"])["vul"] == row["VulCount"]
