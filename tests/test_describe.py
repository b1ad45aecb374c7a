import pytest

from budgetanalyser.errors import KildeError
from budgetanalyser.kilder import describe
from budgetanalyser.kilder.table import read

ANSWERS = {
    "titel": 'Budget "2024" \\ æøå',
    "udgiver": "Greve Kommune",
    "dato-udgivet": "2023-06-06",
    "url": "ikke oplyst",
    "licens": "ikke oplyst",
    "prisniveau": "2024",
}


@pytest.fixture
def raw(small):
    path = small.root / "data/raw/ny fil.csv"
    path.write_text(
        "post;beloeb_kr;Årstal;konto;dag\nA;1.234,5;2024;0253;2024-01-02\nB;-1;2025;0001;\n", encoding="utf-8"
    )
    return path


def test_a_described_file_can_be_read_at_once(raw):
    side = describe.add(raw, raw.name, ANSWERS, ask=None)
    table = read(raw)

    assert side.name == "ny fil.csv.kilde.toml"
    assert table.kilde.titel == ANSWERS["titel"]
    assert {name: column.type for name, column in table.kilde.kolonner.items()} == {
        "post": "tekst", "beloeb_kr": "beloeb", "Årstal": "aar", "konto": "tekst", "dag": "dato",
    }  # fmt: skip
    assert list(table.data["konto"]) == ["0253", "0001"]


def test_what_is_not_given_is_asked_for(raw):
    asked = []

    def ask(question):
        asked.append(question)
        return "2024" if question.startswith("Det prisniveau") else "ikke oplyst"

    describe.add(raw, raw.name, {"titel": "T", "udgiver": "U"}, ask=ask)

    assert len(asked) == 7
    assert read(raw).kilde.prisniveau.forudsat


def test_nobody_to_ask_means_all_missing_answers_are_told(raw):
    with pytest.raises(KildeError) as caught:
        describe.add(raw, raw.name, {"titel": "T", "prisniveau": "ikke oplyst"}, ask=None)

    assert len(caught.value.faults) == 6
    assert "--udgiver" in str(caught.value)
    assert "--forudsaetning" in str(caught.value)


def test_an_existing_sidecar_is_never_overwritten(raw):
    side = describe.add(raw, raw.name, ANSWERS, ask=None)
    before = side.read_bytes()

    with pytest.raises(KildeError, match="findes allerede"):
        describe.add(raw, raw.name, ANSWERS, ask=None)
    assert side.read_bytes() == before


def test_a_wrong_answer_leaves_no_sidecar(raw):
    with pytest.raises(KildeError, match="skal være et årstal"):
        describe.add(raw, raw.name, {**ANSWERS, "prisniveau": "vistnok 2024"}, ask=None)

    assert not list(raw.parent.glob("ny fil.csv.kilde.toml"))


def test_a_file_that_is_not_there_is_told(small):
    with pytest.raises(KildeError, match="læg den dér"):
        describe.add(small.root / "data/raw/ingen.csv", "ingen.csv", ANSWERS, ask=None)


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("dato-udgivet", "1. februar 2025", "--dato-udgivet: skal være en dato"),
        ("prisniveau", "2025-priser", "--prisniveau: skal være et årstal"),
        ("url", "greve.dk", "--url: skal begynde med https://"),
        ("titel", "a\udcff", "--titel: teksten rummer et tegn"),
        ("licens", " ", "--licens: angiv"),
    ],
)
def test_each_wrong_answer_is_told_by_its_option_and_leaves_nothing(raw, key, answer, said):
    with pytest.raises(KildeError) as caught:
        describe.add(raw, raw.name, {**ANSWERS, key: answer}, ask=None)

    assert said in str(caught.value)
    assert not list(raw.parent.glob("ny fil.csv.kilde.toml"))


def test_a_person_is_asked_again_until_the_answer_can_be_used(raw):
    answers = iter(["i går", "2024-01-31"])
    describe.add(raw, raw.name, {**ANSWERS, "dato-udgivet": None}, ask=lambda question: next(answers, ""))

    assert "dato_udgivet = 2024-01-31" in (raw.parent / "ny fil.csv.kilde.toml").read_text(encoding="utf-8")


