from services.registry.models import Base
from shared.migrations import run

run(Base.metadata)
