"""UpdatePostPaidBindRel binds servers to pay-as-you-go editions, several of them in one call."""


def binding(version, *uuids):
    return {"BindAction": [{"Version": version, "UuidList": list(uuids)}]}


REFUSALS = {
    "nothing to do": ({"BindAction": None}, {"ResultCode": 1}),
    "unknown edition": (lambda world: binding("4", world.uuid("web-1")), {"ResultCode": 1}),
    "unknown server": (binding("3", "00000000-0000-4000-8000-00000000dead"), {"ResultCode": 1}),
}


def request(world):
    web = [world.uuid("web-1"), world.uuid("web-2")]
    # It has a seat of the subscription, which goes before.
    world.sim.patch_centre({"assets": {world.uuid("ack-node-1"): {"authVersion": 1}}})
    return {
        "BindAction": [
            {"Version": "3", "UuidList": web},
            {"Version": "7", "UuidList": [world.uuid("ack-node-1")]},
        ]
    }


def shows(world, reply):
    assert (reply["ResultCode"], reply["BindCount"]) == (0, 3)
    node = world.server("ack-node-1")
    assert (node["AuthVersion"], node["PostPaidFlag"]) == (7, 1)
    world.sim.patch_centre({"payAsYouGo": {"arrears": True}})
    refused = world.call("UpdatePostPaidBindRel", binding("3", world.uuid("web-3")))
    assert refused["ResultCode"] == 5, "arrears"
