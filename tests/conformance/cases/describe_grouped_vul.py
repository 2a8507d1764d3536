"""DescribeGroupedVul shows what a scan has found, until a later one misses it."""

import scans

REFUSALS = {
    "alert's spelling": ({"Dealed": "N"}, "InvalidDealed"),
    "unknown type": ({"Type": "virus"}, "InvalidType"),
    "no page": ({"CurrentPage": 0}, "InvalidCurrentPage"),
}
OPENSSL = "oval:com.alibaba.alinux:def:20240112"


def request(world):
    scans.protect(world, "web-1", "web-2", "web-3")
    return {"Type": "cve", "Dealed": "n", "Necessity": "asap,later", "CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    assert [(row["Name"], row["AsapCount"]) for row in reply["GroupedVulItems"]] == [(OPENSSL, 2)], "yesterday's"
    scans.push(world, ["web-1", "web-2", "web-3"], "OVAL_ENTITY,SCA")
    now = world.call("DescribeGroupedVul", {"PageSize": 1})
    assert (now["TotalCount"], now["PageSize"], len(now["GroupedVulItems"])) == (1, 1, 1)
    with world.later(scans.SCAN_SECONDS):
        found = {row["AliasName"].split()[1]: row for row in world.call("DescribeGroupedVul")["GroupedVulItems"]}
        assert (found["kernel"]["LaterCount"], found["openssl"]["AsapCount"]) == (3, 2)
        (log4j,) = world.call("DescribeGroupedVul", {"Type": "sca"})["GroupedVulItems"]
        assert log4j["Related"] == "CVE-2021-44228" and log4j["GmtFirst"] == log4j["GmtLast"]
    fixed = {"servers": {world.uuid("web-1"): {"fixedAt": "2020-01-01T00:00:00Z"}}}
    world.sim.patch_centre({"scans": {"vulnerabilities": {OPENSSL: fixed}}})
    with world.later(scans.SCAN_SECONDS):
        (left,) = world.call("DescribeGroupedVul", {"AliasName": "openssl"})["GroupedVulItems"]
        assert left["AsapCount"] == 1
