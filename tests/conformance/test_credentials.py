"""The vendor's credentials SDK fetches keys of a role from the simulator and signs with them.

Its providers know no other scheme than HTTPS for STS and no other address of the metadata service than the
real one; only these two are changed, everything else is what the vendor's customers run.
"""

import types

import pytest
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.provider.ecs_ram_role import EcsRamRoleCredentialsProvider
from alibabacloud_credentials.provider.oidc import OIDCRoleArnCredentialsProvider
from alibabacloud_credentials.provider.ram_role_arn import RamRoleArnCredentialsProvider
from alibabacloud_credentials.provider.static_ak import StaticAKCredentialsProvider
from alibabacloud_sas20181203.client import Client as Sas
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.utils_models import Config
from Tea.core import TeaCore

from cases.assume_role_with_oidc import token

ROLE = "sas-operator"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """STS without TLS."""
    act = TeaCore.do_action

    def over_http(request, options=None):
        request.protocol = "http"
        return act(request, options)

    monkeypatch.setattr(TeaCore, "do_action", over_http)


def of_a_server(sim, folder, disable_imds_v1):
    provider = EcsRamRoleCredentialsProvider(async_update_enabled=False, disable_imds_v1=disable_imds_v1)
    provider._EcsRamRoleCredentialsProvider__metadata_service_host = sim.endpoint
    return provider, None


def of_a_hardened_server(sim, folder):
    """A server whose metadata service answers nobody without a token."""
    sim.patch({"metadataService": {"plainMode": False}})
    return of_a_server(sim, folder, disable_imds_v1=True)


def of_an_old_server(sim, folder):
    """A server whose metadata service knows no tokens."""
    sim.patch({"metadataService": {"tokenMode": False}})
    return of_a_server(sim, folder, disable_imds_v1=False)


def of_a_pod(sim, folder):
    """RRSA: the token of a service account lies in a file."""
    file = folder / "token"
    file.write_text(token(types.SimpleNamespace(sim=sim)))
    provider = OIDCRoleArnCredentialsProvider(
        role_arn=arn(sim, f"role/{ROLE}"),
        oidc_provider_arn=arn(sim, "oidc-provider/ack-demo"),
        oidc_token_file_path=str(file),
        role_session_name="pod-1",
        sts_endpoint=sim.endpoint,
    )
    return provider, "AssumeRoleWithOIDC"


def of_a_key(sim, folder):
    """A key that assumes the role."""
    key = StaticAKCredentialsProvider(
        access_key_id=sim.credentials["accessKeyID"], access_key_secret=sim.credentials["accessKeySecret"]
    )
    provider = RamRoleArnCredentialsProvider(
        credentials_provider=key,
        role_arn=arn(sim, f"role/{ROLE}"),
        role_session_name="session-1",
        sts_endpoint=sim.endpoint,
    )
    return provider, "AssumeRole"


def arn(sim, rest):
    return f"acs:ram::{sim.account}:{rest}"


@pytest.mark.parametrize("make", [of_a_hardened_server, of_an_old_server, of_a_pod, of_a_key])
def test_a_provider_fetches_a_key_and_signs_with_it(sim, tmp_path, make):
    provider, issuing = make(sim, tmp_path)
    config = Config(
        credential=Credentials(provider=provider), endpoint=sim.endpoint, protocol="http", region_id="cn-hangzhou"
    )
    identity = Sts(config).get_caller_identity().body
    assert identity.identity_type == "AssumedRoleUser"
    assert identity.arn.startswith(arn(sim, f"assumed-role/{ROLE}/"))
    assert Sas(config).describe_vendor_list().body.vendor_name_list
    records = sim.requests()
    fetched = [issuing] if issuing else []
    assert [record["action"] for record in records] == [*fetched, "GetCallerIdentity", "DescribeVendorList"]
    assert {record["accessKeyID"][:4] for record in records[-2:]} == {"STS."}
    assert {record["status"] for record in records} == {200}


def test_a_key_that_has_ended_is_exchanged_for_another(sim, tmp_path):
    """The provider asks again on its own when the cloud's role hands out short keys."""
    sim.patch({"sts": {"sessionSeconds": 60}})
    provider, _ = of_a_key(sim, tmp_path)
    first = provider.get_credentials().get_access_key_id()
    assert provider.get_credentials().get_access_key_id() != first
