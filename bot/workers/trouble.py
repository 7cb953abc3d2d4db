"""How a failure is described without what it was about."""

import traceback
from pathlib import PurePath


def where(error: BaseException) -> list[str]:
    """Innermost frames first, as file:line:function.  Never the exception's text: it may quote a reader."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(PurePath(f.filename).parts[-3:])}:{f.lineno}:{f.name}" for f in reversed(frames)]
