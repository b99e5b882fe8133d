"""What every score means, for a person who has never met it."""

MEANINGS = {
    "accuracy": "share of rows answered right",
    "balanced_accuracy": "share answered right, every category counting alike; 1 is perfect",
    "macro_f1": "how well each category is found and not over-used, every one counting alike; 1 is perfect",
    "top_5_accuracy": "share of rows whose truth is among its first five answers",
    "roc_auc": "how well it ranks: 0.5 is chance, 1 is perfect",
    "average_precision": "how pure the top of its ranking is; 1 is perfect",
    "log_loss": "how surprised its probabilities are by the truth; 0 is perfect",
    "calibration_error": "how far its confidence lies from how often it is right; 0 is perfect",
    "mae": "how far off an answer is on average",
    "rmse": "how far off, large errors counting more",
    "median_absolute_error": "half of the answers are closer than this",
    "r2": "share of the variation that it explains; 0 is no better than the mean, 1 is perfect",
    "interval_coverage": "share of rows that lie within its interval; 90% is promised",
    "interval_width": "how wide that interval is on average",
}
