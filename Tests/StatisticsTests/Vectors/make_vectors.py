"""Makes comparison-vectors.json, with NumPy and SciPy instead of our own code:

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install numpy==2.4.6 scipy==1.17.1
    /tmp/vectors/bin/python3 Tests/StatisticsTests/Vectors/make_vectors.py

The seed is fixed, so the same versions make the same file.
"""

import json
import math
import pathlib

import numpy as np
from scipy import stats

CLUSTERS = 1024
random = np.random.default_rng(20240607)


def cohort(users, requests, rate, spread):
    """Requests and errors of each cluster, from users of very different activity whose error rates differ, too."""
    activity = random.pareto(1.3, users) + 0.2
    counts = random.poisson(requests * activity / activity.sum())
    rates = np.minimum(1, rate * np.exp(spread * random.standard_normal(users) - spread**2 / 2))
    errors = random.binomial(counts, rates)
    cluster = random.integers(0, CLUSTERS, users)
    return np.bincount(cluster, counts, CLUSTERS), np.bincount(cluster, errors, CLUSTERS)


def correction(seen):
    return seen.sum() / (seen.sum() - 1)


def textbook_variance(requests, errors):
    """[Var(S) - 2 m Cov(S, N) + m^2 Var(N)] / (K Nbar^2), over all clusters."""
    ratio = errors.sum() / requests.sum()
    (var_s, cov), (_, var_n) = np.cov(errors, requests, bias=True)
    variance = (var_s - 2 * ratio * cov + ratio**2 * var_n) / (CLUSTERS * requests.mean() ** 2)
    return ratio, variance * correction(requests > 0)


def jackknife_variance(requests, errors):
    """From the ratios that remain when one cluster after the other is left out."""
    seen = requests > 0
    n, s = requests[seen], errors[seen]
    without = (s.sum() - s) / (n.sum() - n)
    return ((without - s.sum() / n.sum()) ** 2).sum() / correction(seen)


def bootstrapped_error(requests, errors):
    seen = requests > 0
    result = stats.bootstrap(
        (errors[seen], requests[seen]),
        lambda s, n, axis=-1: s.sum(axis=axis) / n.sum(axis=axis),
        paired=True, vectorized=True, n_resamples=4000, method="percentile", rng=random,
    )
    return float(result.standard_error)


def sparse(requests, errors):
    return [[int(k), int(requests[k]), int(errors[k])] for k in np.flatnonzero(requests)]


def delta_method():
    for users, requests, rate, spread in [(25, 400, 0.2, 1), (300, 20_000, 0.02, 1), (4_000, 60_000, 0.1, 0.5)]:
        n, s = cohort(users, requests, rate, spread)
        ratio, variance = textbook_variance(n, s)
        yield {
            "clusters": sparse(n, s), "seen": int((n > 0).sum()), "ratio": ratio, "textbook_variance": variance,
            "variance": jackknife_variance(n, s), "bootstrapped_error": bootstrapped_error(n, s),
        }


def stratified():
    """Two stages of the same 200 users: the gradient of the weighted ratio times the four sums of each cluster."""
    users = 200
    cluster = random.integers(0, CLUSTERS, users)
    rates = np.minimum(1, 0.1 * np.exp(random.standard_normal(users)))
    sums = []
    for requests in (3_000, 9_000):
        counts = random.poisson(requests / users, users)
        sums.append(np.bincount(cluster, counts, CLUSTERS))
        sums.append(np.bincount(cluster, random.binomial(counts, rates), CLUSTERS))
    weights = [0.3, 0.7]
    gradient, ratio, leverage = [], 0, 0
    for weight, n, s in zip(weights, sums[0::2], sums[1::2]):
        gradient += [-weight * s.sum() / n.sum() ** 2, weight / n.sum()]
        ratio += weight * s.sum() / n.sum()
        leverage = leverage + weight * n / n.sum()
    changes = np.array(gradient) @ np.array(sums) / (1 - leverage)
    return {
        "weights": weights, "stages": [sparse(sums[0], sums[1]), sparse(sums[2], sums[3])],
        "ratio": ratio, "variance": (changes**2).sum() / correction((sums[0] + sums[2]) > 0),
    }


def rho_squared(alpha, tuning):
    return (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuning


def half_widths():
    for alpha in (0.05, 0.01, 0.001):
        for tuning in (1_000, 5_000):
            for n in (40, 5_000, 6_461, 3_000_000):
                error, s2 = 0.013, 0.013**2 * n
                rho2 = rho_squared(alpha, tuning)
                two = math.sqrt(s2) * math.sqrt(
                    2 * (n * rho2 + 1) * math.log(math.sqrt(n * rho2 + 1) / alpha) / (n**2 * rho2))
                rho2 = rho_squared(2 * alpha, tuning)
                one = math.sqrt(
                    s2 * 2 * (n * rho2 + 1) / (n**2 * rho2) * math.log(1 + math.sqrt(n * rho2 + 1) / (2 * alpha)))
                yield {
                    "alpha": alpha, "tuning": tuning, "units": n, "standard_error": error,
                    "two_sided": two, "one_sided": one,
                }


def sample_ratios():
    for legacy, unified, share in [
        (900, 100, 0.1), (870, 130, 0.1), (5_000, 5_000, 0.5), (3_050, 2_950, 0.5), (71, 9, 0.1), (70, 3, 0.1),
        (0, 40, 0.5), (3_960, 136, 0.01), (1_300, 2_700, 0.7),
    ]:
        total = legacy + unified
        p = stats.chisquare([legacy, unified], [total * (1 - share), total * share]).pvalue
        yield {"legacy": legacy, "unified": unified, "share": share, "p": float(p)}


path = pathlib.Path(__file__).with_name("comparison-vectors.json")
vectors = {
    "delta_method": list(delta_method()), "stratified": stratified(), "half_widths": list(half_widths()),
    "sample_ratios": list(sample_ratios()),
    "chi_square": [{"statistic": x, "p": float(stats.chi2.sf(x, 1))} for x in (0, 0.1, 1, 3.841458820694124, 10.83, 60)],
}
path.write_text(json.dumps(vectors).replace('}, {', '},\n{') + "\n")
