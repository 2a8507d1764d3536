"""CreateVirusScanOnceTask scans what counts at that moment, whatever key it is sent."""

import scans

REFUSALS = {
    "unknown key": ({"SelectionKey": "00000000-0000-4000-8000-00000000dead"}, "InvalidSelectionKey"),
    "unknown scan": ({"ScanType": "quick"}, "InvalidScanType"),
    "user scan of nothing": ({"ScanType": "user", "ScanPath": None}, "MissingScanPath"),
}


def request(world):
    scans.protect(world, "web-1", "web-2")
    return {"ScanType": "user", "ScanPath": ["/opt", "/tmp"], "SelectionKey": scans.select(world, "web-1")}


def shows(world, reply):
    (task,) = scans.tasks(world, "VIRUS_VUL_SCHEDULE_SCAN")
    assert task["servers"] == {world.uuid("web-1"): "accepted"}
    first, second = scans.select(world, "web-1"), scans.select(world, "web-2")
    world.call("CreateVirusScanOnceTask", {"SelectionKey": first})
    (overwritten,) = [task for task in scans.tasks(world, "VIRUS_VUL_SCHEDULE_SCAN") if task["selectionKey"] == second]
    assert overwritten["servers"].keys() == {world.uuid("web-2")}, "the other chain's selection"
