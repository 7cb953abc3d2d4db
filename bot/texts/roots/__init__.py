"""Lists of banned roots, one a language: ``uk.txt``, ``en.txt``, ``ru.txt``.

One root a line, ``#`` begins a comment, ``$`` at the end of a root asks for the whole word.  An operator's folder with a file of
the same name replaces the list of that language; other names add languages.
"""

from importlib.resources import files
from pathlib import Path

from bot.domain.folding import fold
from bot.domain.screening import Roots

WHOLE = "$"
SHORTEST = 3  # folded letters of a root: shorter ones begin harmless words
BIGGEST = 100_000  # bytes of a list


class RootsError(ValueError):
    """A list that cannot be used, in one sentence without its full stop, for the operator."""


def load_roots(folder: Path | None) -> Roots:
    """All roots of all languages: readers mix them.  Raises RootsError."""
    lists = {
        entry.name: entry.read_bytes() for entry in files(__name__).iterdir() if entry.name.endswith(".txt")
    }
    if folder is not None:
        lists |= _of_operator(folder)
    roots = Roots()
    for name, content in sorted(lists.items()):
        roots |= parse_roots(name, content)
    return roots


def _of_operator(folder: Path) -> dict[str, bytes]:
    try:
        found = {
            path.name: path.read_bytes()[: BIGGEST + 1] for path in folder.iterdir() if path.suffix == ".txt"
        }
    except OSError as error:
        raise RootsError(f"{folder}: the lists of words cannot be read ({error.strerror})") from None
    if not found:
        raise RootsError(f"{folder}: there is no list of words, such as uk.txt")
    return found


def parse_roots(name: str, content: bytes) -> Roots:
    """Raises RootsError, which names the file and the line."""
    if len(content) > BIGGEST:
        raise RootsError(f"{name}: a list of words has at most {BIGGEST} bytes")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise RootsError(f"{name}: a list of words is a text in UTF-8") from None
    beginnings: set[str] = set()
    words: set[str] = set()
    for number, line in enumerate(lines, 1):
        root = line.partition("#")[0].strip()
        if not root:
            continue
        folded = fold(root.removesuffix(WHOLE))
        if " " in folded or len(folded) < (1 if root.endswith(WHOLE) else SHORTEST):
            raise RootsError(
                f"{name}, line {number}: a root is one word of at least {SHORTEST} different letters in a row"
                f" (a whole word, with {WHOLE} at its end, may be shorter)"
            )
        (words if root.endswith(WHOLE) else beginnings).add(folded)
    return Roots(frozenset(beginnings), frozenset(words))