def test_an_old_character_set_and_constructed_data_are_described_as_such(small):
    raw = small.root / "data/raw/KONSTRUERET-æ.csv"
    raw.write_bytes("navn;antal møder\nKørsel;3\n".encode("cp1252"))
    describe.add(raw, raw.name, {**ANSWERS, "prisniveau": "ingen beløb"}, ask=None)
    table = read(raw)

    assert table.kilde.konstrueret
    assert list(table.data["navn"]) == ["Kørsel"]
    assert table.kilde.kolonner["antal møder"].type == "heltal"


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "filen er tom"), ("a,b_kr\n1,2\n", "komma eller tabulator"), ("a;a\n1;2\n", "sit eget navn")],
)
def test_a_file_that_is_no_table_is_told(small, content, said):
    raw = small.root / "data/raw/x.csv"
    raw.write_text(content, encoding="utf-8")
    with pytest.raises(KildeError, match=said):
        describe.add(raw, raw.name, ANSWERS, ask=None)


def test_a_date_and_a_word_may_be_written_as_people_do(raw):
    describe.add(raw, raw.name, {**ANSWERS, "dato-udgivet": "15-01-2024", "licens": "Ikke oplyst"}, ask=None)
    kilde = read(raw).kilde

    assert (kilde.dato_udgivet.isoformat(), kilde.licens) == ("2024-01-15", "ikke oplyst")


def test_a_sidecar_that_appears_meanwhile_is_left_alone(raw):
    side = raw.parent / "ny fil.csv.kilde.toml"

    def ask(_question):
        side.write_text("en andens", encoding="utf-8")
        return "2024-01-01"

    with pytest.raises(KildeError, match="er kommet til imens"):
        describe.add(raw, raw.name, {**ANSWERS, "dato-udgivet": None}, ask=ask)
    assert side.read_text(encoding="utf-8") == "en andens"


def test_numbers_are_proposed_as_numbers_and_codes_as_text(small):
    path = small.root / "data/raw/tal.csv"
    path.write_text(
        "timer;pladser;konto;sats_pct;funktion;blandet\n2,5;36;64551;12,5;6;1\n3;24;64552;3;7;x\n", encoding="utf-8"
    )
    describe.add(path, path.name, ANSWERS, ask=None)

    assert {name: column.type for name, column in read(path).kilde.kolonner.items()} == {
        "timer": "decimaltal", "pladser": "heltal", "konto": "tekst", "sats_pct": "andel_pct", "funktion": "tekst",
        "blandet": "tekst",
    }  # fmt: skip


def test_a_changed_file_of_ones_own_is_renewed_and_nothing_else_in_its_sidecar_is_touched(raw):
    side = describe.add(raw, raw.name, ANSWERS, ask=None)
    before = side.read_text(encoding="utf-8").replace("dato_hentet = ", "dato_hentet = 2020-01-01 # ", 1)
    side.write_text(before + "# min egen note\n", encoding="utf-8")
    raw.write_text(raw.read_text(encoding="utf-8") + "C;7;2026;0002;\n", encoding="utf-8")
    with pytest.raises(KildeError, match="budgetanalyser kilde forny"):
        read(raw)

    describe.renew(raw, raw.name)

    assert len(read(raw).data) == 3
    after = side.read_text(encoding="utf-8").splitlines()
    changed = [new.split(" =")[0] for old, new in zip(before.splitlines(), after, strict=False) if old != new]
    assert changed == ["dato_hentet", "sha256"]
    assert after[-1] == "# min egen note"
    assert {one.name for one in raw.parent.iterdir() if one.name.endswith(".ny")} == set()


def test_a_file_without_a_sidecar_cannot_be_renewed(raw):
    with pytest.raises(KildeError, match="budgetanalyser kilde add"):
        describe.renew(raw, raw.name)
