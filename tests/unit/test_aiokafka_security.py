"""What aiokafka and Faust are given, and that their kinds of values go together."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from pipeline.aiokafka_security import aiokafka_configs, faust_credentials
from pipeline.kafka_security import (
    KafkaSecurity,
    PasswordLogin,
    SaslMechanism,
    Tls,
    TokenLogin,
)

LOGINS = [
    None,
    PasswordLogin(mechanism=SaslMechanism.PLAIN, username="ann", password="secret"),
    PasswordLogin(mechanism=SaslMechanism.SCRAM_SHA_256, username="ann", password="secret"),
    PasswordLogin(mechanism=SaslMechanism.SCRAM_SHA_512, username="ann", password="secret"),
    TokenLogin(token_file=Path("token")),
]


@pytest.mark.parametrize("tls", [None, Tls()], ids=["in the clear", "TLS"])
@pytest.mark.parametrize("login", LOGINS)
def test_faust_gives_its_clients_what_the_dashboard_gives_its_own(
    tls: Tls | None, login: PasswordLogin | TokenLogin | None
) -> None:
    """Faust's credentials become the same arguments, and aiokafka's client takes them."""
    security = KafkaSecurity(tls=tls, login=login)
    context = tls and tls.open_context()
    ours = aiokafka_configs(security, context)
    fausts = credentials_to_aiokafka_auth(faust_credentials(security, context))
    provider = ours.pop("sasl_oauth_token_provider", None)
    assert type(fausts.pop("sasl_oauth_token_provider", None)) is type(provider)
    assert {name: value for name, value in fausts.items() if value is not None} == {
        name: value for name, value in ours.items() if value is not None
    }

    async def construct() -> None:
        AIOKafkaClient(**aiokafka_configs(security, context))

    asyncio.run(construct())


def test_a_token_that_is_not_there_is_tried_again_for(tmp_path: Path) -> None:
    """aiokafka takes it for a connection that failed; the file as it is now counts."""
    path = tmp_path / "token"
    configs = aiokafka_configs(KafkaSecurity(tls=None, login=TokenLogin(token_file=path)), None)
    provider = configs["sasl_oauth_token_provider"]
    with pytest.raises(KafkaConnectionError, match="CLAIMWIRE_SASL_TOKEN_FILE"):
        asyncio.run(provider.token())
    path.write_text("fresh\n")
    assert asyncio.run(provider.token()) == "fresh"
