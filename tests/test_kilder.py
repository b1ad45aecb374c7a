import hashlib
from datetime import date
from decimal import Decimal

import pytest
from builders import RAW, RAW_NAME, SIDECAR

from budgetanalyser.errors import KildeError
from budgetanalyser.kilder.kommuner import kommuner
from budgetanalyser.kilder.sidecar import checksum
from budgetanalyser.kilder.table import read
from budgetanalyser.kroner import Prisniveau


def faults_of(small, **raw):
    path = small.raw(**raw)
    with pytest.raises(KildeError) as caught:
        read(path)
    return [str(fault) for fault in caught.value.faults]


def test_a_table_is_read_as_typed_and_exact_kroner(small):
    table = read(small.raw())

    assert list(table.data["beloeb_kr"]) == [Decimal("1250500.0"), Decimal("-500.0")]
    assert list(table.data.index) == [2, 3]  # The line in the file.
    assert table.kilde.prisniveau == Prisniveau(2024)


def test_every_type_of_column(small):
    columns = "\n".join(
        f'{name} = {{ type = "{kind}", tom = true }}'
        for name, kind in [("a", "tekst"), ("b", "heltal"), ("c", "andel_pct"), ("d", "dato"), ("e", "maaned"),
                           ("f", "aar"), ("g", "kvartal"), ("h", "kommunekode"), ("i", "ja_nej"), ("j", "decimaltal")]
    )  # fmt: skip
    raw = (
        "a;b;c;d;e;f;g;h;i;j\n"
        "0253;-7;12,5;06-06-2023;2024-06;2024;2023K4;0253;ja;1.234,5\n"
        "æ;1.250;0;2023-06-06;2024-12;1999;2024K1;0751;nej;0\n"
        " ;;;;;;;;;\nx;;;;;;;;;\n"
    )
    side = SIDECAR.split("[kolonner]")[0] + "[kolonner]\n" + columns
    data = read(small.raw(raw, side)).data

    assert list(data.iloc[0]) == ["0253", -7, Decimal("0.125"), date(2023, 6, 6), date(2024, 6, 1), 2024, "2023K4",
                                  "0253", True, Decimal("1234.5")]  # fmt: skip
    assert list(data.iloc[2]) == ["x", *[None] * 9]  # The line of blanks only is no row.
    assert list(data.iloc[1]) == ["æ", 1250, 0, date(2023, 6, 6), date(2024, 12, 1), 1999, "2024K1", "0751", False, 0]


def test_a_cp1252_file_is_read_when_the_sidecar_says_so(small):
    path = small.raw()
    path.write_bytes("post;beloeb_1000_kr\nKørsel – æøå;1\n".encode("cp1252"))
    side = path.with_name(f"{RAW_NAME}.kilde.toml")
    with_sum = SIDECAR.replace("{sha256}", checksum(path))

    side.write_text(with_sum.replace("konstrueret", 'tegnsaet = "cp1252"\nkonstrueret'), encoding="utf-8")
    assert list(read(path).data["post"]) == ["Kørsel – æøå"]

    side.write_text(with_sum, encoding="utf-8")
    with pytest.raises(KildeError, match="cp1252"):
        read(path)


def test_all_faults_of_a_file_come_at_once_with_line_and_column(small):
    faults = faults_of(small, text="post;beloeb_1000_kr\nA;0.450\n;1,5\nB;12.34.56,7\n\nC;1.234,5x\n")

    assert faults == [
        "linje 2, kolonne beloeb_1000_kr: punktum kan både betyde tusinder og komma her; skriv fx 450 eller 0,450 "
        "(her står »0.450«)",
        "linje 3, kolonne post: cellen er tom (her står »«)",
        "linje 4, kolonne beloeb_1000_kr: punktum, mellemrum og komma står ikke, som de skal i et dansk tal "
        "(her står »12.34.56,7«)",
        "linje 6, kolonne beloeb_1000_kr: tegnet »x« hører ikke til her (her står »1.234,5x«)",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "filen er tom"),
        ("post;belob_1000_kr\nA;1\n", "Mente du »beloeb_1000_kr«?"),
        ("post\nA\n", "kolonnen »beloeb_1000_kr« mangler"),
        ("post;beloeb_1000_kr;post\nA;1;B\n", "står 2 gange"),
        ("post;beloeb_1000_kr\nA;1;2\nB\n", "linje 3: der er 1 felt, men overskriften har 2"),
        ('post;beloeb_1000_kr\n"A;1\n', "anførselstegn"),
    ],
)
def test_a_file_that_is_not_the_table_declared_is_refused(small, text, said):
    assert said in "\n".join(faults_of(small, text=text))


def test_values_bounds_and_uniqueness_are_checked(small):
    post = 'post = { type = "tekst", unik = true, vaerdier = ["A", "B"] }'
    columns = f'[kolonner]\n{post}\nantal = {{ type = "heltal", min = 1 }}\nkommune = "kommunekode"'
    side = SIDECAR.split("[kolonner]")[0] + columns
    raw = "post;antal;kommune\nA;1;0253\nA;0;0751\nC;2;9999\n"
    faults = "\n".join(faults_of(small, text=raw, sidecar=side))

    assert "linje 2, kolonne post: værdien må kun stå én gang" in faults
    assert "linje 3, kolonne antal: skal være mindst 1" in faults
    assert "linje 4, kolonne post: skal være »A« eller »B«" in faults
    assert "linje 4, kolonne kommune: skal være en kommunekode på fire cifre som 0253, og koden skal have" in faults
    assert faults.count("kolonne kommune") == 1


