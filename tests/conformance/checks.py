"""What is checked. A check of DRIVEN runs once per driver, one of GATEWAY once.

Each starts from the world as it was found, see Simulator.reset.
"""

import http.client
import time
from unittest import mock

from alibabacloud_tea_openapi.exceptions import ThrottlingException
from alibabacloud_tea_openapi.utils import Utils

from drivers import Core, Key, Refused, Sdk

DRIVEN, GATEWAY = [], []


def driven(check):
    DRIVEN.append(check)
    return check


def gateway(check):
    GATEWAY.append(check)
    return check


def refused(call, code, status=None):
    """The refusal, which must be this one."""
    try:
        reply = call()
    except Refused as refusal:
        assert refusal.code == code, f"{refusal.code} instead of {code}: {refusal.message}"
        assert status in (None, refusal.status), f"HTTP {refusal.status} instead of {status}"
        return refusal
    raise AssertionError(f"{code} was expected, the reply is {reply}")


def servers(driver, **filters):
    criteria = "[%s]" % ",".join(f'{{"name":"{name}","value":"{value}"}}' for name, value in filters.items())
    reply = driver.call(
        "DescribeCloudCenterInstances",
        {"Criteria": criteria, "LogicalExp": "AND", "PageSize": 100, "CurrentPage": 1},
    )
    assert reply["PageInfo"]["TotalCount"] == len(reply["Instances"])
    return reply["Instances"]


def server(driver, name):
    (found,) = [row for row in servers(driver, instanceName=name) if row["InstanceName"] == name]
    return found


# Reads


@driven
def the_caller_is_the_account(sim, driver):
    reply = driver.call("GetCallerIdentity")
    assert (reply["AccountId"], reply["IdentityType"]) == (sim.account, "Account"), reply


@driven
def servers_are_found_by_criteria(sim, driver):
    assert len(servers(driver)) == 8
    web = servers(driver, groupName="web", clientStatus="online")
    assert [row["InstanceName"] for row in web] == ["web-1", "web-2", "web-3", "web-4"]
    assert server(driver, "ack-node-1")["ClusterId"]
    assert server(driver, "web-4")["Region"] != server(driver, "web-4")["RegionId"]
    assert server(driver, "build-1")["ClientSubStatus"] == "uninstalled"
    assert server(driver, "idc-1")["Uuid"].startswith("inet-")


@driven
def pages_and_tokens_give_every_server_once(sim, driver):
    every = {row["Uuid"] for row in servers(driver)}
    paged, token, tokens = [], None, []
    for page in (1, 2, 3, 4):
        reply = driver.call("DescribeCloudCenterInstances", {"CurrentPage": page, "PageSize": 3})
        paged += [row["Uuid"] for row in reply["Instances"]]
    while token != "":
        parameters = {"UseNextToken": True, "PageSize": 3}
        if token:
            parameters["NextToken"] = token
        reply = driver.call("DescribeCloudCenterInstances", parameters)
        assert "TotalCount" not in reply["PageInfo"]
        tokens += [row["Uuid"] for row in reply["Instances"]]
        token = reply["PageInfo"]["NextToken"]
    for found in (paged, tokens):
        assert len(found) == 8 and set(found) == every, found


@driven
def awkward_text_survives_signing(sim, driver):
    assert servers(driver, instanceName="a b+c*~/&%=安🔒") == []
    sent = sim.last_request()["parameters"]["Criteria"]
    assert "a b+c*~/&%=安🔒" in sent, sent


@driven
def summaries_describe_one_account(sim, driver):
    config = driver.call("DescribeVersionConfig")
    summary = driver.call("GetAuthSummary")
    serverless = driver.call("GetServerlessAuthSummary")["Data"]
    assert config["Version"] == 8 and config["HighestVersion"] == summary["HighestVersion"] == 7
    assert config["ReleaseTime"] > config["OpenTime"] and config["IsPostpay"] is True
    assert config["PostPayModuleSwitch"] == serverless["PostPaidModuleSwitch"]
    assert config["PostPayInstanceId"] == serverless["PostpaidInstanceId"]
    quotas = {row["Version"]: row["TotalEcsAuthCount"] for row in summary["VersionSummary"]}
    assert quotas == {3: 5, 7: 3}, quotas
    assert summary["Machine"]["TotalEcsCount"] == 8


