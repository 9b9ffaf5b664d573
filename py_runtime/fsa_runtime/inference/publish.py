"""A model as a Hugging Face folder that appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

from fsa_runtime.context import Checks
from fsa_runtime.data.student_tokenizer import StudentTokenizer
from fsa_runtime.files.digests import digest_of_folder
from fsa_runtime.files.durable import published_folder, sweep_temporaries
from fsa_runtime.t5.model import T5, save_model


def publish_model(model: T5, tokenizer: StudentTokenizer, folder: Path, checks: Checks) -> str:
    """Writes weights, configuration and tokenizer; the digest over the files under the name. Raises JobError.

    A model that is there by then stays: another attempt at the same job was first (the orchestrator takes
    away what is to be made anew before it hands out the job).
    """
    theirs = False

    def keep_theirs(_: Path) -> bool:
        nonlocal theirs
        theirs = True
        return True

    sweep_temporaries(folder.parent)
    with published_folder(folder, checks=checks, unless=keep_theirs) as temporary:
        save_model(model, temporary)
        tokenizer.save(temporary)
        digest = digest_of_folder(temporary)
    return digest_of_folder(folder) if theirs else digest
