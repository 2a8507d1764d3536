"""Every action with every client and method: its case succeeds, and its own refusals are as documented."""

import uuid

import pytest

import clients
from clients.common import wire


def test_succeeds(world, action, case):
    parameters = case.request(world)
    before = world.sim.world()
    reply = world.call(action.name, parameters)
    record = world.sim.last_request()
    expected = {
        "action": action.name,
        "product": action.product,
        "version": action.version,
        "effect": action.effect,
        "method": world.client.method,
        "status": 200,
        "requestID": reply["RequestId"],
    }
    assert {name: record[name] for name in expected} == expected
    assert without_region(record["parameters"]) == without_region(sent(action, parameters))
    assert (world.sim.world() != before) == record["committed"]
    assert record["committed"] == (action.effect == "write")
    case.shows(world, reply)


def sent(action, parameters):
    """The flat parameters as the vendor's generated SDK makes them."""
    made = wire(action, parameters)
    return made.query | made.body


def without_region(parameters):
    """The older cores send their region with every request."""
    return {name: value for name, value in parameters.items() if name != "RegionId"}


@pytest.mark.narrow
def test_is_refused(world, action, case, refusal):
    """A refusal of the case: an error's code, or the fields of an answer that says no with HTTP 200."""
    change, expected = case.REFUSALS[refusal]
    parameters = case.request(world)
    change = change(world) if callable(change) else change
    parameters = {name: value for name, value in (parameters | change).items() if value is not None}
    with world.unchanged():
        assert outcome(world, action, parameters, expected) == expected
    assert not world.sim.last_request()["committed"]


def outcome(world, action, parameters, expected):
    """The code of the refusal, or those fields of the reply that are expected."""
    try:
        reply = world.call(action.name, parameters)
    except clients.Refused as refusal:
        return refusal.code
    return {name: reply.get(name) for name in expected} if isinstance(expected, dict) else reply


@pytest.mark.narrow
@pytest.mark.actions(where=lambda action: action.effect == "read" or action.client_token)
def test_reads_and_dry_runs_leave_no_trace(world, action, case):
    writes = action.effect == "write"
    parameters = case.request(world) | (getattr(case, "DRY_RUN", {"DryRun": True}) if writes else {})
    with world.unchanged():
        world.call(action.name, parameters)
    record = world.sim.last_request()
    assert (record["committed"], record["dryRun"]) == (False, writes)


@pytest.mark.narrow
@pytest.mark.actions(where=lambda action: action.client_token)
def test_runs_once_per_client_token(world, action, case):
    parameters = case.request(world) | {"ClientToken": str(uuid.uuid4())}
    first = world.call(action.name, parameters)
    assert world.sim.last_request()["committed"]
    with world.unchanged():
        again = world.call(action.name, parameters)
    assert not world.sim.last_request()["committed"]
    assert first.pop("RequestId") != again.pop("RequestId") and first == again
