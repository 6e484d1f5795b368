"""Settings: where they come from, what is said of those that can't be used."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from access.encryption import EncryptionKeys
from access.pepper import Peppers
from access.smtp_server import SmtpServer, Tls
from cli.misspelling import misspelled
from cli.settings import MAIL_IS_OFF, SETTINGS, Faulty, documented, mail_line, read

ROOT = Path(__file__).parent.parent
NOT_GIVEN = {setting.field: None for setting in SETTINGS}
PEPPER = Peppers.generate().show()
ENCRYPTION = EncryptionKeys.generate().show()
URL = "postgresql://me:hush@db.test:5432/shop"
SMTP = "smtp://me:hush@mail.test"


def settings_of(**environment):
    return read(NOT_GIVEN, environment)


def faults_of(**environment):
    with pytest.raises(Faulty) as raised:
        settings_of(**environment)
    return str(raised.value).splitlines()


def test_all_have_a_default():
    settings = settings_of()

    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8402, Path("data"))
    assert (settings.database_url, settings.database_direct_url) == (None, None)
    assert (settings.database_connections, settings.database_wait) == (10, 30)
    assert (settings.postgres_bin, settings.log) == (None, None)
    assert (settings.peppers, settings.encryption_keys) == (None, None)
    assert (settings.smtp_url, settings.mail_from) == (None, None)
    assert settings.trusted_proxies.networks == frozenset()


def test_the_environment_sets_each():
    settings = settings_of(
        DATABASE_URL=URL,
        DATABASE_DIRECT_URL=URL + "2",
        TOLLHOUSE_DATABASE_CONNECTIONS="3",
        TOLLHOUSE_DATABASE_WAIT="0",
        TOLLHOUSE_HOST="[::1]",
        TOLLHOUSE_PORT="0",
        TOLLHOUSE_DATA="/srv/data",
        TOLLHOUSE_POSTGRES_BIN="/opt/bin",
        TOLLHOUSE_TRUSTED_PROXIES="10.0.0.0/8, 2001:0db8::/32",
        TOLLHOUSE_SMTP_URL=SMTP,
        TOLLHOUSE_MAIL_FROM="no-reply@shop.test",
        TOLLHOUSE_PEPPERS=PEPPER,
        TOLLHOUSE_ENCRYPTION_KEYS=ENCRYPTION,
        TOLLHOUSE_DEMO="0",
        TOLLHOUSE_LOG="json",
        TOLLHOUSE_COMPILED="off",
    )

    assert (settings.database_url, settings.database_direct_url) == (URL, URL + "2")
    assert (settings.database_connections, settings.database_wait) == (3, 0)
    assert (settings.host, settings.port, settings.data) == ("::1", 0, Path("/srv/data"))
    assert (settings.postgres_bin, settings.log) == (Path("/opt/bin"), "json")
    proxies = {ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")}
    assert settings.trusted_proxies.networks == proxies
    assert settings.smtp_url == SmtpServer("mail.test", 587, Tls.REQUIRED, "me", "hush")
    assert settings.mail_from == "no-reply@shop.test"
    assert settings.peppers is not None
    assert settings.peppers.show() == PEPPER
    assert settings.encryption_keys is not None
    assert settings.encryption_keys.show() == ENCRYPTION
    assert (settings.demo, settings.compiled) == (False, False)


def test_a_flag_wins_and_an_empty_one_brings_the_default_back():
    environment = {"TOLLHOUSE_PORT": "1", "TOLLHOUSE_HOST": "db.test"}

    settings = read(NOT_GIVEN | {"port": "2", "host": ""}, environment)

    assert (settings.port, settings.host) == (2, "127.0.0.1")


def test_an_empty_variable_is_none():
    assert settings_of(TOLLHOUSE_PORT="", DATABASE_URL="").port == 8402


def test_what_a_command_does_not_take_is_not_read():
    assert read({"data": None}, {"TOLLHOUSE_PORT": "x", "TOLLHOUSE_DATA": "d"}).data == Path("d")


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TOLLHOUSE_PORT", "65536", "Give a whole number from 0 to 65535."),
        ("TOLLHOUSE_PORT", "-1", "Give a whole number from 0 to 65535."),
        ("TOLLHOUSE_PORT", "\u0663", "Give a whole number from 0 to 65535."),
        ("TOLLHOUSE_PORT", "9" * 5000, "Give a whole number from 0 to 65535."),
        ("TOLLHOUSE_DATABASE_CONNECTIONS", "0", "Give a whole number from 1 to 1000."),
        ("TOLLHOUSE_DATABASE_WAIT", "1h", "Give a whole number from 0 to 3600."),
        ("TOLLHOUSE_DEMO", "yes", "Give 1 or 0."),
        ("TOLLHOUSE_LOG", "xml", "Give text or json."),
        ("TOLLHOUSE_DOCUMENTS", "none", "Give any or trusted."),
        ("TOLLHOUSE_COMPILED", "0", "Give on or off."),
        (
            "TOLLHOUSE_TRUSTED_PROXIES",
            "10.0.0.0/8,10.0.0.1/8",
            "'10.0.0.1/8' can't be taken. It has host bits set: write 10.0.0.0/8.",
        ),
        *(
            (
                "TOLLHOUSE_HOST",
                host,
                "Give a name or an address such as 127.0.0.1, 0.0.0.0 or ::1, without a port.",
            )
            for host in ("localhost:8402", "[localhost]", "::1::", "a b")
        ),
    ],
)
def test_a_bad_value_is_named_with_the_way_out(name, value, fault):
    flag = "--" + name.removeprefix("TOLLHOUSE_").lower().replace("_", "-")

    assert faults_of(**{name: value}) == [f"{name} (or {flag}) is {value!r}: {fault}"]


FORM = "Write postgresql://user:password@host:5432/database."
UNREADABLE = (
    "Its host or port can't be read. In a password, write / as %2F, : as %3A, @ as %40, ? as %3F,"
    " # as %23 and % as %25."
)
QUERY = "What follows its ? can't be read; in a password, write ? as %3F."


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://me:hush@db.test/shop", FORM),
        ("host=db.test password=hush", FORM),
        ("postgresql://me:hush@[::1/shop", FORM),
        ("postgresql://me:hu/hush@db.test/shop", UNREADABLE),
        ("postgresql://me:x@db.test:hush/shop", UNREADABLE),
        ("postgresql://me:hu?hush@db.test/shop", UNREADABLE),
        ("postgresql://me@db.test/shop?hush", QUERY),
    ],
)
def test_a_bad_database_url_is_told_without_showing_it(url, fault):
    [said] = faults_of(DATABASE_URL=url)

    assert said == f"DATABASE_URL (or --database-url): {fault}"
    assert "hush" not in said


def test_bad_secrets_of_the_host_are_told_without_showing_them():
    pepper, key = faults_of(TOLLHOUSE_PEPPERS="1:hu!sh", TOLLHOUSE_ENCRYPTION_KEYS="1:aHVzaA==")

    assert pepper == "TOLLHOUSE_PEPPERS (or --peppers): Pepper 1 is not base64."
    assert key == (
        "TOLLHOUSE_ENCRYPTION_KEYS (or --encryption-keys):"
        " Encryption key 1 has 4 bytes; exactly 32 are needed."
    )


def test_all_faults_are_told_at_once():
    assert len(faults_of(TOLLHOUSE_PORT="x", TOLLHOUSE_LOG="y")) == 2


def test_a_direct_url_alone_is_refused():
    assert faults_of(DATABASE_DIRECT_URL=URL) == [
        "DATABASE_DIRECT_URL is set without DATABASE_URL: set both, or neither."
    ]


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("TOLLHOUSE_SMTP_URL", SMTP, "TOLLHOUSE_MAIL_FROM"),
        ("TOLLHOUSE_MAIL_FROM", "no-reply@shop.test", "TOLLHOUSE_SMTP_URL"),
    ],
)
def test_half_of_mail_is_refused(name, value, other):
    assert faults_of(**{name: value}) == [f"{name} is set without {other}: set both, or neither."]


def test_of_two_that_belong_together_only_the_bad_one_is_told():
    [said] = faults_of(TOLLHOUSE_SMTP_URL="smtp://", TOLLHOUSE_MAIL_FROM="no-reply@shop.test")

    assert said.startswith("TOLLHOUSE_SMTP_URL (or --smtp-url): ")


def test_it_is_told_that_mail_is_off():
    on = settings_of(TOLLHOUSE_SMTP_URL=SMTP, TOLLHOUSE_MAIL_FROM="no-reply@shop.test")

    assert (mail_line(settings_of()), mail_line(on)) == (MAIL_IS_OFF, None)


@pytest.mark.parametrize(
    "url",
    [
        "postgres:///shop?host=/run/postgresql",
        "postgresql://me:p%40ss@one.test:5432,two.test,[2001:db8::1]:5433/shop",
    ],
)
def test_sockets_and_several_hosts_are_taken(url):
    assert settings_of(DATABASE_URL=url).database_url == url


def test_settings_show_no_secrets():
    secrets = {"TOLLHOUSE_PEPPERS": PEPPER, "TOLLHOUSE_ENCRYPTION_KEYS": ENCRYPTION}
    mail = {"TOLLHOUSE_SMTP_URL": SMTP, "TOLLHOUSE_MAIL_FROM": "no-reply@shop.test"}
    shown = repr(settings_of(DATABASE_URL=URL, **secrets, **mail))

    assert "hush" not in shown
    assert PEPPER.partition(":")[2] not in shown
    assert ENCRYPTION.partition(":")[2] not in shown


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, True),
        ({"TOLLHOUSE_HOST": "localhost"}, True),
        ({"TOLLHOUSE_HOST": "::1"}, True),
        ({"TOLLHOUSE_HOST": "0.0.0.0"}, False),
        ({"TOLLHOUSE_HOST": "shop.test"}, False),
        ({"DATABASE_URL": URL}, False),
        ({"TOLLHOUSE_DEMO": "0"}, False),
        ({"DATABASE_URL": URL, "TOLLHOUSE_DEMO": "1"}, True),
    ],
)
def test_a_demo_is_wanted_where_nobody_else_gets_at_it_or_where_it_is_asked_for(
    environment, wanted
):
    assert settings_of(**environment).wants_demo is wanted


def test_misspelled_variables_are_told_with_the_nearest_name():
    names = ["TOLLHOUSE_PROT", "TOLLHOUSE_X", "TOLLHOUSE_PORT", "TOLLHOUSE_TEST_X", "HOME"]

    assert misspelled(names) == [
        "TOLLHOUSE_PROT is no setting; did you mean TOLLHOUSE_PORT?",
        "TOLLHOUSE_X is no setting; tollhouse serve --help lists them.",
    ]


def test_the_documented_table_is_this_one():
    assert documented() in (ROOT / "README.md").read_text()
