"""Pabulib files read and written. The small files here are KONSTRUERET; the eight real ones are read where they lie."""

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from budgetanalyser.deltagerbudget import opdigt
from budgetanalyser.deltagerbudget.optaelling import count, needed_votes
from budgetanalyser.deltagerbudget.pabulib import read_pabulib, write_pabulib
from budgetanalyser.deltagerbudget.stemmesedler import build
from budgetanalyser.deltagerbudget.valg import UDELADT, Election, matrix, recount
from budgetanalyser.errors import KildeError, ValueUseError
from budgetanalyser.kilder.pabulib import MOST_CELL, MOST_UNEVEN

PABULIB = Path(__file__).parents[2] / "shared" / "data" / "pabulib"

META = "budget;100000\nvote_type;approval\nrule;greedy\n"
PROJECTS = "project_id;cost;name\n1;20000;Bålhytte\n2;35000.50;Sti\n3;5000;Bænk\n"
VOTES = "voter_id;vote\na;1,3\nb;2\nc;1\n"


def text(meta=META, projects=PROJECTS, votes=VOTES):
    return f"META\nkey;value\n{meta}PROJECTS\n{projects}VOTES\n{votes}"


@pytest.fixture
def read(tmp_path):
    """Return a reader of a file's text or bytes."""

    def made(content, **more):
        path = tmp_path / "KONSTRUERET.pb"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_pabulib(path, **more)

    return made


def rows(election):
    return election.ballots.toarray().tolist()


def told(election):
    return [(one.where, one.text) for one in election.findings]


def faults_of(read, content, **more):
    with pytest.raises(KildeError) as caught:
        read(content, **more)
    return [str(one) for one in caught.value.faults]


