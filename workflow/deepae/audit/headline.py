"""The title sentence of the home page and the claims page: what a run found, no wider than its intervals."""

NOTHING = 0.95
"""EM over that of predicting zero, from which on a method has gained nothing: our bound."""
START = {"yes": "Halved, as printed: ", "no": "Not halved: ", "undecided": "Halving undecided: "}
NUMBER = {1: "the comparison is", 2: "both comparisons are", 3: "all three comparisons are"}


def headline(found):
    """Return one sentence from the answers of a run.

    Up to two data sets are told one after the other, more are counted. A comparison counts as decided on a data set
    where the interval leaves out 0 at every h.
    """
    by = {answer.id: answer for answer in found}
    if "halved" not in by:
        top = by["best"]
        said = {"yes": "is the best method", "no": "is not the best method", "undecided": "may or may not be the best"}
        return f"On these data DeepAE {said[top.chip]}." if top.chip in said else "No comparison has been computed yet."
    if by["halved"].chip == "not run":
        return "Whether the paper holds is not decided by this run."
    rivals = {
        "halved": "the best published baseline's" + _nothing(by["nothing"]),
        "unit-norm-decoding": "the best with unit-norm decoding of the same dictionaries",
        "linear": "PCA's",
    }
    compared = {text: by[name].finding.values for name, text in rivals.items() if by[name].chip != "not run"}
    datasets = list(dict.fromkeys(value.dataset for values in compared.values() for value in values))
    if len(datasets) > 2:
        said = "DeepAE's error is " + "; ".join(_counts(values, text) for text, values in compared.items())
    else:
        said = "; ".join(_on(dataset, compared) for dataset in datasets)
    return f"{START[by['halved'].chip]}{said}."


def _nothing(answer):
    if answer.chip not in ("yes", "undecided") or min(v.value for v in answer.finding.values) < NOTHING:
        return ""
    return " (which is that of predicting nothing)" if answer.chip == "yes" else " (nearly that of predicting nothing)"


def _on(dataset, compared):
    """How DeepAE's error compares with each rival's on one data set; what is undecided comes last."""
    own = {text: [v for v in values if v.dataset == dataset] for text, values in compared.items()}
    own = {text: values for text, values in own.items() if values}
    open_ones = [text for text, values in own.items() if {_state(value) for value in values} == {"undecided"}]
    said = [_against(values, text) for text, values in own.items() if text not in open_ones]
    if not said:
        return f"on {dataset} {NUMBER[len(open_ones)]} undecided"
    if len(open_ones) == 1:
        said.append(f"undecided against {open_ones[0]}")
    told = f"{', '.join(said[:-1])}{' and ' * (len(said) > 1)}{said[-1]}"
    others = " (the other two are undecided)" if len(open_ones) == 2 else ""
    return f"on {dataset} DeepAE's error is {told}{others}"


def _against(values, text):
    """How DeepAE's error compares with that of one rival over all h."""
    states = {_state(value) for value in values}
    doubt = " (undecided at some h)" if "undecided" in states else ""
    return f"{_range([value.value for value in values])} {text}{doubt}"


def _state(value):
    """Whether DeepAE's error is below or above another's, or the interval leaves it open."""
    return "below" if value.low > 0 else "above" if value.high < 0 else "undecided"


def _range(cuts):
    """By how much DeepAE's error is below or above another's, from the least to the most at any h."""
    ends = ((f"{abs(100 * cut):.0f}", "above" if cut < -0.005 else "below") for cut in (min(cuts), max(cuts)))
    (low, way), (high, other) = ends
    if way != other:
        return f"{low} % {way} to {high} % {other}"
    if way == "above":
        low, high = high, low
    return f"{low} to {high} % {way}" if low != high else f"{low} % {way}"


def _counts(values, text):
    """On how many data sets DeepAE's error is below another's at every h, above it, or neither; most come first."""
    states = {}
    for value in values:
        states.setdefault(value.dataset, set()).add(_state(value))
    each = [next(iter(state)) if len(state) == 1 else "undecided" for state in states.values()]
    ways = sorted(dict.fromkeys(each), key=each.count, reverse=True)
    first = f"undecided against {text}" if ways[0] == "undecided" else f"{ways[0]} {text}"
    others = ", ".join(f"{way} on {each.count(way)}" for way in ways[1:])
    return f"{first} on {each.count(ways[0])} of {len(each)} data sets" + (f" ({others})" if others else "")
