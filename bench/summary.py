"""The numbers of many runs, in few."""

import statistics


def columns(results, index, scale):
    """One number of each run, in its unit, runs without numbers left out of all inits."""
    good = [i for i in range(min(map(len, results.values())))
            if all(len(runs[i]) > index for runs in results.values())]
    return {name: [runs[i][index] / scale for i in good] for name, runs in results.items()}


def summary(values, base="tini"):
    """Median, spread and the median of the ratios to the base of the same round."""
    out = {}
    for name, numbers in values.items():
        if not numbers:
            continue
        ordered = sorted(numbers)
        ratios = [a / b for a, b in zip(numbers, values.get(base, [])) if b]
        out[name] = {
            "median": statistics.median(ordered),
            "low": ordered[len(ordered) // 10],
            "high": ordered[-1 - len(ordered) // 10],
            "ratio": statistics.median(ratios) if ratios else None,
        }
    return out
