"""Working days against published holidays, and the calendar file read back by the library that others use."""

from datetime import UTC, date, datetime, timedelta, timezone

import icalendar
import pandas as pd
import pytest

from budgetanalyser.borgersamling import kalender
from budgetanalyser.errors import PosterError, ValueUseError

STAMP = date(2022, 4, 4)
# The line breaks of the file itself are CRLF; this text must not add any.
HOSTILE = "Svar, del 1; »æøå«\r\nEND:VEVENT\nBEGIN:VEVENT\rSUMMARY:Falsk\u2028\x00\x1b\\n"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2022, 7, 4), date(2022, 7, 4), id="a Monday is itself"),
        pytest.param(date(2024, 9, 1), date(2024, 8, 30), id="a Sunday, over the end of the month"),
        pytest.param(date(2024, 2, 29), date(2024, 2, 29), id="a leap day is a Thursday"),
        pytest.param(date(2026, 4, 6), date(2026, 4, 1), id="Easter Monday 2026 back to the Wednesday"),
        pytest.param(date(2026, 4, 2), date(2026, 4, 1), id="Skærtorsdag 2026"),
        pytest.param(date(2026, 4, 7), date(2026, 4, 7), id="the Tuesday after Easter 2026"),
        pytest.param(date(2023, 5, 5), date(2023, 5, 4), id="Store bededag, its last year"),
        pytest.param(date(2024, 4, 26), date(2024, 4, 26), id="fourth Friday after Easter 2024 is a working day"),
        pytest.param(date(2026, 5, 14), date(2026, 5, 13), id="Kristi himmelfartsdag"),
        pytest.param(date(2026, 5, 15), date(2026, 5, 15), id="the Friday after it is open"),
        pytest.param(date(2026, 5, 25), date(2026, 5, 22), id="Anden pinsedag"),
        pytest.param(date(2024, 6, 5), date(2024, 6, 4), id="Grundlovsdag, a Wednesday"),
        pytest.param(date(2023, 6, 5), date(2023, 6, 2), id="Grundlovsdag, a Monday"),
        pytest.param(date(2024, 5, 1), date(2024, 5, 1), id="1 May is open"),
        pytest.param(date(2024, 12, 26), date(2024, 12, 23), id="Christmas 2024 back to the Monday"),
        pytest.param(date(2025, 1, 1), date(2024, 12, 30), id="New Year, over the end of the year"),
    ],
)
def test_the_last_working_day_on_or_before_a_day(day, expected):
    assert kalender.sidste_hverdag(day) == expected


def frister(*rows):
    return pd.DataFrame(rows, columns=["pligt", "frist", "senest"], dtype=object)


FIRST = ("Første status", "inden 3 måneder efter afleveringen", date(2022, 7, 4))
SUNDAY = ("Status, åben; æøå", "inden 3 måneder efter afleveringen", date(2024, 9, 1))
UNDATED = ("Status ved afslutningen", "når forløbet afsluttes", None)


def written(*rows, titel="Klimaborgersamling", stamp=STAMP):
    return kalender.ics(frister(*rows), titel=titel, stamp=stamp)


def events(*rows, **arguments):
    return icalendar.Calendar.from_ical(written(*rows, **arguments)).events


def test_a_dated_duty_is_one_whole_day_and_an_undated_none():
    (event,) = events(FIRST, UNDATED)

    assert event["summary"] == "Frist: Første status"
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert (event.start, event.end) == (date(2022, 7, 4), date(2022, 7, 5))
    assert event["description"] == (
        "Klimaborgersamling. Første status: fristen er 4. juli 2022 (inden 3 måneder efter afleveringen)."
    )


def test_a_deadline_on_a_closed_day_is_put_on_the_working_day_before_and_tells_both():
    (event,) = events(SUNDAY)

    assert event.start == date(2024, 8, 30)
    assert event["summary"] == "Frist: Status, åben; æøå"
    assert "fristen er 1. september 2024" in event["description"]
    assert event["description"].endswith("Den dag har kommunen lukket, så svaret skal gives senest 30. august 2024.")


