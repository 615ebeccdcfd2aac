"""The doctor: names each fault of a deployment and the next command."""

from deploy.doctor.deployment import Deployment, Fault, deployment_of
from deploy.doctor.examination import examine

__all__ = ["Deployment", "Fault", "deployment_of", "examine"]
