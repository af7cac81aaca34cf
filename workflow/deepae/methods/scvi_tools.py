"""scVI (Lopez et al. 2018) by scvi-tools, an optional package: ``pip install '.[scvi]'`` or envs/scvi.yaml."""

import numpy as np

from deepae.data.normalise import normalise
from deepae.errors import ConfigError
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import check_counts, check_measurements


def scvi():
    """Return the package, or end with one line where it is missing."""
    try:
        import scvi
    except ImportError as error:
        raise ConfigError(f"method scvi: {error}; pip install '.[scvi]', or use envs/scvi.yaml") from None
    return scvi


class SCVI(Method):
    """A variational auto-encoder of counts: h latent means of a cell, zero-inflated negative binomial.

    Sequencing depth is no part of the code, so it is scored under a normalisation that does not see it.

    Parameters
    ----------
    iterations : int
        Epochs of one batch with all training cells: updates.
    hidden : int
        Width of the hidden layers.
    """

    fit_depends_on_h = True
    reads_counts = True

    def __init__(self, iterations=400, hidden=128):
        self.iterations, self.hidden = iterations, hidden

    def _model(self, counts, h):
        import anndata

        data = anndata.AnnData(np.asarray(counts, dtype=np.float32))
        scvi().model.SCVI.setup_anndata(data)
        return scvi().model.SCVI(data, n_latent=h, n_hidden=self.hidden)

    def fit(self, train, run, h=None):
        import torch

        check_measurements(h, train.shape[1])
        check_counts(train, "scVI")
        torch.set_num_threads(run.threads)
        scvi().settings.seed = run.seed
        model = self._model(train, h)
        quiet = {"enable_progress_bar": False, "logger": False, "enable_checkpointing": False}
        device = "gpu" if run.device == "cuda" else "cpu"
        model.train(self.iterations, accelerator=device, train_size=1.0, batch_size=len(train), **quiet)
        arrays = {f"module/{name}": value.cpu().numpy() for name, value in model.module.state_dict().items()}
        return arrays | {"shape": np.array([train.shape[1], h])}

    def _restored(self, model):
        import torch

        n_genes, h = (int(n) for n in model["shape"])
        found = self._model(np.ones((2, n_genes)), h)
        state = {name.removeprefix("module/"): torch.as_tensor(value) for name, value in model.items() if "/" in name}
        found.module.load_state_dict(state)
        found.module.eval()
        return found.module

    def encode(self, model, cells, run, measurements):
        import torch

        (h,) = set(measurements)
        module, codes = self._restored(model), np.empty((len(cells), h), dtype=np.float32)
        for where in cells.slices():
            counts = torch.as_tensor(normalise(cells.raw(where), "none"))
            with torch.no_grad():
                batch = torch.zeros((len(counts), 1), dtype=torch.long)
                codes[where] = module.inference(counts, batch)["qz"].loc.numpy()
        return {h: codes}

    def decoder(self, model, run, h):
        check_measurements(h, int(model["shape"][0]))
        return SCVIDecoder(self._restored(model))


class SCVIDecoder(Decoder):
    """Shares of a cell's counts, as z-scores."""

    def __init__(self, module):
        self._module = module

    @property
    def floats(self):
        """How many numbers the decoder holds."""
        return sum(value.numel() for value in self._module.decoder.state_dict().values())

    def __call__(self, codes):
        import torch

        codes = torch.as_tensor(np.ascontiguousarray(codes, dtype=np.float32))
        with torch.no_grad():
            batch = torch.zeros((len(codes), 1), dtype=torch.long)
            share = self._module.decoder("gene", codes, torch.zeros((len(codes), 1)), batch)[0]
        return normalise(share.numpy() * 1e4, "zscore")
