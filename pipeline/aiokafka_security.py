"""The security of a cluster as aiokafka's clients take it, and Faust, which brings aiokafka."""

import ssl
from typing import TYPE_CHECKING

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from pipeline.errors import ConfigurationError
from pipeline.kafka_security import KafkaSecurity, PasswordLogin, TokenLogin

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT


def aiokafka_configs(security: KafkaSecurity, context: ssl.SSLContext | None) -> dict[str, object]:
    """Return the keyword arguments of a client; `context` is the cluster's."""
    return security.client_configs(context, _TokenFromFile)


def faust_credentials(
    security: KafkaSecurity, context: ssl.SSLContext | None
) -> "CredentialsT | None":
    """Return Faust's `broker_credentials`; None for a cluster that wants none."""
    import faust

    match security.login:
        case PasswordLogin() as login:
            return faust.SASLCredentials(
                mechanism=str(login.mechanism),
                username=login.username,
                password=login.password,
                ssl_context=context,
            )
        case TokenLogin() as login:
            from faust.auth import OAuthCredentials

            return OAuthCredentials(oauth_cb=_TokenFromFile(login), ssl_context=context)
    return None if context is None else faust.SSLCredentials(context)


class _TokenFromFile(AbstractTokenProvider):  # type: ignore[misc]
    def __init__(self, login: TokenLogin) -> None:
        self._login = login

    async def token(self) -> str:
        try:
            return self._login.read_token()
        except ConfigurationError as error:
            # One of aiokafka's, which it tries again after: whoever renews the token may be at it.
            raise KafkaConnectionError(str(error)) from None
