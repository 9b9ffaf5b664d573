"""A student's tokenizer kept between the jobs of a persistent worker, for texts that come in messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fsa_runtime.data.pair_encoder import PairEncoder
from fsa_runtime.data.pairs import TextBatch
from fsa_runtime.data.student_tokenizer import load_tokenizer
from fsa_runtime.data.token_rows import TokenRows
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import PredictSpec, ScoreLabelsSpec


@dataclass(frozen=True)
class ReadTexts:
    """Token ids of some texts, and which of them were longer than the model reads."""

    rows: TokenRows
    cut: list[bool]


class TextReader:
    """One tokenizer with one maximum length."""

    def __init__(self, folder: ModelFolder, max_input_tokens: int) -> None:
        """Raises JobError("bad-model")."""
        self.tokenizer = load_tokenizer(folder, newline_token=False)
        self._max_input_tokens = max_input_tokens
        self._encoder = PairEncoder(
            self.tokenizer,
            max_input_tokens=max_input_tokens,
            # One more, to tell a text that was cut from one that just fits.
            max_target_tokens=max_input_tokens + 1,
            newline_token=False,
        )

    def read(self, texts: list[str]) -> ReadTexts:
        column = self._encoder.encode_inputs(pa.array(texts, pa.string()))
        cut = np.zeros(len(texts), bool)
        full = np.flatnonzero(column.lengths >= self._max_input_tokens)
        if len(full) > 0:
            whole = pa.array([texts[row] for row in full], pa.string())
            longer = self._encoder.encode(TextBatch(ids=whole, sources=whole, targets=whole)).targets
            cut[full] = longer.lengths > self._max_input_tokens
        self._encoder.forget_words()
        return ReadTexts(TokenRows.collect([column]), cut.tolist())

    def words(self, text: str) -> list[int]:
        """Token ids of a piece of the model's own text, without an end token."""
        return self.tokenizer.words(text)


_last: tuple[tuple[str, int], TextReader] | None = None


def reader_of(spec: PredictSpec | ScoreLabelsSpec) -> TextReader:
    """The reader of a job's spec, made anew only where the model or the maximum is another."""
    global _last  # noqa: PLW0603 - one per process, as the shelf of models
    key = (spec["modelDigest"], spec["maxInputTokens"])
    if _last is None or _last[0] != key:
        folder = ModelFolder.of_spec(spec["model"], spec["modelFiles"])
        _last = (key, TextReader(folder, spec["maxInputTokens"]))
    return _last[1]
