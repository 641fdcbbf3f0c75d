"""Setting up and running: migrations, the worker, the demo."""

import signal
import sys
from pathlib import Path

import click

from portal.core import clock
from portal.core.request import database, gateways, settings

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@click.command()
@click.option("--to", default="head", help="Revision to go to; `base` takes everything down.")
def migrate(to: str) -> None:
    """Bring the database to a revision; fail if its tables are not those of this code even so."""
    from alembic import command
    from alembic.config import Config

    from portal.core.schema import differences

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database().transaction() as session:
        config.attributes["connection"] = session.connection()
        (command.downgrade if to == "base" else command.upgrade)(config, to)
        wrong = differences(session.connection()) if to == "head" else []
    if wrong:
        raise click.ClickException(
            f"{len(wrong)} tables or columns are not what this code needs. {_remedy()}\n  "
            + "\n  ".join(wrong)
        )


def _remedy() -> str:
    """What to do about a database that another form of the initial migration made."""
    anew = "The demo was made before the tables changed, and can be made anew: end the portal,"
    if settings().production or not settings().demo:
        return (
            "Other code made this database under the same revision; nothing was changed. Serve it with that"
            " code, or move its contents into a database that this code has migrated."
        )
    if str(settings().home) in settings().database_url:
        return f"{anew} remove the folder {settings().home} and start again."
    return f"{anew} empty its database, remove the folder {settings().home} and start again."


@click.command()
def worker() -> None:
    """Do background work until told to stop."""
    from portal import jobs

    stopping: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _: stopping.append(number))
    jobs.work(database(), gateways(), settings(), lambda: bool(stopping))


@click.command()
@click.option("--taxpayers", default=200, show_default=True, help="How many people live in the town.")
def demo(taxpayers: int) -> None:
    """Fill an empty database with the demo town and print its sign-ins."""
    from portal.demo.services import build

    if settings().production:
        raise click.ClickException("the demo town is never built in production")
    for line in build(database(), settings(), taxpayers, clock.now(), progress=sys.stderr):
        click.echo(line)


@click.command("demo-authority")
def demo_authority() -> None:
    """Make signing keys for development, worth nothing in law; existing ones stay."""
    from portal.gateways.signing.authority import make_demo_authority

    directory = settings().signing_p12.parent
    if not settings().signing_p12.exists():
        make_demo_authority(directory, settings().office.name_en)
    click.echo(f"signing keys in {directory}", err=True)
