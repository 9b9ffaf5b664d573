"""What jobs need of a model's tokenizer, without transformers once it has been built."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tokenizers

from fsa_runtime.data import tokenizer_cache
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.messages import TruncationSide

NEWLINE_TOKEN = "[NL]"


@dataclass(frozen=True)
class StudentTokenizer:
    """Texts to token ids and back as transformers does it, by the library below it."""

    definition: str
    """As JSON, without the settings for cutting and padding that calls leave behind."""
    truncation_side: TruncationSide
    eos_token_id: int
    files: Mapping[str, bytes]
    """What a model folder holds of it, by name."""

    @classmethod
    def of(cls, built: Any) -> StudentTokenizer:
        """Of a tokenizer of transformers, as it is now."""
        plain = tokenizers.Tokenizer.from_str(built.backend_tokenizer.to_str())
        plain.no_truncation()
        plain.no_padding()
        with tempfile.TemporaryDirectory(prefix="fsa-tokenizer-") as folder:
            built.save_pretrained(folder)
            files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
        return cls(plain.to_str(), built.truncation_side, built.eos_token_id, files)

    def __len__(self) -> int:
        return self.library.get_vocab_size(with_added_tokens=True)

    @cached_property
    def library(self) -> tokenizers.Tokenizer:
        """Cuts and pads nothing; not to be changed."""
        return tokenizers.Tokenizer.from_str(self.definition)

    def words(self, text: str) -> list[int]:
        """Token ids of a piece of text, without an end token."""
        return list(self.library.encode(text, add_special_tokens=False).ids)

    def decode(self, rows: list[list[int]]) -> list[str]:
        """Texts of generated ids without special tokens, spaces as the model wrote them."""
        return self.library.decode_batch(rows, skip_special_tokens=True)

    def save(self, folder: Path) -> None:
        """Writes the files that a model folder holds of it."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def load_tokenizer(folder: ModelFolder, *, newline_token: bool) -> StudentTokenizer:
    """The tokenizer of a model folder; with `newline_token` it knows `[NL]`.

    What was built before, of the same files by the same libraries, is read from beside the runtime. Nothing
    is fetched and no code of the folder is run. Raises JobError("bad-model").
    """
    key = tokenizer_cache.key_of(folder.small_digests(), newline_token=newline_token)
    kept = tokenizer_cache.read(key)
    if kept is not None:
        # Not needed, but a folder that is no longer what was planned with is said, as everywhere.
        folder.check_small_files()
        return StudentTokenizer(**kept.facts, definition=kept.definition, files=kept.files)
    # Takes a second, which workers spare from then on.
    from fsa_runtime.data.built_tokenizer import build_tokenizer  # noqa: PLC0415

    made = StudentTokenizer.of(build_tokenizer(folder, added=[NEWLINE_TOKEN] if newline_token else []))
    facts = {"truncation_side": made.truncation_side, "eos_token_id": made.eos_token_id}
    tokenizer_cache.keep(key, tokenizer_cache.Kept(facts, made.definition, made.files))
    return made
