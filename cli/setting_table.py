"""The table of all settings."""

from pathlib import Path

from access.encryption import EncryptionKeys
from access.pepper import Peppers
from cli.mail_settings import mail_from, smtp_url
from cli.origins import origins
from cli.setting import Setting
from cli.values import (
    audience,
    database_url,
    documents,
    host,
    log_form,
    networks,
    number,
    on_or_off,
    switch,
)

HIGHEST_PORT = 65_535
MOST_CONNECTIONS = 1_000
LONGEST_WAIT_SECONDS = 3_600
MOST_COST = 1_000_000_000
MOST_DELIVERIES = 10_000
MOST_DAYS = 3_650
MOST_WORKERS = 128

SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        "The PostgreSQL (15 or newer) that keeps everything,"
        " as postgresql://user:password@host:5432/database.",
        database_url,
        otherwise="one of its own, in the data folder",
        is_secret=True,
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        "",
        "The server itself, where DATABASE_URL is a transaction pooler: for migrations, and to hear"
        " of changed keys.",
        database_url,
        otherwise="DATABASE_URL",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_DATABASE_CONNECTIONS",
        "10",
        "How many connections to the database each process uses at most.",
        number(1, MOST_CONNECTIONS),
    ),
    Setting(
        "TOLLHOUSE_DATABASE_WAIT",
        "30",
        "How many seconds a start waits for the database of DATABASE_URL.",
        number(0, LONGEST_WAIT_SECONDS),
    ),
    Setting("TOLLHOUSE_HOST", "127.0.0.1", "The name or address to listen on.", host),
    Setting(
        "TOLLHOUSE_PORT",
        "8402",
        "The port to listen on; 0 takes any that is free.",
        number(0, HIGHEST_PORT),
    ),
    Setting(
        "TOLLHOUSE_WORKERS",
        "1",
        "How many processes share the port, on Linux: one for each core is a good number.",
        number(1, MOST_WORKERS),
    ),
    Setting(
        "TOLLHOUSE_DATA",
        "./data",
        "The data folder: Tollhouse's own database, and the secrets that it generated.",
        Path,
    ),
    Setting(
        "TOLLHOUSE_POSTGRES_BIN",
        "",
        "A folder with another PostgreSQL's programs, for the database of its own.",
        Path,
        otherwise="those that were installed with Tollhouse",
    ),
    Setting(
        "TOLLHOUSE_TRUSTED_PROXIES",
        "",
        "Addresses and networks, with commas between them, whose X-Forwarded-For is believed.",
        networks,
        otherwise="none",
    ),
    Setting(
        "TOLLHOUSE_CORS_ORIGINS",
        "",
        "Origins, with commas between them, whose pages may call from a browser, as"
        " https://shop.example.",
        origins,
        otherwise="none",
    ),
    Setting(
        "TOLLHOUSE_WEBHOOK_NETWORKS",
        "",
        "Private addresses and networks, with commas between them, that webhooks may reach all the"
        " same, and by http too.",
        networks,
        otherwise="none: webhooks reach public addresses only, by https",
    ),
    Setting(
        "TOLLHOUSE_RATE_LIMIT",
        "600000",
        "How much the operations of one key may cost in a minute, as docs/limits.md counts it;"
        " 0: as much as they like.",
        number(0, MOST_COST),
    ),
    Setting(
        "TOLLHOUSE_RATE_BURST",
        "100000",
        "How much of it may be asked for at once.",
        number(1, MOST_COST),
    ),
    Setting(
        "TOLLHOUSE_INTROSPECTION",
        "keys",
        "Who may read the schema from the server: keys, full-access (only keys that have it) or"
        " nobody.",
        audience,
    ),
    Setting(
        "TOLLHOUSE_DOCUMENTS",
        "any",
        "Which GraphQL documents are run: any, or trusted ones alone (docs/documents.md).",
        documents,
    ),
    Setting(
        "TOLLHOUSE_DELIVERIES",
        "500",
        "How many webhook deliveries one worker sends at the same time, at most.",
        number(1, MOST_DELIVERIES),
    ),
    Setting(
        "TOLLHOUSE_DELIVERY_DAYS",
        "30",
        "After how many days finished webhook deliveries are removed, and mail with them.",
        number(1, MOST_DAYS),
    ),
    Setting(
        "TOLLHOUSE_SMTP_URL",
        "",
        "The server that takes mail, as smtp://user:password@host:587?starttls=require (or prefer,"
        " or off), or smtps://user:password@host:465.",
        smtp_url,
        otherwise="mail is off",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_MAIL_FROM",
        "",
        "The mailbox that mail comes from, as Tollhouse <no-reply@example.com>.",
        mail_from,
        otherwise="mail is off",
    ),
    Setting(
        "TOLLHOUSE_PEPPERS",
        "",
        "The secrets under which tokens are hashed, as version:base64, newest first,"
        " with commas between them.",
        Peppers.parse,
        otherwise="generated into the data folder, mode 0600",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_ENCRYPTION_KEYS",
        "",
        "The keys that secrets in the database are encrypted with, 32 bytes each,"
        " as version:base64, newest first, with commas between them.",
        EncryptionKeys.parse,
        otherwise="generated into the data folder, mode 0600",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_DEMO",
        "",
        "1: an empty database gets demo data, and the start prints tokens for it; 0: it doesn't.",
        switch,
        otherwise="1 with a database of its own and a loopback host, else 0",
    ),
    Setting(
        "TOLLHOUSE_LOG",
        "",
        "How the log is written, to standard error: text or json.",
        log_form,
        otherwise="text on a terminal, else json",
    ),
    Setting("TOLLHOUSE_COMPILED", "on", "off: graphql-core runs every operation.", on_or_off),
)
