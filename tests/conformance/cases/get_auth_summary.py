"""GetAuthSummary counts seats and servers."""

REFUSALS = {}


def request(world):
    return {}


def shows(world, reply):
    quotas = {row["Version"]: row["TotalEcsAuthCount"] for row in reply["VersionSummary"]}
    assert quotas == {3: 6, 7: 4}
    listed = world.call("DescribeCloudCenterInstances", {"PageSize": 1})["PageInfo"]["TotalCount"]
    assert reply["Machine"]["TotalEcsCount"] == listed
