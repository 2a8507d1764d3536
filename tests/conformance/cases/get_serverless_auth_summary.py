"""GetServerlessAuthSummary tells the switches and contract that DescribeVersionConfig tells."""

REFUSALS = {
    "unknown kind of machine": ({"MachineType": "ecs"}, "InvalidMachineType"),
    "unknown service": ({"VendorType": "ECS"}, "InvalidVendorType"),
}


def request(world):
    return {"VendorType": "SAE"}


def shows(world, reply):
    config = world.call("DescribeVersionConfig")
    assert reply["Data"]["PostPaidModuleSwitch"] == config["PostPayModuleSwitch"]
    assert reply["Data"]["PostpaidInstanceId"] == config["PostPayInstanceId"]