def test_a_changed_file_stops_and_tells_the_new_checksum(small):
    path = small.raw()
    path.write_text(RAW + "Ny;1\n", encoding="utf-8")

    with pytest.raises(KildeError, match="filen er ændret") as caught:
        read(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in str(caught.value)


def test_a_missing_file_and_a_missing_sidecar_say_what_to_do(small):
    with pytest.raises(KildeError, match="læg den dér"):
        read(small.root / "data/raw/findes-ikke.csv")
    path = small.raw()
    path.with_name(f"{RAW_NAME}.kilde.toml").unlink()
    with pytest.raises(KildeError, match="budgetanalyser kilde add"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prisniveau = 2024", 'prisniveau = ""', "skal være et årstal eller et af ordene"),
        ("prisniveau = 2024", "", "»prisniveau« mangler"),
        ("prisniveau = 2024", 'prisniveau = "ikke oplyst"', "forudsaetning sige hvorfor"),
        ("prisniveau = 2024", 'prisniveau = "ingen beløb"', "rummer beløb"),
        ("prisniveau = 2024", "prisniveau = 2024\nprisniveau_forudsat = 2024", "bruges kun"),
        ('udgiver = "Testen"', 'udgiver = ""', "må ikke være tom"),
        ('udgiver = "Testen"', 'udgivr = "Testen"', "Mente du »udgiver«?"),
        ('dato_udgivet = "ikke oplyst"', 'dato_udgivet = "i maj"', "skal være en dato"),
        ("dato_hentet = 2024-01-02", "dato_hentet = 2024-13-02", "linje 4"),
        ('beloeb_1000_kr = "beloeb"', 'beloeb_1000_kr = "penge"', "'beloeb'"),
        ("[kolonner]", '[kolonner]\nandet = { type = "beloeb" }', "navnet skal ende på _kr"),
        ("konstrueret = true", "konstrueret = false", "KONSTRUERET"),
    ],
)
def test_a_sidecar_with_a_fault_is_refused(small, old, new, said):
    assert said in "\n".join(faults_of(small, sidecar=SIDECAR.replace(old, new)))


def test_constructed_data_says_so_in_its_name(small):
    assert "KONSTRUERET" in "\n".join(faults_of(small, name="poster.csv"))


def test_an_assumed_price_level_is_told_as_assumed(small):
    assumed = 'prisniveau = "ikke oplyst"\nprisniveau_forudsat = 2024\nforudsaetning = "Fordi."'
    kilde = read(small.raw(sidecar=SIDECAR.replace("prisniveau = 2024", assumed))).kilde

    assert kilde.prisniveau == Prisniveau(2024)
    assert kilde.prisniveau.forudsat
    assert kilde.prisniveau_oplyst == "ikke oplyst"


def test_reading_leaves_the_raw_file_as_it_was(small):
    path = small.raw()
    before = path.read_bytes(), path.stat().st_mtime_ns
    read(path)

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_the_table_of_municipalities_is_whole_and_proves_its_own_checksum():
    from importlib import resources
    from pathlib import Path

    with resources.as_file(resources.files("budgetanalyser.kilder") / "kommuner.csv") as path:
        table = read(Path(path)).data

    assert len(table) == 98
    assert dict(table["region"].value_counts()) == {
        "Region Hovedstaden": 29, "Region Syddanmark": 22, "Region Midtjylland": 19, "Region Sjælland": 17,
        "Region Nordjylland": 11,
    }  # fmt: skip
    assert kommuner()["0253"] == "Greve"
    assert kommuner()["0751"] == "Aarhus"


@pytest.mark.parametrize("name", ["budget_tusinde_kr", "loen_t_kr", "anlaeg_mia_kr", "drift_Mio_kr", "beloeb_1.000_kr"])
def test_a_unit_that_is_not_clear_is_never_taken_for_kroner(small, name):
    side = SIDECAR.split("[kolonner]")[0] + f'[kolonner]\n"{name}" = "beloeb"\n'

    assert "navnet skal ende på _kr, _1000_kr eller _mio_kr" in "\n".join(
        faults_of(small, text=f"{name}\n1\n", sidecar=side)
    )


def test_strange_encodings_and_invisible_letters_are_told(small):
    path = small.raw()
    for raw, said in ((RAW.encode("utf-16"), "UTF-16"), (b"post;beloeb_1000_kr\n\x81;1\n", "ikke utf-8")):
        path.write_bytes(raw)
        side = path.with_name(f"{RAW_NAME}.kilde.toml")
        side.write_text(SIDECAR.replace("{sha256}", checksum(path)), encoding="utf-8")
        if said == "UTF-16":
            side.write_text(
                side.read_text(encoding="utf-8").replace("konstrueret", 'tegnsaet = "cp1252"\nkonstrueret'), "utf-8"
            )
        with pytest.raises(KildeError, match=said):
            read(path)
    assert "usynligt tegn (U+0001)" in "\n".join(faults_of(small, text="post;beloeb_1000_kr\na\x01b;1\n"))


def test_whole_numbers_take_the_signs_that_amounts_take(small):
    side = SIDECAR.split("[kolonner]")[0] + '[kolonner]\nantal = "heltal"\n'
    data = read(small.raw("antal\n\u22125\n1\u00a0234\n7-\n", side)).data

    assert list(data["antal"]) == [-5, 1234, -7]
