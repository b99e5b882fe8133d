"""What is said before a training begins: what the data are, what was found in them, what will be done."""

from fromraw.describing.dataset import DataSet
from fromraw.describing.wording import train_lines
from fromraw.findings.base import Finding
from fromraw.findings.wording import line_of, worth_saying
from fromraw.how_many import how_many
from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.planning.plan import Plan
from fromraw.run_folders import Claimed


def say_beginning(voice: Voice, data: DataSet, found: list[Finding], claimed: Claimed) -> None:
    for line in train_lines(data, [line_of(finding) for finding in worth_saying(found, data.known)]):
        voice.say(line)
    if claimed.state == "finished":
        voice.result(f"run        {claimed.folder} is finished: same data, options and version. --fresh trains anew.")


def say_plan(voice: Voice, plan: Plan, options: Options, claimed: Claimed) -> None:
    encoders = ", ".join(f"{' > '.join(s.part for s in item.steps())} for {name}" for name, item in plan.inputs.items())
    nets = f", {len(plan.members)} nets averaged" if len(plan.members) > 1 else ""
    learning = plan.learning
    long = how_many(plan.budget.minutes or 0, "minutes")
    if options.request.epochs or options.request.steps:
        long = how_many(learning.steps, "steps") if learning.steps else how_many(learning.epochs or 0, "epochs")
    cores = how_many(plan.budget.threads, "cores") if plan.budget.device == "cpu" else plan.budget.device
    voice.say(f"plan       {encoders}{nets}, from scratch; {cores}, {long} (all settings: fromraw plan)")
    how = "goes on where it stopped" if claimed.state == "unfinished" else "new"
    voice.say(f"run        {claimed.folder} ({how}). Ctrl-C stops with a usable result; the same command goes on.\n")