@driven
def data_centres_differ_by_region(sim, driver):
    reply = driver.call("DescribeCloudCenterInstances", {"RegionId": "ap-southeast-1"})
    assert {row["RegionId"] for row in reply["Instances"]} == {"ap-southeast-1"}
    assert sim.last_request()["region"] == "ap-southeast-1"


# Writes


@driven
def a_bind_is_read_back_and_a_locked_server_stays(sim, driver):
    uuid = server(driver, "web-1")["Uuid"]
    reply = driver.call("BindAuthToMachine", {"Bind": [uuid], "AuthVersion": 7})
    assert (reply["ResultCode"], reply["BindCount"]) == (0, 1), reply
    request = sim.last_request()
    assert request["committed"] and request["parameters"] == {"Bind.1": uuid, "AuthVersion": "7"} | region(request)
    bound = server(driver, "web-1")
    assert (bound["AuthVersion"], bound["Bind"], bound["PostPaidFlag"]) == (7, True, 0), bound
    assert driver.call("BindAuthToMachine", {"UnBind": [uuid]})["ResultCode"] == 1
    sim.patch_centre({"subscription": {"allowUserUnbind": True}})
    assert driver.call("BindAuthToMachine", {"UnBind": [uuid]})["UnBindCount"] == 1
    assert server(driver, "web-1")["AuthVersion"] == 1


def region(request):
    """The core package sends its region with every request."""
    sent = request["parameters"].get("RegionId")
    return {"RegionId": sent} if sent else {}


@driven
def a_dry_run_changes_nothing_and_a_repeated_token_runs_once(sim, driver):
    uuid = server(driver, "web-2")["Uuid"]
    parameters = {"Bind": [uuid], "AuthVersion": 3, "ClientToken": f"token-{driver.name}"}
    assert driver.call("BindAuthToMachine", parameters | {"DryRun": True})["ResultCode"] == 0
    assert sim.last_request()["dryRun"] and server(driver, "web-2")["AuthVersion"] == 1
    first = driver.call("BindAuthToMachine", parameters)
    assert sim.last_request()["committed"]
    again = driver.call("BindAuthToMachine", parameters)
    assert not sim.last_request()["committed"]
    assert first.pop("RequestId") != again.pop("RequestId") and first == again
    other = parameters | {"AuthVersion": 7}
    refused(lambda: driver.call("BindAuthToMachine", other), "IdempotentParameterMismatch", 400)


@driven
def quotas_run_out(sim, driver):
    uuids = [row["Uuid"] for row in servers(driver, groupName="web")]
    reply = driver.call("BindAuthToMachine", {"Bind": uuids, "AuthVersion": 7})
    assert (reply["ResultCode"], reply["InsufficientEcsCount"]) == (2, 1), reply


@driven
def pay_as_you_go_binds_nested_lists(sim, driver):
    uuids = [server(driver, name)["Uuid"] for name in ("web-1", "web-2", "ack-node-1")]
    action = [{"Version": "3", "UuidList": uuids[:2]}, {"Version": "7", "UuidList": uuids[2:]}]
    reply = driver.call("UpdatePostPaidBindRel", {"BindAction": action})
    assert (reply["ResultCode"], reply["BindCount"]) == (0, 3), reply
    assert sim.last_request()["parameters"]["BindAction.1.UuidList.2"] == uuids[1]
    assert server(driver, "ack-node-1")["PostPaidFlag"] == 1
    unbind = [{"Version": "1", "UuidList": uuids}]
    assert driver.call("UpdatePostPaidBindRel", {"BindAction": unbind})["ResultCode"] == 0
    sim.patch_centre({"payAsYouGo": {"arrears": True}})
    assert driver.call("UpdatePostPaidBindRel", {"BindAction": action})["ResultCode"] == 5


@driven
def a_new_install_code_is_found_by_its_expiry(sim, driver):
    before = {row["CaptchaCode"] for row in driver.call("DescribeInstallCodes")["InstallCodes"]}
    assert "OTHER" in driver.call("DescribeVendorList")["VendorNameList"]
    expiry = int(time.time() * 1000) + 86_400_123
    reply = driver.call("AddInstallCode", {"Os": "windows", "VendorName": "OTHER", "ExpiredDate": expiry})
    assert list(reply) == ["RequestId"], reply
    rows = driver.call("DescribeInstallCodes")["InstallCodes"]
    (added,) = [row for row in rows if row["CaptchaCode"] not in before]
    assert (added["Os"], added["VendorName"], added["ExpiredDate"]) == ("windows", "OTHER", expiry)
    assert any(row["ExpiredDate"] < time.time() * 1000 for row in rows)


