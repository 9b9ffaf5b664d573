"""A model as a Hugging Face folder that appears whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fsa_runtime.files.digests import digest_of_folder
from fsa_runtime.files.durable import published_folder, sweep_temporaries
from fsa_runtime.t5.model import T5, save_model


def publish_model(model: T5, tokenizer: Any, folder: Path) -> str:
    """Writes weights, configuration and tokenizer; the digest over the files. Raises JobError."""
    sweep_temporaries(folder.parent)
    with published_folder(folder) as temporary:
        save_model(model, temporary)
        tokenizer.save_pretrained(str(temporary))
        return digest_of_folder(temporary)
