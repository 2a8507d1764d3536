"""A server that judges signatures with the vendor's own code only, and knows nothing of this project's.

V3 is computed by the generated SDKs' core, V1 by that core and by the older one; all have to agree.
"""

import http.server
import threading
import typing
import urllib.parse

from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.auth.algorithm import sha_hmac1
from aliyunsdkcore.auth.composer import rpc_signature_composer
from darabonba.request import DaraRequest

ALGORITHM = "ACS3-HMAC-SHA256"

# Parameters of the protocol itself, in V1.
PROTOCOL = {
    "Action",
    "Version",
    "Format",
    "AccessKeyId",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "SignatureType",
    "Timestamp",
    "SecurityToken",
}


class Received(typing.NamedTuple):
    """A request as it came off the wire; header names are lower-case."""

    method: str
    path: str
    query: str
    headers: dict
    body: bytes


class Judged(typing.NamedTuple):
    """What a well-signed request says."""

    action: str
    version: str
    access_key_id: str
    token: str | None
    nonce: str
    query: dict
    body: dict


class WrongSignature(Exception):
    """The signature, or what it covers, is not what the vendor's code makes of the request."""


def judge(received, secret):
    """Reads a request and raises WrongSignature unless the vendor's code signs it in the same way."""
    query, body = pairs(received.query), pairs(received.body.decode())
    if body and received.headers.get("content-type") != "application/x-www-form-urlencoded":
        raise WrongSignature("the body is not said to be a form")
    if "authorization" in received.headers:
        return judge_v3(received, query, body, secret)
    return judge_v1(received, query, body, secret)


def pairs(text):
    """Form-decoded names and values, each name once."""
    try:
        decoded = urllib.parse.parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"
        )
    except ValueError as error:
        raise WrongSignature("the parameters cannot be read") from error
    if len(dict(decoded)) != len(decoded):
        raise WrongSignature("a name occurs twice")
    return dict(decoded)


def judge_v3(received, query, body, secret):
    headers = received.headers
    scheme, _, rest = headers["authorization"].partition(" ")
    said = dict(part.split("=", 1) for part in rest.split(","))
    signed = said["SignedHeaders"].split(";")
    covered = [name for name in headers if name.startswith("x-acs-") or name in ("host", "content-type")]
    if missing := set(covered) - set(signed):
        raise WrongSignature(f"not signed: {missing}")
    digest = Utils.hash(received.body, ALGORITHM).hex()
    if headers["x-acs-content-sha256"] != digest:
        raise WrongSignature("the digest is not the body's")
    request = DaraRequest()
    request.method, request.pathname, request.query = received.method, received.path, query
    request.headers = {name: headers[name] for name in signed}
    expected = Utils.get_authorization(request, ALGORITHM, digest, said["Credential"], secret)
    if (scheme, headers["authorization"]) != (ALGORITHM, expected):
        raise WrongSignature(f"the vendor's code signs {expected}")
    return Judged(
        headers["x-acs-action"],
        headers["x-acs-version"],
        said["Credential"],
        headers.get("x-acs-security-token"),
        headers["x-acs-signature-nonce"],
        query,
        body,
    )


def judge_v1(received, query, body, secret):
    signed = query | body
    if len(signed) != len(query) + len(body):
        raise WrongSignature("a name occurs in the query and in the body")
    signature = signed.pop("Signature", None)
    if "AccessKeyId" in signed:
        older = getattr(rpc_signature_composer, "__compose_string_to_sign")(received.method, signed)
        made = {
            Utils.get_rpcsignature(signed, received.method, secret),
            sha_hmac1.get_sign_string(older, secret + "&"),
        }
        if made != {signature}:
            raise WrongSignature(f"the vendor's code signs {made}")
    elif signature is not None or "SignatureNonce" in signed:
        raise WrongSignature("a request without a key has nothing to sign with")
    return Judged(
        signed["Action"],
        signed["Version"],
        signed.get("AccessKeyId"),
        signed.get("SecurityToken"),
        signed.get("SignatureNonce"),
        {name: value for name, value in query.items() if name not in PROTOCOL | {"Signature"}},
        {name: value for name, value in body.items() if name not in PROTOCOL},
    )


class Recorder:
    """Collects requests on a free port and refuses each of them, so that nobody tries again."""

    def __init__(self):
        self.received = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                path, _, query = self.path.partition("?")
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.received.append(Received(self.command, path, query, headers, self.rfile.read(length)))
                reply = b'{"Code":"InvalidParameter","Message":"recorded","RequestId":"0-0"}'
                self.send_response(400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