# Refusals


@driven
def a_wrong_secret_does_not_match(sim, driver):
    wrong = driver.with_key(Key(driver.key.id, "wrong"))
    try:
        wrong.call("GetCallerIdentity")
    except Refused as refusal:
        # The core package compares the echoed string to sign with its own and says what that means.
        expected = {"SignatureDoesNotMatch", "InvalidAccessKeySecret"}
        assert refusal.code in expected, refusal
    else:
        raise AssertionError("a wrong secret was accepted")
    assert sim.last_request()["code"] == "SignatureDoesNotMatch"


@driven
def an_unknown_key_is_not_found(sim, driver):
    unknown = driver.with_key(Key("LTAI5tNobody", "secret"))
    refused(lambda: unknown.call("GetCallerIdentity"), "InvalidAccessKeyId.NotFound", 404)


@driven
def temporary_keys_work_with_their_token_until_they_expire(sim, driver):
    token = "CAIS+token/with=all*of~the% characters"
    temporary = {
        "accessKeySecret": "temporary-secret",
        "securityToken": token,
        "expiresAt": "2099-01-01T00:00:00Z",
        "userName": "operator",
    }
    sim.patch_account({"keys": {"STS.good": temporary}})
    good = driver.with_key(Key("STS.good", "temporary-secret", token))
    assert good.call("GetCallerIdentity")["IdentityType"] == "AssumedRoleUser"
    assert good.call("DescribeVendorList")["VendorNameList"]
    foreign = driver.with_key(Key("STS.good", "temporary-secret", "foreign"))
    refused(lambda: foreign.call("GetCallerIdentity"), "InvalidSecurityToken.Malformed")
    sim.patch_account({"keys": {"STS.good": {"expiresAt": "2020-01-01T00:00:00Z"}}})
    refused(lambda: good.call("GetCallerIdentity"), "InvalidSecurityToken.Expired")


@driven
def the_clock_may_differ_by_fifteen_minutes(sim, driver):
    for seconds, fits in ((880, True), (920, False), (-880, True), (-920, False)):
        sim.step(seconds)
        try:
            if fits:
                driver.call("DescribeVendorList")
            else:
                refused(lambda: driver.call("DescribeVendorList"), "InvalidTimeStamp.Expired", 400)
        finally:
            sim.step(-seconds)


@driven
def a_denial_names_the_missing_permission(sim, driver):
    sim.patch_account({"keys": {driver.key.id: {"deny": ["yundun-sas:BindAuthToMachine"]}}})
    bind = lambda: driver.call("BindAuthToMachine", {"Bind": ["u"], "AuthVersion": 7})
    refusal = refused(bind, "NoPermission", 403)
    if isinstance(driver, Sdk):
        assert refusal.denial["AuthAction"] == "yundun-sas:BindAuthToMachine", refusal.denial
        assert refusal.denial["NoPermissionType"] == "ExplicitDeny"


@driven
def throttling_is_understood(sim, driver):
    sim.patch_account({"rateLimits": {"actions": {"DescribeVendorList": {"perSecond": 0.5, "burst": 1}}}})
    driver.call("DescribeVendorList")
    refusal = refused(lambda: driver.call("DescribeVendorList"), "Throttling.Api", 400)
    if isinstance(driver, Sdk):
        assert isinstance(refusal.error, ThrottlingException), type(refusal.error)
        assert 0 < refusal.retry_after <= 2000, refusal.retry_after
    assert driver.call("GetCallerIdentity")
    sim.fault(kind="throttle", retryAfterMilliseconds=1234)
    refusal = refused(lambda: driver.call("DescribeInstallCodes"), "Throttling.User", 400)
    assert not isinstance(driver, Sdk) or refusal.retry_after == 1234
    sim.fault(kind="throttle")
    refusal = refused(lambda: driver.call("DescribeInstallCodes"), "Throttling.User", 400)
    assert refusal.retry_after is None


