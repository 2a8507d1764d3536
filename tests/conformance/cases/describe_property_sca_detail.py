"""DescribePropertyScaDetail lists software on servers: AI components after the next collection."""

import steps

REFUSALS = {
    "unknown field to search": ({"SearchItem": "colour", "SearchInfo": "red"}, "InvalidSearchItem"),
    "page zero": ({"CurrentPage": 0}, "InvalidCurrentPage"),
}


def request(world):
    criteria = [{"Name": "version", "Value": "1.24.0"}]
    return {
        "Biz": "sca_web",
        "ScaNamePattern": "ngin",
        "SearchCriteriaList": criteria,
        "CurrentPage": 1,
        "PageSize": 10,
    }


def shows(world, reply):
    first, second = reply["Propertys"]
    assert (first["InstanceName"], second["InstanceName"]) == ("web-1", "web-2")
    assert (first["Name"], first["Port"], first["ListenStatus"]) == ("nginx", "443", "LISTEN")
    # Milliseconds here, seconds there.
    assert first["CreateTimestamp"] > first["ProcessStarted"] * 100
    assert reply["PageInfo"] == {"Count": 2, "CurrentPage": 1, "PageSize": 10, "TotalCount": 2}
    assert by_token(world) == ["web-1", "web-2"]
    ai = {"Biz": "sca_ai", "ScaNamePattern": "openclaw"}
    assert world.call("DescribePropertyScaDetail", ai)["Propertys"] == []
    steps.collect_fingerprints(world, "web-2")
    with world.later(300):
        (row,) = world.call("DescribePropertyScaDetail", ai)["Propertys"]
    assert (row["Name"], row["InstanceName"]) == ("openclaw-gateway", "web-2")
    (contained,) = world.call("DescribePropertyScaDetail", {"Biz": "sca", "ScaName": "node"})["Propertys"]
    names = ("ContainerName", "ImageName", "PodName")
    assert [contained[name] for name in names] == ["shop", "shop:1.0.1", "shop-0"]


def by_token(world):
    names, token = [], None
    while token != "":
        more = {"NextToken": token} if token else {}
        page = world.call("DescribePropertyScaDetail", request(world) | {"UseNextToken": True, "PageSize": 1} | more)
        assert "TotalCount" not in page["PageInfo"]
        names += [row["InstanceName"] for row in page["Propertys"]]
        token = page["PageInfo"]["NextToken"]
    return names
