"""Groups that nobody named: rows of one subject, told by names, folders or a column, and kept together."""

import shlex

import numpy as np

from fromraw.errors import Refused
from fromraw.findings.base import Case, Finder, Finding
from fromraw.parts import part
from fromraw.splits import TRAIN


@part("groups")
class Groups(Finder):
    rank = 30
    voids = True

    def find(self, case: Case) -> list[Finding]:
        guessed, side = case.dataset.guessed, case.dataset.split.side
        if guessed is None:
            raise Refused("no rows seem to belong together")
        evidence = {"groups": guessed.count, "rows": len(side), "column": guessed.column, "example": guessed.example}
        if guessed.kept:
            text = f"{guessed.count:,} groups by {guessed.words}, in which rows are alike: each is kept on one side"
            return [Finding("groups", "note", guessed.column, text, "--group none undoes it", evidence)]
        test, learned = np.unique(guessed.of[case.dataset.split.tested]), np.unique(guessed.of[side == TRAIN])
        both = int(np.isin(test, learned).sum())
        evidence["in test and training"] = both
        why = f"{guessed.column} is read as told" if guessed.told else "the data are split by themselves"
        text = (
            f"{both:,} of {len(test):,} groups (by {guessed.words}) that are tested are learned from too, as {why}: "
            "the score says nothing of new ones"
        )
        if guessed.told and guessed.column:
            remedy = f"--group {shlex.quote(guessed.column)} keeps each on one side, and does not read it"
            return [Finding("groups", "note", guessed.column, text, remedy, evidence)]
        return [
            Finding("groups", "warning", guessed.column, text, "split the data anew, each group on one side", evidence)
        ]
