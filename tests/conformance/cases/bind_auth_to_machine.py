"""BindAuthToMachine gives a server a seat; the list of servers shows it, and the lock keeps it."""

REFUSALS = {
    "nothing to do": ({"Bind": None}, {"ResultCode": 1}),
    "unknown edition": ({"AuthVersion": 4}, {"ResultCode": 1}),
    "unknown server": ({"Bind": ["00000000-0000-4000-8000-00000000dead"]}, {"ResultCode": 1}),
    "more servers than seats": (
        lambda world: {"Bind": [world.uuid(f"web-{number}") for number in (1, 2, 3, 4)]},
        {"ResultCode": 2, "InsufficientEcsCount": 1},
    ),
    "no number": ({"AuthVersion": "best"}, "InvalidAuthVersion"),
}


def request(world):
    return {"Bind": [world.uuid("web-1")], "AuthVersion": 7}


def shows(world, reply):
    assert (reply["ResultCode"], reply["BindCount"]) == (0, 1)
    bound = world.server("web-1")
    assert (bound["AuthVersion"], bound["Bind"], bound["PostPaidFlag"]) == (7, True, 0)
    unbind = {"UnBind": [world.uuid("web-1")]}
    assert world.call("BindAuthToMachine", unbind)["ResultCode"] == 1, "within 30 days"
    world.sim.patch_centre({"subscription": {"allowUserUnbind": True}})
    assert world.call("BindAuthToMachine", unbind)["UnBindCount"] == 1
    assert world.server("web-1")["AuthVersion"] == 1
