"""Shorthands for the cases about scans."""

VIRUS = "VIRUS_SCAN_ONCE_TASK"
# A scan of the demo world takes a little over a minute.
SCAN_SECONDS = 120


def strategy(world):
    """The id of the demo world's baseline strategy."""
    return int(next(iter(world.centre()["scans"]["strategies"])))


def protect(world, *names):
    """Gives servers protection, without which no scan looks at them."""
    world.sim.patch_centre({"assets": {world.uuid(name): {"authVersion": 7} for name in names}})


def forget(world):
    """Removes the scans of yesterday."""
    world.sim.patch_centre({"scans": {"tasks": None}})


def tasks(world, kind):
    """The scans of a type that the world holds."""
    held = world.centre()["scans"]["tasks"].values()
    return [task for task in held if task["type"] == kind]


def push(world, names, checks):
    """Pushes checks to servers."""
    uuids = ",".join(world.uuid(name) for name in names)
    return world.call("ModifyPushAllTask", {"Uuids": uuids, "Tasks": checks})


def create(world, target_type="instance", **more):
    """Creates a selection for a virus scan and returns its key."""
    selection = {"BusinessType": VIRUS, "TargetType": target_type, **more}
    return world.call("CreateAssetSelectionConfig", selection)["Data"]["SelectionKey"]


def select(world, *names):
    """Selects servers for a virus scan and makes the selection count; returns its key."""
    key = create(world)
    world.call("AddAssetSelectionCriteria", {"SelectionKey": key, "TargetOperationList": adding(world, *names)})
    world.call("UpdateSelectionKeyByType", {"BusinessType": VIRUS, "SelectionKey": key})
    return key


def adding(world, *names):
    return [{"Target": world.uuid(name), "Operation": "add"} for name in names]


def scan_for_viruses(world, *names):
    """Starts a virus scan of these servers."""
    protect(world, *names)
    return world.call("CreateVirusScanOnceTask", {"ScanType": "system", "SelectionKey": select(world, *names)})


def collect(world):
    """Starts a fingerprint collection and returns its task id."""
    return world.call("GenerateOnceTask", COLLECTION)["TaskId"]


COLLECTION = {
    "TaskType": "ASSETS_COLLECTION",
    "TaskName": "ASSETS_COLLECTION",
    "Param": '{"items":"ACCOUNT_SNAPSHOT,PORT_SNAPSHOT"}',
}