def test_every_section_becomes_its_part_of_the_election(read):
    election = read(
        text(
            meta="description;KONSTRUERET\nnum_projects;3\nnum_votes;3\nbudget;543715.64\nvote_type;approval\n"
            "rule;greedy-threshold\nmin_project_score_threshold;2\ncurrency;DKK\n",
            projects="project_id;cost;votes;name;selected;category;district;latitude\n"
            "1;20000;2;Bålhytte;1;natur,fællesskab;Nord;56.1\n2;35000.50;1;Sti;0;;Syd;\n3;5000;1;Bænk;2;natur;;\n",
            votes="voter_id;vote;age;sex;voting_method;district\na;1,3;34;F;internet;Nord\nb;2;71;M;paper;\n"
            "c;1;15;;internet;Syd\n",
        )
    )

    assert election.findings == ()
    assert (election.budget, election.ballot_type, election.rule) == (
        Decimal("543715.64"),
        "approval",
        "greedy-threshold",
    )
    assert (election.threshold, election.most_kr, election.fil) == (2, None, "KONSTRUERET.pb")
    assert election.meta["currency"] == "DKK"
    assert list(election.projects) == ["pris_kr", "stemmer", "navn", "valgt", "kategori", "omraade", "latitude"]
    assert election.projects.loc["1"].tolist() == [20000, 2, "Bålhytte", 1, "natur,fællesskab", "Nord", "56.1"]
    assert election.projects.loc["2", "pris_kr"] == Decimal("35000.50")
    assert election.projects["valgt"].tolist() == [1, 0, 2]
    assert rows(election) == [[1, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert list(election.voters.index) == ["a", "b", "c"]
    assert election.voters["alder"].tolist() == [34, 71, 15]
    assert election.voters["koen"].astype(object).where(election.voters["koen"].notna(), None).tolist() == [
        "F",
        "M",
        None,
    ]
    assert election.voters["kanal"].tolist() == ["internet", "paper", "internet"]


@pytest.mark.parametrize(
    ("vote_type", "votes", "expected"),
    [
        ("approval", "voter_id;vote\na;1,3\nb;\n", [[1, 0, 1], [0, 0, 0]]),
        ("choose-1", "voter_id;vote\na;2\nb;1\n", [[0, 1, 0], [1, 0, 0]]),
        ("ordinal", "voter_id;vote\na;3,1\nb;2\n", [[1, 0, 2], [0, 1, 0]]),
        ("ordinal", "voter_id;vote;points\na;3,1;5,2\nb;2;5\n", [[2, 0, 5], [0, 5, 0]]),
        ("cumulative", "voter_id;vote;points\na;1,2;7,3\nb;2;10\n", [[7, 3, 0], [0, 10, 0]]),
        ("scoring", "voter_id;vote;points\na;1,2;-1,0\nb;3;2.5\n", [[-1, 0, 0], [0, 0, 2.5]]),
    ],
)
def test_every_vote_type_gives_its_own_numbers(read, vote_type, votes, expected):
    election = read(text(meta=f"budget;1\nvote_type;{vote_type}\n", votes=votes))

    assert election.ballot_type == vote_type
    assert rows(election) == expected
    assert election.strength.tolist() == [sum(column) for column in zip(*expected, strict=True)]


def test_a_limit_on_the_sum_of_prices_makes_a_knapsack_ballot(read):
    election = read(text(meta=META + "max_sum_cost;55000.5\n", votes="voter_id;vote\na;1,2\n"))

    assert (election.ballot_type, election.most_kr) == ("knapsack", Decimal("55000.5"))


def test_tenths_of_points_add_up_to_what_the_file_says(read):
    # As floats, 0.1 + 0.2 is not 0.3, and project 1 would neither agree with its score nor equal project 2.
    election = read(
        text(
            meta="budget;30000\nvote_type;scoring\n",
            projects="project_id;cost;score\n1;20000;0.3\n2;30000;0.3\n",
            votes="voter_id;vote;points\na;1;0.1\nb;1,2;0.2,0.3\n",
        )
    )

    assert election.findings == ()
    assert count(election).steps["lighed"].tolist() == ["2", "1"]


def test_names_with_separators_quotes_and_newlines_are_kept(read):
    election = read(
        text(
            projects='project_id;cost;name;description\n1;1;"Sti; ""den korte""";\n2;2;To;"to\nlinjer"\n'
            '3;3;Den "nye" bro;\n',
            votes="voter_id;vote\na;1\nb;9\n",
        ),
        udelad=True,
    )

    assert election.projects["navn"].tolist() == ['Sti; "den korte"', "To", 'Den "nye" bro']
    assert election.projects["description"].tolist() == ["", "to\nlinjer", ""]
    assert told(election) == [("stemmesedlerne", "færre end 5 stemmesedler er udeladt: projektet kendes ikke")]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_line_ends_marks_blanks_and_empty_lines_do_not_matter(read, begin, ending):
    plain = read(text())
    loose = text(
        meta="budget ; 100000\n\n vote_type;approval \nrule;greedy\n",
        projects="Project_ID; cost ;name\n 1 ; 20000;Bålhytte \n\n2;35000.50;Sti\n3;5000;Bænk\n   \n",
        votes="voter_id;vote\na; 1 , 3 \nb;2\n\nc;1\n\n",
    )

    election = read(begin + loose.replace("\n", ending))

    pd.testing.assert_frame_equal(election.projects, plain.projects)
    assert (rows(election), election.budget) == (rows(plain), plain.budget)
    assert list(election.voters.index) == ["a", "b", "c"]


def test_a_file_in_the_old_danish_character_set_is_refused_and_not_misread(read):
    assert faults_of(read, text().encode("cp1252")) == ["filen er ikke UTF-8; gem den igen som UTF-8"]


def test_ids_are_texts_and_keep_their_zeros(read):
    election = read(text(projects="project_id;cost\n007;1\nL005;2\n7;3\n", votes="voter_id;vote\n01;007\n1;7,L005\n"))

    assert election.projekter == ["007", "L005", "7"]
    assert election.projects["navn"].tolist() == ["007", "L005", "7"]
    assert list(election.voters.index) == ["01", "1"]
    assert rows(election) == [[1, 0, 0], [0, 1, 1]]


def test_ages_in_groups_are_kept_as_they_stand(read):
    election = read(text(votes="voter_id;vote;age\na;1;40-59\nb;2;60+\nc;1;33\n"))

    assert election.voters["alder"].tolist() == ["40-59", "60+", "33"]
    assert election.findings == ()


def test_doubtful_ages_are_told_and_kept_and_a_few_persons_are_not_counted_out(read):
    ages = [0, 9, 9, 9, 9, 10, 100, 104]
    votes = "".join(f"v{number};1;{age}\n" for number, age in enumerate(ages))

    election = read(text(votes=f"voter_id;vote;age\n{votes}"))

    assert election.voters["alder"].tolist() == ages
    assert told(election) == [
        ("afsnittet VOTES", "5 vælgere er under 10 år; kontrollér alderen"),
        ("afsnittet VOTES", "færre end 5 vælgere er over 100 år; kontrollér alderen"),
    ]


@pytest.mark.parametrize("age", ["99999", "²", "-3", "ukendt"])
def test_an_age_that_is_no_age_does_not_stop_the_reading(read, age):
    election = read(text(votes=f"voter_id;vote;age\na;1;{age}\nb;2;40\n"))

    assert election.voters["alder"].tolist() == [age, "40"]


def test_all_faults_of_projects_and_ballots_are_told_at_once_with_their_lines(read):
    assert faults_of(
        read,
        text(
            meta="budget;60.000 kr\nvote_type;approval\nmax_sum_cost;50000\nmin_length;én\n",
            projects="project_id;cost;selected\n1;-5;1\n2;fem;0\n2;40000;0\n3;30000;5\n4;;0\n;10;0\n5;25000;0\n",
            votes="voter_id;vote\na;1,9\na;3\nb;3,5\nc;3,3\n",
        ),
    ) == [
        "afsnittet META: »budget« skal være et tal som 543715.64",
        "afsnittet META: »min_length« skal være et helt tal",
        "linje 9: prisen skal være et tal som 35000.50 (her står »-5«)",
        "linje 10: prisen skal være et tal som 35000.50 (her står »fem«)",
        "linje 12: selected skal være 0, 1, 2 eller 3 (her står »5«)",
        "linje 11: projektet 2 står allerede i linje 10",
        "linje 13: prisen mangler",
        "linje 14: project_id er tomt",
        "linje 18: der er et projekt, der ikke kendes",
        "linje 19: vælgeren har allerede en stemmeseddel (linje 18)",
        "linje 20: projekterne koster 55.000 kr., 5.000 kr. over grænsen på 50.000 kr.",
        "linje 21: et projekt står 2 gange",
        "linje 21: projekterne koster 60.000 kr., 10.000 kr. over grænsen på 50.000 kr.",
    ]


def test_faults_of_the_ballots_are_refused_by_themselves_too(read):
    assert faults_of(read, text(votes="voter_id;vote\na;9\na;1\n")) == [
        "linje 13: der er et projekt, der ikke kendes",
        "linje 14: vælgeren har allerede en stemmeseddel (linje 13)",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["afsnittet META mangler", "afsnittet PROJECTS mangler", "afsnittet VOTES mangler"]),
        (f"META\nkey;value\n{META}", ["afsnittet PROJECTS mangler", "afsnittet VOTES mangler"]),
        (
            text(projects="id;navn\n1;a\n", votes="voter_id;choice\na;1\n"),
            [
                "afsnittet PROJECTS: kolonnen »project_id« mangler",
                "afsnittet PROJECTS: kolonnen »cost« mangler",
                "afsnittet VOTES: kolonnen »vote« mangler",
            ],
        ),
        (text(meta="rule;greedy\n"), ["afsnittet META: »budget« mangler", "afsnittet META: »vote_type« mangler"]),
        (text(meta=META + "rule;greedy\n"), ["linje 6: »rule« står to gange"]),
        (
            text(meta="budget;1\nvote_type;aproval\n"),
            ["afsnittet META: stemmetypen kendes ikke. Mente du »approval«?"],
        ),
        (text(projects="project_id;cost\n", votes="voter_id;vote\n"), ["afsnittet PROJECTS: der er ingen projekter"]),
        (text(projects="project_id;cost;cost\n1;2;3\n"), ["afsnittet PROJECTS: kolonnen »cost« står flere gange"]),
        (
            text(votes="voter_id;vote\na;1;2\nb\n"),
            [
                "linje 13: der er 3 felter, men overskriften har 2",
                "linje 14: der er 1 felter, men overskriften har 2",
            ],
        ),
        (text() + "META\nkey;value\n", ["linje 16: afsnittet META står to gange"]),
        ("a;b\n" + text(), ["linje 1: der står noget før det første afsnit, META"]),
    ],
)
def test_what_is_missing_or_said_twice_is_told(read, content, expected):
    found = faults_of(read, content)

    assert found[: len(expected)] == expected
    assert len(found) == len(expected) or content.startswith("a;b")


