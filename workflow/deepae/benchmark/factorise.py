"""Factorise: one model a seed, for methods whose model does not depend on h."""

import numpy as np


def factorise(job, seeds):
    """Fit one model a seed; none depends on h. Return arrays for an npz: ``<seed>/<array>``, seconds and reasons."""
    arrays = {}
    for seed in seeds:
        model, seconds, reason = job.fit(seed)
        job.log(f"seed {seed}: {reason or f'fitted in {seconds:.2f} s'}")
        arrays |= {f"{seed}/model/{name}": array for name, array in model.items()}
        arrays |= {f"{seed}/seconds": np.float64(seconds), f"{seed}/reason": np.str_(reason)}
    return arrays
