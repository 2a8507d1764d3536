"""What all clients have in common: keys, refusals, and the request as the vendor's SDK puts it on the wire."""

import functools
import typing

from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_sas20181203 import models as sas_models
from alibabacloud_sas20181203.client import Client as SasClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

PRODUCTS = {
    "sas": (SasClient, sas_models),
    "ecs": (EcsClient, ecs_models),
    "sts": (StsClient, sts_models),
}


class Key(typing.NamedTuple):
    """An access key, with a token when it is a temporary one."""

    id: str
    secret: str
    token: str | None = None


class Refused(Exception):
    """An error reply, with what the client made of it.

    `same_text` says whether the client found the server's string to sign equal to its own; None
    where the client does not compare them.
    """

    def __init__(
        self, code, status, message, request_id=None, retry_after=None, denial=None, same_text=None, throttled=None
    ):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message
        self.request_id = request_id
        self.retry_after = retry_after
        self.denial = denial
        self.same_text = same_text
        self.throttled = throttled


class Wire(typing.NamedTuple):
    """A request as the generated SDK hands it to its core: flat names, and where each travels."""

    query: dict
    body: dict
    auth: str


def method_of(client, action):
    """The generated method of an action: AssumeRoleWithOIDC is assume_role_with_oidcwith_options."""
    return getattr(client, _methods(type(client))[action.lower()])


@functools.cache
def _methods(client_type):
    suffix = "with_options"
    return {
        name.removesuffix(suffix).replace("_", ""): name for name in dir(client_type) if name.endswith(suffix)
    }


def arguments(models, action, parameters, runtime=None):
    """What the generated method takes: a request unless the action has no parameters, and options."""
    model = getattr(models, action + "Request", None)
    request = [] if model is None else [model().from_map(parameters)]
    return [*request, runtime or RuntimeOptions(autoretry=False)]


def wire(action, parameters):
    """What the generated SDK would send for these parameters."""
    client, models = _recorder(action.product)
    client.recorded = None
    method_of(client, action.name)(*arguments(models, action.name, parameters))
    return client.recorded


@functools.cache
def _recorder(product):
    """A client of the product that records the request instead of sending it."""
    client_type, models = PRODUCTS[product]
    client = client_type(Config(access_key_id="x", access_key_secret="x", endpoint="127.0.0.1:1"))

    def record(request, auth):
        body = Utils.query(request.body) if request.body else {}
        client.recorded = Wire(dict(request.query or {}), body, auth)
        return {"body": {}}

    client.call_api = lambda params, request, _: record(request, params.auth_type)
    client.do_rpcrequest = lambda *call: record(call[6], call[4])
    return client, models
