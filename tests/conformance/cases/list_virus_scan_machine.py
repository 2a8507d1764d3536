"""ListVirusScanMachine lists servers that were scanned, with their virus events."""

import scans

REFUSALS = {
    "no page": ({"CurrentPage": None}, "MissingCurrentPage"),
    "no size": ({"PageSize": None}, "MissingPageSize"),
}


def request(world):
    scans.scan_for_viruses(world, "web-1", "web-2")
    return {"CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    assert reply["Data"] == []
    with world.later(scans.SCAN_SECONDS):
        page = {"CurrentPage": 1, "PageSize": 20}
        rows = world.call("ListVirusScanMachine", page)["Data"]
        assert [(row["InstanceName"], row["EventCount"]) for row in rows] == [("web-1", 0), ("web-2", 1)]
        (found,) = world.call("ListVirusScanMachine", page | {"Remark": "web-2"})["Data"]
        assert found["Uuid"] == world.uuid("web-2")
