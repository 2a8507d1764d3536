"""AddUninstallClientsByUuids answers nothing; the agents are gone half a minute later."""

REFUSALS = {"no servers": ({"Uuids": None}, "MissingUuids")}


def request(world):
    return {"Uuids": f"{world.uuid('idc-1')},{world.uuid('web-1')},u-none"}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    with world.later(29):
        assert agent(world, "idc-1") == ("online", "online")
    with world.later(30):
        assert agent(world, "idc-1") == agent(world, "web-1") == ("offline", "uninstalled")
        assert agent(world, "web-2") == ("online", "online")


def agent(world, name):
    server = world.server(name)
    return server["ClientStatus"], server["ClientSubStatus"]
