from services.loop.records import Base
from shared.migrations import run

run(Base.metadata)
