"""A model's tokenizer as transformers builds it. Importing this takes transformers, and with it a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoTokenizer

from fsa_runtime.data.family_tokenizer import family_tokenizer
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder


def build_tokenizer(folder: ModelFolder, *, added: Sequence[str] = ()) -> Any:
    """The fast tokenizer of a model folder, with some tokens added.

    Nothing is fetched and no code of the folder is run. Raises JobError("bad-model").
    """
    with folder.small_files() as files:
        try:
            tokenizer = family_tokenizer(files) or AutoTokenizer.from_pretrained(
                files, local_files_only=True, trust_remote_code=False
            )
        except JobError:
            raise
        except Exception as error:
            raise JobError(
                "bad-model", f"The tokenizer in {folder.path} could not be loaded: {_first_line(error)}"
            ) from error
    if not getattr(tokenizer, "is_fast", False) or tokenizer.eos_token_id is None:
        raise JobError("bad-model", f"The tokenizer in {folder.path} is no fast tokenizer with an end token.")
    if added:
        tokenizer.add_tokens(list(added))
    return tokenizer


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
