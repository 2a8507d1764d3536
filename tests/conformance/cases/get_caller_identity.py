"""GetCallerIdentity tells whose key it is."""

REFUSALS = {}


def request(world):
    return {}


def shows(world, reply):
    assert (reply["AccountId"], reply["IdentityType"]) == (world.sim.account, "Account")
    assert reply["Arn"].startswith(f"acs:ram::{world.sim.account}:")
