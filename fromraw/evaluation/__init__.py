"""The honest account: answers on rows never used to choose anything, scores with intervals, baselines beside them."""
