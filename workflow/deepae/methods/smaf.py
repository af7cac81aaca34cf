"""CS-SMAF: sparse module activity factorisation (Cleary et al. 2017, as released)."""

import numpy as np

from deepae.data.randomness import stream
from deepae.errors import MethodError
from deepae.methods.compressed_sensing import CompressedSensing
from deepae.methods.omp import omp
from deepae.methods.spams_calls import silenced

GENE_VALUES = 4_000_000  # values of a block of genes in the lasso: 32 MB of float64


class SMAF(CompressedSensing):
    """Sparse non-negative modules of genes, and sparse signed activities, in turns.

    Each round finds (a) the modules: for every gene the non-negative lasso of its values on the activities, with the
    sum of squared residuals bounded; every module is then scaled to unit norm; (b) the activities: order-recursive
    matching pursuit with 5 nonzeros a cell, or 4 if 5 fit well enough. The bound is tied to `lda2`, which is halved
    after a round whose modules are too small. Modules are non-negative even where values (z-scores) are not.

    Parameters
    ----------
    modules_fraction, max_modules : float, int
        Modules: ``min(floor(modules_fraction * n_train), max_modules)``.
    rounds : int
    activity_nonzeros, fewer_nonzeros : int
        Nonzero activities of a training cell, and how many if the fit with more is at least ``1 - lda2``.
    lda2 : float
        Share of the mean squared norm of a cell, ``||X||_F^2 / n_train``, that bounds a gene's squared residuals.
    module_size : float
        Share of the genes below which the mean effective module size, exp(entropy), halves `lda2`.
    cholesky : bool, optional
        Lasso by Cholesky updates, which stops at the first kink of its path below the bound, as published; False
        reaches the bound exactly. Default: not `corrected`.
    **decoding
        See `CompressedSensing`.
    """

    folds = 4  # a dictionary costs more than all of the decoding

    def __init__(
        self,
        modules_fraction=1.5,
        max_modules=150,
        rounds=10,
        activity_nonzeros=5,
        fewer_nonzeros=4,
        lda2=0.0005,
        module_size=0.1,
        cholesky=None,
        **decoding,
    ):
        super().__init__(**decoding)
        self.modules_fraction = modules_fraction
        self.max_modules = max_modules
        self.rounds = rounds
        self.activity_nonzeros = activity_nonzeros
        self.fewer_nonzeros = fewer_nonzeros
        self.lda2 = lda2
        self.module_size = module_size
        self.cholesky = not self.corrected if cholesky is None else cholesky

    def learn_dictionary(self, train, run):
        n_train, n_genes = train.shape
        n_modules = max(1, min(int(np.floor(self.modules_fraction * n_train)), self.max_modules))
        activities = stream("smaf-start", run.dataset, run.seed).random((n_modules, n_train))
        by_gene = np.asfortranarray(train, dtype=np.float64)  # cells x genes: a gene is a signal of the lasso
        by_cell = np.asfortranarray(train.T, dtype=np.float64)
        power = np.vdot(by_cell, by_cell)
        if power == 0:
            raise MethodError(
                f"{run.dataset}, seed {run.seed}: the training cells are all zero, no module can be found"
            )
        lda2 = self.lda2
        for done in range(1, self.rounds + 1):
            modules = _modules(by_gene, activities, lda2 * power / n_train, self.cholesky)
            activities = self._activities(by_cell, modules, power, lda2)
            size = effective_size(modules)
            run.log(
                f"{run.dataset} seed {run.seed}: round {done} of {self.rounds}, lda2 {lda2:g}, module size {size:.0f}"
            )
            if size < self.module_size * n_genes:
                lda2 /= 2
        alive = modules.any(axis=0)
        if not alive.any():
            raise MethodError(f"{run.dataset}, seed {run.seed}: no module was left after {self.rounds} rounds")
        return modules[:, alive]

    def _activities(self, by_cell, modules, power, lda2):
        """Return the activities of the training cells, shape (n_modules, n_train)."""
        alive = np.flatnonzero(modules.any(axis=0))
        activities = np.zeros((modules.shape[1], by_cell.shape[1]))
        if len(alive) == 0:
            return activities
        atoms = np.asfortranarray(modules[:, alive])
        for nonzeros in (self.activity_nonzeros, self.fewer_nonzeros):
            activities[alive] = omp(by_cell.T, atoms, nonzeros).T
            residual = by_cell - atoms @ activities[alive]
            if 1 - np.vdot(residual, residual) / power < 1 - lda2:
                break
        return activities


def _modules(by_gene, activities, bound, cholesky):
    """Return the modules, shape (n_genes, n_modules), columns of unit norm, or zero if no gene takes part.

    For each gene: the least sum of non-negative weights whose squared residuals sum to at most `bound`.
    """
    n_train, n_genes = by_gene.shape
    modules = np.empty((n_genes, len(activities)))
    design = np.asfortranarray(activities.T)
    step = max(1, GENE_VALUES // (n_train + 2 * len(activities)))
    for start in range(0, n_genes, step):
        genes = slice(start, min(start + step, n_genes))
        modules[genes] = _lasso(by_gene[:, genes], design, bound, cholesky)
    if not cholesky:
        # without Cholesky updates spams loses a few genes to rounding; the other path is within one kink of the bound
        lost = np.flatnonzero(~np.isfinite(modules).all(axis=1))
        if len(lost):
            modules[lost] = _lasso(by_gene[:, lost], design, bound, cholesky=True)
    norms = np.linalg.norm(modules, axis=0)
    return modules / np.where(norms > 0, norms, 1.0)


def _lasso(by_gene, design, bound, cholesky):
    """Return the non-negative lasso weights of a block of genes: shape (b, n_modules)."""
    import spams  # 0.2 seconds, and not every job needs it

    with silenced():
        weights = spams.lasso(
            np.asfortranarray(by_gene),
            D=design,
            lambda1=bound,
            mode=1,  # least l1 norm under a bound on the squared residuals
            pos=True,
            cholesky=cholesky,
            numThreads=1,
        )
    return weights.toarray().T


def effective_size(modules):
    """Return the mean effective number of genes of the modules that are not zero: exp of the entropy of the weights."""
    sizes = []
    for module in modules.T:
        weights = module[module > 0]
        if len(weights):
            share = weights / weights.sum()
            sizes.append(np.exp(-(share * np.log(share)).sum()))
    return float(np.mean(sizes)) if sizes else 0.0
