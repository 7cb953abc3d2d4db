"""Numbers that name a person: phones, cards, accounts, passports, plates, places on the map.

Everything is searched in a `Reading`: small letters, look-alikes as Latin letters.  Patterns are written in plain words and
go through the same reading.  A number may be cut by blanks, dots, dashes and brackets at any place, so runs of groups of
digits are found first, and windows of whole groups are judged by their length.

No library of phone numbers: with a plus any number is taken, valid or not, and the national forms of four countries are
four rules; python-stdnum would replace the four sums of `bot.domain.betrayal` and nothing else.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.domain.betrayal import Kind, is_card, is_iban, is_pesel, is_ukrainian_tax_number
from bot.domain.folding import Reading, as_read

Found = tuple[int, int, Kind]  # start and end in the reading


def pattern(source: str) -> re.Pattern[str]:
    """A regular expression over readings: its letters are read as texts are, its ASCII is left alone."""
    return re.compile("".join(c if c.isascii() else _literal(c) for c in source))


def _literal(character: str) -> str:
    seen = as_read(character)
    return seen if len(seen) == 1 else f"(?:{seen})"  # № is two letters


def any_of(patterns: str) -> str:
    """One of the patterns that white space parts; ``~`` is a blank within one."""
    return f"(?:{'|'.join(patterns.split())})".replace("~", " ")


def vocabulary(words: str) -> frozenset[str]:
    return frozenset("".join(map(as_read, words)).split())


MOST_DIGITS = 19  # of the longest card
LENGTHS = frozenset({10, 11, 12, 13, 14, 15, 16, 19})  # of cards, phones and numbers with a sum
RUN = pattern(r"(?<!\w)(?:\+\s?)?\(?\d(?:[ .()/_-]{0,3}\d)*+(?!\w)")
GROUP = pattern(r"\d+")
DATE = pattern(
    r"(?<!\d)(?:[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d|(?:19|20)\d\d[./-][01]\d[./-][0-3]\d)(?!\d)"
    r"|(?<![\d.])(?:19|20)\d\d ?- ?(?:19|20)\d\d(?!\d)"
)
NO = r"(?:№|n|#|номер)?\.? ?"
PHONE_WORDS = pattern(
    r"(?<!\w)(?:тел(?:ефон\w{0,3})?|моб(?:ільн\w{1,3}|ильн\w{1,3})?|вайбер\w?|ватсап\w?|сигнал|"
    r"дзвон\w{1,4}|телефонуй\w{0,2}|набира\w{1,4}|звон\w{1,4}|позвон\w{1,4}|"
    r"tel|telefon|phone|mobile|cell|viber|whatsapp|signal|call(?: me)?(?: at| on)?)"
    r"(?:\.? ?(?:дом|роб|раб|моб)(?!\w)\.?)?(?: (?:номер\w?|number|мені|мне|мій|мой|за|по|на)){0,3}[.:]? ?-? ?(?=[+(\d])"
)
NATIONAL = {  # how numbers begin, by their length
    10: (
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "09",
    ),  # Ukraine: 0, then an operator or a region; Germany, Czechia alike
    11: (
        "79",
        "89",
        "74",
        "84",
        "83",
        "80",
        "48",
        "01",
        "07",
    ),  # Russia, Kazakhstan; Belarus within; Poland; Britain
    12: ("380", "375", "00"),
    13: ("003", "004", "007", "008"),
    14: ("003", "004", "007", "008"),
    15: ("003", "004", "007", "008"),
}
IDENTITY_WORDS = pattern(
    r"(?<!\w)(?:паспорт\w{0,3}|посвідчен\w{2,3}|удостоверен\w{2,3}|водійськ\w{2,4}|прав[аи]?|"
    r"id[ -]?(?:карт\w{0,3}|card|number)|ід[ -]?карт\w{0,3}|серія|серия|іпн|рнокпп|инн|снилс|унзр|"
    r"(?:ідентифікаційн|идентификационн|табельн|особист|личн)\w{2,4}(?: (?:код|номер)\w{0,2})?|"
    r"податков\w{2,3} номер\w?|жетон\w?|студентськ\w{2,4}|залікова|"
    r"passport|ssn|social security|driver'?s licen[cs]e|pesel|dow[oó]d\w{0,2}|пашпарт\w?)"
    r"(?: (?:громадянина|україни|серії|серии|серія|серия|рф|убд|no|номер\w?|number|is|мій|мой|osobisty|квиток)){0,4}"
    r"[.:,]? ?-? ?" + NO + r"(?=(?:[^\W\d_]{1,3} ?-? ?" + NO + r")?\d)"
)
AFTER_IDENTITY = pattern(rf"(?:[^\W\d_]{{1,3}} ?-? ?{NO})?\d(?:(?:[ -]| номер | ?№ ?)?\d){{4,19}}(?!\d)")
AFTER_PHONE = pattern(r"\+?[(]?\d(?:[ .()/-]{0,3}\d){4,14}(?!\d)")
LETTERED = (  # letters and digits in a shape; the letters are capitals, unless nothing stands between
    # Ukraine's old passport and Poland's card; passports of Belarus and Poland; a person's number in Belarus
    (pattern(r"(?<!\w)(?P<letters>[^\W\d_]{2,3}) ?(?:№ ?)?\d{6}(?!\w)"), Kind.IDENTITY),
    (pattern(r"(?<!\w)(?P<letters>[^\W\d_]{2}) ?\d{7}(?!\w)"), Kind.IDENTITY),
    (pattern(r"(?<!\w)\d{7}[abckehmp]\d{3}[a-z]{2}\d(?!\w)"), Kind.IDENTITY),
    # Plates of Ukraine, Russia and Belarus
    (pattern(r"(?<!\w)(?P<a>[abcehikmoptx]{2}) ?-?\d{4} ?-?(?P<b>[abcehikmoptx]{2})(?!\w)"), Kind.PLATE),
    (pattern(r"(?<!\w)(?P<a>[abekmhopctyx]) ?\d{3} ?(?P<b>[abekmhopctyx]{2}) ?\d{2,3}(?!\w)"), Kind.PLATE),
    (pattern(r"(?<!\w)\d{4} ?(?P<a>[abcehikmoptx]{2}) ?-[1-8](?!\w)"), Kind.PLATE),
)
NOT_LETTERS = vocabulary(  # words that stand before a count
    "на до по за із ми та же їх не ок то це ще про від під для або але как это for the and but of to in by at"
)
YEAR = pattern(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SHAPES = pattern(  # passports and insurance of Russia, social security of the USA
    r"(?<![\w.,])(?:\d\d \d\d ?№? ?\d{6}|(?!19|20)\d{4} (?:№ ?)?\d{6}|\d{3}-\d{3}-\d{3}[ -]\d\d|(?!000|9)\d{3}-\d\d-\d{4})(?!\w)"
)
IBAN = pattern(r"(?<!\w)[a-z]{2}\d\d(?:[ -]?[a-z\d]{1,30}){1,9}")
UKRAINIAN_IBAN = pattern(r"(?<!\w)ua[ -]?\d\d(?:[ -]?\d){25}(?!\d)")
COORDINATES = pattern(
    r"(?<![\w.,])[-+]?\d{1,2}[.]\d{3,15} ?°? ?[a-zпшд]?[,; /]\s?[-+]?\d{1,3}[.]\d{3,15}(?!\w|[.]\d)(?: ?°? ?[ewcзв](?!\w)| ?°)?"
    r"|(?<!\d)\d{1,2} ?° ?\d{1,2} ?'(?: ?[\d.]{1,6} ?(?:'{2}|\"))? ?(?:пн\.?|с\.?|пд\.?|[a-zш])? ?(?:ш\.?)?[,; ]{0,2}\d{1,3} ?° ?\d{1,2} ?'(?: ?[\d.]{1,6} ?(?:'{2}|\"))?(?: ?[ewcзв](?!\w))?"
)
DIGIT = pattern(r"\d")
LETTER_O = pattern(r"(?<=\d)o(?=\d)|(?<!\w)o(?=\d\d)")  # in place of the digit
FRACTION = pattern(r"\d[.,]\d")
MONEY = pattern(
    r" ?(?:грн|гривень|гривні|долар|доллар|євро|евро|руб|тис|тыс|млн|млрд|usd|eur|uah|dollars|\$|€|₴)"
)


def numbers(reading: Reading) -> Iterator[Found]:
    text = LETTER_O.sub("0", reading.text)
    if not DIGIT.search(text):
        return
    yield from _runs(text)
    for said, shape, kind in (
        (PHONE_WORDS, AFTER_PHONE, Kind.PHONE),
        (IDENTITY_WORDS, AFTER_IDENTITY, Kind.IDENTITY),
    ):
        for match in said.finditer(text):
            if number := shape.match(text, match.end()):
                yield *number.span(), kind
    for shape, kind in (
        (SHAPES, Kind.IDENTITY),
        (UKRAINIAN_IBAN, Kind.IBAN),
        (COORDINATES, Kind.COORDINATES),
    ):
        yield from ((*match.span(), kind) for match in shape.finditer(text))
    for lettered, kind in LETTERED:
        for match in lettered.finditer(text):
            if all(_means_letters(reading, match, group) for group in match.groupdict()):
                yield *match.span(), kind
    yield from _ibans(text)


def _means_letters(reading: Reading, match: re.Match[str], group: str) -> bool:
    """Capitals are meant as letters of a number.  Small ones only where they stand close to it and are no word."""
    start, end = match.span(group)
    if reading.original(start, end).isupper():
        return " " not in match[0] or (match[group] not in NOT_LETTERS and not YEAR.search(match[0]))
    return " " not in match[0] and match[group] not in NOT_LETTERS


def _runs(text: str) -> Iterator[Found]:
    """Phones, cards and numbers that a sum gives away, in runs of groups of digits."""
    dates = {place for match in DATE.finditer(text) for place in range(*match.span())}
    for run in RUN.finditer(text):
        groups: list[tuple[int, int]] = []
        for group in GROUP.finditer(text, *run.span()):
            if group.start() in dates:
                yield from _windows(text, groups, run.start())
                groups = []
            else:
                groups.append(group.span())
        yield from _windows(text, groups, run.start())


def _windows(text: str, groups: list[tuple[int, int]], run_start: int) -> Iterator[Found]:
    first = 0
    while first < len(groups):
        best = _longest(text, groups, first)
        if best is None:
            first += 1
            continue
        last, kind = best
        start = groups[first][0]
        while start > run_start and text[start - 1] in "+( ":
            start -= 1
        yield start, groups[last][1], kind
        first = last + 1


def _longest(text: str, groups: list[tuple[int, int]], first: int) -> tuple[int, Kind] | None:
    """The last group and the kind of the longest number that begins with group ``first``."""
    begins = groups[first][0]
    plus = text[max(0, begins - 3) : begins].rstrip("( ").endswith("+")
    digits, best = "", None
    for last in range(first, len(groups)):
        digits += text[groups[last][0] : groups[last][1]]
        if len(digits) > MOST_DIGITS:
            break
        if plus and 8 <= len(digits) <= 15:
            best = last, Kind.PHONE
        elif len(digits) in LENGTHS and (kind := _kind(text, digits, groups[first : last + 1])):
            best = last, kind
    return best


def _kind(text: str, digits: str, groups: list[tuple[int, int]]) -> Kind | None:
    sizes = [stop - begin for begin, stop in groups]
    spelled = max(sizes) == 1
    if (len(groups) > 6 and not spelled) or digits == digits[0] * len(digits):
        return None
    if len(digits) in {15, 16, 19} and (spelled or min(sizes) >= 2) and is_card(digits):
        return Kind.CARD
    if _is_national_phone(text, digits, groups, spelled) and not MONEY.match(text, groups[-1][1]):
        return Kind.PHONE
    whole = len(groups) == 1 or spelled
    summed = (len(digits) == 10 and is_ukrainian_tax_number(digits)) or (
        len(digits) == 11 and is_pesel(digits)
    )
    if whole and summed and not FRACTION.match(text, max(0, groups[0][0] - 2)):
        return Kind.IDENTITY
    return None


def _is_national_phone(text: str, digits: str, groups: list[tuple[int, int]], spelled: bool) -> bool:
    if not digits.startswith(NATIONAL.get(len(digits), ())) or digits.endswith("000000"):
        return False
    sizes = [stop - begin for begin, stop in groups]
    separators = [text[a[1] : b[0]] for a, b in pairwise(groups)]
    if len(digits) < 12 and len(sizes) > 1 and set(sizes[1:]) == {3} and set(separators) <= {" ", "."}:
        return False  # thousands: 80 000 000 100
    if sizes[0] == 1 and not spelled and separators[:1] == ["."]:
        return False  # 0.123456789
    return "".join(separators).count("/") < 2  # 01-06/869/2012 is the number of a letter


def _ibans(text: str) -> Iterator[Found]:
    for match in IBAN.finditer(text):
        account = ""
        for part in re.finditer(r"[a-z\d]+", match[0]):
            account += part[0]
            if sum(map(str.isdigit, account)) >= 8 and is_iban(account):
                yield match.start(), match.start() + part.end(), Kind.IBAN
                break
