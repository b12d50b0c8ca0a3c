"""What a claim carries besides its score, all the way from an article to the claims topic."""

import orjson

from pipeline.json_schemas import CLAIM_SCHEMA, describe_violations
from tests.worker_process import REAL_WORKER, Workbench, WorkerProcess

BODY = (
    "Crime in Norland fell by 12 percent last year, the minister, Jo Hale, said on Tuesday. "
    "“We have hired 1,500 police officers since 2021,” Hale told reporters. "
    "It was a fine morning. Nobody seemed to mind the rain."
)


def test_a_claim_carries_its_details(bench: Workbench) -> None:
    """The real worker publishes speaker, type, figures, reasons and priority by the schema."""
    article = {"id": "d1", "source": "wire", "title": "Crime falls in Norland", "body": BODY}
    broken = b"not an article"
    positions = bench.send([broken, orjson.dumps(article), broken])
    with WorkerProcess(bench, REAL_WORKER):
        bench.wait_for_outcomes(positions)
    claims = bench.claims()
    assert [describe_violations(CLAIM_SCHEMA, claim) for claim in claims] == [""] * len(claims)
    first, second = sorted(claims, key=lambda claim: claim["start"])
    assert first["speaker"] == {
        "quoted": "reported",
        "name": "Jo Hale",
        "start": BODY.index("Jo Hale"),
        "end": BODY.index("Jo Hale") + len("Jo Hale"),
        "cue": "said",
    }
    assert second["speaker"]["quoted"] == "direct"
    assert second["speaker"]["name"] == "Jo Hale"
    assert [(q["value"], q["percent"]) for q in first["quantities"]] == [(12, True)]
    assert [(q["value"], q["unit"]) for q in second["quantities"]] == [(1500, "officer")]
    for claim in (first, second):
        assert claim["claim_type"] == "quantity"
        assert 0 < claim["claim_type_score"] <= 1
        assert 2 <= len(claim["reasons"]) <= 4
        for span in (*claim["reasons"], *claim["quantities"]):
            assert claim["start"] <= span["start"] < span["end"] <= claim["end"]
        assert claim["priority"] == claim["score"]
    assert sorted(claim["rank"] for claim in claims) == [1, 2]
    assert (first["rank"] < second["rank"]) == (first["score"] >= second["score"])
