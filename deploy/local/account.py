"""The account PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess` that name an account."""

    user: int
    group: int
    extra_groups: tuple[()]


@dataclass(frozen=True, slots=True)
class Account:
    """A user without privileges."""

    uid: int
    gid: int

    def subprocess_arguments(self) -> RunAs:
        """The arguments that make `subprocess` start a program as this account; none if we are it."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def may_enter(self, folder: Path) -> bool:
        """Whether the account really gets into a folder: a child that runs as it tries."""
        return self._can(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])

    def may_run(self, program: Path) -> bool:
        """Whether the account can really run a program: a child that runs as it asks its version."""
        return self._can([str(program), "--version"])

    def _can(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(
                command, cwd="/", capture_output=True, check=False, **self.subprocess_arguments()
            )
        except PermissionError:
            return False
        return done.returncode == 0


def unprivileged_account() -> Account | None:
    """The account to use when we are root; None when we are an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL does not run as root: create a user named postgres or nobody")


def make_private_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only the account can use, or only we when there is none."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        account.own(path)
    return path


def give_tree(path: Path, account: Account) -> None:
    """Give a folder and all that is in it to the account."""
    account.own(path)
    for found in path.rglob("*"):
        account.own(found)


def remove_tree(path: Path) -> None:
    """Remove a folder; of a link, remove only the link and not what it leads to."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
