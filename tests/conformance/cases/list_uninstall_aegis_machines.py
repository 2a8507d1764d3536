"""ListUninstallAegisMachines lists servers without an agent; one that is unreachable has one."""

REFUSALS = {
    "unknown vendor": ({"Vendor": 6}, "InvalidVendor"),
    "page zero": ({"CurrentPage": 0}, "InvalidCurrentPage"),
    "no rows": ({"PageSize": 0}, "InvalidPageSize"),
}


def request(world):
    return {"CurrentPage": 1, "PageSize": 20, "Os": "linux", "Vendor": 0, "RegionIdStr": "cn-hangzhou"}


def shows(world, reply):
    (row,) = reply["MachineList"]
    assert (row["InstanceName"], row["Os"], row["RegionId"]) == ("build-1", "linux", "cn-hangzhou")
    assert (row["Uuid"], row["InstanceId"]) == (world.uuid("build-1"), world.instance("build-1"))
    assert (reply["CurrentPage"], reply["PageSize"], reply["TotalCount"]) == (1, 20, 1)
    world.call("AddUninstallClientsByUuids", {"Uuids": world.uuid("ack-node-1")})
    with world.later(30):
        rows = world.call("ListUninstallAegisMachines")["MachineList"]
        assert [row["InstanceName"] for row in rows] == ["ack-node-1", "build-1"]
