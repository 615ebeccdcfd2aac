"""Documents that are made from the code are as the code makes them now."""

import pytest

from deploy.documents import ASYNCAPI, EVENTS_PAGE, OPENAPI, Generated
from deploy.settings_page import SETTINGS_PAGE

MADE = [OPENAPI, ASYNCAPI, EVENTS_PAGE, SETTINGS_PAGE]


@pytest.mark.parametrize("document", MADE, ids=lambda document: document.path.name)
def test_a_committed_document_is_current(document: Generated) -> None:
    assert document.is_current(), f"{document.path.name}: run make docs"
