"""A causal language model of transformers, kept between the jobs of a persistent worker."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import AnswerSpec, ChatQuestion

_DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


@dataclass(frozen=True)
class CausalModel:
    """Weights and tokenizer, ready to answer."""

    network: Any
    tokenizer: Any

    def render(self, question: ChatQuestion) -> str:
        """The question as the model's chat template writes it, up to where the answer begins or goes on."""
        turns = [dict(turn) for turn in question["turns"]]
        begun = question["prefill"]
        if begun is not None:
            turns.append({"role": "assistant", "content": begun})
        return str(
            self.tokenizer.apply_chat_template(
                turns,
                tokenize=False,
                add_generation_prompt=begun is None,
                continue_final_message=begun is not None,
            )
        )


_last: tuple[tuple[str, str, str], CausalModel] | None = None


def causal_model_of(spec: AnswerSpec) -> CausalModel:
    """The model of a job's spec, read only where it is another. Raises JobError("bad-model")."""
    global _last  # noqa: PLW0603 - one per process, as the shelf of models
    key = (spec["modelDigest"], spec["precision"], spec["placement"]["device"])
    if _last is None or _last[0] != key:
        _last = None
        _last = (key, _load(spec))
    return _last[1]


def _load(spec: AnswerSpec) -> CausalModel:
    folder = ModelFolder.of_spec(spec["model"], spec["modelFiles"])
    try:
        with folder.small_files() as files:
            tokenizer = AutoTokenizer.from_pretrained(
                files, local_files_only=True, trust_remote_code=False, padding_side="left"
            )
            config = AutoConfig.from_pretrained(files, local_files_only=True, trust_remote_code=False)
        # Progress bars of the library are no events of a job.
        with contextlib.redirect_stderr(io.StringIO()):
            network: Any = AutoModelForCausalLM.from_pretrained(
                folder.path,
                config=config,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=_DTYPES[spec["precision"]],
            )
    except (JobError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        sentence = f"The language model in {folder.path} could not be loaded: {line}"
        raise JobError("bad-model", sentence) from error
    if tokenizer.chat_template is None:
        raise JobError(
            "bad-model", f"The language model in {folder.path} has no chat template: it cannot be asked."
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    network.to(spec["placement"]["device"]).eval()
    return CausalModel(network, tokenizer)
