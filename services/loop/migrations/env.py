from services.loop.sums.models import Base
from shared.migrations import run

run(Base.metadata)
