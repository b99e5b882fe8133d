"""What is asked of the answers: which score counts, and what mistakes cost; put to the outputs that it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fromraw.columns.base import Column
from fromraw.errors import UsageError, unknown
from fromraw.parts import find
from fromraw.planning.plan import OutputPlan, Plan, Reason, Reasons


@dataclass(frozen=True)
class Aim:
    """metric: the name of a score; costs: {"truth:answer": cost}."""

    metric: str | None = None
    costs: Mapping[str, float] = field(default_factory=dict)


def aimed(plan: Plan, columns: Mapping[str, Column], aim: Aim, reasons: Reasons) -> Plan:
    """The plan, with what was asked for at every output that it is for. Costs without a metric are the metric.

    reasons: that of each value is put there. Raises UsageError where no output has the score, or none has the
    categories that have costs.
    """
    outputs = {name: _put(output, aim, plan) for name, output in plan.outputs.items()}
    faults = {}
    for name, output in outputs.items():
        cls, column = find("decoders", output.step().part).cls, columns[output.columns[0]]
        try:
            if output.costs:
                cls.price(column.spec, output.costs, column.restore)
        except UsageError as error:
            faults[name] = error
            outputs[name] = plan.outputs[name]
    if faults and len(faults) == len(outputs):
        raise next(iter(faults.values()))
    for name, output in outputs.items():
        why = {"metric": (output.metric, aim.metric, "--metric"), "costs": (output.costs, aim.costs, "--cost")}
        for key, (value, asked, option) in why.items():
            if asked and value:
                reasons[f"{name}.{key}"] = Reason(who="you", why=option)
            elif f"{name}.{key}" not in reasons:
                told = "the costs count" if value else "none was asked for"
                reasons[f"{name}.{key}"] = Reason(who="rule" if value else "default", why=told)
    return plan.model_copy(update={"outputs": outputs})


def _put(output: OutputPlan, aim: Aim, plan: Plan) -> OutputPlan:
    scores = {name: [s.name for s in find("decoders", o.step().part).cls.scores] for name, o in plan.outputs.items()}
    there = {score for names in scores.values() for score in names}
    costs = dict(aim.costs) or output.costs
    asked = aim.metric or output.metric
    metric = asked or ("cost" if costs else None)
    if asked is not None and asked not in there:
        raise unknown("metric", asked, there)
    if metric == "cost" and not costs:
        raise UsageError("--metric cost needs costs, such as --cost no:yes=5 (truth:answer=cost).")
    own = [score.name for score in find("decoders", output.step().part).cls.scores]
    return output.model_copy(update={"metric": metric if metric in own else None, "costs": costs})
