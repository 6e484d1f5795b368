"""Money is exact: every currency has its decimals, and no sum or product is rounded."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from db.money import CRYPTO, EXPONENTS, exact, exponent, times, total

MOST_UNITS = 10**12
UNKNOWN = "must be an ISO 4217 code such as EUR, or one of BTC, ETH, USDC, USDT, EURC"
PLAIN = 'must be a plain number of zero or more, below 10^12, such as "19.99"'
CURRENCIES = st.sampled_from(sorted(EXPONENTS))


@st.composite
def amounts(draw, currency=None):
    """A currency, the number of its smallest units, and a text that says it."""
    code = currency or draw(CURRENCIES)
    decimals = EXPONENTS[code]
    units = draw(st.integers(0, MOST_UNITS * 10**decimals - 1))
    whole, part = divmod(units, 10**decimals)
    digits = f"{part:0{decimals}}" if decimals else ""
    shortest = digits.rstrip("0")
    fraction = digits[: draw(st.integers(len(shortest), len(digits)))]
    fraction += "0" * draw(st.integers(0, 30 - len(digits))) if fraction else ""
    return code, units, f"{whole}.{fraction}" if fraction else str(whole)


@given(amounts())
def test_what_is_taken_is_exactly_what_was_said_with_all_decimals(stated):
    code, units, text = stated

    amount = exact(text, code)

    assert Fraction(amount) == Fraction(units, 10 ** EXPONENTS[code]) == Fraction(text)
    assert amount.as_tuple().exponent == -EXPONENTS[code]
    assert exact(f"{amount:f}", code) == amount


@given(CURRENCIES, st.integers(0, MOST_UNITS - 1), st.integers(0, 9), st.integers(1, 9))
def test_one_decimal_too_many_is_refused(code, whole, digit, last):
    decimals = EXPONENTS[code]
    text = f"{whole}.{str(digit) * decimals}{last}"

    with pytest.raises(ValueError, match=f"^has too many decimals: {code} has {decimals}$"):
        exact(text, code)


@given(amounts(), st.integers(1, 2**31 - 1))
def test_many_pieces_cost_exactly_their_price_each(stated, quantity):
    code, units, text = stated

    product = times(exact(text, code), quantity)

    assert Fraction(product) == Fraction(units * quantity, 10 ** EXPONENTS[code])
    assert product.as_tuple().exponent == -EXPONENTS[code]


@given(CURRENCIES.flatmap(lambda code: st.lists(amounts(code), min_size=1, max_size=100)))
def test_a_sum_is_exact_and_keeps_the_decimals(stated):
    [code] = {code for code, _, _ in stated}

    amount = total([exact(text, code) for _, _, text in stated])

    assert Fraction(amount) == Fraction(sum(u for _, u, _ in stated), 10 ** EXPONENTS[code])
    assert amount.as_tuple().exponent == -EXPONENTS[code]


def test_the_largest_invoice_is_not_rounded():
    price = exact("999999999999.999999999999999999", "ETH")

    amount = total([times(price, 2**31 - 1)] * 100)

    assert Fraction(amount) == Fraction((10**30 - 1) * (2**31 - 1) * 100, 10**18)


@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("JPY", 0),
        ("KRW", 0),
        ("CLP", 0),
        ("ISK", 0),
        ("EUR", 2),
        ("USD", 2),
        ("CHF", 2),
        ("MRU", 2),
        ("BHD", 3),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("BTC", 8),
        ("ETH", 18),
        ("USDC", 6),
        ("USDT", 6),
        ("EURC", 6),
    ],
)
def test_decimals_are_those_of_the_currency(code, decimals):
    assert exponent(code) == decimals


def test_every_currency_of_the_standard_with_a_minor_unit_is_known_and_no_other():
    known = {currency.code for currency in Currency if currency.exponent is not None}

    assert set(EXPONENTS) == known | set(CRYPTO)
    assert known & set(CRYPTO) == set()
    for code, decimals in EXPONENTS.items():
        assert str(exact("1", code)) == ("1." + "0" * decimals).rstrip(".")


@pytest.mark.parametrize(
    "code",
    ["", "eu", "EU", "EURO", "XAU", "XXX", "XTS", "978", "EUR ", "\0", "ＥＵＲ", "DEM"],  # noqa: RUF001  # wide letters on purpose
)
def test_an_unknown_currency_is_refused(code):
    for judge in (exponent, lambda code: exact("1", code)):
        with pytest.raises(ValueError, match=f"^{UNKNOWN}$"):
            judge(code)


@pytest.mark.parametrize(("code", "meant"), [("eur", "EUR"), ("Btc", "BTC")])
def test_a_known_currency_in_small_letters_is_told_its_name(code, meant):
    with pytest.raises(ValueError, match=f"^must be written in capitals: {meant}$"):
        exponent(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "-1",
        "-0",
        "+1",
        "1e3",
        "1E3",
        "1_000",
        "1,000",
        "1 000",
        " 1",
        "1\n",
        "0x10",
        "NaN",
        "sNaN",
        "Infinity",
        "1\0",
        "\u0663",
        "\u00bd",
        "1000000000000",
        "0000000000001",
        "1." + "0" * 31,
        "1.2.3",
    ],
)
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(ValueError, match=r"^must be a plain number of zero or more") as caught:
        exact(text, "EUR")

    assert str(caught.value) == PLAIN


def test_zero_has_decimals_too():
    assert str(exact("0", "EUR")) == "0.00"
    assert exact("0", "ETH") == Decimal(0)
    assert f"{exact('0', 'ETH'):f}" == "0.000000000000000000"
