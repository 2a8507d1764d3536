"""AssumeRole gives a key that acts as the role; the world does not show it."""

import clients

REFUSALS = {
    "no such role": (lambda world: {"RoleArn": f"acs:ram::{world.sim.account}:role/none"}, "EntityNotExist.Role"),
    "not a role": (lambda world: {"RoleArn": f"acs:ram::{world.sim.account}:user/none"}, "InvalidParameter.RoleArn"),
    "no role": ({"RoleArn": None}, "MissingRoleArn"),
    "no session": ({"RoleSessionName": None}, "MissingRoleSessionName"),
    "blank in the session's name": ({"RoleSessionName": "a b"}, "InvalidParameter.RoleSessionName"),
    "too short": ({"DurationSeconds": 899}, "InvalidParameter.DurationSeconds"),
    "too long": ({"DurationSeconds": 43201}, "InvalidParameter.DurationSeconds"),
    "broken policy": ({"Policy": "{"}, "InvalidParameter.PolicyGrammar"),
}


def request(world):
    return {
        "RoleArn": f"acs:ram::{world.sim.account}:role/sas-operator",
        "RoleSessionName": "conformance",
        "DurationSeconds": 900,
    }


def shows(world, reply):
    acts_as(world, reply, "conformance")


def acts_as(world, reply, session):
    """The key of the reply acts as the demo world's role."""
    assert reply["AssumedRoleUser"]["Arn"].endswith(f":role/sas-operator/{session}")
    given = reply["Credentials"]
    key = clients.Key(given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"])
    caller = world.call("GetCallerIdentity", key=key)
    assert caller["IdentityType"] == "AssumedRoleUser"
    assert caller["Arn"] == f"acs:ram::{world.sim.account}:assumed-role/sas-operator/{session}"
    world.call("GetAuthSummary", key=key)
