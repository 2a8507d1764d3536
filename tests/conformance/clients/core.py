"""The older Python core package with generic requests, signed with HMAC-SHA1."""

import functools
import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from clients import model
from clients.common import Refused, wire

REGION = "cn-hangzhou"


class Core:
    """Sends `RegionId` with every request, as it always did."""

    def __init__(self, signature, method):
        assert signature == "V1"
        self.name = f"core-v1-{method}".lower()
        self.signature, self.method = signature, method

    def call(self, endpoint, key, action, parameters, region=REGION):
        sent = wire(action, parameters)
        request = CommonRequest(domain=endpoint, version=action.version, action_name=action.name)
        request.set_protocol_type("http")
        request.set_method(self.method)
        for name, value in sent.query.items():
            request.add_query_param(name, value)
        for name, value in sent.body.items():
            request.add_body_params(name, value)
        try:
            body = json.loads(_client(key, region).do_action_with_exception(request))
        except ServerException as error:
            raise _refused(error, request.request.string_to_sign) from error
        model.check(action, body)
        return body


def _refused(error, signed_text):
    _, echo, echoed = error.get_error_msg().partition("server string to sign is:")
    return Refused(
        error.get_error_code(),
        error.get_http_status(),
        error.get_error_msg(),
        request_id=error.get_request_id(),
        # The package compares them only for the requests of its products' packages.
        same_text=echoed == signed_text if echo else None,
    )


@functools.lru_cache(maxsize=64)
def _client(key, region):
    options = dict(region_id=region, auto_retry=False, max_retry_time=0)
    if key.token:
        return AcsClient(credential=StsTokenCredential(key.id, key.secret, key.token), **options)
    return AcsClient(key.id, key.secret, **options)