def test_a_quote_that_is_never_closed_is_told_where_it_opens(read):
    found = faults_of(read, text(projects='project_id;cost;name\n1;20000;"Bålhytte\n2;35000.50;Sti\n'))

    assert found[0] == "linje 8: linjen kan ikke læses; er et anførselstegn åbnet og ikke lukket?"


def test_a_header_that_fits_no_line_is_not_told_a_hundred_thousand_times(read):
    found = faults_of(read, text(votes="voter_id;vote\n" + "a;1;\n" * (MOST_UNEVEN + 7)))

    assert len(found) == MOST_UNEVEN + 1
    assert found[-1] == "afsnittet VOTES: … og 7 linjer til med samme fejl"


def test_a_file_that_is_not_there_is_told_in_danish(tmp_path):
    with pytest.raises(KildeError, match="filen findes ikke eller kan ikke læses"):
        read_pabulib(tmp_path / "ingen.pb")


def test_ballots_with_faults_are_left_out_and_told_where_that_is_asked_for(read):
    content = text(votes="voter_id;vote;age\na;1,3;30\nb;9;40\na;2;50\nc;1;60\n")

    election = read(content, udelad=True)

    assert list(election.voters.index) == ["a", "c"]
    assert election.voters["alder"].tolist() == [30, 60]
    assert rows(election) == [[1, 0, 1], [1, 0, 0]]
    assert [(one.text, one.virkning) for one in election.findings] == [
        ("færre end 5 stemmesedler er udeladt: projektet kendes ikke", UDELADT),
        ("færre end 5 stemmesedler er udeladt: vælgeren har allerede en stemmeseddel", UDELADT),
    ]


