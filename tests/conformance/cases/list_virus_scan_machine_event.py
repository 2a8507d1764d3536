"""ListVirusScanMachineEvent lists the viruses that a scan has found on a server."""

import steps

REFUSALS = {"no page size": ({"PageSize": None}, "MissingPageSize")}


def request(world):
    return {"CurrentPage": 1, "PageSize": 20, "Uuid": world.uuid("web-2")}


def shows(world, reply):
    assert reply["Data"] == []
    steps.scan_for_viruses(world)
    with world.later(300):
        (event,) = world.call("ListVirusScanMachineEvent", request(world))["Data"]
    assert (event["EventName"], event["InstanceName"]) == ("Mining program", "web-2")
    assert event["Details"][0]["ValueDisplay"] == "/tmp/.x/kdevtmpfsi"
