from services.registry.tables import Base
from shared.migrations import run

run(Base.metadata)
