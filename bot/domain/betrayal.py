"""What in a text may tell who wrote it, and the sums that tell a number of a person from any other number."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

FIRST_BIRTH, LAST_BIRTH = 5_480, 46_022  # days: born 1915 to 2025, as people are who write opinions
DOUBLED = str.maketrans("0123456789", "0246813579")  # twice a digit, its two digits added
PLACEHOLDER = "[…]"


class Kind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    USERNAME = "username"
    PROFILE = "profile"
    CARD = "card"
    IBAN = "iban"
    IDENTITY = "identity"  # passports, tax and personal numbers
    ADDRESS = "address"
    WORKPLACE = "workplace"
    UNIT = "unit"  # of an army
    NAME = "name"
    BIRTH = "birth"
    PLATE = "plate"
    COORDINATES = "coordinates"


@dataclass(frozen=True, slots=True, order=True)
class Betrayal:
    """``text[start:end]``, in code points, tells something about its author.  Never put that part in a log."""

    start: int
    end: int
    kind: Kind


def merged(found: Iterable[Betrayal]) -> tuple[Betrayal, ...]:
    """Sorted and without overlaps; what overlaps becomes one and has the kind of its longest part."""
    whole: list[Betrayal] = []
    longest = 0
    for one in sorted(found):
        if whole and one.start < whole[-1].end:
            last = whole[-1]
            kind = last.kind if longest >= one.end - one.start else one.kind
            longest = max(longest, one.end - one.start)
            whole[-1] = Betrayal(last.start, max(last.end, one.end), kind)
        else:
            longest = one.end - one.start
            whole.append(one)
    return tuple(whole)


def without(text: str, found: Iterable[Betrayal]) -> str:
    """The text with each finding replaced by the placeholder.  The findings do not overlap."""
    parts, end = [], 0
    for one in sorted(found):
        parts += [text[end : one.start], PLACEHOLDER]
        end = one.end
    return "".join(parts) + text[end:]


def is_card(digits: str) -> bool:
    """Luhn's sum (ISO/IEC 7812-1), and a first digit that banks use."""
    if digits[0] not in "234569" or len(set(digits)) == 1:
        return False
    single, double = digits[::-2], digits[-2::-2].translate(DOUBLED)
    return sum(map(int, single + double)) % 10 == 0


def is_iban(account: str) -> bool:
    """ISO 7064 MOD 97-10 over letters as numbers, a as 10 to z as 35; ``account`` in small letters and digits."""
    if not 15 <= len(account) <= 34 or not account.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1


def is_ukrainian_tax_number(digits: str) -> bool:
    """РНОКПП: five digits count the days to the birth from 31 December 1899, the last one is a sum of the others."""
    if not FIRST_BIRTH <= int(digits[:5]) <= LAST_BIRTH:
        return False
    weights = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits[:9], strict=True))
    return total % 11 % 10 == int(digits[9])


def is_pesel(digits: str) -> bool:
    """Poland's number: the day of birth with the century in the month, and a sum of weights 1, 3, 7, 9."""
    century, month = divmod(int(digits[2:4]), 20)
    total = sum(weight * int(digit) for weight, digit in zip(cycle((1, 3, 7, 9)), digits[:10]))
    return (
        century in {0, 1}
        and 1 <= month <= 12
        and 1 <= int(digits[4:6]) <= 31
        and -total % 10 == int(digits[10])
    )
