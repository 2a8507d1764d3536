"""AssumeRoleWithOIDC gives a key of the role to the bearer of a token."""

import base64
import json

from cases.assume_role import acts_as

SUBJECT = "system:serviceaccount:sas-system:sas-operator"


def token(world, **changes):
    """A token of the demo world's provider; nobody verifies its signature."""
    now = world.sim.now_milliseconds() // 1000
    claims = {
        "iss": "https://oidc-ack.example/demo",
        "aud": "sts.aliyuncs.com",
        "sub": SUBJECT,
        "iat": now,
        "exp": now + 600,
    }
    parts = ({"alg": "RS256"}, claims | changes, "signature")
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


REFUSALS = {
    "ended": (lambda world: {"OIDCToken": token(world, exp=1)}, "AuthenticationFail.OIDCToken.Expired"),
    "for somebody else": (
        lambda world: {"OIDCToken": token(world, aud="kubernetes")},
        "AuthenticationFail.OIDCToken.AudienceNotMatch",
    ),
    "of another cluster": (
        lambda world: {"OIDCToken": token(world, iss="https://other.example")},
        "AuthenticationFail.OIDCToken.IssuerNotMatch",
    ),
    "another pod": (
        lambda world: {"OIDCToken": token(world, sub="system:serviceaccount:team:default")},
        "AuthenticationFail.NoPermission",
    ),
    "no token": ({"OIDCToken": "nonsense"}, "AuthenticationFail.OIDCToken.Invalid"),
    "unknown provider": ({"OIDCProviderArn": "acs:ram::1:oidc-provider/x"}, "AuthenticationFail.NoPermission"),
}


def request(world):
    return {
        "RoleArn": f"acs:ram::{world.sim.account}:role/sas-operator",
        "OIDCProviderArn": f"acs:ram::{world.sim.account}:oidc-provider/ack-demo",
        "OIDCToken": token(world),
        "RoleSessionName": "pod-1",
    }


def shows(world, reply):
    assert reply["OIDCTokenInfo"]["Subject"] == SUBJECT
    acts_as(world, reply, "pod-1")
