"""GetVirusScanLatestTaskStatistic follows the newest virus scan: 0 or 10, then 100."""

import steps

REFUSALS = {}


def request(world):
    steps.scan_for_viruses(world)
    return {}


def shows(world, reply):
    assert reply["Data"]["Status"] in (0, 10) and reply["Data"]["CompleteMachine"] == 0
    with world.later(300):
        data = world.call("GetVirusScanLatestTaskStatistic")["Data"]
    assert (data["Status"], data["Progress"], data["SuspiciousMachine"]) == (100, "100", 1)
    assert data["CompleteMachine"] + data["UnCompleteMachine"] == data["ScanMachine"]
