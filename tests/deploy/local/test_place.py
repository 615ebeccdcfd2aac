"""Where PostgreSQL is: in the home, or in a private place when its account does not get there."""

import stat

from deploy.keys import make_keys
from deploy.local.account import unprivileged_account
from deploy.local.home import Home
from deploy.local.place import folder_of_wheel, place_of, private_root, remove_place


def test_it_is_in_the_home_when_its_account_gets_there(home: Home) -> None:
    home.make()
    place = place_of(home, unprivileged_account())
    assert place.data == home.path / "postgres"
    assert place.programs == folder_of_wheel() / "pginstall" / "bin"


def test_a_home_that_its_account_cannot_reach_gets_a_private_place_outside(home: Home) -> None:
    home.make()
    make_keys(home.secrets)
    home.path.parent.chmod(0o700)
    account = unprivileged_account()
    place = place_of(home, account)
    assert stat.S_IMODE(home.path.parent.stat().st_mode) == 0o700
    if account is None:  # an ordinary user reaches all that is its own
        assert place.data == home.path / "postgres"
        return
    root = private_root(home)
    assert place.data == root / "data"
    assert (root.stat().st_uid, stat.S_IMODE(root.stat().st_mode)) == (account.uid, 0o700)
    assert account.may_run(place.programs / "postgres")
    assert place_of(home, account) == place
    remove_place(home)
    assert not root.exists()
    assert not (home.path / "postgres").is_symlink()


def test_a_private_place_of_a_home_that_is_gone_is_made_anew(home: Home) -> None:
    home.make()
    home.path.parent.chmod(0o700)
    account = unprivileged_account()
    root = place_of(home, account).data.parent
    if account is None:  # an ordinary user never needs one
        assert root == home.path
        return
    (root / "data").mkdir()
    (home.path / "postgres").unlink()
    place_of(home, account)
    assert not (root / "data").exists()
    remove_place(home)
