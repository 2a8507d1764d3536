"""The generated Python SDKs: ACS3-HMAC-SHA256, or HMAC-SHA1 with signature_algorithm "v2"."""

import contextlib
import functools
import hmac
import types
from unittest import mock

from alibabacloud_tea_openapi import utils
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ThrottlingException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from clients import model
from clients.common import PRODUCTS, Refused, arguments, method_of


class Sdk:
    """A generated SDK; the method is the generated one, or the other that the action allows."""

    def __init__(self, signature, method):
        self.name = f"sdk-{signature}-{method}".lower()
        self.signature, self.method = signature, method

    def call(self, endpoint, key, action, parameters, read_timeout_milliseconds=10_000):
        client_type, models = PRODUCTS[action.product]
        client = _client(client_type, self.signature, self.method, endpoint, key)
        runtime = RuntimeOptions(
            autoretry=False, connect_timeout=5000, read_timeout=read_timeout_milliseconds
        )
        call = method_of(client, action.name)
        client.sent_version = action.version
        with signed_texts() as texts:
            try:
                call(*arguments(models, action.name, parameters, runtime))
            except AlibabaCloudException as error:
                raise _refused(error, texts) from error
        body = client.last_body
        model.check(action, body)
        return body


def _refused(error, texts):
    throttled = isinstance(error, ThrottlingException)
    _, echo, echoed = (error.message or "").partition("server string to sign is:")
    return Refused(
        error.code,
        error.status_code,
        error.message,
        request_id=error.request_id,
        retry_after=error.retry_after if throttled else None,
        denial=getattr(error, "access_denied_detail", None),
        # The SDK puts the request id behind the server's message.
        same_text=echoed.partition(" request id: ")[0] in texts if echo else None,
        throttled=throttled,
    )


@functools.lru_cache(maxsize=64)
def _client(client_type, signature, method, endpoint, key):
    config = dict(
        access_key_id=key.id,
        access_key_secret=key.secret,
        endpoint=endpoint,
        protocol="HTTP",
        signature_algorithm="v2" if signature == "V1" else None,
    )
    if key.token:
        config.update(security_token=key.token, type="sts")
    client = client_type(Config(**config))
    # Looked at on the way through: method and version, which the generator fixed, and the body before
    # the model drops what it does not know.
    v3, v1 = client.do_request, client.do_rpcrequest

    def do_request(params, *rest):
        params.method, params.version = method, client.sent_version
        return remember(v3(params, *rest))

    def do_rpcrequest(action, _version, protocol, _method, *rest):
        return remember(v1(action, client.sent_version, protocol, method, *rest))

    def remember(result):
        client.last_body = result["body"]
        return dict(result)

    client.do_request, client.do_rpcrequest = do_request, do_rpcrequest
    return client


@contextlib.contextmanager
def signed_texts():
    """Collects every text that the SDK signs meanwhile."""
    texts = []

    def new(key, message=None, *rest, **named):
        texts.append((message or b"").decode())
        return hmac.new(key, message, *rest, **named)

    with mock.patch.object(utils, "hmac", types.SimpleNamespace(new=new)):
        yield texts
