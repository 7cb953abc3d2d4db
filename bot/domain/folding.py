"""What a text looks like to an eye: letters that look alike are one letter, what cannot be seen is not there.

Look-alikes: those letters of Cyrillic and Greek that Unicode's TR39 (confusables.txt) takes for a Latin letter, as far as
keyboards of our readers have them; the capitals decide where small letters differ (В and B, Н and H, Р and P). ``fold``
of a Cyrillic word is therefore half Latin: it is for comparing, never for showing.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LOOK_ALIKES = str.maketrans(
    # Cyrillic: small letters as they are drawn (а е і ј о р с у х ѕ һ), and by their capitals (В К М Н Т)
    "аеіјорсухѕһ"
    + "вкмнт"
    + "ґӏԁԛԝѵ"
    # Greek: α β ε η ι κ ν ο ρ τ υ χ by their capitals or their shape
    + "αβεηικμνορτυχϲϳ"
    # Latin: letters without their dot or with a stroke, which NFKD leaves whole
    + "ıłøđħŧ",
    "aeijopcyxsh" + "bkmht" + "гldqwv" + "abehikmvoptyxcj" + "ilodht",
)
# In a word with Cyrillic letters, as they are drawn by hand or in italics.  Not in TR39, common in disguise.
DRAWN_ALIKE = str.maketrans("nur", "пиг")
APOSTROPHES = "'’‘ʼʹ`´′＇ʻ"
QUOTES = '"«»“”„‟‹›″'
DIGITS_AS_LETTERS = str.maketrans({"0": "o", "1": "i", "3": "з", "4": "ч", "6": "б", "@": "a", "$": "s"})

# Words with a Cyrillic letter, with the marks and invisible characters that may stand in them.
_DRAWN = re.compile(
    r"(?<![A-Za-z\u0300-\u052f])[A-Za-z\u00ad\u0300-\u036f\u200b-\u200f]*+[\u0400-\u052f][A-Za-z\u00ad\u0300-\u052f\u200b-\u200f]*+"
)
_DIGIT_IN_WORD = re.compile(r"(?<=[^\W\d_])[013461@$](?=[^\W\d_])")
_REPEATED = re.compile(r"([^\W\d_])\1+")
_INSIDE = re.compile(r"(?<=\w)(?:'|[*_~^|\\]++)(?=\w)")  # мр*азь, м'ята: one word without it
_NOT_WORD = re.compile(r"[\W_]+")
_SPELLED = re.compile(r"(?<!\w)[^\W\d_](?: [^\W\d_](?!\w)){3,}+")  # м р а з ь
_DOTTED = re.compile(
    r"(?<!\w)[^\W\d_]([^\w\s])[^\W\d_](?!\w)(?:\1[^\W\d_](?!\w)){2,}+"
)  # і м.р.а.з.ь: without the і


@lru_cache(maxsize=8192)
def as_read(character: str) -> str:
    """What one character is read as: nothing, one or several characters of lower case, without marks and accents."""
    if character in APOSTROPHES:
        return "'"
    if character in QUOTES:
        return '"'
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(map(_seen, plain)).translate(LOOK_ALIKES)


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\n" or category in {"Zl", "Zp"}:
        return "\n"
    if character in {"\u2800", "\t", "\r"} or category == "Zs":  # the blank of Braille, too
        return " "
    if category[0] == "M" or category in {"Cf", "Cc", "Cs"} or character in {"\u115f", "\u1160", "\u3164"}:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "Pd" or character == "−":  # the sign of minus
        return "-"
    return character


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read, white space single, and where each of its characters came from (code points)."""

    text: str
    places: tuple[int, ...]  # one for each character of ``text``
    source: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the source that is read as ``text[start:end]``, with the marks that hang on its last letter."""
        last = self.places[end - 1] + 1
        while last < len(self.source) and not as_read(self.source[last]):
            last += 1
        return self.places[start], last

    def original(self, start: int, end: int) -> str:
        first, last = self.span(start, end)
        return self.source[first:last]


def read(text: str) -> Reading:
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(_redrawn(text)):
        for letter in as_read(character):
            if letter in " \n" and letters and letters[-1] in " \n":
                if letter == "\n":
                    letters[-1] = letter
                continue
            letters.append(letter)
            places.append(place)
    return Reading("".join(letters), tuple(places), text)


def _redrawn(text: str) -> str:
    return _DRAWN.sub(lambda word: word[0].translate(DRAWN_ALIKE), text)


def fold(text: str) -> str:
    """The words of a text for comparing: read as above, digits in words as letters, no letter twice in a row, no
    punctuation, words that were spelled letter by letter whole again.  Folding twice changes nothing.
    """
    seen = "".join(map(as_read, _redrawn(text)))
    seen = _DOTTED.sub(lambda dotted: dotted[0].replace(dotted[1], ""), seen)
    seen = _INSIDE.sub("", seen)
    seen = _DIGIT_IN_WORD.sub(lambda digit: digit[0].translate(DIGITS_AS_LETTERS), seen)
    seen = _REPEATED.sub(r"\1", _redrawn(_NOT_WORD.sub(" ", seen).strip()))
    seen = _SPELLED.sub(lambda spelled: spelled[0].replace(" ", ""), seen)
    return _REPEATED.sub(r"\1", _redrawn(seen))
