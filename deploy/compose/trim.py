"""What the image does without: run as `python trim.py <folder of packages>` while it is built.

It needs nothing but Python, because it runs before the packages can be found.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# We ask whether a telephone number is valid, not where it is or whose, and for holidays, not for their names.
UNUSED = (
    "phonenumbers/geodata",
    "phonenumbers/geocoder.py",
    "phonenumbers/carrierdata",
    "phonenumbers/carrier.py",
    "phonenumbers/tzdata",
    "phonenumbers/timezone.py",
    "holidays/locale",
    "greenlet/tests",
    "aiosmtpd/tests",
)
# What compilers and type checkers read.
SOURCES = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pyi", ".pyx"})


def trim(packages: Path) -> None:
    """Delete what nothing of ours reads; FileNotFoundError when a package no longer has it there."""
    for unused in UNUSED:
        remove(packages / unused)
    for source in list(packages.rglob("*")):
        if source.suffix in SOURCES:
            source.unlink()
    for library in shared_libraries(packages):
        subprocess.run(["strip", "--strip-unneeded", library], check=True)


def remove(unused: Path) -> None:
    """Delete a folder, or a module and what Python made of it."""
    if unused.suffix != ".py":
        shutil.rmtree(unused)
        return
    unused.unlink()
    for made in unused.parent.glob(f"__pycache__/{unused.stem}.*"):
        made.unlink()


def shared_libraries(packages: Path) -> Iterator[Path]:
    """The packages' parts in machine code: half of their size is symbols for debuggers."""
    return (path for path in packages.rglob("*.so*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