def test_leaving_out_ballots_does_not_forgive_a_project_with_a_fault(read):
    found = faults_of(
        read, text(projects="project_id;cost\n1;x\n2;1\n3;1\n", votes="voter_id;vote\na;9\n"), udelad=True
    )

    assert found == ["linje 8: prisen skal være et tal som 35000.50 (her står »x«)"]


def test_a_count_that_differs_from_the_ballots_is_a_finding_and_no_error(read):
    election = read(
        text(
            meta="num_votes;4\nnum_projects;2\nbudget;100000\nvote_type;cumulative\n",
            projects="project_id;cost;votes;score\n1;20000;2;7\n2;35000.50;1;3.5\n3;5000;;\n",
            votes="voter_id;vote;points\na;1,3;7,3\nb;2;3\nc;2;1\n",
        )
    )

    assert told(election) == [
        ("META", "filen siger 4 stemmesedler, men der er 3"),
        ("META", "filen siger 2 projekter, men der er 3"),
        ("projekt 1", "filen siger 2 stemmer, men stemmesedlerne giver 1"),
        ("projekt 2", "filen siger 1 stemmer, men stemmesedlerne giver 2"),
        ("projekt 2", "filen siger 3.5 point, men stemmesedlerne giver 4"),
    ]
    assert [one.projekt for one in election.findings] == ["", "", "1", "2", "2"]


def test_what_cannot_be_funded_or_was_funded_beyond_the_money_is_told(read):
    election = read(
        text(
            meta="budget;30000\nvote_type;approval\nfully_funded;1\n",
            projects="project_id;cost;selected\n1;20000;1\n2;35000.50;0\n3;15000;1\n",
        )
    )

    assert told(election) == [
        ("projekt 2", "projektet koster 35.000,50, mere end hele beløbet; det kan ikke støttes"),
        ("afsnittet PROJECTS", "de valgte projekter koster 5.000,00 mere, end der kan fordeles"),
        ("META", "filen siger, at alle projekter er støttet, men 2 er ikke valgt"),
    ]


SECRET = "Gerda 010190-1234"


@pytest.mark.parametrize("udelad", [True, False])
def test_nothing_personal_in_a_file_is_repeated(read, udelad):
    content = text(
        meta=f"budget;1000\nvote_type;scoring\nnum_votes;{SECRET}\nnum_projects;{SECRET}\n",
        votes=f"{SECRET};voter_id;vote;points\nx;{SECRET};1,{SECRET};1,2\nx;{SECRET};2;{SECRET}\nx;c;1,2;1,2\n",
    )

    if udelad:
        election = read(content, udelad=True)
        assert [one.where for one in election.findings][:3] == ["stemmesedlerne"] * 3
        assert ("META", "»num_votes« er ikke et helt tal; der er 1 stemmesedler") in told(election)
        texts = [one.where + one.text for one in election.findings]
    else:
        texts = faults_of(read, content)
        assert len(texts) == 3
    assert not [one for one in texts if "Gerda" in one or "1234" in one]


@pytest.mark.parametrize(
    "meta",
    [
        f"budget;{SECRET}\nvote_type;approval\n",
        f"budget;1\nvote_type;{SECRET}\n",
        f"budget;1\nvote_type;approval\nmax_points;{SECRET}\n",
        f"budget;1\nvote_type;approval\nballot_type;{SECRET}\n",
        f"budget;1\nvote_type;approval\n<{SECRET}>;1\n",
    ],
)
def test_what_is_not_of_its_form_in_meta_is_not_repeated(read, meta):
    found = faults_of(read, text(meta=meta))

    assert len(found) == 1
    assert "Gerda" not in found[0]


@pytest.mark.parametrize("name", ["navn", "valgt", "stemmer", "point", "pris_kr", "kategori", "omraade", "projekt"])
def test_our_names_of_the_formats_columns_are_refused_among_projects(read, name):
    found = faults_of(read, text(projects=f"project_id;cost;{name}\n1;20000;x\n2;1;y\n3;2;z\n"))

    assert len(found) == 1
    assert found[0].startswith(f"afsnittet PROJECTS: kolonnen »{name}« hedder »")


@pytest.mark.parametrize("name", ["alder", "koen", "kanal", "omraade", "vaelger"])
def test_our_names_of_the_formats_columns_are_refused_among_ballots_by_number(read, name):
    found = faults_of(read, text(votes=f"voter_id;vote;age;{name}\na;1;30;40\n"))

    assert len(found) == 1
    assert found[0].startswith("afsnittet VOTES: kolonne nr. 4 hedder »")
    assert name not in found[0]


