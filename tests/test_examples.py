import csv
from pathlib import Path


def test_capitals_tsp_and_csv_are_the_same_places(repository: Path) -> None:
    with (repository / "examples" / "capitals.csv").open(newline="") as file:
        places = list(csv.DictReader(file))
    lines = (repository / "examples" / "capitals.tsp").read_text().splitlines()
    nodes = [line.split() for line in lines if line[0].isdigit()]

    assert [int(node[0]) for node in nodes] == list(range(1, len(places) + 1))
    assert len({(x, y) for _, x, y in nodes}) == len({place["name"] for place in places}) == len(places)
    for place, (_, x, y) in zip(places, nodes, strict=True):
        assert minutes(x) == round(float(place["latitude"]) * 60)
        assert minutes(y) == round(float(place["longitude"]) * 60)
        assert abs(minutes(x)) <= 90 * 60
        assert abs(minutes(y)) <= 180 * 60


def minutes(ddd_mm: str) -> int:
    degrees, minute = ddd_mm.lstrip("-").split(".")
    assert len(minute) == 2
    assert int(minute) < 60
    total = int(degrees) * 60 + int(minute)
    return -total if ddd_mm.startswith("-") else total
