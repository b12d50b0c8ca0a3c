"""TLS and logins, by every client, against a listener that has them (tests/secure_listener.py)."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest

from pipeline.broker import EmbeddedBroker, free_port
from pipeline.cli import run_command
from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.feed import ConfirmedProducer
from pipeline.kafka_security import (
    KafkaCluster,
    KafkaSecurity,
    PasswordLogin,
    SaslMechanism,
    Tls,
    TokenLogin,
)
from pipeline.tail import TopicTail
from pipeline.topics import check_access
from tests.certificates import Authority, make_authority
from tests.dashboard_process import running_dashboard
from tests.kafka_topics import create_topic, loses_connections
from tests.sasl_server import oauthbearer, plain, scram
from tests.secure_listener import Mechanisms, SecureListener
from tests.worker_process import CLAIMWIRE, FAKE_WORKER, Workbench, WorkerProcess, article

SECURITY_PAGE = Path(__file__).parents[2] / "docs" / "security.md"
PASSWORD = "marker-password-4711"
TOKEN = "marker-token-0815"
DASHBOARD_TOKEN = "marker-dashboard-2342"
KEY_PASSWORD = "marker-key-1337"
PASSWORDS = {"ann": PASSWORD}
MECHANISMS: Mechanisms = {
    "PLAIN": partial(plain, PASSWORDS),
    "SCRAM-SHA-256": partial(scram, PASSWORDS, "sha256"),
    "SCRAM-SHA-512": partial(scram, PASSWORDS, "sha512"),
    "OAUTHBEARER": partial(oauthbearer, {TOKEN}),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority that the clients trust, unless told otherwise."""
    return make_authority(tmp_path_factory.mktemp("authority"), key_password=KEY_PASSWORD)


