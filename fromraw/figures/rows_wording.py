"""What a learning curve says, in words: what the last doubling of rows brought, and what another one should."""

from collections.abc import Iterator

from fromraw.decoders.base import Score
from fromraw.evaluation.more_rows import Outlook
from fromraw.figures.wording import in_words, write_number, write_score


def size_lines(score: Score, outlook: Outlook) -> Iterator[str]:
    """A line a size: '480  77.2% (70.1 to 83.0)  2 trainings'."""
    widest = max(len(f"{size.rows:,}") for size in outlook.sizes)
    for size in outlook.sizes:
        low, high = (write_score(score, end).rstrip("%") for end in (size.low, size.high))
        value = write_score(score, size.value)
        several = f"{size.trainings} trainings" if size.trainings > 1 else "1 training"
        yield f"{size.rows:>{widest},}   {value}  ({low} to {high})   {several}"


def tell_outlook(score: Score, outlook: Outlook, tested: int) -> list[str]:
    """Sentences: what was gained and should be; whether more rows would hardly help."""
    if outlook.gained is None:
        return []
    first, last = (size.rows for size in outlook.sizes[-2:])
    told = f"From {first:,} to {last:,} rows {in_words(score.name)} {_moved(score, outlook.gained)}"
    if outlook.next is None:
        return [f"{told}; too few trainings to tell what more would bring."]
    said = [f"{told}; twice as many rows should {_should(score, outlook.next.low, outlook.next.high)}."]
    if outlook.is_exhausted and outlook.expected is not None and outlook.seen is not None:
        most, least = (_amount(score, max(0.0, value)) for value in (outlook.expected, outlook.seen))
        shown = f"{tested:,} tested rows cannot show less than {least}"
        gain = f"but for chance in training, twice as many bring at most {most}"
        said.append(f"! more rows will hardly help: {gain}, and {shown}.")
    return said


def _moved(score: Score, gained: float) -> str:
    """'gained 7.1 points', 'fell by 0.031'; gained: above 0 is better."""
    if score.higher_is_better:
        return f"{'gained' if gained >= 0 else 'lost'} {_amount(score, abs(gained))}"
    return f"{'fell' if gained >= 0 else 'rose'} by {_amount(score, abs(gained))}"


def _should(score: Score, low: float, high: float) -> str:
    verb = "gain" if score.higher_is_better else "lower it by"
    if high <= 0:
        return f"{verb} nothing that shows over how trainings differ"
    if low <= 0:
        return f"{verb} at most {_amount(score, high)} more, or nothing"
    return f"{verb} {_number(score, low)} to {_amount(score, high)} more"


def _amount(score: Score, value: float) -> str:
    return f"{_number(score, value)} points" if score.as_ == "share" else _number(score, value)


def _number(score: Score, value: float) -> str:
    return f"{100 * value:.1f}" if score.as_ == "share" else write_number(float(f"{value:.2g}"))
