from services.feedback.sources import models
from shared.migrations import run

run(models.Source.metadata)
