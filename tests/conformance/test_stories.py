"""What takes several actions or a fault to show, with every client."""

import http.client
import json
import time

import clients
import pytest


def criteria(**filters):
    return json.dumps([{"name": name, "value": value} for name, value in filters.items()])


def test_the_demo_world_shows_the_cases_worth_seeing(world):
    web = world.call("DescribeCloudCenterInstances", {"Criteria": criteria(groupName="web"), "PageSize": 100})
    assert [row["InstanceName"] for row in web["Instances"]] == ["web-1", "web-2", "web-3", "web-4"]
    assert world.server("ack-node-1")["ClusterId"]
    assert world.server("build-1")["ClientSubStatus"] == "uninstalled"
    assert world.server("idc-1")["Uuid"].startswith("inet-")


def test_pages_and_tokens_give_every_server_once(world):
    every = set(world.centre()["assets"])
    paged, token, tokens = [], None, []
    for page in range(1, len(every) // 3 + 2):
        reply = world.call("DescribeCloudCenterInstances", {"CurrentPage": page, "PageSize": 3})
        paged += [row["Uuid"] for row in reply["Instances"]]
    while token != "":
        more = {"NextToken": token} if token else {}
        reply = world.call("DescribeCloudCenterInstances", {"UseNextToken": True, "PageSize": 3} | more)
        assert "TotalCount" not in reply["PageInfo"]
        tokens += [row["Uuid"] for row in reply["Instances"]]
        token = reply["PageInfo"]["NextToken"]
    for found in (paged, tokens):
        assert len(found) == len(every) and set(found) == every


def test_awkward_text_survives_signing(world):
    awkward = "a b+c*~/&%=安🔒"
    reply = world.call("DescribeCloudCenterInstances", {"Criteria": criteria(instanceName=awkward)})
    assert reply["Instances"] == []
    assert json.loads(world.sim.last_request()["parameters"]["Criteria"])[0]["value"] == awkward


def test_data_centres_differ_by_region(world):
    reply = world.call("DescribeCloudCenterInstances", {"RegionId": "ap-southeast-1"})
    assert {row["RegionId"] for row in reply["Instances"]} == {"ap-southeast-1"}
    assert world.sim.last_request()["region"] == "ap-southeast-1"


def test_a_client_token_stands_for_one_request(world):
    bind = {"Bind": [world.uuid("web-2")], "AuthVersion": 3, "ClientToken": f"token-{time.time()}"}
    assert world.call("BindAuthToMachine", bind)["ResultCode"] == 0
    with world.unchanged():
        world.refused("IdempotentParameterMismatch", "BindAuthToMachine", bind | {"AuthVersion": 7}, status=400)


def test_temporary_keys_work_with_their_token(world):
    key = clients.Key("STS.good", "temporary-secret", "CAIS+token/with=all*of~the% characters")
    good = {
        "accessKeySecret": key.secret,
        "securityToken": key.token,
        "expiresAt": "2099-01-01T00:00:00Z",
        "userName": "operator",
    }
    world.sim.patch_account({"keys": {key.id: good}})
    assert world.call("GetCallerIdentity", key=key)["IdentityType"] == "AssumedRoleUser"
    assert world.call("DescribeVendorList", key=key)["VendorNameList"]


@pytest.mark.parametrize("seconds", [880, -880])
def test_the_clock_may_differ_by_almost_fifteen_minutes(world, seconds):
    with world.later(seconds):
        assert world.call("DescribeVendorList")["VendorNameList"]


def test_an_action_that_runs_out_leaves_the_others(world):
    world.sim.patch_account({"rateLimits": {"actions": {"DescribeVendorList": {"perSecond": 0.5, "burst": 1}}}})
    world.call("DescribeVendorList")
    refusal = world.refused("Throttling.Api", "DescribeVendorList", status=400)
    assert refusal.retry_after is None or 0 < refusal.retry_after <= 2000
    assert world.call("GetCallerIdentity")
    world.sim.fault(kind="throttle")
    assert world.refused("Throttling.User", "DescribeInstallCodes").retry_after is None


def test_server_errors_are_understood(world):
    world.sim.fault(kind="status", status=503)
    refusal = world.refused("ServiceUnavailable", "DescribeInstallCodes", status=503)
    assert refusal.request_id == world.sim.last_request()["requestID"]
    world.sim.fault(kind="error", code="InternalError", status=500, message="as told")
    assert "as told" in world.refused("InternalError", "DescribeInstallCodes", status=500).message


def test_a_lost_reply_leaves_a_committed_write(world):
    world.sim.fault(kind="commitThenReset", action="BindAuthToMachine")
    # Each client has an error of its own for a broken connection.
    with pytest.raises(Exception) as lost:
        world.call("BindAuthToMachine", {"Bind": [world.uuid("web-3")], "AuthVersion": 7})
    (record, *_) = world.sim.requests()
    assert (record["committed"], record["status"], record["fault"]) == (True, None, "commitThenReset")
    assert not isinstance(lost.value, AssertionError), lost.value
    if isinstance(lost.value, clients.Refused):
        # Go sends a GET again by itself when a kept connection breaks: the same bytes, so the same nonce.
        assert (world.client.method, lost.value.code) == ("GET", "SignatureNonceUsed")
    assert world.server("web-3")["AuthVersion"] == 7


def test_actions_that_the_simulator_lacks_are_not_found(world, pytestconfig):
    lacking = pytestconfig.actions["DescribeVendorList"]._replace(name="DescribeSecurityStatInfo")
    assert lacking.name not in pytestconfig.actions
    with pytest.raises(clients.Refused) as refused:
        world.client.call(world.sim.endpoint, world.key, lacking, {})
    assert (refused.value.code, refused.value.status) == ("InvalidApi.NotFound", 404)


def test_every_answer_is_dated_by_the_simulated_clock(sim):
    with sim.shifted(86_400):
        connection = http.client.HTTPConnection(sim.endpoint, timeout=5)
        connection.request("GET", "/?Action=DescribeVendorList&Format=JSON")
        reply = connection.getresponse()
        now = sim.now_milliseconds() / 1000
    parsed = time.mktime(time.strptime(reply.getheader("Date"), "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert reply.status == 400 and abs(now - parsed) < 3


@pytest.mark.narrow("sdk")
def test_a_client_may_give_up_on_a_hanging_request(world):
    """With the client whose patience a call can set."""
    world.sim.fault(kind="hang", seconds=600, action="DescribeVendorList")
    started = time.monotonic()
    with pytest.raises(Exception) as gave_up:
        world.call("DescribeVendorList", read_timeout_milliseconds=300)
    assert not isinstance(gave_up.value, clients.Refused | AssertionError), gave_up.value
    assert 0.2 < time.monotonic() - started < 5
    record = world.sim.last_request()
    assert (record["fault"], record["status"], record["committed"]) == ("hang", None, False)
    assert world.call("DescribeVendorList")["VendorNameList"]
