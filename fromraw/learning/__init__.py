"""One loop for every task, and what it needs: optimizers, schedule, clock, checkpoints, precision, progress."""