@pytest.fixture
def listen(broker: EmbeddedBroker) -> Iterator[Callable[..., SecureListener]]:
    """Return a function that opens a listener in front of the shared broker until the test ends."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(SecureListener(broker, **options))


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Return a folder with a file for each secret, as an orchestrator mounts them."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, secret in (
        ("password", PASSWORD),
        ("token", TOKEN),
        ("dashboard-token", DASHBOARD_TOKEN),
        ("key-password", KEY_PASSWORD),
    ):
        (folder / name).write_text(f"{secret}\n")
    return folder


def login_settings(mechanism: str, secrets: Path) -> dict[str, str]:
    """Return the settings of a good login, without their prefix."""
    if mechanism == "OAUTHBEARER":
        return {"SASL_MECHANISM": mechanism, "SASL_TOKEN_FILE": str(secrets / "token")}
    return {
        "SASL_MECHANISM": mechanism,
        "SASL_USERNAME": "ann",
        "SASL_PASSWORD_FILE": str(secrets / "password"),
    }


@pytest.fixture
def claimwire(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command of `claimwire` with settings, in this process."""

    def run(settings: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
        for name in [name for name in os.environ if "CLAIMWIRE" in name]:
            monkeypatch.delenv(name)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        status = run_command(arguments)
        return (status, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    "mechanism",
    [
        None,
        "SCRAM-SHA-512",
        pytest.param("OAUTHBEARER", marks=pytest.mark.slow),
        pytest.param("SCRAM-SHA-256", marks=pytest.mark.slow),
        pytest.param("PLAIN", marks=pytest.mark.slow),
    ],
)
def test_an_article_goes_its_whole_way_over_tls(
    broker: EmbeddedBroker,
    listen: Callable[..., SecureListener],
    authority: Authority,
    claimwire: Callable[..., tuple[int, str, str]],
    secrets: Path,
    tmp_path: Path,
    mechanism: str | None,
) -> None:
    """Topics, feed, worker, tail and dashboard work with a client certificate, or each login."""
    listener = listen(
        tls=authority.server_context(asks_for_certificate=mechanism is None),
        mechanisms=MECHANISMS if mechanism is not None else None,
    )
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state")
    settings = {"BROKER": listener.address, "TLS_CA_FILE": str(authority.ca_file)}
    if mechanism is None:
        settings |= {
            "SECURITY_PROTOCOL": "SSL",
            "TLS_CERTIFICATE_FILE": str(authority.certificate_file),
            "TLS_KEY_FILE": str(authority.encrypted_key_file),
            "TLS_KEY_PASSWORD_FILE": str(secrets / "key-password"),
        }
    else:
        settings |= {"SECURITY_PROTOCOL": "SASL_SSL", **login_settings(mechanism, secrets)}
    environment = bench.environment(**settings)

    def check_requests(part: str) -> None:
        """Whatever this part has asked of Kafka since the last call is what it may ask."""
        assert listener.passed_on <= documented_requests()[part]
        assert listener.passed_on
        listener.passed_on.clear()

    assert claimwire(environment, "topics", "create")[0] == 0
    check_requests("topics create")
    (tmp_path / "article.json").write_bytes(article(1, "Crime fell by 12 percent."))
    assert claimwire(environment, "feed", str(tmp_path / "article.json"))[0] == 0
    check_requests("feed")
    with WorkerProcess(bench, FAKE_WORKER, **settings) as worker:
        (source,) = (record.position for record in bench.read(bench.articles_topic))
        bench.wait_for_outcomes([source], check=worker.check_alive)
        assert worker.stop() == 0, worker.log
    check_requests("worker")
    status, shown, _ = claimwire(environment, "tail", "--no-follow", "--json")
    assert status == 0
    assert json.loads(shown)["text"] == "Crime fell by 12 percent."
    check_requests("tail")
    with running_dashboard(
        listener.address, bench.claims_topic, tmp_path / "dashboard.log", **settings
    ) as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        assert dashboard.texts() == ["Crime fell by 12 percent."]
    check_requests("dashboard")
    for part, *more in (
        ("topics describe",),
        ("dead-letters list",),
        ("dead-letters replay", "--all"),
        ("forget", "id:test/1"),
    ):
        assert claimwire(environment, *part.split(), *more)[0] == 0
        check_requests(part)
    wanted = {"TOPIC_PARTITIONS": "4", "TOPIC_RETENTION_HOURS": "1"}
    environment |= {f"CLAIMWIRE_{name}": value for name, value in wanted.items()}
    assert claimwire(environment, "topics", "create", "--apply")[0] == 0
    assert {"CreatePartitions", "IncrementalAlterConfigs"} <= listener.passed_on
    check_requests("topics create --apply")
    if mechanism is not None:
        assert {used for used, _ in listener.logins} == {mechanism}


def documented_requests() -> dict[str, set[str]]:
    """Return the requests of each part by docs/security.md, whose rights are made for them."""
    section = SECURITY_PAGE.read_text().split("## Rights on Kafka")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z -]+)` \| (.+) \|$", section, re.M)
    return {part: set(requests.split(", ")) for part, requests in rows}


KAFKA_PYTHON_COMMANDS = [
    ["topics", "create"],
    ["topics", "describe"],
    ["feed"],
    ["tail"],
    ["dead-letters", "list"],
    ["dead-letters", "replay", "--all"],
    ["forget", "id:test/1"],
]
PROCESSES = {"worker": FAKE_WORKER, "dashboard": (*CLAIMWIRE, "dashboard", "--port", "0")}
REFUSALS = {
    "authority": "CLAIMWIRE_TLS_CA_FILE",
    "name": "another name",
    "login": "CLAIMWIRE_SASL_USERNAME",
}


def refused_settings(
    wrong: str, listen: Callable[..., SecureListener], authority: Authority, tmp_path: Path
) -> tuple[SecureListener, dict[str, str]]:
    """Return a listener, and the settings of a client that it refuses or that refuses it."""
    name = "kafka.example" if wrong == "name" else "127.0.0.1"
    listener = listen(
        tls=authority.server_context(name), mechanisms=MECHANISMS if wrong == "login" else None
    )
    trusted = make_authority(tmp_path / "another") if wrong == "authority" else authority
    settings = {"SECURITY_PROTOCOL": "SSL", "TLS_CA_FILE": str(trusted.ca_file)}
    if wrong == "login":
        settings |= {
            "SECURITY_PROTOCOL": "SASL_SSL",
            "SASL_MECHANISM": "SCRAM-SHA-256",
            "SASL_USERNAME": "ann",
            "SASL_PASSWORD": f"not-{PASSWORD}",
        }
    return listener, settings


@pytest.mark.parametrize("command", KAFKA_PYTHON_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("wrong", REFUSALS)
@loses_connections()
def test_a_command_is_told_in_one_sentence_why_it_is_refused(
    listen: Callable[..., SecureListener],
    authority: Authority,
    claimwire: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    wrong: str,
    command: list[str],
) -> None:
    """An untrusted certificate, one for another name, a wrong password: status 2, all at once."""
    listener, settings = refused_settings(wrong, listen, authority, tmp_path)
    bench = Workbench(bootstrap_servers=listener.address, state_dir=tmp_path / "state")
    (tmp_path / "article.json").write_bytes(article(1, "Crime fell by 12 percent."))
    files = [str(tmp_path / "article.json")] if command == ["feed"] else []
    status, _, said = claimwire(bench.environment(**settings), *command, *files)
    assert status == 2
    (sentence,) = said.splitlines()
    assert sentence.startswith(f"claimwire: Kafka at {listener.address} ")
    assert REFUSALS[wrong] in sentence
    assert PASSWORD not in sentence
    assert not listener.passed_on


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("wrong", REFUSALS)
def test_a_process_ends_when_it_is_refused(
    listen: Callable[..., SecureListener],
    authority: Authority,
    tmp_path: Path,
    wrong: str,
    process: str,
) -> None:
    """Worker and dashboard do not wait for what waiting does not mend: status 2, one sentence."""
    listener, settings = refused_settings(wrong, listen, authority, tmp_path)
    bench = Workbench(bootstrap_servers=listener.address, state_dir=tmp_path / "state")
    ended = subprocess.run(
        PROCESSES[process],
        env=bench.environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended
    sentences = [line for line in ended.stderr.splitlines() if line.startswith("claimwire: ")]
    assert len(sentences) == 1, ended.stderr
    assert sentences[0].startswith(f"claimwire: Kafka at {listener.address} ")
    assert REFUSALS[wrong] in sentences[0]
    assert "Traceback" not in ended.stderr
    assert PASSWORD not in ended.stdout + ended.stderr
    assert not listener.passed_on


def _cluster(
    address: str,
    *,
    tls: Tls | None = None,
    login: PasswordLogin | TokenLogin | None = None,
) -> KafkaCluster:
    return KafkaCluster(servers=(address,), security=KafkaSecurity(tls=tls, login=login))


def _password(mechanism: str, password: str = PASSWORD) -> PasswordLogin:
    return PasswordLogin(mechanism=SaslMechanism(mechanism), username="ann", password=password)


def _refusal(cluster: KafkaCluster) -> str:
    """Return why the cluster cannot be used; fail when it can, or when waiting might help."""
    with pytest.raises(ConfigurationError) as caught:
        check_access(cluster, timeout_seconds=10)
    return str(caught.value)


@pytest.mark.parametrize("newest", [True, False], ids=["TLS 1.3", "TLS 1.2"])
@loses_connections()
def test_a_client_without_a_certificate_is_told_that_one_is_asked_for(
    listen: Callable[..., SecureListener], authority: Authority, tmp_path: Path, newest: bool
) -> None:
    """And one whose certificate is of a foreign authority, to have it issued by another."""
    listener = listen(tls=authority.server_context(asks_for_certificate=True, newest=newest))
    without = Tls(ca_file=authority.ca_file)
    assert "set CLAIMWIRE_TLS_CERTIFICATE_FILE" in _refusal(_cluster(listener.address, tls=without))
    another = make_authority(tmp_path / "another")
    foreign = Tls(
        ca_file=authority.ca_file,
        certificate_file=another.certificate_file,
        key_file=another.key_file,
    )
    sentence = _refusal(_cluster(listener.address, tls=foreign))
    assert "trusts the authority of CLAIMWIRE_TLS_CERTIFICATE_FILE" in sentence
    assert not listener.passed_on


@loses_connections()
def test_a_port_that_speaks_something_else_is_told(
    broker: EmbeddedBroker, listen: Callable[..., SecureListener], authority: Authority
) -> None:
    """TLS to a port in the clear, the other way round, and a login more or less than wanted."""
    trusting = Tls(ca_file=authority.ca_file)
    assert "does not speak TLS" in _refusal(_cluster(broker.bootstrap_servers, tls=trusting))
    encrypted = listen(tls=authority.server_context())
    assert "speaks TLS on this port" in _refusal(_cluster(encrypted.address))
    asking = listen(tls=authority.server_context(asks_for_certificate=True))
    assert "speaks TLS on this port" in _refusal(_cluster(asking.address))
    for tls in (None, trusting):
        open_to_all = listen(tls=tls and authority.server_context())
        with_login = _cluster(open_to_all.address, tls=tls, login=_password("PLAIN"))
        assert "takes no logins" in _refusal(with_login)
        guarded = listen(
            tls=tls and authority.server_context(), mechanisms={"PLAIN": MECHANISMS["PLAIN"]}
        )
        assert "do not log in" in _refusal(_cluster(guarded.address, tls=tls))
        by_scram = _cluster(guarded.address, tls=tls, login=_password("SCRAM-SHA-256"))
        assert "does not offer logins by SCRAM-SHA-256" in _refusal(by_scram)


@loses_connections()
def test_a_server_that_is_away_has_refused_nobody(
    listen: Callable[..., SecureListener],
) -> None:
    """With a login as without one, what may come back is waited for, also behind good words."""
    login = _password("SCRAM-SHA-256")
    nobody = _cluster(f"127.0.0.1:{free_port()}", login=login)
    elsewhere = listen(mechanisms=MECHANISMS, advertised_host="no-such-host.invalid")
    for cluster in (nobody, _cluster(elsewhere.address, login=login)):
        with pytest.raises(BrokerUnavailableError):
            check_access(cluster, timeout_seconds=2)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_login_is_made_and_a_wrong_one_refused(
    listen: Callable[..., SecureListener], secrets: Path, mechanism: str
) -> None:
    """Records go and come after each login; a wrong password or token is one sentence."""
    listener = listen(mechanisms=MECHANISMS)
    (secrets / "wrong").write_text("wrong")
    good: PasswordLogin | TokenLogin = _password(mechanism)
    bad: PasswordLogin | TokenLogin = _password(mechanism, "wrong")
    if mechanism == "OAUTHBEARER":
        good = TokenLogin(token_file=secrets / "token")
        bad = TokenLogin(token_file=secrets / "wrong")
    cluster = _cluster(listener.address, login=good)
    topic = create_topic(cluster)
    with TopicTail(cluster, [topic]) as tail, ConfirmedProducer(cluster, topic) as producer:
        producer.send("one", key=b"key", value=b"value")
        producer.flush()
        (record,) = tail.records(limit=1, timeout_seconds=10)
    assert record.value == b"value"
    assert {used for used, _ in listener.logins} == {mechanism}
    del listener.logins[:]
    sentence = _refusal(_cluster(listener.address, login=bad))
    assert "refuses the" in sentence
    assert listener.logins == []


def test_a_server_that_does_not_know_the_password_is_found_out(
    listen: Callable[..., SecureListener],
) -> None:
    """SCRAM has the server prove itself too; one that takes any password does not pass."""
    impostor = partial(scram, PASSWORDS, "sha512", is_impostor=True)
    listener = listen(mechanisms={"SCRAM-SHA-512": impostor})
    sentence = _refusal(_cluster(listener.address, login=_password("SCRAM-SHA-512")))
    assert "see whether it is your Kafka" in sentence


def test_a_token_is_read_for_each_login(
    listen: Callable[..., SecureListener], secrets: Path
) -> None:
    """What stands in the file now counts, and not what stood there at the start."""
    listener = listen(mechanisms=MECHANISMS)
    (secrets / "token").write_text("expired")
    cluster = _cluster(listener.address, login=TokenLogin(token_file=secrets / "token"))
    assert f"refuses the token in {secrets / 'token'}" in _refusal(cluster)
    (secrets / "token").write_text(f"{TOKEN}\n")
    check_access(cluster, timeout_seconds=10)
    (secrets / "token").unlink()
    assert "CLAIMWIRE_SASL_TOKEN_FILE" in _refusal(cluster)


@loses_connections()
def test_the_name_that_the_cluster_gives_itself_is_verified(
    listen: Callable[..., SecureListener], authority: Authority
) -> None:
    """A bootstrap server by a good name does not vouch for the names that it passes on."""
    listener = listen(tls=authority.server_context("127.0.0.1"), advertised_host="localhost")
    cluster = _cluster(listener.address, tls=Tls(ca_file=authority.ca_file))
    assert "localhost" in (sentence := _refusal(cluster))
    assert "another name" in sentence
    good = listen(
        tls=authority.server_context("127.0.0.1", "localhost"), advertised_host="localhost"
    )
    check_access(_cluster(good.address, tls=Tls(ca_file=authority.ca_file)), timeout_seconds=10)


@loses_connections()
def test_one_good_server_of_several_is_enough(
    broker: EmbeddedBroker, listen: Callable[..., SecureListener], authority: Authority
) -> None:
    """A server that does not fit is passed over as long as another one does."""
    good = listen(tls=authority.server_context())
    foreign = listen(tls=authority.server_context("kafka.example"))
    servers = (f"127.0.0.1:{free_port()}", broker.bootstrap_servers, foreign.address, good.address)
    tls = Tls(ca_file=authority.ca_file)
    cluster = KafkaCluster(servers=servers, security=KafkaSecurity(tls=tls, login=None))
    check_access(cluster, timeout_seconds=20)
    assert "does not speak TLS" in _refusal(
        KafkaCluster(servers=servers[:2], security=KafkaSecurity(tls=tls, login=None))
    )


def test_no_secret_is_logged_or_shown_among_the_processes(
    broker: EmbeddedBroker,
    listen: Callable[..., SecureListener],
    authority: Authority,
    secrets: Path,
    tmp_path: Path,
) -> None:
    """At debug, worker and dashboard log no password, token or key; no command line holds one."""
    listener = listen(
        tls=authority.server_context(asks_for_certificate=True),
        mechanisms={"PLAIN": MECHANISMS["PLAIN"]},
    )
    settings = {
        "BROKER": listener.address,
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": "PLAIN",
        "SASL_USERNAME": "ann",
        "TLS_CA_FILE": str(authority.ca_file),
        "TLS_CERTIFICATE_FILE": str(authority.certificate_file),
        "TLS_KEY_FILE": str(authority.encrypted_key_file),
        "LOG_LEVEL": "debug",
        "SASL_PASSWORD": PASSWORD,
        "TLS_KEY_PASSWORD": KEY_PASSWORD,
        "DASHBOARD_TOKEN_FILE": str(secrets / "dashboard-token"),
    }
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state")
    with WorkerProcess(bench, FAKE_WORKER, **settings) as worker:
        bench.create_topics()
        positions = bench.send(
            [article(1, "<p>Crime fell by 12 percent.", content_type="text/html")]
        )
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        with running_dashboard(
            listener.address, bench.claims_topic, tmp_path / "dashboard.log", **settings
        ) as dashboard:
            asked = {"authorization": f"Bearer {DASHBOARD_TOKEN}"}
            dashboard.wait_until(
                lambda: dashboard.get("api/status", headers=asked).json()["is_caught_up"]
            )
            started = [worker.process.pid, dashboard.process.pid]
            children = [child for pid in started for child in psutil.Process(pid).children(True)]
            commands = [
                " ".join(process.cmdline())
                for process in (*map(psutil.Process, started), *children)
            ]
        worker.stop()
    assert len(children) >= 1  # the HTML process
    logged = worker.log + (tmp_path / "dashboard.log").read_text()
    assert "Authenticated as ann" in logged  # the login itself is there
    for secret in (PASSWORD, KEY_PASSWORD, DASHBOARD_TOKEN):
        assert secret not in logged
        assert not any(secret in command for command in commands)
