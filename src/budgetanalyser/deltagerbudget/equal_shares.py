"""Method of Equal Shares: every voter gets the same money, and a project is bought by those who voted for it.

Cost utilities and ballots of approval, with or without Add1 completion; not points, thresholds or exclusive groups.
Floats run the search. Where they cannot tell (near ties, hardly enough money), the money is worked out in fractions:
voters who have paid for the same projects form a class, and a class's money is its first share less its payments.

Source: equalshares.net; Peters, Pierczyński & Skowron 2021, "Proportional Participatory Budgeting with Additive
Utilities"; lazy bounds as in equalshares-compute-tool.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from budgetanalyser import dansk
from budgetanalyser.deltagerbudget.udfald import Outcome
from budgetanalyser.deltagerbudget.valg import POINT_TYPES, Election
from budgetanalyser.errors import ValueUseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STOETTET, IKKE_RAAD = "støttet", "ikke råd"
STEP_COLUMNS = (
    "rang",
    "projekt",
    "navn",
    "stemmer",
    "pris_kr",
    "pr_vaelger_kr",
    "effektive_stemmer",
    "afgoerelse",
    "lighed",
)
MOST_RUNS = 50_000  # More means that the step is too fine for the money.
_NEAR = 1e-9  # Floats err less than this part of a number; what is nearer is settled in fractions.
_SAME = 1e-12  # What counts as equal where fractions are set aside.
_BROKE, _FIRST = 0, 1  # The classes of those with nothing left and of those who have not paid yet.


@dataclass(frozen=True)
class EqualSharesOutcome(Outcome):
    """An outcome of Equal Shares.

    Attributes:
        andel_kr: Decimal kroner each voter began with, rounded to øre: B/n, or with Add1 the highest share tried whose
            outcome is within the budget. None where nothing had to be shared out: no voters, or money for everything.
        koersler: How often the method was run. Shares between two runs are known to give the outcome of the first.
    """

    andel_kr: Decimal | None = None
    koersler: int = 0


def equal_shares(
    election: Election,
    *,
    completion: Literal["add1"] | None = "add1",
    exact: bool = True,
    trin: Decimal = Decimal(1),
) -> EqualSharesOutcome:
    """Find the winners by the Method of Equal Shares with cost utilities.

    Each voter begins with B/n. The project with most effective votes c/q is bought, where q is the least payment with
    which its supporters, each paying q or all they have, raise its price c; until no supporters can raise a price.
    Equals: the cheaper, then the one with more votes, then the order of the file. A project without votes never wins,
    and one that costs nothing wins with its first vote. The election's threshold is not applied.

    Add1 begins at B/n in whole kroner, adds `trin` to each voter, runs again, and keeps the last outcome before the
    first that costs more than B, as the official count in Wieliczka did. Others stop as soon as no further project
    fits; on the six Pabulib elections of the tests where money is scarce that gives the same. Where all projects with
    votes fit in the budget, all are funded. A project dearer than the budget is not struck out: it ends Add1 when it is
    bought.

    Args:
        election: With ballots of "approval", "knapsack" or "choose-1".
        completion: "add1", or None for one run at B/n.
        exact: Whether what floats cannot tell is settled in fractions; False takes near equals as equal.
        trin: Kroner added to each voter a step, over 0.

    Returns:
        The outcome. `steps` has one row a project, first the funded in their order and then the others by votes:
        `rang` (int), `projekt`, `navn`, `stemmer` (int), `pris_kr` (Decimal), `pr_vaelger_kr` (q, Decimal to øre, None
        where not funded), `effektive_stemmer` (Decimal, 2 decimals, or None), `afgoerelse` ("støttet" or "ikke råd")
        and `lighed`, those it was equal with when it was taken (text or None).

    Raises:
        ValueUseError: No ballots, ballots with points, an unknown completion, a step that is not over 0, or Add1 does
            not end in `MOST_RUNS` runs.

    Source: Peters, Pierczyński and Skowron, »Proportional Participatory Budgeting with Additive Utilities« (2021);
        equalshares.net for completion and ties.
    """
    _check(election, completion, trin)
    field = _Field.of(election)
    rule = "Equal Shares med Add1" if completion else "Equal Shares"
    if not election.n_voters:
        return _outcome(election, field, None, rule, ("der er ingen stemmesedler",), None, 0)
    budget = Fraction(election.budget)
    if completion and field.cost(field.wanted) <= budget:
        return _everything(election, field, rule, exact)
    share, runs = budget / election.n_voters, 1
    if completion:
        share, runs = _completed(field, Fraction(math.floor(share)), Fraction(trin), budget, exact)
    told = f"{dansk.kr(_decimal(share), 2)} pr. vælger"
    return _outcome(election, field, _Run(field, share, exact).play(), rule, (told,), _decimal(share), runs)


def _check(election: Election, completion: str | None, trin: Decimal) -> None:
    election.require_ballots("Equal Shares")
    if election.ballot_type in POINT_TYPES:
        raise ValueUseError(
            f"Equal Shares er her kun for stemmesedler, hvor et projekt er valgt eller ikke valgt, og i {election.fil} "
            f"gives der point ({election.ballot_type}). Brug »flest_stemmer«, som tæller point."
        )
    if completion not in (None, "add1"):
        raise ValueUseError(f"Udfyldningen »{completion}« kendes ikke. Skriv »add1«, eller None for ingen.")
    if not (isinstance(trin, Decimal) and trin.is_finite() and trin > 0):
        raise ValueUseError(f"Et trin skal være et Decimal over 0 kr., ikke {trin!r}.")


def _everything(election: Election, field: _Field, rule: str, exact: bool) -> EqualSharesOutcome:
    """Return the outcome where all that anyone wants fits: each voter can then pay everything alone."""
    run = _Run(field, field.cost(field.wanted), exact).play()
    return _outcome(election, field, run, rule, ("der er penge til alle projekter med stemmer",), None, 1)


def _completed(field: _Field, share: Fraction, step: Fraction, budget: Fraction, exact: bool) -> tuple[Fraction, int]:
    """Return the highest share before the first that overspends, and the number of runs.

    Not everything fits, so a share that overspends exists: with the price of everything, each can pay alone.
    """
    last = share
    for runs in range(1, MOST_RUNS + 1):
        run = _Run(field, share, exact, step).play()
        if field.cost(run.winners) > budget:
            return last, runs
        last = share + int(run.unchanged / float(step)) * step
        share = last + step
    raise ValueUseError(
        f"Equal Shares med Add1 er ikke færdig efter {dansk.antal(MOST_RUNS)} kørsler, hvor hver vælger hver gang får "
        f"{dansk.kr(_decimal(step), 2)} mere. Giv et større trin=, fx 10 gange så stort."
    )


@dataclass(frozen=True)
class _Field:
    """What is the same in every run.

    Attributes:
        prices: m exact prices; `floats` the same as floats.
        supporters: For each project the rows of its voters.
        votes: m numbers of supporters.
        order: m places in the order in which equals are taken.
        wanted: The projects that cost something and have votes; `free`, those that cost nothing, in order.
    """

    prices: list[Fraction]
    floats: Floats
    supporters: list[Ints]
    votes: Ints
    order: Ints
    wanted: list[int]
    free: list[int]
    n_voters: int

    @classmethod
    def of(cls, election: Election) -> _Field:
        by_project = election.require_ballots("Equal Shares").tocsc()
        rows = by_project.indices.astype(np.int64)
        prices = [Fraction(one) for one in election.projects["pris_kr"]]
        votes = np.diff(by_project.indptr).astype(np.int64)
        ranked = sorted(range(len(prices)), key=lambda i: (prices[i], -votes[i], i))
        return cls(
            prices=prices,
            floats=np.array([float(one) for one in prices]),
            supporters=np.split(rows, by_project.indptr[1:-1]),
            votes=votes,
            order=np.argsort(np.array(ranked)),
            wanted=[i for i in range(len(prices)) if votes[i] and prices[i]],
            free=[i for i in ranked if votes[i] and not prices[i]],
            n_voters=by_project.shape[0],
        )

    def cost(self, projects: list[int]) -> Fraction:
        return sum((self.prices[i] for i in projects), Fraction(0))


@dataclass(frozen=True)
class _Bid:
    """What a project's supporters would pay: each `payment` or all they have.

    Attributes:
        classes: The supporters' classes, poorest first, and `counts`, how many are in each.
        first: The first class that pays the payment; those before it pay all they have.
        slope: How much the payment grows a krone more to every voter, as long as the same classes are poor.
    """

    project: int
    classes: Ints
    counts: Ints
    first: int
    payment: float
    slope: float


@dataclass(frozen=True)
class _Purchase:
    bid: _Bid
    tied: list[int]


class _Run:
    """One run of the method with the same share for every voter.

    `play` makes it. Then `purchases` are the projects bought, `winners` those and the free ones, and `unchanged` is how
    many kroner could be added to every voter, while each purchase is made by the same voters in the same order: every
    comparison that was made is a gap between two sums that are linear in the share, and the first gap to close ends it.
    """

    def __init__(self, field: _Field, share: Fraction, exact: bool, step: Fraction | None = None) -> None:
        self.field, self.share, self.exact = field, float(share), exact
        self.purchases: list[_Purchase] = []
        self.class_of = np.full(field.n_voters, _FIRST, dtype=np.int64)
        self.money = np.array([0.0, self.share])
        self.slopes = np.array([0.0, 1.0])
        self.ledger = _Ledger(field, self.purchases, share)
        # The latest c/q of each project, which it cannot exceed later, and how fast q/c grows with the share.
        self.bounds = [float(one) for one in field.votes]
        self.bound_slopes = [0.0] * len(field.prices)
        # Further ahead than to the double share, errors of the slopes would count; and less than a step is of no use.
        self.unchanged = self.share if step else 0.0
        self.step = float(step or 0)

    @property
    def is_watching(self) -> bool:
        """Whether a step might still change nothing."""
        return self.unchanged > 0 and self.unchanged >= self.step

    @property
    def winners(self) -> list[int]:
        return self.field.free + [one.bid.project for one in self.purchases]

    def play(self) -> _Run:
        """Buy until no project can be paid for."""
        live = self._payable()
        while bids := self._best_bids(live):
            tied = self._tied(bids)
            bid = bids[min(tied, key=lambda i: self.field.order[i])]
            live.remove(bid.project)
            if self.is_watching and live:
                self._hold_rank(bid, live)
            self._buy(bid, tied)
        return self

    def _payable(self) -> list[int]:
        """Return the projects whose supporters have enough at first, or hardly too little."""
        wanted = np.array(self.field.wanted, dtype=np.int64)
        price, votes = self.field.floats[wanted], self.field.votes[wanted]
        lacks = price - votes * self.share
        is_out = lacks > _NEAR * price
        self._hold(lacks[is_out], votes[is_out], price[is_out])
        return list(map(int, wanted[~is_out]))

    def _best_bids(self, live: list[int]) -> dict[int, _Bid]:
        """Return the bids with most effective votes or nearly; those that cannot be paid leave `live`."""
        best, bids = 0.0, {}
        for project in sorted(live, key=self.bounds.__getitem__, reverse=True):
            if self.bounds[project] < best * (1 - _NEAR):
                break
            bid = self._bid(project)
            if bid is None:
                live.remove(project)
                continue
            bids[project] = bid
            self.bounds[project] = self.field.floats[project] / bid.payment
            self.bound_slopes[project] = bid.slope / self.field.floats[project]
            best = max(best, self.bounds[project])
        return {i: bid for i, bid in bids.items() if self.bounds[i] >= best * (1 - _NEAR)}

    def _bid(self, project: int) -> _Bid | None:
        """Return what its supporters would pay, or None where they have not enough."""
        classes, counts = self._classes(project)
        money, price = self.money[classes], self.field.floats[project]
        held = counts * money
        if not self._can_pay(project, classes, counts, float(held.sum())):
            self._hold_out(price - held.sum(), counts @ self.slopes[classes], price)
            return None
        payment, first, payers = price / self.field.votes[project], 0, self.field.votes[project]
        if payment > money[0]:
            left = counts[::-1].cumsum()[::-1]
            payments = (price - (held.cumsum() - held)) / left
            can = payments <= money
            first = int(can.argmax()) if can.any() else len(classes) - 1
            payment, payers = payments[first], left[first]
        slope = -float(counts[:first] @ self.slopes[classes[:first]]) / payers
        bid = _Bid(project, classes, counts, first, float(payment), slope)
        if self.is_watching:
            self._hold_poor(bid, money)
        return bid

    def _classes(self, project: int) -> tuple[Ints, Ints]:
        counts = np.bincount(self.class_of[self.field.supporters[project]], minlength=len(self.money))
        classes = counts.nonzero()[0]
        classes = classes[np.argsort(self.money[classes], kind="stable")]
        return classes, counts[classes]

    def _can_pay(self, project: int, classes: Ints, counts: Ints, held: float) -> bool:
        price = self.field.floats[project]
        doubt = _NEAR * (price + self.share)
        if abs(held - price) > doubt or not self.exact:
            return bool(held >= price * (1 - _SAME))
        return self.ledger.held(classes, counts) >= self.field.prices[project]

    def _tied(self, bids: dict[int, _Bid]) -> list[int]:
        """Return the projects with most effective votes of those that floats can hardly tell apart."""
        if len(bids) == 1:
            return list(bids)
        if not self.exact:
            best = max(self.bounds[i] for i in bids)
            return [i for i in bids if self.bounds[i] >= best * (1 - _SAME)]
        part = {i: self.ledger.asked(self._settled(bid)) / self.field.prices[i] for i, bid in bids.items()}
        least = min(part.values())
        return [i for i in bids if part[i] == least]

    def _settled(self, bid: _Bid) -> _Bid:
        """Return the bid with exactly those poor who have less than the payment, where floats can hardly tell."""
        is_near = np.abs(self.money[bid.classes] - bid.payment) <= _NEAR * self.share
        if not (self.exact and is_near.any()):
            return bid
        self.unchanged = 0.0  # Whether these are poor may change with the next krone.
        return self.ledger.settled(bid)

    def _buy(self, bid: _Bid, tied: list[int]) -> None:
        """Let the supporters pay, and put those with something left into classes of their own."""
        bid = self._settled(bid)
        rich = bid.classes[bid.first :]
        target = np.zeros(len(self.money), dtype=np.int64)  # The poor go to class _BROKE.
        target[rich] = len(self.money) + np.arange(len(rich))
        voters = self.field.supporters[bid.project]
        self.class_of[voters] = target[self.class_of[voters]]
        self.money = np.concatenate([self.money, self.money[rich] - bid.payment])
        self.slopes = np.concatenate([self.slopes, self.slopes[rich] - bid.slope])
        self.ledger.enter(rich)
        self.purchases.append(_Purchase(bid, tied))

    def _hold_rank(self, bid: _Bid, live: list[int]) -> None:
        """Note how long the project bought stays before the others, or before their bounds."""
        part = bid.payment / self.field.floats[bid.project]
        ahead = 1 / np.array([self.bounds[i] for i in live]) - part
        slopes = np.array([self.bound_slopes[i] for i in live])
        self._hold(ahead, bid.slope / self.field.floats[bid.project] - slopes, part)

    def _hold_poor(self, bid: _Bid, money: Floats) -> None:
        """Note how long the same classes pay all they have."""
        slopes = self.slopes[bid.classes] - bid.slope
        self._hold(np.abs(bid.payment - money), np.where(money < bid.payment, slopes, -slopes), self.share)

    def _hold_out(self, lacks: float, closing: float, price: float) -> None:
        """Note how long the supporters of a project have too little."""
        self._hold(np.array([lacks]), np.array([closing]), price + self.share)

    def _hold(self, gap: Floats, closing: NDArray[Any], scale: Floats | float) -> None:
        """Note that a comparison holds until `gap` is closed, at `closing` a krone more to every voter.

        A gap of nothing that does not close is a tie that stays one.
        """
        doubt = _NEAR * scale
        closes = closing * self.share > doubt
        if closes.any():
            room = (gap - 2 * doubt)[closes] / closing[closes]
            self.unchanged = max(0.0, min(self.unchanged, float(room.min())))


class _Ledger:
    """The exact money of the classes, worked out only when asked.

    A class's money is that of the class it came from less one payment; a payment is what the poor classes did not pay,
    divided by the number of the others.
    """

    def __init__(self, field: _Field, purchases: list[_Purchase], share: Fraction) -> None:
        self._field, self._purchases = field, purchases
        self._origin: list[tuple[int, int]] = [(0, 0), (0, 0)]  # For each class: it came from, and the purchase.
        self._money = {_BROKE: Fraction(0), _FIRST: share}
        self._payments: list[Fraction] = []

    def enter(self, rich: Ints) -> None:
        """Note the classes that the next purchase makes."""
        self._origin += [(one, len(self._purchases)) for one in rich.tolist()]

    def money(self, one: int) -> Fraction:
        """Return what each voter of a class has."""
        way = []
        while one not in self._money:
            way.append(one)
            one = self._origin[one][0]
        for later in reversed(way):
            before, purchase = self._origin[later]
            self._money[later] = self._money[before] - self.payment(purchase)
        return self._money[way[0] if way else one]

    def held(self, classes: Ints, counts: Ints) -> Fraction:
        """Return what voters have together."""
        return sum((self.money(int(i)) * int(k) for i, k in zip(classes, counts, strict=True)), Fraction(0))

    def payment(self, purchase: int) -> Fraction:
        """Return what each of the voters who were not poor paid in a purchase."""
        while len(self._payments) <= purchase:
            self._payments.append(self.asked(self._purchases[len(self._payments)].bid))
        return self._payments[purchase]

    def asked(self, bid: _Bid) -> Fraction:
        """Return what each of the supporters who are not poor would pay."""
        lacks = self._field.prices[bid.project] - self.held(bid.classes[: bid.first], bid.counts[: bid.first])
        return lacks / int(bid.counts[bid.first :].sum())

    def settled(self, bid: _Bid) -> _Bid:
        """Return the bid with its classes in exact order, and exactly those before `first` poor."""
        money = {one: self.money(int(one)) for one in bid.classes}
        order = np.array(sorted(range(len(money)), key=lambda at: money[bid.classes[at]]))
        classes, counts = bid.classes[order], bid.counts[order]
        lacks, payers, first = self._field.prices[bid.project], int(counts.sum()), 0
        while lacks > money[classes[first]] * payers:
            lacks -= money[classes[first]] * int(counts[first])
            payers, first = payers - int(counts[first]), first + 1
        return replace(bid, classes=classes, counts=counts, first=first, payment=float(lacks / payers))


def _outcome(
    election: Election,
    field: _Field,
    run: _Run | None,
    rule: str,
    notes: tuple[str, ...],
    share: Decimal | None,
    runs: int,
) -> EqualSharesOutcome:
    won = run.winners if run else []
    steps = _steps(election, field, run)
    return EqualSharesOutcome(
        winners=tuple(steps["projekt"].iloc[: len(won)]),
        spent=sum(steps["pris_kr"].iloc[: len(won)], Decimal(0)),
        steps=steps,
        rule=rule,
        notes=notes,
        andel_kr=share,
        koersler=runs,
    )


def _steps(election: Election, field: _Field, run: _Run | None) -> pd.DataFrame:
    """Return the table of steps: the funded in order, then the others by votes."""
    bought = {one.bid.project: nr for nr, one in enumerate(run.purchases)} if run else {}
    won = run.winners if run else []
    others = sorted(set(range(len(field.prices))) - set(won), key=lambda i: (-field.votes[i], field.order[i]))
    ids, names, prices = election.projekter, list(election.projects["navn"]), list(election.projects["pris_kr"])
    rows = []
    for rank, i in enumerate([*won, *others], 1):
        paid, effective, tied = _paid(ids, field, run, bought[i]) if run and i in bought else (None, None, None)
        if i in field.free and run:
            paid, effective = Decimal("0.00"), _decimal(Fraction(int(field.votes[i])))
        decision = STOETTET if i in won else IKKE_RAAD
        rows.append((rank, ids[i], names[i], int(field.votes[i]), prices[i], paid, effective, decision, tied))
    return pd.DataFrame(rows, columns=list(STEP_COLUMNS), dtype=object)


def _paid(ids: list[str], field: _Field, run: _Run, nr: int) -> tuple[Decimal, Decimal, str | None]:
    """Return the payment, the effective votes and the equals of a purchase."""
    one = run.purchases[nr]
    payment = run.ledger.payment(nr) if run.exact else Fraction(one.bid.payment)
    tied = dansk.opremsning([ids[i] for i in sorted(one.tied) if i != one.bid.project])
    return _decimal(payment), _decimal(field.prices[one.bid.project] / payment), tied or None


def _decimal(number: Fraction) -> Decimal:
    """Return a fraction that is not negative to two decimals, half up."""
    return Decimal(math.floor(number * 100 + Fraction(1, 2))).scaleb(-2)