@driven
def server_errors_are_understood(sim, driver):
    sim.fault(kind="status", status=503)
    refusal = refused(lambda: driver.call("DescribeInstallCodes"), "ServiceUnavailable", 503)
    assert refusal.request_id == sim.last_request()["requestID"]
    sim.fault(kind="error", code="InternalError", status=500, message="as told")
    refusal = refused(lambda: driver.call("DescribeInstallCodes"), "InternalError", 500)
    assert "as told" in refusal.message


@driven
def a_lost_reply_leaves_a_committed_write(sim, driver):
    uuid = server(driver, "web-3")["Uuid"]
    sim.fault(kind="commitThenReset", action="BindAuthToMachine")
    try:
        driver.call("BindAuthToMachine", {"Bind": [uuid], "AuthVersion": 7})
    except Refused as refusal:
        raise AssertionError(f"the reply was not lost: {refusal}") from refusal
    except Exception:  # each client has an error of its own for a broken connection
        pass
    else:
        raise AssertionError("the reply was not lost")
    request = sim.last_request()
    assert request["committed"] and request["status"] is None and request["fault"] == "commitThenReset"
    assert server(driver, "web-3")["AuthVersion"] == 7


# What needs more than the drivers


@gateway
def a_repeated_nonce_is_refused_in_both_versions(sim, key):
    for algorithm in (None, "v2"):
        driver = Sdk(sim.endpoint, key, algorithm)
        nonce = f"fixed-{algorithm}-{time.time()}"
        with mock.patch.object(Utils, "get_nonce", return_value=nonce):
            driver.call("DescribeVendorList")
            refused(lambda: driver.call("DescribeVendorList"), "SignatureNonceUsed", 400)
            refused(lambda: driver.call("DescribeInstallCodes"), "SignatureNonceUsed", 400)


@gateway
def the_core_package_gets_with_query_and_posts_with_form(sim, key):
    core = Core(sim.endpoint, key)
    assert core.call("DescribeCloudCenterInstances", {"PageSize": 2}, method="GET")["PageInfo"]["Count"] == 2
    assert sim.last_request()["method"] == "GET"
    core.call("AddInstallCode", {"Os": "linux", "ProxyCluster": "a b+c"}, form=True)
    assert sim.last_request()["parameters"]["ProxyCluster"] == "a b+c"
    bind = {"BindAction": [{"Version": "1", "UuidList": ["u"]}]}
    refused(lambda: core.call("UpdatePostPaidBindRel", bind, method="GET"), "UnsupportedHTTPMethod", 400)


@gateway
def unknown_actions_and_versions_are_refused(sim, key):
    core = Core(sim.endpoint, key)
    refused(lambda: core.call("NoSuchAction"), "InvalidApi.NotFound", 404)
    old = lambda: core.call("DescribeVendorList", version="2014-11-01")
    refused(old, "InvalidVersion", 400)


@gateway
def every_answer_is_dated_by_the_simulated_clock(sim, key):
    sim.control("POST", "clock", {"stepSeconds": 86_400})
    try:
        connection = http.client.HTTPConnection(sim.endpoint, timeout=5)
        connection.request("GET", "/?Action=DescribeVendorList&Format=JSON")
        reply = connection.getresponse()
        date = reply.getheader("Date")
        now = sim.control("GET", "clock")["nowMilliseconds"] / 1000
    finally:
        sim.control("POST", "clock", {"stepSeconds": -86_400})
    parsed = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert reply.status == 400 and abs(now - parsed) < 3, (reply.status, date, now)


@gateway
def a_client_may_give_up_on_a_hanging_request(sim, key):
    sim.fault(kind="hang", seconds=600, action="DescribeVendorList")
    impatient = Sdk(sim.endpoint, key, read_timeout_milliseconds=300)
    started = time.monotonic()
    try:
        reply = impatient.call("DescribeVendorList")
    except Refused as refusal:
        raise AssertionError(f"the request did not hang: {refusal}") from refusal
    except Exception:  # the SDK's error for a timeout
        assert 0.2 < time.monotonic() - started < 5
    else:
        raise AssertionError(f"the request did not hang: {reply}")
    request = sim.last_request()
    assert request["fault"] == "hang" and request["status"] is None and not request["committed"]
    assert impatient.call("DescribeVendorList")["VendorNameList"]
