"""scikit-learn's estimators: nets that its pipelines, cross-validations and searches can fit, score and keep.

from fromraw.sklearn import FromrawClassifier
cross_val_score(FromrawClassifier(minutes=1), X, y, cv=GroupKFold(5), groups=groups)
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from fromraw.api import options_of
from fromraw.fitting import check_place, fit
from fromraw.learning.progress import Voice
from fromraw.predicting import own_name
from fromraw.run import Run
from fromraw.sources.answered import added_in
from fromraw.sources.pandas_frames import readable
from fromraw.sources.plain import index_names


class _Estimator(BaseEstimator):
    """What classifier and regressor share. `__init__` names no types, as scikit-learn wants nothing looked at there."""

    _type: str
    """Of the answer, as `types` says it."""

    def __init__(
        self,
        *,
        minutes: Any = None,
        epochs: Any = None,
        steps: Any = None,
        encoder: Any = None,
        settings: Any = None,
        types: Any = None,
        metric: Any = None,
        random_state: Any = None,
        device: Any = "auto",
        threads: Any = None,
        run: Any = None,
        quiet: Any = True,
    ) -> None:
        self.minutes = minutes
        self.epochs = epochs
        self.steps = steps
        self.encoder = encoder
        self.settings = settings
        self.types = types
        self.metric = metric
        self.random_state = random_state
        self.device = device
        self.threads = threads
        self.run = run
        self.quiet = quiet

    @property
    def run_(self) -> Run:
        """The run that answers, which has no scores of its own: `run_.plan`, `run_.embed(X)`, `run_.evaluate(frame)`.
        Its folder goes when nobody holds it; `run` keeps a copy."""
        check_is_fitted(self)
        return self._held.run

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_held")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    def _rows(self, X: Any, fitting: bool = False) -> "pa.Table | dict[str, Any]":
        """X, checked as scikit-learn checks it, in a form that a source opens: columns by name."""
        if _has_names(X):
            validate_data(self, X, reset=fitting, skip_check_array=True)
            table = pa.table(readable(X)[0])
            return table.drop_columns([name for name in index_names(table.schema) if name in table.column_names])
        least = 2 if fitting else 1
        X = validate_data(
            self, X, reset=fitting, allow_nd=True, ensure_all_finite="allow-nan", ensure_min_samples=least
        )
        if X.ndim > 2:
            return {"x": X}
        numbers = X.astype(np.int8) if X.dtype.kind == "b" else X
        return {f"x{place}": column for place, column in enumerate(numbers.T)}

    def _learn(self, rows: "pa.Table | dict[str, Any]", y: np.ndarray, groups: Any, **asked: Any) -> None:
        names = list(rows) if isinstance(rows, dict) else rows.column_names
        check_consistent_length(next(iter(rows.values())) if isinstance(rows, dict) else rows, y, groups)
        if self.run is not None:
            check_place(Path(self.run))
        own_types = dict.fromkeys(names, "number") if isinstance(rows, dict) and names != ["x"] else {}
        self._output, group = own_name("y", names), own_name("groups", names)
        rows = _put(rows, self._output, y)
        if groups is not None:
            asked["group"], rows = group, _put(rows, group, np.asarray(groups))
        options = options_of(
            rows, self._output, self.minutes, epochs=self.epochs, steps=self.steps, encoder=self.encoder or {},
            settings=self.settings or {}, types={**own_types, **(self.types or {}), self._output: self._type},
            metric=self.metric, device=self.device, threads=self.threads, seed=self._seed(), **asked,
        )  # fmt: skip
        self._held = fit(options, Voice(self.quiet))
        if self.run is not None:
            self._held.copy_to(Path(self.run))

    def _seed(self) -> int:
        """0 where nothing is said: the same fit comes to the same net."""
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31)) if self.random_state else 0

    def _answers(self, X: Any) -> dict[str, np.ndarray]:
        """The answers to all rows by their names, such as predicted_y."""
        run, rows = self.run_, self._rows(X)
        added = added_in(run.predictor.walk(run.open(rows)))
        return {name: added.column(name).to_numpy() for name in added.column_names}


class FromrawClassifier(ClassifierMixin, _Estimator):
    """A net that tells classes.

    Rows are a frame, whose columns are recognized, or an array: of two dimensions, its columns are numbers called x0,
    x1, ...; of more, it is pictures or series, called x. What may be said, as to `fromraw.train`: minutes of one fit (5
    where nothing is said), epochs or steps; encoder: a name for all inputs, or {input: name or `nn.Module`}; settings:
    {address: value}; types: {column: type}; metric: the score that counts; cost: {"truth:answer": 5}; random_state: a
    whole number (0) or numpy's RandomState; device; threads. run: a folder that gets a copy of the run; quiet: False
    prints how it goes.
    """

    _type = "category:literal"

    def __init__(
        self,
        *,
        minutes: Any = None,
        epochs: Any = None,
        steps: Any = None,
        encoder: Any = None,
        settings: Any = None,
        types: Any = None,
        metric: Any = None,
        cost: Any = None,
        random_state: Any = None,
        device: Any = "auto",
        threads: Any = None,
        run: Any = None,
        quiet: Any = True,
    ) -> None:
        super().__init__(
            minutes=minutes, epochs=epochs, steps=steps, encoder=encoder, settings=settings, types=types, metric=metric,
            random_state=random_state, device=device, threads=threads, run=run, quiet=quiet,
        )  # fmt: skip
        self.cost = cost

    def fit(self, X: Any, y: Any, groups: Any = None) -> "FromrawClassifier":
        """Learn from all rows. groups: whose rows stay together where a tenth is set aside to calibrate by."""
        y = validate_data(self, "no_validation", y)
        rows = self._rows(X, fitting=True)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y must have two classes at least, got one class: {self.classes_[0]}.")
        self._learn(rows, self._names[places], groups, cost=self.cost or {})
        return self

    @property
    def _names(self) -> np.ndarray:
        """(classes,) as a run writes them."""
        return np.array([str(value) for value in self.classes_], object)

    def predict(self, X: Any) -> np.ndarray:
        """(rows,) the class of each: the likeliest, or what `metric` or `cost` asks for."""
        answered = self._answers(X)[f"predicted_{self._output}"]
        place = {name: number for number, name in enumerate(self._names)}
        return self.classes_[[place[name] for name in answered]]

    def predict_proba(self, X: Any) -> np.ndarray:
        """(rows, classes) in the order of `classes_`, calibrated where there were rows enough."""
        answered = self._answers(X)
        columns = [answered.get(f"probability_{self._output}_{name}", 0.0) for name in self._names]
        return np.stack(np.broadcast_arrays(*columns), 1)


class FromrawRegressor(RegressorMixin, _Estimator):
    """A net that tells a number.

    Rows are a frame, whose columns are recognized, or an array: of two dimensions, its columns are numbers called x0,
    x1, ...; of more, it is pictures or series, called x. What may be said, as to `fromraw.train`: minutes of one fit (5
    where nothing is said), epochs or steps; encoder: a name for all inputs, or {input: name or `nn.Module`}; settings:
    {address: value}; types: {column: type}; metric: the score that counts; random_state: a whole number (0) or
    numpy's RandomState; device; threads. run: a folder that gets a copy of the run; quiet: False prints how it goes.
    """

    _type = "number"

    def fit(self, X: Any, y: Any, groups: Any = None) -> "FromrawRegressor":
        """Learn from all rows. groups: whose rows stay together where a tenth is set aside to calibrate by."""
        y = validate_data(self, "no_validation", y, y_numeric=True)
        self._learn(self._rows(X, fitting=True), np.asarray(y, np.float64), groups)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """(rows,) the number of each."""
        return self._answers(X)[f"predicted_{self._output}"]


def _has_names(X: Any) -> bool:
    """Whether it is a frame in which every column has a name: pandas numbers columns that have none."""
    if not hasattr(X, "__arrow_c_stream__") or len(X.shape) != 2:
        return False
    return all(isinstance(name, str) for name in (X.column_names if isinstance(X, pa.Table) else X.columns))


def _put(rows: "pa.Table | dict[str, Any]", name: str, values: np.ndarray) -> "pa.Table | dict[str, Any]":
    """The rows with a column more."""
    return {**rows, name: values} if isinstance(rows, dict) else rows.append_column(name, pa.array(values))
