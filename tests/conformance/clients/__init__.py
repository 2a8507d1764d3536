"""The vendor's clients, all behind one function: call(endpoint, key, action, parameters) -> reply body.

None of them is changed: what they send is what the vendor's own customers send. Parameters have the
shape of the SDK's request model, and every reply has to fit the SDK's response model.
"""

from clients import core, go, sdk
from clients.common import Key, Refused

__all__ = ["Key", "Refused", "every", "narrow"]

DEFAULTS = {
    "sdk": "sdk-v3-post",
    "core": "core-v1-post",
    "darabonba": "darabonba-v3-post",
    "sdkgo": "sdkgo-v1-get",
}


def every(go_program):
    """All clients: each vendor core with each signature and method that it has."""
    program = go.Program(go_program)
    kinds = [
        (sdk.Sdk, "V3"),
        (sdk.Sdk, "V1"),
        (core.Core, "V1"),
        (program.darabonba, "V3"),
        (program.darabonba, "V1"),
        (program.sdk_go, "V1"),
    ]
    return [make(signature, method) for make, signature in kinds for method in ("POST", "GET")]


def narrow(clients, cores=DEFAULTS):
    """One client of each of these vendor cores, with the signature and method that it uses by default."""
    names = [DEFAULTS[core] for core in cores]
    return [client for client in clients if client.name in names]
