"""How kafka-python connects: as the cluster's security says, and telling why where it cannot.

kafka-python notes why a login or a TLS handshake failed, in its log alone, and tries again until
the time is over. Here the first such answer ends the wait, as a ConfigurationError.
"""

import ssl
from typing import Any

from kafka.errors import (
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.sasl.oauth import AbstractTokenProvider
from kafka.net.selector import NetworkSelector

from pipeline.errors import ConfigurationError
from pipeline.kafka_handshake import describe_login_refusal, describe_tls_refusal, is_tls_refusal
from pipeline.kafka_security import KafkaSecurity, TokenLogin

_REFUSED_LOGINS = (
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    ValueError,  # out of the exchange itself: the server fails its own proof,
    KeyError,  # or says what SCRAM has no place for
)


def kafka_python_configs(
    security: KafkaSecurity, context: ssl.SSLContext | None
) -> dict[str, object]:
    """Return the security as kafka-python's clients take it; `context` is the cluster's."""
    return security.client_configs(context, _TokenFromFile)


def open_network(security: KafkaSecurity, **configs: Any) -> KafkaNetClient:
    """Return the network of a client, for its config `kafka_client`."""
    network = NetworkSelector(**configs)
    return KafkaNetClient(
        net=network, manager=_ExplainingConnectionManager(network, security, **configs)
    )


class _ExplainingConnectionManager(KafkaConnectionManager):  # type: ignore[misc]
    """Keeps why a server does not take us, where kafka-python itself looks before it tries again.

    A certificate is held against a server of the cluster's own naming only: of the bootstrap
    servers another one may do.
    """

    def __init__(self, net: NetworkSelector, security: KafkaSecurity, **configs: Any) -> None:
        super().__init__(net, **configs)
        self._security = security

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        try:
            return await super()._build_transport(node, timeout_at=timeout_at)
        except KafkaConnectionError as error:
            cause = error.__context__
            if (
                isinstance(cause, ssl.SSLError)
                and is_tls_refusal(cause)
                and not self.cluster.is_bootstrap(node.node_id)
            ):
                server = f"{node.host}:{node.port}"
                raise ConfigurationError(
                    describe_tls_refusal(server, cause, self._security)
                ) from error
            raise

    async def _connect(self, node: Any, conn: Any, **options: Any) -> None:
        await super()._connect(node, conn, **options)
        error = conn.init_future.exception
        login = self._security.login
        if isinstance(error, ConfigurationError):  # of the certificate, or of the token's file
            self._auth_failures[node.node_id] = error
        elif login is not None and isinstance(error, _REFUSED_LOGINS):
            self._auth_failures[node.node_id] = ConfigurationError(
                describe_login_refusal(f"{node.host}:{node.port}", login, error)
            )


class _TokenFromFile(AbstractTokenProvider):  # type: ignore[misc]
    def __init__(self, login: TokenLogin) -> None:
        super().__init__()
        self._login = login

    def token(self) -> str:
        return self._login.read_token()
