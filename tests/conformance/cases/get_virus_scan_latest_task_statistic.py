"""GetVirusScanLatestTaskStatistic shows the newest virus scan: 0, 10, 100."""

import scans

REFUSALS = {}


def request(world):
    scans.scan_for_viruses(world, "web-1", "web-2")
    return {}


def shows(world, reply):
    assert reply["Data"]["Status"] in (0, 10) and reply["Data"]["ScanMachine"] == 2
    with world.later(scans.SCAN_SECONDS):
        done = world.call("GetVirusScanLatestTaskStatistic")["Data"]
    assert (done["Status"], done["Progress"], done["TaskId"]) == (100, "100", reply["Data"]["TaskId"])
    assert (done["CompleteMachine"], done["SafeMachine"], done["SuspiciousMachine"]) == (2, 1, 1)
    assert (done["SuspiciousCount"], done["RiskLevel"]) == (1, "high")
