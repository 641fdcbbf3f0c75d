"""The application as tests build it: anew for each, from templates that were compiled once a process."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from portal.app import create_app
from portal.core.db import Database
from portal.settings import Settings


class Compiled(BytecodeCache):
    """Keeps what a template was compiled to, for as long as its source is the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = Compiled()


def portal_over(settings: Settings, database: Database) -> Flask:
    """The portal over this database."""
    app = create_app(settings, database)
    app.jinja_env.bytecode_cache = TEMPLATES
    return app
