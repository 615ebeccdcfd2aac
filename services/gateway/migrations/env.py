from services.gateway.webhooks.models import Endpoint
from shared.migrations import run

run(Endpoint.metadata)