def test_a_column_of_the_ballots_that_stands_twice_is_told_by_number(read):
    assert faults_of(read, text(votes=f"voter_id;{SECRET};vote;{SECRET}\na;1;1;1\n")) == [
        "afsnittet VOTES: kolonne nr. 2 og 4 har samme navn"
    ]


@pytest.mark.parametrize(
    ("limit", "bad", "said"),
    [
        ("max_points;5", "1,2;5,6", "et point, der ikke er højst 5"),
        ("min_points;1", "1,2;5,0.5", "et point, der ikke er mindst 1"),
        ("max_sum_points;9", "1,2;4,5.5", "summen af point er ikke højst 9"),
        ("min_sum_points;3", "1,2;1,1", "summen af point er ikke mindst 3"),
        ("min_sum_cost;20000", "3;3", "under grænsen på 20.000 kr."),
    ],
)
def test_limits_of_meta_are_kept_by_every_ballot(read, limit, bad, said):
    content = text(
        meta=f"budget;1\nvote_type;cumulative\n{limit}\n", votes=f"voter_id;vote;points\na;{bad}\nb;1,2;3,4\n"
    )

    found = faults_of(read, content)
    assert len(found) == 1
    assert found[0].startswith("linje 13: ")
    assert found[0].endswith(said)
    assert list(read(content, udelad=True).voters.index) == ["b"]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ("min_length;3\nmax_length;2\n", "»min_length« er større end »max_length«"),
        ("min_points;3\nmax_points;2.5\n", "»min_points« er større end »max_points«"),
        ("min_sum_points;3\nmax_sum_points;2\n", "»min_sum_points« er større end »max_sum_points«"),
        ("min_sum_cost;3\nmax_sum_cost;2\n", "»min_sum_cost« er større end »max_sum_cost«"),
        ("default_score;1\n", "»default_score« er ikke 0"),
        ("max_length;٣\n", "»max_length« skal være et helt tal"),
        ("max_sum_cost;٣\n", "»max_sum_cost« skal være et tal som 543715.64"),
    ],
)
def test_limits_that_no_ballot_can_keep_are_told_as_such_and_not_of_the_ballots(read, meta, expected):
    found = faults_of(read, text(meta=f"budget;100000\nvote_type;approval\n{meta}"), udelad=True)

    assert len(found) == 1
    assert found[0].startswith(f"afsnittet META: {expected}")
    assert read(text(meta=META + "default_score;0\nmin_length;1\nmax_length;2\n")).findings == ()


@pytest.mark.parametrize("column", ["cost", "votes", "score", "selected"])
def test_arabic_digits_are_no_numbers(read, column):
    others = "" if column == "cost" else ";cost"
    content = text(projects=f"project_id;{column}{others}\n1;١{';1' if others else ''}\n", votes="voter_id;vote\na;1\n")

    assert len(faults_of(read, content)) == 1
    assert read(text(meta=META + "num_votes;٣\n")).findings[0].where == "META"


def test_an_id_with_a_comma_is_a_fault_of_the_project_and_not_of_the_ballots(read):
    assert faults_of(
        read, text(projects="project_id;cost\n1,2;1\n3;2\n", votes='voter_id;vote\na;"1,2"\nb;1,2,3\n')
    ) == ["linje 8: project_id rummer komma, som skiller projekterne på en stemmeseddel"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("  ", "er tomt"),
        ("a\u202eb", "rummer et linjeskift eller et usynligt tegn (U+202E)"),
        ("a\u200bb", "rummer et linjeskift eller et usynligt tegn (U+200B)"),
        ('"a\nb"', "rummer et linjeskift eller et usynligt tegn (U+000A)"),
        ("a\tb", "rummer et linjeskift eller et usynligt tegn (U+0009)"),
        ("a\x85b", "rummer et linjeskift eller et usynligt tegn (U+0085)"),
        ("a\u2028b", "rummer et linjeskift eller et usynligt tegn (U+2028)"),
        ("a\x1bb", "rummer et linjeskift eller et usynligt tegn (U+001B)"),
        ("a" * 301, "har over 300 tegn"),
    ],
)
def test_names_and_ids_that_cannot_be_printed_are_told_with_their_line(read, cell, said):
    votes = "voter_id;vote\na;2\n"

    assert faults_of(read, text(projects=f"project_id;cost;name\n2;1;b\n1;1;{cell}\n", votes=votes)) == [
        f"linje 9: navnet {said}"
    ]
    assert faults_of(read, text(projects=f"project_id;cost;name\n2;1;b\n{cell};1;a\n", votes=votes)) == [
        f"linje 9: project_id {said}"
    ]
    assert read(text(projects=f"project_id;cost;name\n2;1;{'a' * 300}\n", votes=votes)).findings == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (";12", "linje 6: der står ikke, hvad linjen er"),
        ("=1+1;12", "linje 6: linjen begynder ikke med et ord som »budget«"),
        ("a" * 99 + ";1", "linje 6: linjen begynder ikke med et ord som »budget«"),
    ],
)
def test_odd_and_empty_keys_of_meta_are_told(read, line, expected):
    assert faults_of(read, text(meta=META + line + "\n")) == [expected]


