"""What keeps libraries from phoning home. Set before they are imported, so that nobody has to remember it."""

from __future__ import annotations

import os

SILENCE = {
    "ANONYMIZED_TELEMETRY": "false",
    "DEEPEVAL_DISABLE_DOTENV": "1",  # it would read every .env of the working directory into the environment
    "DEEPEVAL_NO_INSPECT_PROMPT": "1",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "RAGAS_DO_NOT_TRACK": "true",
}


def hush() -> None:
    """Ask every library for silence; for modules that are imported without the `archbench` command, too."""
    os.environ.update(SILENCE)
