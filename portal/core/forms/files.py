"""Questions answered with a file."""

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import FileStorage

from portal.core.forms.form import Question
from portal.core.wording import N_

TOO_LARGE = N_("%(subject)s不能超过 %(most)s MB")
OTHER_KIND = N_("%(subject)s应是 %(kinds)s 格式的文件")
EMPTY = N_("%(subject)s是空的")

BEGINNINGS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
"""How the content of each kind begins: the name of a file proves nothing."""

MEGABYTE = 1024 * 1024


class FileField(Question):
    """A file of at most `most` bytes and one of `kinds`; `.data` is its content, or None.

    A browser does not send a file twice: after a mistake elsewhere it has to be chosen again.
    """

    kind = "file"
    MISSING = N_("请选择%(object)s")

    def __init__(
        self, words: str, *, kinds: Sequence[str] = ("pdf",), most: int = 2 * MEGABYTE, **settings: Any
    ) -> None:
        super().__init__(words, **settings)
        self.kinds, self.most = tuple(kinds), most

    @property
    def accept(self) -> str:
        """What the browser offers to choose."""
        return ",".join(f".{kind}" for kind in self.kinds)

    @property
    def typed(self) -> str:
        return ""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = None
        sent = next((value for value in valuelist if isinstance(value, FileStorage) and value.filename), None)
        if sent is None:
            return
        content = sent.stream.read(self.most + 1)
        if len(content) > self.most:
            raise ValueError(self.message(TOO_LARGE, most=f"{self.most / MEGABYTE:g}"))
        if not content:
            raise ValueError(self.message(EMPTY))
        if not any(content.startswith(BEGINNINGS[kind]) for kind in self.kinds):
            raise ValueError(self.message(OTHER_KIND, kinds=" / ".join(kind.upper() for kind in self.kinds)))
        self.data = content
