"""The message that a mail becomes: its headers are ours, and nothing in a mail adds to them."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from db.mail import Mail

# No blanks, brackets, quotes or control characters: what an envelope can carry as it stands.
RECIPIENT = re.compile(r'[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+')


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message; ValueError where the recipient can't be one.

    Every attempt makes the same, so that readers fold what was sent twice into one.
    """
    if not RECIPIENT.fullmatch(mail.recipient):
        raise ValueError("The recipient is no address that mail can be sent to.")
    local, _, domain = mail.recipient.rpartition("@")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.typeid}@{address_of(message).rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    # Plain ASCII on its way, so that no server has to change it.
    message.set_content(mail.body, cte="quoted-printable")
    return message


def address_of(message: EmailMessage) -> str:
    """The address that a message comes from."""
    return message["From"].addresses[0].addr_spec


def one_line(text: str) -> str:
    """The text without line breaks and control characters, and what is no character at all."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
