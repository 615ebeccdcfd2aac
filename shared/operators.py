"""Who acts at the operator's shell: commands that decide something ask for `--by`."""

from typing import Annotated

import typer

from shared.auth import Actor, read_actor


def read_operator(by: str) -> Actor:
    """The person whom `--by` names by a pseudonym; BadParameter says what is wrong with it."""
    try:
        return read_actor(f"{by.strip()}; role=operator")
    except ValueError as error:
        raise typer.BadParameter(f"Give a pseudonym of a person, such as `jd-17`: it {error}") from error


ByOperator = Annotated[
    Actor,
    typer.Option(
        "--by", parser=read_operator, metavar="PSEUDONYM", help="Who does it, as your audit names them."
    ),
]
