"""The first words with a Kafka server, and one sentence for what is wrong with them.

Kafka's clients answer a refused certificate, a refused login and a server that speaks something
else alike: they try again until the time is over. So before a client is opened, a server is
connected to here: TCP, TLS where it is wanted, and questions that every Kafka answers. What waiting
does not mend is a ConfigurationError that names the setting.
"""

import socket
import ssl
import time
from typing import Any

from kafka.errors import (
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaProtocolError,
    UnsupportedSaslMechanismError,
)
from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest
from kafka.protocol.parser import KafkaProtocol

from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.kafka_security import KafkaCluster, KafkaSecurity, PasswordLogin, TokenLogin

_CONNECT_TIMEOUT_SECONDS = 3.0
_DEFAULT_PORT = 9092
_RECEIVE_BYTES = 65_536
_WRONG_NAME_CODES = frozenset({62, 64})  # OpenSSL: for another host name, for another address
_CLOSED = (ConnectionError, ssl.SSLEOFError)


def greet_any(cluster: KafkaCluster, context: ssl.SSLContext | None, deadline: float) -> None:
    """Return once one server answers as the cluster's security has it; `deadline` is monotonic.

    `context` is the cluster's own. Nobody logs in. Raises ConfigurationError when a server does not
    fit the settings and no other one does, BrokerUnavailableError when none answers.
    """
    mismatch: ConfigurationError | None = None
    for number, server in enumerate(cluster.servers):
        share_seconds = (deadline - time.monotonic()) / (len(cluster.servers) - number)
        try:
            _greet(server, cluster.security, context, max(share_seconds, 0.1))
            return
        except ConfigurationError as error:
            mismatch = mismatch or error
        except (OSError, ValueError):
            continue  # nobody is there, or the address leads nowhere
    raise mismatch or unavailable(cluster)


def unavailable(cluster: KafkaCluster) -> BrokerUnavailableError:
    """Return the error for a broker that does not answer."""
    return BrokerUnavailableError(
        f"Kafka does not answer at {cluster}: "
        "start it, or name another one with --broker or CLAIMWIRE_BROKER."
    )


def describe_tls_refusal(server: str, error: ssl.SSLError, security: KafkaSecurity) -> str:
    """Say in one sentence why one side does not accept the other's certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _WRONG_NAME_CODES:
            return (
                f"Kafka at {server} shows a certificate that was issued for another name: "
                "connect by a name that stands in it, or have it issued for this one."
            )
        return (
            f"Kafka at {server} shows a certificate that is not trusted "
            f"({error.verify_message}): name its authority with CLAIMWIRE_TLS_CA_FILE, "
            "or have it issued anew."
        )
    reason = error.reason.replace("_", " ").lower()
    if security.tls is not None and security.tls.certificate_file is not None:
        return (
            f"Kafka at {server} refuses the TLS connection ({reason}): "
            "see whether it trusts the authority of CLAIMWIRE_TLS_CERTIFICATE_FILE."
        )
    return (
        f"Kafka at {server} refuses the TLS connection ({reason}): if it asks for a client "
        "certificate, set CLAIMWIRE_TLS_CERTIFICATE_FILE and CLAIMWIRE_TLS_KEY_FILE."
    )


def is_tls_refusal(error: BaseException | None) -> bool:
    """Tell whether one side did not accept the other's certificate, or its terms."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return "ALERT" in (reason or "") and "INTERNAL_ERROR" not in (reason or "")


def describe_login_refusal(
    server: str, login: PasswordLogin | TokenLogin, error: BaseException
) -> str:
    """Say in one sentence why a login did not succeed; what the server said is not repeated."""
    if isinstance(error, UnsupportedSaslMechanismError):
        return (
            f"Kafka at {server} does not offer logins by {login.mechanism}: "
            "set CLAIMWIRE_SASL_MECHANISM to one that it offers."
        )
    if isinstance(error, IllegalSaslStateError | IncompatibleBrokerVersion):
        return (
            f"Kafka at {server} takes no logins on this port: take SASL_ off "
            "CLAIMWIRE_SECURITY_PROTOCOL, or name its port for logins."
        )
    if isinstance(error, ValueError | KeyError):
        return (
            f"Kafka at {server} does not keep to {login.mechanism}, or does not know the password "
            "itself: see whether it is your Kafka before you trust it with one."
        )
    if isinstance(login, TokenLogin):
        return (
            f"Kafka at {server} refuses the token in {login.token_file}: "
            "renew it, or mend CLAIMWIRE_SASL_TOKEN_FILE."
        )
    return (
        f"Kafka at {server} refuses the login of {login.username} by {login.mechanism}: correct "
        "CLAIMWIRE_SASL_USERNAME or the password in CLAIMWIRE_SASL_PASSWORD(_FILE)."
    )