def test_nul_and_cells_that_are_too_long_are_told_as_such(read):
    assert faults_of(read, text().replace("Sti", "S\0ti")) == [
        "linje 9: filen rummer tegnet NUL og er beskadiget; hent eller gem den igen"
    ]
    found = faults_of(read, text(votes=f"voter_id;vote\na;{'1' * (MOST_CELL + 1)}\n"))
    assert found == ["linje 13: et felt er over 10 MB; er et anførselstegn åbnet og ikke lukket?"]


def test_a_path_that_is_no_file_is_told_in_danish(tmp_path):
    with pytest.raises(KildeError, match="det er en mappe og ikke en fil"):
        read_pabulib(tmp_path)
    with pytest.raises(KildeError, match="det er en mappe og ikke en fil"):
        read_pabulib("")
    for odd in ("a\0.pb", "\0", "a" * 5000):
        with pytest.raises(KildeError, match="filen findes ikke eller kan ikke læses"):
            read_pabulib(tmp_path / odd)


# Writing.

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(str.strip)
PRINTED = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp"))
NAMES = st.text(PRINTED, min_size=1, max_size=8).map(str.strip).filter(bool)
IDS = st.text(PRINTED, min_size=1, max_size=4).map(lambda one: one.replace(",", "").strip()).filter(bool)
POINTS = {
    "ordinal": st.integers(1, 9),
    "cumulative": st.integers(0, 20),
    "scoring": st.decimals(-9, 9, places=5).map(float),
}


@st.composite
def elections(draw, vote_type):
    """Draw elections whose names, areas and voters hold anything a text can."""
    ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    prices = draw(st.lists(st.decimals(0, 10**9, places=2), min_size=len(ids), max_size=len(ids)))
    least = 0 if vote_type in ("approval", "knapsack") else 1
    most = 1 if vote_type == "choose-1" else len(ids)
    ballots = draw(st.lists(st.lists(st.sampled_from(ids), unique=True, min_size=least, max_size=most), max_size=6))
    points = [[draw(POINTS[vote_type]) for _ in one] for one in ballots] if vote_type in POINTS else None
    names = [f"v{number}" for number in range(len(ballots))]
    sedler = build(
        [",".join(one) for one in ballots],
        ids,
        ballot_type=vote_type,
        prices=prices,
        steder=names,
        point=None if points is None else [",".join(f"{one:.5f}" for one in row) for row in points],
    )
    assert sedler.faults == []
    cells = {
        name: draw(st.lists(words, min_size=len(ids), max_size=len(ids)))
        for name, words in (("navn", NAMES), ("kategori", WORDS), ("omraade", WORDS))
    }
    voters = {name: [draw(WORDS) or None for _ in names] for name in ("kanal", "omraade")}
    return Election(
        pd.DataFrame({"pris_kr": prices, **cells}, index=pd.Index(ids, name="projekt", dtype=object), dtype=object),
        draw(st.decimals(0, 10**9, places=2)),
        ballot_type=vote_type,
        rule="greedy",
        threshold=draw(st.sampled_from([None, 3])),
        ballots=sedler.matrix,
        voters=pd.DataFrame(voters, index=pd.Index(names, name="vaelger", dtype=object), dtype=object),
        most_kr=draw(st.sampled_from([None, sum(prices)])) if vote_type == "knapsack" else None,
        meta={"description": draw(WORDS), "comment": "#1: KONSTRUERET; ja"},
    )


def small(**more):
    """Return an election of two projects and one voter."""
    table = pd.DataFrame(
        {"pris_kr": [Decimal(5), Decimal("7.50")], "navn": ["a", '"c"; d'], "kategori": ["a\rb", "b"]},
        index=pd.Index(["1", "2"], name="projekt", dtype=object),
        dtype=object,
    )
    voters = pd.DataFrame(index=pd.Index(["v"], name="vaelger", dtype=object))
    return Election(table, Decimal(10), ballots=matrix([[1]], 2), voters=voters, rule="greedy", **more)


