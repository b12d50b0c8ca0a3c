"""The worker for Faust's own command line: `faust -A pipeline.worker worker`."""

from pipeline.app import create_app
from pipeline.settings import Settings

app = create_app(Settings())
