"""A manifest is read as a file, and says what is asked of it."""

from pathlib import Path

import pytest

from shared.manifest import issuers_for, manifests, read_manifest, services_called_by

MANIFEST = 'from shared.manifest import Service\n\nSERVICE = Service("{}", question="What?", stream_days=7)\n'


def written(folder: Path, text: str) -> Path:
    """Write a manifest into a service's folder."""
    path = folder / "post" / "service.py"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_a_manifest_is_read_from_its_file(tmp_path: Path) -> None:
    found = read_manifest(written(tmp_path, MANIFEST.format("post")))
    assert (found.name, found.question, found.stream_days) == ("post", "What?", 7)


@pytest.mark.parametrize("text", [MANIFEST.format("other"), "SERVICE = None\n", ""])
def test_a_file_that_is_not_its_folders_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="must define SERVICE, the manifest of post"):
        read_manifest(written(tmp_path, text))


def test_the_entrance_calls_every_other_service_and_is_called_by_none() -> None:
    [entrance] = [name for name, service in manifests().items() if service.is_entrance]
    assert set(services_called_by(entrance)) == manifests().keys() - {entrance}
    assert issuers_for(entrance) == ()


def test_a_service_accepts_the_entrance_first_and_then_those_that_call_it() -> None:
    assert issuers_for("registry") == ("gateway", "feedback")
    assert issuers_for("loop") == ("gateway",)
    assert services_called_by("loop") == ()
