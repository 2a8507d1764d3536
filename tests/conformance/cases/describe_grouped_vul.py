"""DescribeGroupedVul shows what scans have found: a new vulnerability after the next one."""

import steps

REFUSALS = {
    "unknown type": ({"Type": "bugs"}, "InvalidType"),
    "neither open nor handled": ({"Dealed": "maybe"}, "InvalidDealed"),
}


def request(world):
    return {"Type": "cve", "Dealed": "n", "CurrentPage": 1, "PageSize": 10}


def shows(world, reply):
    openssl = "oval:com.alibaba.alinux:def:20240112"
    kernel = "oval:com.alibaba.alinux:def:20250031"
    assert {row["Name"]: row["AsapCount"] for row in reply["GroupedVulItems"]} == {openssl: 2}
    steps.protect(world, "web-1", "web-3")
    world.call("ModifyStartVulScan", {"Types": "cve"})
    with world.later(300):
        rows = world.call("DescribeGroupedVul", request(world))["GroupedVulItems"]
    assert {row["Name"] for row in rows} == {openssl, kernel}
