"""What the gateway refuses, for every action: nothing of a refused request is carried out."""

import json

import pytest

import clients

pytestmark = pytest.mark.narrow
signed = pytest.mark.actions(where=lambda action: action.signed)

OTHER_ACCOUNT = "9876543210987654"
OTHER_KEY = clients.Key("LTAI5tOtherAccountKey", "other-account-secret")
TEMPORARY = clients.Key("STS.temporary", "temporary-secret", "CAIS+token/with=all*of~the% characters")


@pytest.fixture
def refused(world, action, case):
    """Calls the action with its case's parameters; the refusal must be this one and change nothing."""
    parameters = case.request(world)

    def check(code, status=None, **options):
        with world.unchanged():
            refusal = world.refused(code, action.name, parameters, status=status, **options)
        record = world.sim.last_request()
        assert (record["action"], record["code"], record["committed"]) == (action.name, code, False)
        assert refusal.request_id in (record["requestID"], None)
        return refusal

    return check


@signed
def test_wrong_secret(world, refused):
    """The server's string to sign is the client's own, as far as the client lets it be known."""
    wrong = world.key._replace(secret="wrong")
    refusal = refused("SignatureDoesNotMatch", 400, key=wrong)
    assert refusal.same_text in (True, None), refusal.message
    compares = not world.client.name.startswith("darabonba")
    assert compares == (refusal.same_text is not None)


@signed
def test_unknown_key(refused):
    refused("InvalidAccessKeyId.NotFound", 404, key=clients.Key("LTAI5tNobody", "secret"))


@signed
def test_disabled_key(world, refused):
    world.sim.patch_account({"keys": {world.key.id: {"active": False}}})
    refused("InvalidAccessKeyId.Inactive", 400)


@signed
@pytest.mark.parametrize("seconds", [920, -920])
def test_clock_too_far_off(world, refused, seconds):
    world.sim.patch({"acceptRealTime": False})
    with world.sim.shifted(seconds):
        refused("InvalidTimeStamp.Expired", 400)


@pytest.mark.actions(where=lambda action: action.name == "BindAuthToMachine")
@pytest.mark.parametrize("seconds", [7200, -7200])
def test_clients_that_know_the_real_time_only_follow_a_stepped_clock(world, action, case, seconds):
    """The vendor's clients sign their own machine's time, whatever the Date header says."""
    parameters = case.request(world)
    with world.later(seconds):
        assert world.call(action.name, parameters)["ResultCode"] == 0


@signed
def test_no_permission(world, action, refused):
    world.sim.patch_account({"keys": {world.key.id: {"deny": [action.ram_action]}}})
    code = "Forbidden.RAM" if action.product == "ecs" else "NoPermission"
    refusal = refused(code, 403)
    if refusal.denial is not None:
        assert refusal.denial["AuthAction"] == action.ram_action
        assert refusal.denial["NoPermissionType"] == "ExplicitDeny"
    assert refusal.denial is not None or world.client.name.startswith("core")


@signed
def test_temporary_key(world, action, refused):
    key = {
        "accessKeySecret": TEMPORARY.secret,
        "securityToken": TEMPORARY.token,
        "expiresAt": "2099-01-01T00:00:00Z",
        "userName": "operator",
    }
    world.sim.patch_account({"keys": {TEMPORARY.id: key}})
    refused("InvalidSecurityToken.Malformed", key=TEMPORARY._replace(token="foreign"))
    world.sim.patch_account({"keys": {TEMPORARY.id: {"expiresAt": "2020-01-01T00:00:00Z"}}})
    refused("InvalidSecurityToken.Expired", key=TEMPORARY)


def test_throttled(world, action, refused):
    world.sim.fault(kind="throttle", action=action.name, retryAfterMilliseconds=1234)
    refusal = refused("Throttling.User", 400)
    tells_throttling = refusal.throttled is not None
    assert not tells_throttling or (refusal.throttled, refusal.retry_after) == (True, 1234)
    world.sim.patch_account({"rateLimits": {"actions": {action.name: {"perSecond": 0.001, "burst": 0}}}})
    refusal = refused("Throttling.Api", 400)
    assert not tells_throttling or (refusal.throttled and refusal.retry_after > 1234)


@signed
def test_nonce_used_twice(world, action, case, replay):
    """The first of two equal requests is carried out, the second is refused."""
    parameters = case.request(world)
    world.refused("SignatureNonceUsed", action.name, parameters, status=400, endpoint=replay.endpoint)
    first, second = world.sim.requests()[-2:]
    assert first["nonce"] == second["nonce"] and first["status"] == 200
    assert first["committed"] == (action.effect == "write") and not second["committed"]


def test_unknown_version(world, action, case):
    parameters = case.request(world)
    other = action._replace(version="2014-11-01")
    with world.unchanged(), pytest.raises(clients.Refused) as refused:
        world.client.call(world.sim.endpoint, world.key, other, parameters)
    assert (refused.value.code, refused.value.status) == ("InvalidVersion", 400)


@pytest.mark.actions(where=lambda action: "GET" not in action.methods)
def test_get_of_an_action_that_must_be_posted(world, action, case, pytestconfig):
    parameters = case.request(world)
    name = world.client.name.removesuffix("post") + "get"
    (getting,) = [client for client in pytestconfig.clients if client.name == name]
    with world.unchanged(), pytest.raises(clients.Refused) as refused:
        getting.call(world.sim.endpoint, world.key, action, parameters)
    assert (refused.value.code, refused.value.status) == ("UnsupportedHTTPMethod", 400)


def test_another_account_sees_and_changes_nothing(world, action, case):
    """The same request with a key of an account that owns nothing."""
    world.sim.patch(
        {"accounts": {OTHER_ACCOUNT: {"keys": {OTHER_KEY.id: {"accessKeySecret": OTHER_KEY.secret}}}}}
    )
    parameters = case.request(world)
    own = world.sim.world()["accounts"][world.sim.account]
    told = said(world, action, parameters, key=OTHER_KEY)
    assert world.sim.world()["accounts"][world.sim.account] == own
    assert_tells_nothing_of(own["dataCentres"].values(), told, parameters)


@pytest.mark.narrow("core")
@pytest.mark.actions(where=lambda action: action.product == "sas")
def test_another_data_centre_sees_and_changes_nothing(world, action, case):
    """The same request to the data centre of another region; this core sends its region with every request."""
    parameters = case.request(world)
    own = world.centre()
    told = said(world, action, parameters, region="ap-southeast-1")
    assert world.sim.last_request()["region"] == "ap-southeast-1"
    assert world.centre() == own
    assert_tells_nothing_of([own], told, parameters)


def said(world, action, parameters, **options):
    """Everything that an answer tells, be it a reply or a refusal."""
    try:
        return json.dumps(world.call(action.name, parameters, **options))
    except clients.Refused as refusal:
        return f"{refusal.code} {refusal.message}"


def assert_tells_nothing_of(centres, told, parameters):
    known = json.dumps(parameters)
    names = [name for centre in centres for name in identities(centre)]
    assert [name for name in names if name in told and name not in known] == [], told


def identities(centre):
    """What belongs to one data centre of one account alone: the ids of its things."""
    for things in centre.values():
        if isinstance(things, dict):
            yield from (name for name in things if len(name) > 5 and not name.isalpha())
    for asset in centre.get("assets", {}).values():
        yield asset["instanceID"]
