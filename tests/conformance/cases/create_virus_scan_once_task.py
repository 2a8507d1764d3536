"""CreateVirusScanOnceTask scans what the slot holds at that moment."""

import steps

REFUSALS = {
    "unknown key": ({"SelectionKey": steps.UNKNOWN_SERVER}, "InvalidSelectionKey"),
    "unknown scan": ({"ScanType": "quick"}, "InvalidScanType"),
    "no path for a scan of paths": ({"ScanType": "user"}, "MissingScanPath"),
}


def request(world):
    key = steps.select(world, "instance", world.uuid("web-1"), world.uuid("web-2"))
    return {"ScanType": "system", "SelectionKey": key}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    steps.select(world, "all_instance")
    data = world.call("GetVirusScanLatestTaskStatistic")["Data"]
    assert data["ScanMachine"] == 2
