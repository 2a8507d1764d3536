"""The other way round: what the project's client sends, for every action, is what the vendor's code would.

`every_action` sends each action twice, filled with awkward values and with none, and says what it meant.
"""

import contextlib
import json
import os
import subprocess
import typing

import pytest

import clients
from clients.common import PRODUCTS, wire
from clients.model import wire_names
from verifier import Recorder, WrongSignature, judge

PLAIN = clients.Key("LTAI5tSender", "secret/of+the=sender~*")
TEMPORARY = PLAIN._replace(id="STS.sender", token="CAIS+token/with=all*of~the% characters")


class Sent(typing.NamedTuple):
    """One request of the sender: what it said that it sends, and what arrived."""

    said: dict
    received: object


@pytest.fixture(scope="module", params=["V1", "V3"])
def signature(request):
    return request.param


@pytest.fixture(scope="module", params=[PLAIN, TEMPORARY], ids=["plain", "temporary"])
def key(request):
    return request.param


@pytest.fixture(scope="module")
def run(signature, key, pytestconfig):
    """The requests of one run of the sender, by action, in order."""
    environment = os.environ | {
        "SAS_ACCESS_KEY_ID": key.id,
        "SAS_ACCESS_KEY_SECRET": key.secret,
        "SAS_SECURITY_TOKEN": key.token or "",
    }
    with Recorder() as recorder:
        url = f"http://{recorder.endpoint}"
        command = [pytestconfig.option.every_action, "--url", url, "--signature", signature]
        sender = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=120)
    said = [json.loads(line) for line in sender.stdout.splitlines()]
    assert len(said) == len(recorder.received)
    by_action = {}
    for line, received in zip(said, recorder.received):
        by_action.setdefault(line["action"], []).append(Sent(line, received))
    return by_action


@pytest.fixture(params=[0, 1], ids=["awkward", "nothing"])
def sent(request, run, action):
    """The request of one action with awkward values, or with none."""
    assert len(run[action.name]) == 2
    return run[action.name][request.param]


def test_signature_is_the_vendors(sent, key, signature, action):
    judged = judge(sent.received, key.secret)
    said = sent.said
    assert (judged.action, judged.version) == (action.name, action.version)
    if judged.access_key_id:
        assert (judged.access_key_id, judged.token, judged.nonce) == (key.id, key.token, said["nonce"])
    assert bool(judged.access_key_id) == action.signed
    assert judged.query | judged.body == said["parameters"]


def test_parameters_are_where_the_generated_client_puts_them(sent, key, action):
    judged = judge(sent.received, key.secret)
    model = getattr(PRODUCTS[action.product][1], action.name + "Request", None)
    parameters = {} if model is None else nested(judged.query | judged.body, model)
    theirs = wire(action, parameters)
    if not action.signed:
        # The generated client puts the proof into the URL, which access logs keep; the vendor's Go library
        # for credentials posts it as a form, as we do.
        theirs = theirs._replace(query={}, body=theirs.query)
    assert comparable(judged.query) == comparable(theirs.query)
    assert comparable(judged.body) == comparable(theirs.body)


def nested(flat, model):
    """Flat names as the SDK's model nests them; a text is opened where the model wants a structure."""
    tree = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    hints = {name: hint for name, (_, hint) in wire_names(model).items()}
    return {name: opened(listed(value), hints.get(name, str)) for name, value in tree.items()}


def listed(node):
    """Maps with the keys 1, 2, 3, ... are lists."""
    if not isinstance(node, dict):
        return node
    if all(name.isdigit() for name in node):
        return [listed(node[name]) for name in sorted(node, key=int)]
    return {name: listed(value) for name, value in node.items()}


def opened(value, hint):
    if not isinstance(value, str) or hint in (str, int, bool, float):
        return value
    with contextlib.suppress(ValueError):
        return json.loads(value)
    return value.split(",")


def comparable(parameters):
    """Python writes True where all others write true; the order inside JSON is free."""
    return {name: comparable_value(value) for name, value in parameters.items()}


def comparable_value(text):
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(text.lower() if text in ("True", "False") else text), sort_keys=True)
    return text


def test_one_changed_byte_is_noticed(sent, key, action):
    """The judge's own control: no part that counts may change unnoticed."""
    if not action.signed:
        return
    received = sent.received
    changes = [received._replace(method="PUT")]
    if received.query:
        changes.append(received._replace(query=change_last(received.query)))
    if received.body:
        changes.append(received._replace(body=change_last(received.body.decode()).encode()))
    for name in received.headers:
        if name.startswith("x-acs-") or name in ("host", "authorization"):
            changed = received.headers | {name: change_last(received.headers[name])}
            if "authorization" in received.headers:
                changes.append(received._replace(headers=changed))
    for changed in changes:
        with pytest.raises(WrongSignature):
            judge(changed, key.secret)
    with pytest.raises(WrongSignature):
        judge(received, key.secret + "x")


def change_last(text):
    """Another letter in the place of the last letter or digit."""
    place = max(index for index, letter in enumerate(text) if letter.isalnum())
    return text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]


def test_the_judge_takes_what_the_vendors_clients_send(client, pytestconfig):
    """The judge's other control, in all signatures, header sets and methods that exist."""
    action = pytestconfig.actions["UpdatePostPaidBindRel"]
    parameters = {"BindAction": [{"Version": "3", "UuidList": ["a b+c~*/&%=安🔒", "", "x"] * 4}]}
    with Recorder() as recorder:
        for key in (PLAIN, TEMPORARY):
            with pytest.raises(clients.Refused):
                client.call(recorder.endpoint, key, action, parameters)
            judged = judge(recorder.received.pop(), key.secret)
            assert (judged.access_key_id, judged.token) == (key.id, key.token)
            assert wire(action, parameters).query.items() <= judged.query.items()
