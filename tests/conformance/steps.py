"""What cases do first, and what several of them know of the demo world."""

import json

UNKNOWN_SERVER = "00000000-0000-4000-8000-00000000dead"
STRATEGY = 8164248
VIRUS_SCAN = "VIRUS_SCAN_ONCE_TASK"


def protect(world, *names):
    """Gives servers of the demo world a seat of the highest edition."""
    bind = {"Bind": [world.uuid(name) for name in names], "AuthVersion": 7}
    assert world.call("BindAuthToMachine", bind)["ResultCode"] == 0


def select(world, target_type, *targets):
    """Makes a selection of servers the one that counts for virus scans, and gives its key."""
    config = {"BusinessType": VIRUS_SCAN, "TargetType": target_type, "Platform": "all"}
    key = world.call("CreateAssetSelectionConfig", config)["Data"]["SelectionKey"]
    if targets:
        operations = [{"Target": target, "Operation": "add"} for target in targets]
        added = {"SelectionKey": key, "TargetOperationList": operations}
        world.call("AddAssetSelectionCriteria", added)
        world.call("UpdateSelectionKeyByType", {"SelectionKey": key, "BusinessType": VIRUS_SCAN})
    return key


def scan_for_viruses(world):
    """Starts a virus scan of all servers."""
    key = select(world, "all_instance")
    world.call("CreateVirusScanOnceTask", {"ScanType": "system", "SelectionKey": key})


def collect_fingerprints(world, *names):
    """Starts a collection of assets on some servers, and gives its task id."""
    param = {"items": "ACCOUNT_SNAPSHOT", "uuids": ",".join(world.uuid(name) for name in names)}
    collection = {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION", "Param": json.dumps(param)}
    return world.call("GenerateOnceTask", collection)["TaskId"]


# Alerts of the demo world, by what they are about.
LOGON, MINER, WEB_SHELL, REVERSE_SHELL, OFFLINE_MINER, HANDLED, NOT_OPERABLE = range(702173401, 702173408)
UNKNOWN_ALERT = 424242


def handle(world, operation, *alerts, **more):
    """Handles alerts, and gives the task id."""
    ids = [str(alert) for alert in alerts]
    reply = world.call("HandleSecurityEvents", {"OperationCode": operation, "SecurityEventIds": ids} | more)
    return reply["HandleSecurityEventsResponse"]["TaskId"]


def quarantine(world):
    """Puts the web shell into quarantine; it takes some seconds."""
    protect(world, "web-3")
    handle(world, "quara", WEB_SHELL, OperationParams="{}")


def alert_status(world, alert):
    """The EventStatus of an alert."""
    (row,) = world.call("DescribeSuspEvents", {"From": "sas", "Id": alert})["SuspEvents"]
    return row["EventStatus"]
