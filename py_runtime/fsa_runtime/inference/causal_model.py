"""A causal language model of transformers, kept between the jobs of a persistent worker."""

from __future__ import annotations

import contextlib
import io
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

# Models are made without data before their weights are read: what torch_start.py leaves out.
import torch._meta_registrations
from torch import Tensor
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoTokenizer, GenerationConfig
from transformers.utils import GENERATION_CONFIG_NAME

from fsa_runtime.context import Checks
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.files.tensor_file import TensorFileError, tensors_in
from fsa_runtime.messages import AnswerSpec, ChatQuestion
from fsa_runtime.t5.checkpoint_files import weight_files

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


def causal_model_of(spec: AnswerSpec, checks: Checks) -> CausalModel:
    """The model of a job's spec, read only where it is another. Raises JobError("bad-model").

    `checks` of the job come to know of what was read from disk.
    """
    global _last  # noqa: PLW0603 - one per process, as the shelf of models
    key = (spec["modelDigest"], spec["precision"], spec["placement"]["device"])
    if _last is None or _last[0] != key:
        _forget()
        checks.undo_by(_forget)
        _last = (key, _load(spec, checks))
    return _last[1]


def _forget() -> None:
    global _last  # noqa: PLW0603 - see above
    _last = None


def _load(spec: AnswerSpec, checks: Checks) -> CausalModel:
    folder = ModelFolder.of_spec(spec["model"], spec["modelFiles"], checks)
    try:
        with folder.small_files() as files:
            tokenizer = AutoTokenizer.from_pretrained(
                files, local_files_only=True, trust_remote_code=False, padding_side="left"
            )
            config = AutoConfig.from_pretrained(files, local_files_only=True, trust_remote_code=False)
            habits = GENERATION_CONFIG_NAME in folder and GenerationConfig.from_pretrained(
                files, local_files_only=True
            )
        network = _read_network(folder, config, habits or None, spec)
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
    return CausalModel(network.to(spec["placement"]["device"]).eval(), tokenizer)


def _read_network(folder: ModelFolder, config: Any, habits: Any, spec: AnswerSpec) -> Any:
    """The network with the weights whose digests the spec names, in memory of its own."""
    with ExitStack() as files:
        tensors: dict[str, Tensor] = {}
        for name in weight_files(folder):
            try:
                tensors.update(tensors_in(files.enter_context(folder.open(name)).data))
            except TensorFileError as error:
                raise JobError(
                    "bad-model", f"{folder.path / name} cannot be read ({error}); download or save it again."
                ) from None
        mapped = {tensor.untyped_storage().data_ptr() for tensor in tensors.values()}
        # Progress bars of the library are no events of a job.
        with contextlib.redirect_stderr(io.StringIO()):
            loaded: Any = _class_of(config, folder).from_pretrained(
                None,
                config=config,
                state_dict=tensors,
                generation_config=habits,
                trust_remote_code=False,
                dtype=_DTYPES[spec["precision"]],
                output_loading_info=True,
            )
        network, told = loaded
        for weight in (*network.parameters(), *network.buffers()):
            if weight.untyped_storage().data_ptr() in mapped:
                weight.data = weight.data.clone()
    # Where one is missing, transformers goes on with random numbers.
    if told["missing_keys"]:
        missing = min(told["missing_keys"])
        raise JobError("bad-model", f"The checkpoint in {folder.path} lacks {missing}.")
    _require_finite(network, folder)
    return network


def _class_of(config: Any, folder: ModelFolder) -> Any:
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise JobError(
            "bad-model", f"{folder.path} is a {config.model_type}, which is no causal language model."
        )
    kind = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    return kind[0] if isinstance(kind, tuple) else kind


def _require_finite(network: Any, folder: ModelFolder) -> None:
    for name, weight in network.named_parameters():
        if weight.numel() > 0 and not bool(torch.stack(torch.aminmax(weight)).isfinite().all()):
            raise JobError(
                "bad-model",
                f"The weights in {folder.path} hold NaN or infinity in {name}; save or fetch it again.",
            )
