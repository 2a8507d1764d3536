"""OperateAgentClientInstall makes a record per server; the agent is installed first and online later."""

REFUSALS = {
    "no servers": ({"InstanceIds": None}, "MissingUuids"),
    "no region": ({"Region": None}, "MissingRegion"),
    "no system": ({"Os": None}, "MissingOs"),
    "unknown system": ({"Os": "beos"}, "InvalidOs"),
}


def request(world):
    return {"InstanceIds": world.instance("build-1"), "Region": "cn-hangzhou", "Os": "linux", "Lang": "en"}


def shows(world, reply):
    (row,) = reply["AegisCelintInstallResposeList"]
    assert (row["Uuid"], row["InstanceId"]) == (world.uuid("build-1"), world.instance("build-1"))
    assert row["RecordId"] > 0
    with world.later(30):
        assert world.server("build-1")["ClientStatus"] == "offline"
    with world.later(60):
        assert world.server("build-1")["ClientStatus"] == "online"
    world.sim.patch_centre({"settings": {"agents": {"oneClickGranted": False}}})
    world.refused("InstallNotGranted", "OperateAgentClientInstall", request(world))
