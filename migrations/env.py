"""Alembic's environment: the models' metadata against the connection the caller brings."""

from importlib import import_module
from pathlib import Path

from alembic import context

from portal.core import jobs  # noqa: F401 - its table belongs to the metadata
from portal.core.db import Model

for file in sorted((Path(__file__).parents[1] / "portal").glob("*/models*")):
    import_module(f"portal.{file.parent.name}.models")

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    compare_type=True,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