@pytest.mark.parametrize("vote_type", ["approval", "knapsack", "choose-1", "ordinal", "cumulative", "scoring"])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_written_is_read_back(tmp_path_factory, vote_type, data):
    election = data.draw(elections(vote_type))
    path = tmp_path_factory.mktemp("pb") / "KONSTRUERET.pb"

    write_pabulib(election, path)
    found = read_pabulib(path)

    pd.testing.assert_frame_equal(found.projects, election.projects)
    given_voters = found.voters.astype(object)
    pd.testing.assert_frame_equal(given_voters.where(given_voters.notna(), None), election.voters, check_dtype=False)
    assert rows(found) == rows(election)
    assert found.counted.tolist() == election.counted.tolist()
    for name in ("budget", "ballot_type", "rule", "threshold", "most_kr"):
        assert getattr(found, name) == getattr(election, name)
    assert set(election.meta.items()) <= set(found.meta.items())
    assert not [one for one in found.findings if one.where == "META"]


@settings(max_examples=60, deadline=None)
@given(WORDS)
@example("a\rb")
@example("a\r\nb")
@example("VOTES")
@example('"')
def test_any_text_is_read_back(tmp_path_factory, name):
    election = small()
    election.projects.loc["1", "kategori"] = name
    path = tmp_path_factory.mktemp("pb") / "KONSTRUERET.pb"

    write_pabulib(election, path)

    assert read_pabulib(path).projects["kategori"].tolist() == [name, "b"]


def test_a_knapsack_without_a_limit_and_limits_set_aside_come_back(tmp_path):
    path = tmp_path / "KONSTRUERET.pb"
    old = {"max_sum_cost": "1", "min_project_score_threshold": "7", "ballot_type": "knapsack"}

    write_pabulib(small(ballot_type="knapsack"), path)
    assert (read_pabulib(path).ballot_type, read_pabulib(path).most_kr) == ("knapsack", None)
    write_pabulib(small(meta=old), path)
    found = read_pabulib(path)
    assert (found.ballot_type, found.most_kr, found.threshold) == ("approval", None, None)


def as_objects(*texts):
    """A column that pandas does not turn into strings of its own, which cannot hold half a sign."""
    return pd.Series(texts, index=["1", "2"], dtype=object)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.projects.rename(index={"1": "1,2"}), "Id'et på projekt nr. 1 rummer komma"),
        (lambda one: one.projects.rename(index={"1": "a\nb"}), "Id'et på projekt nr. 1 rummer et linjeskift"),
        (lambda one: one.projects.assign(navn=["a", " "]), "Navnet på projekt nr. 2 er tomt"),
        (lambda one: one.projects.assign(navn=["a", "b" * 3000]), "Navnet på projekt nr. 2 har over 300 tegn"),
        (
            lambda one: one.projects.astype(object).assign(navn=as_objects("a", "\ud800")),
            "Navnet på projekt nr. 2 rummer et",
        ),
        (lambda one: one.projects.assign(name=["a", "b"]), "Projekterne har kolonner, hvis navne"),
        (lambda one: one.projects.assign(kategori=as_objects("a", "\ud800")), "et halvt tegn"),
        (lambda one: one.projects.assign(kategori=["a", "\0"]), "tegnet NUL"),
    ],
)
def test_what_would_not_be_read_back_is_not_written(tmp_path, change, message):
    path = tmp_path / "KONSTRUERET.pb"

    with pytest.raises(ValueUseError, match=message):
        write_pabulib(replace(small(), projects=change(small())), path)
    assert list(tmp_path.iterdir()) == []


def test_voters_columns_and_statements_that_would_not_be_read_back_are_not_written(tmp_path):
    voters = small().voters.assign(age=["1"], alder=["2"])
    with pytest.raises(ValueUseError, match="Vælgerne har kolonner"):
        write_pabulib(replace(small(), voters=voters), tmp_path / "a.pb")
    for key in ("", "Rule", " a", "=1"):
        with pytest.raises(ValueUseError, match="meta har en nøgle"):
            write_pabulib(small(meta={key: "1"}), tmp_path / "a.pb")


