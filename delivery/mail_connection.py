"""What is said between Tollhouse and the mail server, and what its answers mean."""

from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from access.smtp_server import SmtpServer, Tls
from db.mail import Mail
from delivery.mail_message import address_of, message_of, one_line

COMMAND_SECONDS: Final = 30
PERMANENT: Final = 500
LONGEST_REASON: Final = 500
FAULTS = (SMTPException, OSError)
# What a server that is well may say of one mail; the connection goes on.
ANSWERS = (SMTPRecipientsRefused, SMTPDataError, SMTPSenderRefused)
STARTTLS = {Tls.REQUIRED: True, Tls.PREFERRED: None, Tls.OFF: False, Tls.FROM_THE_START: False}


class Refused(Exception):
    """A mail that will never be taken."""


def client_of(server: SmtpServer) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls is Tls.FROM_THE_START,
        start_tls=STARTTLS[server.tls],
        validate_certs=server.tls is not Tls.PREFERRED,
        timeout=COMMAND_SECONDS,
    )


async def hand_over(client: SMTP, mail: Mail, sender: str) -> None:
    """Have the server take the mail; Refused where it never will, one of FAULTS otherwise."""
    try:
        message = message_of(mail, sender)
    except ValueError as error:
        raise Refused(str(error)) from error
    try:
        await client.send_message(message, sender=address_of(message), recipients=[mail.recipient])
    except (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupported) as error:
        if _is_final(error):
            raise Refused(reason_of(error)) from error
        raise


def _is_final(error: SMTPException) -> bool:
    """Whether trying again is of no use, as the server says of this mail or we know of it."""
    answer = _answer(error)
    return not isinstance(answer, SMTPResponseException) or answer.code >= PERMANENT


def reason_of(error: Exception) -> str:
    """What is told of it: never more than a few lines, and nothing that a database refuses."""
    answer = _answer(error)
    if isinstance(answer, SMTPResponseException):
        text = f"The mail server said: {answer.code} {answer.message}"
    else:
        text = str(answer) or "The mail server didn't answer in time."
    return one_line(text)[:LONGEST_REASON]


def _answer(error: Exception) -> Exception:
    return error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