def test_an_event_reminds_30_days_before():
    (alarm,) = events(FIRST)[0].alarms.times

    assert alarm.trigger == date(2022, 6, 4)  # June has 30 days.
    assert alarm.alarm["action"] == "DISPLAY"
    assert alarm.alarm["description"] == "Om 30 dage: Første status"


def test_the_same_input_gives_the_same_bytes_and_ids():
    again = written(FIRST, SUNDAY)

    assert written(FIRST, SUNDAY) == again
    assert [event["uid"] for event in events(FIRST, SUNDAY)] == [event["uid"] for event in events(FIRST, SUNDAY)]


@pytest.mark.parametrize(
    ("row", "titel"),
    [
        ((*FIRST[:2], date(2022, 7, 5)), "Klimaborgersamling"),
        (("Anden status", *FIRST[1:]), "Klimaborgersamling"),
        (FIRST, "Velfærdsborgersamling"),
        (("FFørste status", *FIRST[1:]), "Klimaborgersamlin"),
    ],
)
def test_another_title_duty_or_date_is_another_event(row, titel):
    old, new = events(FIRST)[0]["uid"], events(row, titel=titel)[0]["uid"]

    assert old != new
    assert old.endswith("@budgetanalyser.invalid")


def test_an_id_is_told_by_title_duty_and_date_alone():
    worded = (FIRST[0], "inden tre måneder", FIRST[2])

    assert events(worded, SUNDAY, stamp=date(2023, 1, 1))[0]["uid"] == events(FIRST)[0]["uid"]


@pytest.mark.parametrize(
    "stamp",
    [
        STAMP,
        datetime(2022, 4, 4, tzinfo=UTC),
        datetime(2022, 4, 4),
        datetime(2022, 4, 4, 2, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_the_stamp_is_the_given_one_in_utc(stamp):
    assert b"\r\nDTSTAMP:20220404T000000Z\r\n" in written(FIRST, stamp=stamp)


def test_the_file_names_its_maker_and_version_and_is_named():
    calendar = icalendar.Calendar.from_ical(written(FIRST))

    assert "Budgetanalyser" in calendar["prodid"]
    assert calendar["version"] == "2.0"
    assert calendar["x-wr-calname"] == "Klimaborgersamling"


def test_lines_end_in_crlf_and_are_at_most_75_octets():
    long = ("Å" * 200, "ø" * 90, date(2022, 7, 4))
    told = written(long, FIRST)

    assert told.endswith(b"END:VCALENDAR\r\n")
    assert told.count(b"\n") == told.count(b"\r") == told.count(b"\r\n")
    lines = told.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines if line]  # No letter is cut in two.
    assert events(long)[0]["summary"] == "Frist: " + "Å" * 200


def test_commas_and_semicolons_are_escaped_and_danish_letters_kept():
    assert r"SUMMARY:Frist: Status\, åben\; æøå" in written(SUNDAY).decode()


def test_a_text_cannot_become_structure():
    told = written((HOSTILE, HOSTILE, FIRST[2]), titel=HOSTILE)
    lines = told.decode().replace("\r\n ", "").split("\r\n")
    (event,) = icalendar.Calendar.from_ical(told).events

    assert [line for line in lines if line.startswith(("BEGIN:", "END:"))] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "BEGIN:VALARM",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert sum(line.startswith("SUMMARY") for line in lines) == 1
    assert event["summary"] == r"Frist: Svar, del 1; »æøå« END:VEVENT BEGIN:VEVENT SUMMARY:Falsk \n"
    assert not set("\x00\x1b\u2028") & set(told.decode())


def test_a_calendar_without_a_single_date_is_refused():
    with pytest.raises(ValueUseError, match="Ingen af pligterne har en dato endnu"):
        written(UNDATED)


def test_the_same_duty_on_the_same_day_twice_is_refused():
    with pytest.raises(PosterError, match=r"»Første status«: pligten har fristen 4\. juli 2022 mere end én gang"):
        written(FIRST, SUNDAY, FIRST)