def _greet(
    server: str, security: KafkaSecurity, context: ssl.SSLContext | None, timeout_seconds: float
) -> None:
    """Connect as the settings say and hear answers; raises OSError where there are none."""
    address = _address(server)
    patience_seconds = timeout_seconds / 2  # a second connection may have to find out more
    try:
        # Twice, because a server that is being stopped closes as well.
        if not any(_converse(address, security, context, patience_seconds) for _ in range(2)):
            protocol = "SASL_PLAINTEXT" if context is None else "SASL_SSL"
            raise ConfigurationError(
                f"Kafka at {server} hangs up on clients that do not log in: set "
                f"CLAIMWIRE_SECURITY_PROTOCOL to {protocol}, and CLAIMWIRE_SASL_MECHANISM."
            )
    except OSError as error:
        if isinstance(error, ssl.SSLError) and is_tls_refusal(error):
            raise ConfigurationError(describe_tls_refusal(server, error, security)) from error
        if isinstance(error, ConnectionRefusedError | socket.gaierror):
            raise
        if context is None and _speaks_tls(address, patience_seconds):
            raise ConfigurationError(
                f"Kafka at {server} speaks TLS on this port: set CLAIMWIRE_SECURITY_PROTOCOL to "
                "SSL or SASL_SSL, or name its port without."
            ) from error
        if context is not None and _speaks_kafka_in_the_clear(address, patience_seconds):
            raise ConfigurationError(
                f"Kafka at {server} does not speak TLS on this port: name its port for TLS, or "
                "set CLAIMWIRE_SECURITY_PROTOCOL to PLAINTEXT or SASL_PLAINTEXT."
            ) from error
        raise


def _converse(
    address: tuple[str, int],
    security: KafkaSecurity,
    context: ssl.SSLContext | None,
    timeout_seconds: float,
) -> bool:
    """Ask what anybody may ask, then what asks for a login where there are logins.

    Returns whether both were answered; the second is not asked by a client that will log in.
    Raises OSError where not even the first is answered.
    """
    with _connect(address, context, timeout_seconds) as connection:
        parser = KafkaProtocol(client_id="claimwire")
        _ask(connection, parser, ApiVersionsRequest(version=0))
        if security.login is None:
            try:
                _ask(connection, parser, MetadataRequest(version=1, topics=[]))
            except _CLOSED:
                return False
    return True


def _speaks_tls(address: tuple[str, int], timeout_seconds: float) -> bool:
    """Tell whether a TLS handshake leads anywhere, if only to a certificate nobody trusts."""
    try:
        _connect(address, ssl.create_default_context(), timeout_seconds).close()
    except OSError as error:
        return is_tls_refusal(error)
    return True


def _speaks_kafka_in_the_clear(address: tuple[str, int], timeout_seconds: float) -> bool:
    try:
        with _connect(address, None, timeout_seconds) as connection:
            _ask(connection, KafkaProtocol(client_id="claimwire"), ApiVersionsRequest(version=0))
    except OSError:
        return False
    return True


def _connect(
    address: tuple[str, int], context: ssl.SSLContext | None, timeout_seconds: float
) -> socket.socket:
    connection = socket.create_connection(address, min(timeout_seconds, _CONNECT_TIMEOUT_SECONDS))
    try:
        connection.settimeout(timeout_seconds)
        if context is None:
            return connection
        return context.wrap_socket(connection, server_hostname=address[0])
    except BaseException:
        connection.close()
        raise


def _ask(connection: socket.socket, parser: KafkaProtocol, request: Any) -> None:
    """Send a request and wait for its answer; raises OSError where none comes."""
    parser.send_request(request)
    try:
        connection.sendall(parser.send_bytes())
    except OSError:
        connection.recv(1)  # a TLS server that refuses us said why before it closed
        raise
    answers: list[Any] = []
    while not answers:
        received = connection.recv(_RECEIVE_BYTES)
        if not received:
            raise ConnectionResetError("closed before an answer")
        try:
            answers = parser.receive_bytes(received)
        except KafkaProtocolError as error:
            raise ConnectionAbortedError("the answer is not Kafka's") from error


def _address(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon:
        return server, _DEFAULT_PORT
    return host.removeprefix("[").removesuffix("]"), int(port)
