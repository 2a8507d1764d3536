"""DescribeAgentInstallStatus tells how installations go and why they failed."""

REFUSALS = {"no servers": ({"Uuids": None}, "MissingUuids")}


def request(world):
    uuids = ",".join(world.uuid(name) for name in ("build-1", "web-1", "idc-1"))
    world.call("OperateAgentClientInstall", {"Uuids": uuids})
    return {"Uuids": f"{uuids},{world.uuid('db-1')},u-none"}


def shows(world, reply):
    assert results(world, reply) == {
        "build-1": (0, "-1"),
        "web-1": (2, "1010"),
        "idc-1": (2, "1010"),
        "db-1": (1, "0"),
    }
    with world.later(30):
        later = world.call("DescribeAgentInstallStatus", {"Uuids": world.uuid("build-1")})
    assert results(world, later) == {"build-1": (1, "0")}


def results(world, reply):
    names = {world.uuid(name): name for name in ("build-1", "web-1", "idc-1", "db-1")}
    rows = reply["AegisClientInvokeStatusResponseList"]
    assert all(row["Message"] for row in rows)
    return {names[row["Uuid"]]: (row["Result"], row["ResuleCode"]) for row in rows}
