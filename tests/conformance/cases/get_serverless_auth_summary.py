"""GetServerlessAuthSummary tells the switches and contract that DescribeVersionConfig tells."""

REFUSALS = {}


def request(world):
    return {"VendorType": 0}


def shows(world, reply):
    config = world.call("DescribeVersionConfig")
    assert reply["Data"]["PostPaidModuleSwitch"] == config["PostPayModuleSwitch"]
    assert reply["Data"]["PostpaidInstanceId"] == config["PostPayInstanceId"]
