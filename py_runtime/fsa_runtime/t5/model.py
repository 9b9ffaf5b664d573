"""A model of the T5 family in memory: loading, saving, resizing its vocabulary."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from fsa_runtime.errors import JobError
from fsa_runtime.files.model_folder import ModelFolder
from fsa_runtime.t5.checkpoint_files import read_tensors
from fsa_runtime.t5.config import T5Config, read_config
from fsa_runtime.t5.stack import Stack
from fsa_runtime.t5.weights import Precision, Weights

# transformers draws new rows from the old rows' distribution, with this share of their covariance.
_NEW_ROW_COVARIANCE = 1e-9


class T5:
    """Weights plus the two stacks that read them. `parameters` holds everything flat."""

    config: T5Config
    parameters: Weights
    encoder: Stack
    decoder: Stack

    def __init__(
        self, config: T5Config, tensors: dict[str, Tensor], *, tied: bool, device: str, precision: Precision
    ) -> None:
        self.tied = tied
        self.precision: Precision = precision
        self.device = torch.device(device)
        self._build(config, tensors)

    @torch.no_grad()
    def _build(self, config: T5Config, tensors: dict[str, Tensor]) -> None:
        self.config = config
        self.parameters = Weights(config, tied=self.tied, device=str(self.device), precision=self.precision)
        self.load_weights(tensors)
        gain = config.d_model**-0.5 if config.scale_decoder_outputs else 1.0
        self.encoder = Stack("encoder", config, self.parameters)
        self.decoder = Stack("decoder", config, self.parameters, output_gain=gain)
        self.head = self.parameters.matrix("shared.weight" if self.tied else "lm_head.weight")

    def weights(self) -> dict[str, Tensor]:
        """A copy of all weights, fp32, under their Hugging Face names (a tied head is not repeated)."""
        return {name: value.clone() for name, value in self.parameters.items()}

    @torch.no_grad()
    def load_weights(self, tensors: dict[str, Tensor]) -> None:
        """Takes over weights as `weights` gives them. A trainer must be told: Trainer.weights_changed."""
        for name, value in self.parameters.items():
            value.copy_(tensors[name])
        self.parameters.refresh_compute()

    @torch.no_grad()
    def resize_vocabulary(self, size: int) -> None:
        """Cuts or extends the vocabulary as transformers' resize_token_embeddings does.

        New rows are drawn around the mean of the old ones, from a fixed seed. Trainers made before are void.
        """
        if size == self.config.vocab_size:
            return
        tensors = self.weights()
        for name in ("shared.weight", "lm_head.weight"):
            if name in tensors:
                tensors[name] = _resize_rows(tensors[name], size)
        self._build(self.config.with_vocabulary(size), tensors)


def load_model(folder: ModelFolder | str | Path, *, device: str, precision: Precision) -> T5:
    """Reads a Hugging Face T5 (also v1.1 and Flan), mT5 or umT5 from config.json and safetensors.

    JobError("bad-model") where a file is not what `folder` says, or a weight is not finite.
    """
    files = folder if isinstance(folder, ModelFolder) else ModelFolder.as_found(folder)
    config = read_config(files)
    with ExitStack() as opened:
        tensors, tied = read_tensors(files, config, opened)
        model = T5(config, tensors, tied=tied, device=device, precision=precision)
        del tensors
        # Before the files close, which may wait for the digests that another thread is making meanwhile.
        name = model.parameters.first_not_finite()
        if name is not None:
            raise JobError(
                "bad-model",
                f"The weights in {files.path} hold NaN or infinity in {name}; save or fetch it again.",
            )
    return model


def save_model(model: T5, folder: str | Path) -> None:
    """Writes config.json and model.safetensors (fp32), as from_pretrained of the model's class reads them.

    The files are written in place; JobError("disk-full") if there is no room.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    raw = {**model.config.raw, "architectures": [model.config.family.architecture], "dtype": "float32"}
    raw.pop("torch_dtype", None)
    tensors = {name: value.cpu() for name, value in model.parameters.items()}
    # Asked beforehand: half a model would fill the disk, and fail whoever else writes a line meanwhile.
    if shutil.disk_usage(path).free < sum(value.nbytes for value in tensors.values()):
        raise _no_room(path)
    try:
        text = json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False)
        config, weights = path / "config.json", path / "model.safetensors"
        config.write_text(text + "\n", encoding="utf-8")
        save_file(tensors, weights, metadata={"format": "pt"})
        # The library lets only the owner read it, whatever the umask says; the other file has what that says.
        shutil.copymode(config, weights)
    except Exception as error:
        if "No space left" in str(error):
            raise _no_room(path) from None
        raise


def _no_room(folder: Path) -> JobError:
    sentence = f"There is no room for the model in {folder}; free some and run again."
    return JobError("disk-full", sentence, retryable=True)


def _resize_rows(rows: Tensor, size: int) -> Tensor:
    old = len(rows)
    if size <= old:
        return rows[:size].clone()
    mean = rows.mean(0)
    centered = (rows - mean).cpu()
    generator = torch.Generator().manual_seed(0)
    # A random mixture of the centered rows has their covariance, without factoring any matrix.
    mixture = torch.randn(size - old, old, generator=generator) @ centered
    noise = mixture.mul_((_NEW_ROW_COVARIANCE / old) ** 0.5).to(rows.device)
    return torch.cat((rows, mean + noise))