def test_a_threshold_that_is_a_share_is_written_as_votes(tmp_path):
    election = opdigt.valg(2020)
    share = replace(election, threshold=Decimal("0.25"))
    path = tmp_path / "KONSTRUERET.pb"

    write_pabulib(share, path)

    assert needed_votes(read_pabulib(path)) == needed_votes(share) == -(-election.n_voters // 4)


def test_the_invented_election_is_written_whole_with_its_voters(tmp_path):
    election = opdigt.valg(2017)
    path = tmp_path / election.fil

    write_pabulib(election, path)
    found = read_pabulib(path)

    assert found.fil == election.fil
    pd.testing.assert_frame_equal(found.projects, election.projects)
    assert found.voters["alder"].tolist() == election.voters["alder"].tolist()
    assert (found.ballots != election.ballots).nnz == 0
    assert b"\r" not in path.read_bytes()
    assert path.read_text().startswith("META\nkey;value\ndescription;KONSTRUERET")


def test_an_election_of_totals_alone_is_not_written(tmp_path):
    with pytest.raises(ValueUseError, match=r"En \.pb-fil kræver de enkelte stemmesedler"):
        write_pabulib(replace(small(), ballots=None, voters=pd.DataFrame()), tmp_path / "a.pb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["write_bytes", "replace"])
def test_a_write_that_fails_leaves_the_old_file_whole_and_no_litter(tmp_path, monkeypatch, at):
    path = tmp_path / "KONSTRUERET.pb"
    write_pabulib(small(), path)
    before = path.read_bytes()

    def half(target, content):
        with target.open("wb") as file:
            file.write(content[:10])
        raise OSError("no space left")

    def refused(*_):
        raise OSError("no space left")

    if at == "replace":
        monkeypatch.setattr(os, "replace", refused)
    else:
        monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="no space left"):
        write_pabulib(replace(small(), rule="another"), path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# The real files: voters, projects, approvals, budget, spent, winners of the table in ../shared/data/README.md.

REAL = {
    "Poland_Warszawa_2017_Plac_Wojska_Polskiego": (27, 4, 47, "51195", 44720, 4),
    "Netherlands_Assen_2024": (84, 14, 285, "100000", 76700, 9),
    "Poland_Warszawa_2018_Las": (388, 12, 1663, "123927", 117063, 11),
    "Poland_Warszawa_2017_RudaMarymontLas_Bielanski": (1147, 14, 3751, "550000", 543449, 6),
    "Poland_Warszawa_2017_Grochow_Polnocny": (1375, 14, 4221, "543715.64", 530225, 5),
    "Poland_Swiecie_2023": (2553, 22, 7968, "1070000", 1040337, 17),
    "France_Toulouse_2024": (7260, 183, 21780, "8000000", None, None),
    "Poland_Lodz_2022": (90494, 160, 325964, "6112868", 6112868, 16),
}


@pytest.fixture(scope="module")
def real():
    """Return a reader of the elections in the shared folder, each read once."""
    if not PABULIB.is_dir():
        pytest.skip(f"{PABULIB} is not here: the files' licence is unsettled, so they are not part of the project")
    known = {}

    def read(name):
        if name not in known:
            known[name] = read_pabulib(PABULIB / f"{name}.pb")
        return known[name]

    return read


@pytest.mark.parametrize("name", REAL)
def test_the_real_files_are_read_whole_and_their_votes_are_a_recount(real, name):
    election = real(name)
    voters, projects, approvals, budget, spent, winners = REAL[name]

    assert election.ballots.shape == (voters, projects)
    assert int(election.counted.sum()) == election.ballots.nnz == approvals
    assert election.counted.tolist() == election.projects["stemmer"].tolist()
    assert recount(election) == []
    assert election.budget == Decimal(budget)
    if spent is None:
        assert "valgt" not in election.projects
    else:
        won = election.projects["valgt"] == 1
        assert (won.sum(), election.projects.loc[won, "pris_kr"].sum()) == (winners, spent)


def test_the_real_files_tell_their_known_oddities(real):
    grochow, las, lodz = (
        real(one) for one in ("Poland_Warszawa_2017_Grochow_Polnocny", "Poland_Warszawa_2018_Las", "Poland_Lodz_2022")
    )

    assert told(grochow) == [("afsnittet VOTES", "31 vælgere er under 10 år; kontrollér alderen")]
    assert ("META", "filen siger, at alle projekter er støttet, men 1649 er ikke valgt") in told(las)
    assert told(lodz) == [
        ("afsnittet VOTES", "4.688 vælgere er under 10 år; kontrollér alderen"),
        ("afsnittet VOTES", "7 vælgere er over 100 år; kontrollér alderen"),
    ]
    assert (grochow.ballot_type, lodz.ballot_type, las.threshold, lodz.threshold) == ("knapsack", "approval", 39, 100)
    assert grochow.voters["kanal"].value_counts().to_dict() == {"internet": 1350, "paper": 25}
    assert lodz.voters["kanal"].value_counts().to_dict() == {"paper": 47121, "internet": 43373}
    assert las.projects["kategori"].str.contains(",").any()


def test_ballots_that_ask_for_more_than_the_budget_are_right_where_no_limit_is_set(real):
    lodz = real("Poland_Lodz_2022")

    cost = lodz.ballots @ lodz.prices
    dearest = np.round(100 * cost.max() / float(lodz.budget), 2)

    assert (int((cost > float(lodz.budget)).sum()), dearest) == (148, 130.67)
