"""The account PostgreSQL runs as: it has no privileges, and what it can reach is really tried."""

import os
from pathlib import Path

import pytest

from deploy.local.account import Account, make_private_folder, remove_tree, unprivileged_account

ME = Account(os.getuid(), os.getgid())


def test_an_ordinary_user_needs_no_other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unprivileged_account() is None


def test_root_gets_an_account_that_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    account = unprivileged_account()
    assert account is not None
    assert account.uid != 0


def test_what_an_account_can_reach_is_tried(tmp_path: Path) -> None:
    assert ME.may_enter(tmp_path)
    assert not ME.may_enter(tmp_path / "missing")
    assert ME.may_run(Path("/bin/ls"))
    assert not ME.may_run(Path("/bin/false"))


def test_an_account_that_we_may_not_act_as_reaches_nothing(tmp_path: Path) -> None:
    script = tmp_path / "program"
    script.write_text("#!/bin/sh\nexit 0\n")
    assert not ME.may_run(script)


def test_a_private_folder_is_nobody_elses(tmp_path: Path) -> None:
    assert make_private_folder(tmp_path / "a" / "b", ME).stat().st_mode & 0o777 == 0o700


def test_removing_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    remove_tree(tmp_path / "link")
    assert [each.name for each in tmp_path.iterdir()] == ["there"]
    remove_tree(tmp_path / "there")
    remove_tree(tmp_path / "there")
    assert list(tmp_path.iterdir()) == []
