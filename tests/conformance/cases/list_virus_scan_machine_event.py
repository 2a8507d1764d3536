"""ListVirusScanMachineEvent lists open virus events once a scan has found them."""

import scans

REFUSALS = {
    "no page": ({"CurrentPage": None}, "MissingCurrentPage"),
    "no size": ({"PageSize": None}, "MissingPageSize"),
}


def request(world):
    scans.scan_for_viruses(world, "web-1", "web-2")
    return {"CurrentPage": 1, "PageSize": 20, "Uuid": world.uuid("web-2")}


def shows(world, reply):
    assert reply["PageInfo"]["TotalCount"] == 0
    with world.later(scans.SCAN_SECONDS):
        (event,) = world.call("ListVirusScanMachineEvent", {"CurrentPage": 1, "PageSize": 20})["Data"]
    assert (event["EventName"], event["Level"], event["InstanceName"]) == ("Mining program", "serious", "web-2")
    assert event["Details"][0]["ValueDisplay"] == "/tmp/.x/kdevtmpfsi"
