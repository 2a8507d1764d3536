"""The vendor's clients behind one function each: call(action, parameters) -> reply body.

The generated SDKs sign with ACS3-HMAC-SHA256 or, with signature_algorithm "v2", with HMAC-SHA1;
the older core package signs generic requests with HMAC-SHA1. None of them is changed or replaced:
what they send is what the vendor's own customers send.
"""

import functools
import inspect
import json
import re
import typing

from aliyunsdkcore.acs_exception.exceptions import ServerException as CoreServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from alibabacloud_sas20181203 import models as sas_models
from alibabacloud_sas20181203.client import Client as SasClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ThrottlingException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

STS_ACTIONS = {"GetCallerIdentity"}


class Refused(Exception):
    """An error reply, with what the client made of it."""

    def __init__(self, error, code, status, message, request_id=None, retry_after=None, denial=None):
        super().__init__(f"{code}: {message}")
        self.error = error
        self.code = code
        self.status = status
        self.message = message
        self.request_id = request_id
        self.retry_after = retry_after
        self.denial = denial


class Key(typing.NamedTuple):
    """An access key, with a token when it is a temporary one."""

    id: str
    secret: str
    token: typing.Optional[str] = None


class Sdk:
    """The generated SDKs; every reply is compared with the SDK's own model of it."""

    def __init__(self, endpoint, key, algorithm=None, read_timeout_milliseconds=10_000):
        self.read_timeout_milliseconds = read_timeout_milliseconds
        self.name = "sdk-v1" if algorithm == "v2" else "sdk-v3"
        self.endpoint, self.key, self.algorithm = endpoint, key, algorithm
        config = dict(
            access_key_id=key.id,
            access_key_secret=key.secret,
            endpoint=endpoint,
            protocol="HTTP",
            signature_algorithm=algorithm,
        )
        if key.token:
            config.update(security_token=key.token, type="sts")
        self.sas = SasClient(Config(**config))
        self.sts = StsClient(Config(**config))

    def with_key(self, key):
        return Sdk(self.endpoint, key, self.algorithm)

    def call(self, action, parameters=None):
        client, models = (self.sts, sts_models) if action in STS_ACTIONS else (self.sas, sas_models)
        method = getattr(client, snake(action) + "_with_options")
        timeout = self.read_timeout_milliseconds
        arguments = [RuntimeOptions(autoretry=False, connect_timeout=5000, read_timeout=timeout)]
        if "request" in inspect.signature(method).parameters:
            request = getattr(models, action + "Request")()
            arguments.insert(0, request.from_map(parameters or {}))
        raw = {}
        plain = client.call_api

        def remembering(*call):
            raw.update(plain(*call))
            return raw

        client.call_api = remembering
        try:
            reply = method(*arguments)
        except AlibabaCloudException as error:
            retry_after = error.retry_after if isinstance(error, ThrottlingException) else None
            denial = getattr(error, "access_denied_detail", None)
            raise Refused(
                error, error.code, error.status_code, error.message, error.request_id, retry_after, denial
            ) from error
        finally:
            client.call_api = plain
        fits_model(raw["body"], reply.body, action)
        return raw["body"]


class Core:
    """The legacy core package with generic requests."""

    name = "core-v1"

    def __init__(self, endpoint, key):
        self.endpoint, self.key = endpoint, key
        options = dict(region_id="cn-hangzhou", auto_retry=False, max_retry_time=0)
        if key.token:
            credential = StsTokenCredential(key.id, key.secret, key.token)
            self.client = AcsClient(credential=credential, **options)
        else:
            self.client = AcsClient(key.id, key.secret, **options)

    def with_key(self, key):
        return Core(self.endpoint, key)

    def call(self, action, parameters=None, method="POST", form=False, version=None):
        request = CommonRequest(
            domain=self.endpoint,
            version=version or ("2015-04-01" if action in STS_ACTIONS else "2018-12-03"),
            action_name=action,
        )
        request.set_protocol_type("http")
        request.set_method(method)
        add = request.add_body_params if form else request.add_query_param
        for name, value in flatten(parameters or {}):
            add(name, value)
        try:
            body = json.loads(self.client.do_action_with_exception(request))
        except CoreServerException as error:
            raise Refused(
                error,
                error.get_error_code(),
                error.get_http_status(),
                error.get_error_msg(),
                error.get_request_id(),
            ) from error
        models = sts_models if action in STS_ACTIONS else sas_models
        model = getattr(models, action + "ResponseBody")()
        fits_model(body, model.from_map(body), action)
        return body


def snake(action):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()


def flatten(value, prefix=""):
    """Nested parameters as the flat names of the wire: lists count from 1."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = ((index + 1, item) for index, item in enumerate(value))
    else:
        yield prefix, value
        return
    for name, item in items:
        yield from flatten(item, f"{prefix}.{name}" if prefix else str(name))


def fits_model(raw, model, path):
    """Every field of a reply is one that the SDK's model has, with the type that the model states."""
    attributes = wire_names(type(model))
    for name, value in raw.items():
        assert name in attributes, f"{path}.{name} is not in the SDK's model"
        attribute, hint = attributes[name]
        parsed = getattr(model, attribute)
        here = f"{path}.{name}"
        if typing.get_origin(hint) is list:
            (item_hint,) = typing.get_args(hint)
            assert isinstance(value, list), f"{here} is not a list"
            for raw_item, item in zip(value, parsed, strict=True):
                fits_type(raw_item, item, item_hint, here)
        else:
            fits_type(value, parsed, hint, here)


@functools.cache
def wire_names(model):
    """Wire name to attribute and type, found by setting one attribute at a time."""
    hints = typing.get_type_hints(model.__init__, vars(inspect.getmodule(model)))
    hints.pop("return", None)
    blank, names = model().to_map(), {}
    for attribute, hint in hints.items():
        single = model()
        setattr(single, attribute, sample(hint))
        # A list is always there, empty; what differs from a blank model is this attribute.
        (name,) = [name for name, value in single.to_map().items() if blank.get(name) != value]
        names[name] = (attribute, hint)
    return names


def sample(hint):
    if typing.get_origin(hint) is list:
        return [sample(typing.get_args(hint)[0])]
    return hint() if hasattr(hint, "to_map") else "sample"


def fits_type(raw, parsed, hint, path):
    if hasattr(hint, "to_map"):
        fits_model(raw, parsed, path)
    else:
        # bool is an int in Python, not on the wire.
        assert type(parsed) is hint, f"{path} is a {type(parsed).__name__}, the SDK says {hint.__name__}"
