"""What owners of endpoints are told of failures."""

import errno
import os
import ssl

import pytest

from delivery.faults import MALFORMED, Failure, told


def failed(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (failed(errno.ECONNREFUSED), "can't be reached: connection refused"),
        (failed(errno.ETIMEDOUT), "can't be reached: it doesn't answer"),
        (failed(errno.EHOSTUNREACH), "can't be reached: no route to it"),
        (failed(errno.ENETUNREACH), "can't be reached: no route to it"),
        (failed(errno.EADDRNOTAVAIL), "can't be reached"),
        (failed(errno.EMFILE), "could not be tried: this server has no free connections"),
        (failed(errno.EMSGSIZE), "answered far too much"),
        (failed(errno.EPIPE), "reset the connection"),
        (failed(errno.ECONNRESET), "reset the connection"),
        (OSError("10.0.0.7 and 10.0.0.8"), "can't be reached"),
        (ssl.SSLError("db.inner.example"), "the TLS handshake failed"),
        (ssl.SSLCertVerificationError("db.inner.example"), "its TLS certificate is not valid"),
        (Failure(MALFORMED), "answered with malformed HTTP"),
        (RuntimeError("db.inner.example"), "can't be reached"),
    ],
)
def test_a_failure_is_told_without_names_and_addresses(error, sentence):
    assert told(error) == sentence
