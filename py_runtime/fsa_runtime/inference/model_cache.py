"""Models kept between the jobs of a persistent worker, always handed out with their starting weights."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor

from fsa_runtime.context import Checks
from fsa_runtime.data.student_tokenizer import StudentTokenizer
from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import DistillSpec, FinetuneSpec, GenerateSpec, PredictSpec, ScoreLabelsSpec
from fsa_runtime.t5.model import T5, load_model
from fsa_runtime.t5.packing import packed_weights

ModelSpec = DistillSpec | FinetuneSpec | GenerateSpec | PredictSpec | ScoreLabelsSpec


@dataclass(frozen=True)
class ModelKey:
    """What makes two models the same."""

    digest: str
    precision: str
    device: str


class ModelCache:
    """The last model that jobs used, with a copy of its starting weights once a job may change them."""

    def __init__(self) -> None:
        self._key: ModelKey | None = None
        self._model: T5 | None = None
        self._starting_weights: dict[str, Tensor] | None = None
        self._changed = False
        # Holds the weights packed between jobs that only read them.
        self._packing: ExitStack | None = None

    def borrow(self, spec: ModelSpec, checks: Checks, *, will_change: bool) -> T5:
        """The model of a job's spec with exactly its starting weights, read from disk only the first time.

        A job that trains says `will_change` and may change weights, but not shapes. `checks` of the job come
        to know of what was read from disk. Raises JobError("bad-model").
        """
        key = _key_of(spec)
        if self._key != key or self._model is None:
            self.clear()
            checks.undo_by(self.clear)
            self._model = _load(spec, checks)
            self._key = key
        elif self._changed:
            assert self._starting_weights is not None
            self._model.load_weights(self._starting_weights)
        if will_change:
            self._unpack()
        self._changed = will_change
        if will_change and self._starting_weights is None:
            self._starting_weights = copy_weights(self._model)
        return self._model

    def borrow_packed(self, spec: PredictSpec, checks: Checks) -> T5:
        """As `borrow`, for a job that only decodes: weights are packed, and stay so for the next such job."""
        model = self.borrow(spec, checks, will_change=False)
        if self._packing is None:
            self._packing = ExitStack()
            self._packing.enter_context(packed_weights(model))
        return model

    def take(self, spec: ModelSpec, checks: Checks) -> T5:
        """As `borrow`, for a job that may do anything with the model; the MODEL_CACHE forgets it."""
        model = self.borrow(spec, checks, will_change=False)
        self.clear()
        return model

    def clear(self) -> None:
        """Forgets the model, so that its memory is free before the next one is loaded."""
        self._unpack()
        self._key = None
        self._model = None
        self._starting_weights = None
        self._changed = False

    def _unpack(self) -> None:
        if self._packing is not None:
            self._packing.close()
            self._packing = None


MODEL_CACHE = ModelCache()
"""One per process: a worker runs one job at a time."""


def require_rows_for(tokenizer: StudentTokenizer, model: T5) -> None:
    """Raises JobError("bad-model") where the tokenizer may write an id that has no row in the embedding."""
    tokens, rows = len(tokenizer), model.config.vocab_size
    if tokens > rows:
        raise JobError("bad-model", f"The tokenizer has {tokens} tokens, but the model only {rows} rows.")


def copy_weights(model: T5) -> dict[str, Tensor]:
    """The weights as they are now, on the CPU, independent of the model."""
    return {name: weight.cpu() for name, weight in model.weights().items()}


def _key_of(spec: ModelSpec) -> ModelKey:
    return ModelKey(spec["modelDigest"], spec["precision"], spec["placement"]["device"])


def _load(spec: ModelSpec, checks: Checks) -> T5:
    folder = spec["model"]
    try:
        files = ModelFolder.of_spec(folder, spec["modelFiles"], checks)
        return load_model(files, device=spec["placement"]["device"], precision=spec["precision"])
    except (JobError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise JobError("bad-model", f"The model in {folder} could not be loaded: {line}") from error
